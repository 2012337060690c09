//! What each fault is, and what must hold while it lasts.

use std::thread::sleep;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail, ensure};
use compat_tests::{Treatment, eventually, note, record_timing};
use rustix::process::Signal;

use crate::conversation::Conversation;
use crate::matrix::Fault;
use crate::stage::{HEAL_LIMIT, REMOVE_LIMIT, Stage};

/// Shorter than the three seconds after which a silent member is suspected.
const SHORT: Duration = Duration::from_millis(1500);
/// Pause between messages of a conversation; faults last for [`ROUNDS`] of them.
const BEAT: Duration = Duration::from_millis(300);
/// Messages of a conversation during a fault.
const ROUNDS: u32 = 16;
/// How often a loose cable loses contact, and for how long each time.
const FLAPS: u32 = 5;
/// See [`FLAPS`].
const FLAP: Duration = Duration::from_millis(700);
/// How long logins may need to work again after the database is back.
const DATABASE_LIMIT: Duration = Duration::from_secs(30);

/// Plays one fault and compares all nodes afterwards.
pub(crate) fn play(stage: &mut Stage, fault: Fault, victim: usize) -> Result<()> {
    let started = Instant::now();
    let played = match fault {
        Fault::Kill => kill(stage, victim),
        Fault::ShortPause => short_pause(stage, victim),
        Fault::LongPause => long_pause(stage, victim),
        Fault::CablePull => cable_pull(stage, victim),
        Fault::OneWayDrop => one_way_drop(stage, victim),
        Fault::Loss => disturbed(stage, Treatment::lossy(30)),
        Fault::Delay => disturbed(stage, Treatment::late(Duration::from_millis(200))),
        Fault::Flapping => flapping(stage, victim),
        Fault::FullDisk => full_disk(stage, victim),
        Fault::DatabaseDown => database_down(stage),
        Fault::TwoAtOnce => two_at_once(stage, victim),
    };
    let what = format!("{fault:?} of node {}, {} nodes", victim + 1, stage.fleet.nodes.len());
    played.and_then(|()| stage.recover(&format!("{fault:?}"))).with_context(|| what.clone())?;
    note(&format!("FAULTS {what}: all nodes agree, {:.1} s", started.elapsed().as_secs_f64()));
    Ok(())
}

fn kill(stage: &mut Stage, victim: usize) -> Result<()> {
    stage.fleet.nodes[victim].kill()?;
    let gone = stage.clear_seats(victim);
    let survivors = stage.others(&[victim]);
    stage.agree_among(&survivors)?;
    // One of those who lost their node comes back elsewhere, under the same full JID.
    let mut gone = gone.into_iter();
    if let (Some((user, resource)), Some(&elsewhere)) = (gone.next(), survivors.first()) {
        stage.take_seat(elsewhere, user, resource)?;
    }
    stage.agree_among(&survivors)?;
    stage.fleet.nodes[victim].start()?;
    stage.fleet.wait_until_formed(HEAL_LIMIT)?;
    gone.try_for_each(|(user, resource)| stage.take_seat(victim, user, resource))
}

fn short_pause(stage: &mut Stage, victim: usize) -> Result<()> {
    let others = stage.others(&[]);
    let mut conversation = Conversation::among(stage, &others)?;
    conversation.say(stage)?;
    stage.fleet.nodes[victim].process()?.signal(Signal::STOP)?;
    conversation.say(stage)?;
    sleep(SHORT);
    conversation.say(stage)?;
    stage.fleet.nodes[victim].process()?.signal(Signal::CONT)?;
    conversation.check(stage)
}

fn long_pause(stage: &mut Stage, victim: usize) -> Result<()> {
    stage.fleet.nodes[victim].process()?.signal(Signal::STOP)?;
    let survivors = stage.others(&[victim]);
    let parted = stage.agree_among(&survivors);
    stage.fleet.nodes[victim].process()?.signal(Signal::CONT)?;
    parted
}

fn cable_pull(stage: &mut Stage, victim: usize) -> Result<()> {
    stage.fleet.nodes[victim].host().unplug()?;
    let pulled = Instant::now();
    // Each side serves its own people (P1).
    stage.agree_among(&stage.others(&[victim]))?;
    stage.agree_among(&[victim])?;
    record_timing("faults: both sides of a pulled cable agree by themselves", pulled.elapsed());
    stage.fleet.nodes[victim].host().plug_in()
}

fn one_way_drop(stage: &mut Stage, victim: usize) -> Result<()> {
    stage.make_deaf(victim)?;
    let cut = Instant::now();
    stage.agree_among(&[victim])?;
    stage.agree_among(&stage.others(&[victim]))?;
    record_timing("faults: both sides of a one-way cut agree by themselves", cut.elapsed());
    stage.fleet.lab().treat_well();
    Ok(())
}

fn disturbed(stage: &mut Stage, treatment: Treatment) -> Result<()> {
    let others = stage.others(&[]);
    let mut conversation = Conversation::among(stage, &others)?;
    stage.treat_nodes(treatment)?;
    for _ in 0..ROUNDS {
        conversation.say(stage)?;
        sleep(BEAT);
    }
    stage.fleet.lab().treat_well();
    conversation.check(stage)
}

fn flapping(stage: &mut Stage, victim: usize) -> Result<()> {
    let others = stage.others(&[]);
    let mut conversation = Conversation::among(stage, &others)?;
    for _ in 0..FLAPS {
        stage.fleet.nodes[victim].host().unplug()?;
        sleep(FLAP);
        stage.fleet.nodes[victim].host().plug_in()?;
        conversation.say(stage)?;
        sleep(FLAP);
    }
    conversation.check(stage)
}

fn full_disk(stage: &mut Stage, victim: usize) -> Result<()> {
    stage.fleet.disks[victim].fill()?;
    let others = stage.others(&[]);
    let mut conversation = Conversation::among(stage, &others)?;
    conversation.say(stage)?;
    // Neither logins nor messages need the disk.
    let user = stage.fleet.nodes.len();
    stage.take_seat(victim, user, "full".to_owned())?;
    conversation.say(stage)?;
    stage.agree_among(&others)?;
    conversation.check(stage)?;
    stage.fleet.nodes[victim].process()?.assert_running()?;
    stage.fleet.disks[victim].empty()?;
    stage.leave_seat(victim, "full")
}

fn database_down(stage: &mut Stage) -> Result<()> {
    let others = stage.others(&[]);
    let mut conversation = Conversation::among(stage, &others)?;
    conversation.say(stage)?;
    stage.fleet.database.stop();
    for _ in 0..ROUNDS / 2 {
        conversation.say(stage)?;
        sleep(BEAT);
    }
    let refused = stage.fleet.login(0, 0, "late");
    ensure!(refused.is_err(), "somebody was let in without a database");
    stage.agree_among(&others)?;
    stage.fleet.database.start_again();
    conversation.check(stage)?;
    log_in_again(stage)
}

/// Waits until logins work on every node.
fn log_in_again(stage: &mut Stage) -> Result<()> {
    for node in stage.others(&[]) {
        let what = format!("a login on node {} with the database back", node + 1);
        let (client, _) =
            eventually(&what, DATABASE_LIMIT, || stage.fleet.login(node, node, "again").map(Some))?;
        client.close()?;
    }
    Ok(())
}

/// Two faults that hit different parts; the larger the cluster, the more there is to lose.
fn two_at_once(stage: &mut Stage, victim: usize) -> Result<()> {
    let size = stage.fleet.nodes.len();
    let second = (victim + 1) % size;
    match size {
        2 => {
            stage.fleet.database.stop();
            let parted = cable_pull(stage, victim);
            stage.fleet.database.start_again();
            parted?;
            log_in_again(stage)
        }
        3 => killed_and_unplugged(stage, victim, second),
        5 => {
            stage.make_deaf(second)?;
            stage.fleet.nodes[victim].process()?.signal(Signal::STOP)?;
            let survivors = stage.others(&[victim, second]);
            let parted = stage.agree_among(&survivors);
            stage.fleet.nodes[victim].process()?.signal(Signal::CONT)?;
            stage.fleet.lab().treat_well();
            parted
        }
        9 => {
            stage.treat_nodes(Treatment::lossy(30))?;
            stage.fleet.nodes[victim].kill()?;
            stage.clear_seats(victim);
            for node in stage.others(&[victim]) {
                let what = format!("node {} noticing the death of node {}", node + 1, victim + 1);
                let id = stage.fleet.id(victim).to_owned();
                eventually(&what, REMOVE_LIMIT, || {
                    let cluster = stage.fleet.nodes[node].api("cluster")?;
                    ensure!(!cluster["members"].to_string().contains(&id), "{cluster}");
                    Ok(Some(()))
                })?;
            }
            stage.fleet.lab().treat_well();
            stage.fleet.nodes[victim].start()?;
            stage.fleet.wait_until_formed(HEAL_LIMIT)?;
            stage.sit_down(victim)
        }
        other => bail!("no pair of faults is defined for {other} nodes"),
    }
}

fn killed_and_unplugged(stage: &mut Stage, killed: usize, unplugged: usize) -> Result<()> {
    stage.fleet.nodes[unplugged].host().unplug()?;
    stage.fleet.nodes[killed].kill()?;
    stage.clear_seats(killed);
    let survivors = stage.others(&[killed, unplugged]);
    stage.agree_among(&survivors)?;
    stage.agree_among(&[unplugged])?;
    stage.fleet.nodes[killed].start()?;
    stage.fleet.nodes[unplugged].host().plug_in()?;
    stage.fleet.wait_until_formed(HEAL_LIMIT)?;
    stage.sit_down(killed)
}
