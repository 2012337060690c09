//! Logins and logouts at a steady rate for a long time, and whether the server's memory stays where it is.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};
use clap::Args;
use serde::Serialize;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, TryAcquireError, oneshot};
use tokio::task::{JoinSet, yield_now};
use tokio::time::{MissedTickBehavior, interval, sleep, sleep_until};

use super::pace::Pace;
use super::stage::{Stage, cpu_each, spinner};
use crate::client::{Credentials, Session};
use crate::numbers::{Latencies, float, micros_each, per_second, slope};
use crate::process::{Memory, cpu_time};
use crate::report::{Outcome, Row};
use crate::target::Target;

/// Full JIDs for each session that may be open, so that a login meets its predecessor of the same full JID only if that
/// one took several times as long as the others.
const FACES_PER_SESSION: usize = 4;
/// The first part of the samples, in tenths, is the server's warm-up and left out of the slope.
const WARM_UP_TENTHS: usize = 2;

/// Knobs of the churn.
#[derive(Debug, Clone, Args)]
pub(crate) struct ChurnArgs {
    /// Logins (and as many logouts) per second, over all nodes.
    #[arg(long, value_name = "N", default_value_t = 1000)]
    pub(crate) rate: u32,
    /// Seconds to go on.
    #[arg(long, value_name = "S", default_value_t = 1800)]
    pub(crate) seconds: u64,
    /// Milliseconds that a session lasts.
    #[arg(long, value_name = "MS", default_value_t = 1000)]
    pub(crate) hold: u64,
    /// Sessions at the same time; when so many are open the rate is what the server can do.
    #[arg(long, value_name = "N", default_value_t = 4000)]
    pub(crate) open_max: usize,
    /// Seconds between looks at the memory.
    #[arg(long, value_name = "S", default_value_t = 10)]
    pub(crate) sample: u64,
}

/// The memory of one process over time.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct MemoryCourse {
    /// Process id.
    pub(crate) process: u32,
    /// Resident bytes, one for each sample, the last ones after all sessions are gone.
    pub(crate) resident: Vec<u64>,
    /// Growth of resident memory after the warm-up, in bytes per second.
    pub(crate) bytes_per_second: f64,
}

/// Starts logins at the rate, spread over the nodes in turn, and looks at the memory meanwhile.
pub(crate) async fn churn(target: &Target, stage: &Arc<Stage>, knobs: &ChurnArgs) -> Result<Row> {
    ensure!(!target.processes.is_empty(), "{}: memory takes @PID in the target", target.name);
    ensure!(knobs.rate > 0 && knobs.sample > 0, "--rate and --sample must be above 0");
    let shown = spinner(&format!("{}: churn", target.name));
    let (over, is_over) = oneshot::channel();
    let watch = tokio::spawn(watch(target.processes.clone(), Duration::from_secs(knobs.sample), is_over));
    let own_process = [std::process::id()];
    let (cpu_before, own_before) = (cpu_time(&target.processes)?, cpu_time(&own_process)?);
    let started = Instant::now();
    let tally = log_in_and_out(target, stage, knobs).await?;
    let took = started.elapsed();
    let cpu = cpu_time(&target.processes)?.saturating_sub(cpu_before);
    let own_cpu = cpu_time(&own_process)?.saturating_sub(own_before);
    // One more look when the last sessions are gone.
    sleep(Duration::from_secs(knobs.sample)).await;
    // The watcher ends early only with an error, which comes below.
    let _ = over.send(());
    let samples = watch.await.context("watch the memory")??;
    shown.finish_and_clear();
    let logins = tally.latencies.count();
    ensure!(logins > tally.failures, "most logins failed; the first: {}", tally.first_failure);
    let course = |(index, &process): (usize, &u32)| {
        let resident: Vec<u64> = samples.iter().filter_map(|sample| sample.get(index).copied()).collect();
        let warm = resident.get(resident.len() * WARM_UP_TENTHS / 10..).unwrap_or_default();
        let bytes_per_second = slope(warm) / float(knobs.sample);
        MemoryCourse { process, resident, bytes_per_second }
    };
    let outcome = Outcome::Churn {
        logins,
        failures: tally.failures,
        first_failure: Some(tally.first_failure).filter(|reason| !reason.is_empty()),
        late: tally.late,
        full: tally.full,
        wanted_per_second: knobs.rate,
        per_second: per_second(logins, took),
        latency: tally.latencies.summary(),
        cpu_us: cpu_each(&target.processes, cpu, logins),
        own_cpu_us: micros_each(own_cpu, logins),
        sample_seconds: knobs.sample,
        courses: target.processes.iter().enumerate().map(course).collect(),
    };
    Ok(Row { target: target.name.clone(), outcome })
}

/// What became of the logins.
struct Tally {
    latencies: Latencies,
    failures: u64,
    first_failure: String,
    /// Logins that were not begun, because the machine did not let the generator run.
    late: u64,
    /// Logins that were not begun, because as many sessions as may be were open.
    full: u64,
}

impl Tally {
    fn count(&mut self, ended: Result<Duration>) {
        match ended {
            Ok(latency) => self.latencies.record(latency),
            Err(err) => {
                self.failures += 1;
                if self.first_failure.is_empty() {
                    self.first_failure = format!("{err:#}");
                }
            }
        }
    }
}

async fn log_in_and_out(target: &Target, stage: &Arc<Stage>, knobs: &ChurnArgs) -> Result<Tally> {
    let mut tally =
        Tally { latencies: Latencies::new()?, failures: 0, first_failure: String::new(), late: 0, full: 0 };
    let gate = Arc::new(Semaphore::new(knobs.open_max));
    let faces = knobs.open_max.saturating_mul(FACES_PER_SESSION).max(stage.accounts.count);
    let mut nodes = target.nodes.iter().copied().cycle();
    let mut numbers = (0..faces).cycle();
    let (started, length) = (tokio::time::Instant::now(), Duration::from_secs(knobs.seconds));
    // A turn at the very end would be one too many.
    let last = length.saturating_sub(Duration::from_nanos(1));
    let mut pace = Pace::new(knobs.rate);
    let mut sessions = JoinSet::new();
    while pace.due() < length && started.elapsed() < length {
        sleep_until(started + pace.due()).await;
        let now = started.elapsed().min(last);
        while pace.take(now) {
            let permit = match Arc::clone(&gate).try_acquire_owned() {
                Err(TryAcquireError::NoPermits) => {
                    let permit = Arc::clone(&gate).acquire_owned().await;
                    pace.held_up(started.elapsed().min(length));
                    permit.context("wait for a turn")?
                }
                permit => permit.context("take a turn")?,
            };
            let node = nodes.next().context("the target has no node")?;
            let credentials = stage.accounts.credentials(numbers.next().unwrap_or_default());
            let visit = Visit {
                node,
                credentials,
                stage: Arc::clone(stage),
                hold: Duration::from_millis(knobs.hold),
            };
            sessions.spawn(visit.run(permit));
        }
        // The sessions' turn, also when the next login is due already.
        yield_now().await;
        while let Some(done) = sessions.try_join_next() {
            tally.count(done.context("run a session")?);
        }
    }
    pace.end(length);
    (tally.late, tally.full) = (pace.late(), pace.full());
    while let Some(done) = sessions.join_next().await {
        tally.count(done.context("run a session")?);
    }
    Ok(tally)
}

/// One session, from its login to its end.
struct Visit {
    node: SocketAddr,
    credentials: Credentials,
    stage: Arc<Stage>,
    hold: Duration,
}

impl Visit {
    /// Returns how long it took until the session was available. `_permit` is given back when the session is over.
    async fn run(self, _permit: OwnedSemaphorePermit) -> Result<Duration> {
        let begun = Instant::now();
        let mut session = Session::login(self.node, &self.credentials, &self.stage.login).await?;
        session.become_available().await?;
        let latency = begun.elapsed();
        sleep(self.hold).await;
        session.close().await;
        Ok(latency)
    }
}

/// Resident bytes of each process, once every `pause`, until told to stop.
async fn watch(
    processes: Vec<u32>,
    pause: Duration,
    mut is_over: oneshot::Receiver<()>,
) -> Result<Vec<Vec<u64>>> {
    let mut samples = Vec::new();
    let mut ticks = interval(pause);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Skip);
    loop {
        tokio::select! {
            _ = ticks.tick() => {}
            _ = &mut is_over => return Ok(samples),
        }
        let look = processes.iter().map(|&process| Memory::of(&[process]).map(|memory| memory.resident));
        samples.push(look.collect::<Result<Vec<u64>>>()?);
    }
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader};
    use tokio::net::{TcpListener, TcpStream};

    use super::*;
    use crate::accounts::Accounts;
    use crate::client::{Login, Mechanism, SaltedPasswords, TlsMode, client_config};

    /// Lets everybody in and knows nobody's contacts.
    async fn serve(stream: TcpStream) -> Result<()> {
        let mut stream = BufReader::new(stream);
        let mut piece = Vec::new();
        let mut features = [
            "<mechanisms xmlns='urn:ietf:params:xml:ns:xmpp-sasl'><mechanism>PLAIN</mechanism></mechanisms>",
            "<bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'/>",
        ]
        .into_iter();
        while stream.read_until(b'>', &mut piece).await? > 0 {
            let text = String::from_utf8_lossy(&piece).into_owned();
            piece.clear();
            let answer = match text.as_str() {
                text if text.starts_with("<stream:stream") => format!(
                    "<stream:stream xmlns:stream='http://etherx.jabber.org/streams' version='1.0'>\
                     <stream:features>{}</stream:features>",
                    features.next().context("a third stream")?
                ),
                text if text.ends_with("</auth>") => {
                    "<success xmlns='urn:ietf:params:xml:ns:xmpp-sasl'/>".to_owned()
                }
                "</bind>" => "<iq type='result' id='bind'><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'>\
                              <jid>u@example.org/r</jid></bind></iq>"
                    .to_owned(),
                text if text.contains("jabber:iq:roster") => "<iq type='result' id='roster'/>".to_owned(),
                "</stream:stream>" => {
                    stream.write_all(b"</stream:stream>").await?;
                    return Ok(());
                }
                _ => continue,
            };
            stream.write_all(answer.as_bytes()).await?;
        }
        Ok(())
    }

    async fn tally_of(knobs: &ChurnArgs) -> Result<Tally> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let node = listener.local_addr()?;
        let server = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(serve(stream));
            }
        });
        let target = Target { name: "mock".to_owned(), nodes: vec![node], processes: Vec::new() };
        let login = Login {
            domain: "example.org".to_owned(),
            tls: TlsMode::None,
            tls_config: client_config(),
            mechanism: Mechanism::Plain,
            salted_passwords: SaltedPasswords::default(),
        };
        let accounts =
            Accounts { count: 10, prefix: "u".to_owned(), password: "secret".to_owned(), contacts: 0 };
        let tally = log_in_and_out(&target, &Arc::new(Stage { login, accounts }), knobs).await;
        server.abort();
        tally
    }

    #[tokio::test]
    async fn every_login_asked_for_is_made_or_accounted_for() -> Result<()> {
        let knobs = ChurnArgs { rate: 200, seconds: 1, hold: 0, open_max: 100, sample: 1 };
        let tally = tally_of(&knobs).await?;
        assert_eq!(tally.failures, 0, "{}", tally.first_failure);
        assert!(tally.latencies.count() > 0);
        assert_eq!(tally.latencies.count() + tally.late + tally.full, 200);
        Ok(())
    }

    #[tokio::test]
    async fn no_more_sessions_are_open_than_may_be() -> Result<()> {
        let knobs = ChurnArgs { rate: 200, seconds: 1, hold: 100, open_max: 2, sample: 1 };
        let tally = tally_of(&knobs).await?;
        assert_eq!(tally.failures, 0, "{}", tally.first_failure);
        // Two at a time, each for a tenth of the second, and those begun at its end.
        assert!(tally.latencies.count() <= 22, "{}", tally.latencies.count());
        assert_eq!(tally.latencies.count() + tally.late + tally.full, 200);
        Ok(())
    }
}
