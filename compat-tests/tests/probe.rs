//! `cobnut lint --probe` between real hosts: who answers at a member's address, what this machine lacks, and that nothing is
//! sent without being asked for.

use std::fs;
use std::io::{Read as _, Write as _};
use std::net::{Ipv4Addr, TcpListener};
use std::path::Path;
use std::process::Output;
use std::sync::Arc;

use anyhow::{Context as _, Result, ensure};
use compat_tests::{DOMAIN, Host, Lab, Need, Node, NodeOptions, cobnut_command, ready};

const NEEDS: [Need; 2] = [Need::Namespaces, Need::Program("setpriv", "util-linux")];

/// A Hazelcast file with this member list and own address.
fn file(members: &[&str], interface: &str) -> String {
    let members: Vec<String> = members.iter().map(|member| format!("<member>{member}</member>\n")).collect();
    let members = members.concat();
    format!(
        "<join>\n<multicast enabled=\"false\"/>\n<tcp-ip enabled=\"true\">\n{members}</tcp-ip>\n</join>\n\
         <interfaces enabled=\"true\">\n<interface>{interface}</interface>\n</interfaces>\n"
    )
}

fn lint(host: &Host, folder: &Path, arguments: &[&str]) -> Result<(Output, String, String)> {
    let mut all = vec!["lint", "--format", "concise"];
    all.extend(arguments);
    let output = cobnut_command(Some(host), folder, &all)?;
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let (stdout, stderr) = (text(&output.stdout), text(&output.stderr));
    Ok((output, stdout, stderr))
}

/// `line rule` of the probe's findings.
fn found(stdout: &str) -> Vec<String> {
    const PROBE: [&str; 4] =
        ["unreachable-member", "foreign-service", "no-local-address", "unheard-multicast"];
    let place = |line: &str| {
        let number = line.split(':').nth(1)?;
        let rule = line.split_once('[')?.1.split_once(']')?.0;
        PROBE.contains(&rule).then(|| format!("{number} {rule}"))
    };
    stdout.lines().filter_map(place).collect()
}

/// Connections and datagrams that a host has begun since it exists.
fn sent(host: &Host) -> Result<u64> {
    let table = host.run(|| fs::read_to_string("/proc/thread-self/net/snmp").context("read the counters"))?;
    let counter = |protocol: &str, name: &str| -> Option<u64> {
        let mut lines = table.lines().filter(|line| line.starts_with(protocol));
        let names = lines.next()?.split_whitespace();
        let mut values = lines.next()?.split_whitespace();
        values.nth(names.into_iter().position(|other| other == name)?)?.parse().ok()
    };
    let (tcp, udp) = (counter("Tcp:", "ActiveOpens"), counter("Udp:", "OutDatagrams"));
    Ok(tcp.context("no TCP counter")? + udp.context("no UDP counter")?)
}

/// A web server that is no member; it ends with its test.
fn web_server(host: &Arc<Host>, port: u16) -> Result<()> {
    let listener = host.run(|| Ok(TcpListener::bind(host.socket(port))?))?;
    std::thread::spawn(move || {
        for mut stream in listener.incoming().flatten() {
            let mut request = [0; 512];
            let answer = b"HTTP/1.1 404 Not Found\r\nServer: teapot\r\nContent-Length: 0\r\n\r\n";
            let _reader_may_be_gone = stream.read(&mut request).and_then(|_| stream.write_all(answer));
        }
    });
    Ok(())
}

#[test]
fn members_are_told_from_closed_ports_absent_hosts_and_strangers() -> Result<()> {
    if !ready("members_are_told_from_closed_ports_absent_hosts_and_strangers", &NEEDS) {
        return Ok(());
    }
    let mut lab = Lab::new("probe_members")?;
    let one = lab.host("one", Ipv4Addr::new(192, 168, 5, 1))?;
    let two = lab.host("two", Ipv4Addr::new(192, 168, 5, 2))?;
    let cut_off = lab.host("three", Ipv4Addr::new(192, 168, 5, 3))?;
    cut_off.unplug()?;
    let folder = lab.artifacts().folder().to_owned();
    fs::write(folder.join("two.xml"), file(&["192.168.5.1:5701", "192.168.5.2:5701"], "192.168.5.2"))?;
    let members =
        ["192.168.5.1:5701", "192.168.5.2:5701", "192.168.5.2:7000", "192.168.5.2:7001", "192.168.5.3:5701"];
    fs::write(folder.join("one.xml"), file(&members, "192.168.5.1"))?;
    let options = NodeOptions {
        config: folder.join("two.xml"),
        database: format!("sqlite://{}?mode=rwc", folder.join("two.db").display()),
        domain: DOMAIN.to_owned(),
        clustering: Some(true),
        extra: Vec::new(),
    };
    let mut node = Node::new("node2", &two, lab.artifacts(), options)?;
    node.start()?;
    web_server(&two, 7001)?;

    let (output, stdout, stderr) = lint(&one, &folder, &["--probe", "--report", "one.json", "one.xml"])?;
    assert_eq!(
        found(&stdout),
        ["6 unreachable-member", "7 foreign-service", "8 unreachable-member"],
        "{stdout}\n{stderr}"
    );
    assert_eq!(output.status.code(), Some(1));
    for said in [
        "192.168.5.2:5701 is answered by a Cobnut node",
        "192.168.5.2:7000 refuses the connection",
        "192.168.5.2:7001 is answered by an HTTP server (teapot)",
        "192.168.5.1:5701 is free for the cluster",
    ] {
        assert!(stderr.contains(said), "{said}: {stderr}");
    }
    assert!(stdout.contains("warning[unreachable-member]: 192.168.5.2:7000 refuses"), "{stdout}");
    assert!(stdout.contains("error[unreachable-member]: 192.168.5.3:5701"), "{stdout}");

    // The same file on the other machine, where its address is not.
    let (_, stdout, _) = lint(&two, &folder, &["--probe", "one.xml"])?;
    assert!(found(&stdout).contains(&"12 no-local-address".to_owned()), "{stdout}");

    // Of both files together, the machine knows its own; its running node holds the port and is no problem.
    let (_, stdout, stderr) =
        lint(&two, &folder, &["--probe", "--report", "two.json", "one.xml", "two.xml"])?;
    assert!(stderr.contains("this machine is two.xml"), "{stderr}");
    assert!(stdout.contains("info[taken-port]: 192.168.5.2:5701"), "{stdout}");
    assert!(!stdout.contains("no-local-address"), "{stdout}");

    let (output, matrix, stderr) = lint(&one, &folder, &["--probe-reports", "one.json", "two.json"])?;
    assert_eq!(output.status.code(), Some(1), "{stderr}");
    assert!(matrix.contains("Cobnut") && matrix.contains("itself"), "{matrix}");
    assert!(matrix.contains("192.168.5.1:5701: refused from two"), "{matrix}");
    node.stop()
}

#[test]
fn two_probes_hear_each_other_by_multicast() -> Result<()> {
    if !ready("two_probes_hear_each_other_by_multicast", &NEEDS) {
        return Ok(());
    }
    let mut lab = Lab::new("probe_multicast")?;
    let hosts =
        [lab.host("one", Ipv4Addr::new(192, 168, 5, 1))?, lab.host("two", Ipv4Addr::new(192, 168, 5, 2))?];
    let folder = lab.artifacts().folder().to_owned();
    let text = "<join><multicast enabled=\"true\"><multicast-group>224.2.2.3</multicast-group>\
                <multicast-port>54327</multicast-port></multicast></join>\n";
    fs::write(folder.join("n.xml"), text)?;
    let both: Vec<Result<String>> = std::thread::scope(|scope| {
        let runs: Vec<_> = hosts
            .iter()
            .map(|host| {
                let folder = &folder;
                scope.spawn(move || lint(host, folder, &["--probe", "n.xml"]).map(|(_, out, err)| out + &err))
            })
            .collect();
        runs.into_iter().map(|run| run.join().unwrap()).collect()
    });
    for (text, other) in both.into_iter().zip(["192.168.5.2", "192.168.5.1"]) {
        let text = text?;
        assert!(text.contains(&format!(": heard {other}\n")), "{text}");
        assert!(!text.contains("unheard-multicast"), "{text}");
        assert!(text.contains(&format!("the clock at {other} differs by")), "{text}");
    }
    Ok(())
}

#[test]
fn nothing_is_sent_without_being_asked_for() -> Result<()> {
    if !ready("nothing_is_sent_without_being_asked_for", &NEEDS) {
        return Ok(());
    }
    let mut lab = Lab::new("probe_silence")?;
    let host = lab.host("one", Ipv4Addr::new(192, 168, 5, 1))?;
    let folder = lab.artifacts().folder().to_owned();
    let text = file(&["192.168.5.1:5701", "192.168.5.2:5701", "openfire2.invalid:5701"], "192.168.5.1");
    fs::write(
        folder.join("n.xml"),
        text.replace("multicast enabled=\"false\"", "multicast enabled=\"true\""),
    )?;
    let (_, plan, _) = lint(&host, &folder, &["--probe-dry-run", "n.xml"])?;
    for part in ["resolve openfire2.invalid", "connect to 192.168.5.2 port 5701", "join 224.2.2.3:54327"] {
        assert!(plan.contains(part), "{part}: {plan}");
    }
    lint(&host, &folder, &["n.xml"])?;
    assert_eq!(sent(&host)?, 0);
    let (_, stdout, _) = lint(&host, &folder, &["--probe", "n.xml"])?;
    let sent = sent(&host)?;
    ensure!((1..20).contains(&sent), "{sent} connections and datagrams: {stdout}");
    Ok(())
}
