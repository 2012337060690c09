//! What the linter may cost, beside what it does cost: `cargo bench -p cobnut-lint-cli`.
//!
//! Prints the best and the middle time and the share of the budget, and fails on nothing: how long something takes depends
//! on the machine and on who else uses it. The CPU time says more than the clock where several people share one.

#![expect(
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a benchmark prints and ends at the first failure"
)]

use std::fmt::Write as _;
use std::fs;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use cobnut_diagnostics::Source;
use cobnut_formation::{Generation, NODES_MAX, Names, NodeModel, Rules, forecast};
use cobnut_lint::{lint_cluster, read};

/// Ticks of `/proc/self/stat`: Linux reports 100 a second to programs on every machine.
const TICK: Duration = Duration::from_millis(10);

/// The file of one of `nodes` nodes that list all; `typos` of them have a slip in one entry.
fn file(node: usize, nodes: usize, typos: bool) -> (Source, String) {
    let address = |node: usize| format!("10.0.{}.{}", node / 250, node % 250 + 1);
    let mut members = String::new();
    for other in 0..nodes {
        let is_typo = typos && node.is_multiple_of(10) && other == node + 1;
        let address = if is_typo { address(other).replacen('.', ":", 1) } else { address(other) };
        writeln!(members, "<member>{address}:5701</member>").unwrap();
    }
    let text = format!(
        "<hazelcast xmlns=\"http://www.hazelcast.com/schema/config\">\n<network>\n<join><multicast enabled=\"false\"/>\n\
         <tcp-ip enabled=\"true\">\n{members}</tcp-ip></join>\n<interfaces enabled=\"true\"><interface>{}</interface>\
         </interfaces>\n</network>\n</hazelcast>\n",
        address(node)
    );
    (Source::new(format!("node{node}.xml"), text), format!("node{node}"))
}

/// CPU time of this process and of its children that have ended; `None` where there is no `/proc`.
fn cpu() -> Option<Duration> {
    let stat = fs::read_to_string("/proc/self/stat").ok()?;
    // The name of the program, which may hold blanks, ends with the last bracket; utime is the 14th field.
    let (_, rest) = stat.rsplit_once(") ")?;
    let fields = rest.split(' ').skip(11).take(4);
    let ticks: u32 = fields.filter_map(|field| field.parse::<u32>().ok()).sum();
    Some(TICK * ticks)
}

fn measure(what: &str, budget: Duration, runs: u32, mut run: impl FnMut()) {
    run();
    let before = cpu();
    let mut times: Vec<Duration> = (0..runs)
        .map(|_| {
            let start = Instant::now();
            run();
            start.elapsed()
        })
        .collect();
    let used = before.zip(cpu()).map(|(before, after)| after.saturating_sub(before) / runs);
    times.sort();
    let (best, middle) = (times[0], times[times.len() / 2]);
    let share = 100.0 * middle.as_secs_f64() / budget.as_secs_f64();
    print!("{what}: best {best:.1?}, middle {middle:.1?} = {share:.0} % of {budget:?}");
    println!("{}", used.map(|used| format!(", {used:.1?} of CPU")).unwrap_or_default());
}

fn main() {
    let folder = tempfile::tempdir().unwrap();
    let one = folder.path().join("hazelcast.xml");
    fs::write(&one, file(0, 3, true).0.text()).unwrap();
    measure("one file, a whole process", Duration::from_millis(10), 100, || {
        let mut linter = Command::new(env!("CARGO_BIN_EXE_cobnut-lint"));
        let ended = linter.arg(&one).stdout(Stdio::null()).stderr(Stdio::null()).status();
        assert!(ended.is_ok());
    });

    let sound: Vec<_> = (0..100).map(|node| file(node, 100, false)).collect();
    measure("100 sound nodes, all rules", Duration::from_millis(100), 20, || {
        std::hint::black_box(lint_cluster(&sound));
    });
    let broken: Vec<_> = (0..100).map(|node| file(node, 100, true)).collect();
    measure("100 nodes with ten typos, all rules", Duration::from_millis(100), 20, || {
        std::hint::black_box(lint_cluster(&broken));
    });

    let configs: Vec<_> = (0..NODES_MAX)
        .map(|node| {
            let (source, label) = file(node, NODES_MAX, true);
            (label.clone(), read(&cobnut_lint::NodeInput::of_file(source, label)).0.unwrap())
        })
        .collect();
    let labelled: Vec<_> = configs.iter().map(|(label, config)| (label.as_str(), config)).collect();
    let models = NodeModel::of_files(&labelled, Generation::V3, &Names::default()).unwrap();
    measure("every start order and restart of 6 nodes", Duration::from_secs(1), 10, || {
        std::hint::black_box((forecast(&models, Rules::Hazelcast), forecast(&models, Rules::Cobnut)));
    });
}
