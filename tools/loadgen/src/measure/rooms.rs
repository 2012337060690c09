//! Group chat: what a message costs that everybody in a room gets, and what it costs to enter.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail, ensure};
use clap::Args;
use serde::Serialize;
use tokio::sync::{Notify, Semaphore};
use tokio::task::JoinSet;
use tokio::time::timeout;

use super::stage::{Stage, cpu_each, progress_bar, spinner};
use crate::client::{SessionReader, SessionWriter, attribute, mentions, name};
use crate::numbers::per_second;
use crate::process::cpu_time;
use crate::report::{Outcome, Row};
use crate::target::Target;

/// Time for one occupant to get in.
const ENTRY_LIMIT: Duration = Duration::from_mins(1);
/// Of the request that configures a room.
const CONFIGURATION_ID: &str = "configure";
/// Time to reach full speed before measuring.
const WARM_UP: Duration = Duration::from_secs(1);

/// Knobs of the measurement of rooms.
#[derive(Debug, Clone, Args)]
pub(crate) struct RoomsArgs {
    /// Rooms.
    #[arg(long, value_name = "N", default_value_t = 1)]
    pub(crate) rooms: usize,
    /// Occupants of each room; an account is in one room only. The first of each room writes.
    #[arg(long, value_name = "N", default_value_t = 1000)]
    pub(crate) occupants: usize,
    /// Seconds to measure.
    #[arg(long, value_name = "S", default_value_t = 10)]
    pub(crate) seconds: u64,
    /// Messages of one room that may be on their way to its writer at the same time.
    #[arg(long, value_name = "N", default_value_t = 8)]
    pub(crate) window: usize,
    /// Bytes of text in each message.
    #[arg(long, value_name = "N", default_value_t = 32)]
    pub(crate) size: usize,
    /// First label of the group-chat service.
    #[arg(long, value_name = "NAME", default_value = "conference")]
    pub(crate) service: String,
}

/// What was found.
#[derive(Debug, Serialize)]
pub(crate) struct RoomFigures {
    pub(crate) rooms: usize,
    /// In each of them.
    pub(crate) occupants: usize,
    pub(crate) entries_per_second: f64,
    /// The server's CPU time for one occupant that enters, in milliseconds.
    pub(crate) entry_cpu_ms: Option<f64>,
    /// Of messages, that occupants got.
    pub(crate) copies: u64,
    pub(crate) copies_per_second: f64,
    pub(crate) payload_bytes: usize,
    /// The server's CPU time for one copy, in microseconds.
    pub(crate) copy_cpu_us: Option<f64>,
}

/// One occupant, as its reader and the rest see it.
#[derive(Debug, Default)]
struct Occupant {
    /// Told once it is in, and once the room has the configuration that it sent.
    answer: Notify,
}

impl Occupant {
    async fn answered(&self, room: &str) -> Result<()> {
        ensure!(timeout(ENTRY_LIMIT, self.answer.notified()).await.is_ok(), "{room} does not answer");
        Ok(())
    }
}

/// What the readers count.
#[derive(Debug, Default)]
struct Flow {
    delivered: AtomicU64,
}

/// Enters a new room and configures it: only its owner gets into one without a configuration, and some servers let in thirty
/// (XEP-0045 §10.1).
async fn open_room(
    address: &str,
    number: usize,
    size: usize,
    occupant: &Occupant,
    writer: &mut SessionWriter,
) -> Result<()> {
    enter(address, number, occupant, writer).await?;
    writer.send(configuration(address, size).as_bytes()).await?;
    occupant.answered(address).await
}

/// Fills the rooms, lets the first occupant of each write, and counts what all of them get.
pub(crate) async fn rooms(target: &Target, stage: &Arc<Stage>, knobs: &RoomsArgs) -> Result<Row> {
    ensure!(knobs.rooms > 0 && knobs.occupants > 0, "there is nobody in no room");
    let count = knobs.rooms * knobs.occupants;
    stage.require_accounts(count)?;
    let nodes = target.nodes.iter().cycle().take(count);
    let wanted: Vec<_> = nodes.copied().enumerate().map(|(account, node)| (node, account)).collect();
    let title = format!("{}: {} rooms of {}", target.name, knobs.rooms, knobs.occupants);
    let sessions = stage.open(&wanted, &title).await?;

    let flow = Arc::new(Flow::default());
    let windows: Vec<Arc<Semaphore>> =
        (0..knobs.rooms).map(|_| Arc::new(Semaphore::new(knobs.window))).collect();
    let mut tasks = JoinSet::new();
    let mut occupants = Vec::with_capacity(count);
    for (number, session) in sessions.into_iter().enumerate() {
        let occupant = Arc::new(Occupant::default());
        let is_writer = number < knobs.rooms;
        let window = windows.get(number).filter(|_| is_writer).cloned();
        tasks.spawn(read(session.reader, Arc::clone(&occupant), window, Arc::clone(&flow)));
        occupants.push((occupant, session.writer));
    }

    for (room, (occupant, writer)) in occupants.iter_mut().enumerate().take(knobs.rooms) {
        open_room(&room_address(knobs, &stage.login.domain, room), room, knobs.occupants, occupant, writer)
            .await?;
    }

    // A room after the other would have each of them grow on one node; so all grow together.
    let entries = u64::try_from(count - knobs.rooms).unwrap_or(u64::MAX);
    let (cpu_before, began) = (cpu_time(&target.processes)?, Instant::now());
    let progress = progress_bar(entries, &format!("{title}, entering"));
    for (number, (occupant, writer)) in occupants.iter_mut().enumerate().skip(knobs.rooms) {
        let room = room_address(knobs, &stage.login.domain, number % knobs.rooms);
        enter(&room, number, occupant, writer).await?;
        progress.inc(1);
    }
    progress.finish_and_clear();
    let entering = began.elapsed();
    let entry_cpu = cpu_time(&target.processes)?.saturating_sub(cpu_before);

    let shown = spinner(&format!("{title}, writing"));
    let mut idle_writers = Vec::new();
    for (number, (_, writer)) in occupants.into_iter().enumerate() {
        match windows.get(number) {
            Some(window) => {
                let room = room_address(knobs, &stage.login.domain, number);
                let text = "x".repeat(knobs.size);
                let message = format!("<message to='{room}' type='groupchat'><body>{text}</body></message>");
                tasks.spawn(write(writer, message, Arc::clone(window)));
            }
            // Its connection stays open.
            None => idle_writers.push(writer),
        }
    }
    let (copies, took, cpu) = tokio::select! {
        measured = measure(target, &flow, Duration::from_secs(knobs.seconds)) => measured?,
        Some(ended) = tasks.join_next() => {
            ended.context("run an occupant")??;
            bail!("an occupant ended before the time was over");
        }
    };
    tasks.shutdown().await;
    shown.finish_and_clear();
    let figures = RoomFigures {
        rooms: knobs.rooms,
        occupants: knobs.occupants,
        entries_per_second: per_second(entries, entering),
        entry_cpu_ms: cpu_each(&target.processes, entry_cpu, entries).map(|micros| micros / 1000.0),
        copies,
        copies_per_second: per_second(copies, took),
        payload_bytes: knobs.size,
        copy_cpu_us: cpu_each(&target.processes, cpu, copies),
    };
    Ok(Row { target: target.name.clone(), outcome: Outcome::Rooms(figures) })
}

async fn enter(room: &str, number: usize, occupant: &Occupant, writer: &mut SessionWriter) -> Result<()> {
    let enter = format!(
        "<presence to='{room}/n{number}'><x xmlns='http://jabber.org/protocol/muc'><history maxstanzas='0'/></x></presence>"
    );
    writer.send(enter.as_bytes()).await?;
    occupant.answered(room).await.with_context(|| format!("occupant {number}"))
}

/// Opens the room for so many; what is not named keeps the server's default.
fn configuration(room: &str, occupants: usize) -> String {
    format!(
        "<iq type='set' id='{CONFIGURATION_ID}' to='{room}'><query xmlns='http://jabber.org/protocol/muc#owner'>\
         <x xmlns='jabber:x:data' type='submit'>\
         <field var='FORM_TYPE'><value>http://jabber.org/protocol/muc#roomconfig</value></field>\
         <field var='muc#roomconfig_maxusers'><value>{occupants}</value></field></x></query></iq>"
    )
}

fn room_address(knobs: &RoomsArgs, domain: &str, room: usize) -> String {
    format!("load{room}@{}.{domain}", knobs.service)
}

async fn measure(target: &Target, flow: &Flow, time: Duration) -> Result<(u64, Duration, Duration)> {
    tokio::time::sleep(WARM_UP).await;
    let cpu_before = cpu_time(&target.processes)?;
    let delivered_before = flow.delivered.load(Ordering::Relaxed);
    let started = Instant::now();
    tokio::time::sleep(time).await;
    let delivered = flow.delivered.load(Ordering::Relaxed) - delivered_before;
    let took = started.elapsed();
    Ok((delivered, took, cpu_time(&target.processes)?.saturating_sub(cpu_before)))
}

/// The window opens again when the writer itself gets its message, as everybody else does.
async fn write(mut writer: SessionWriter, message: String, window: Arc<Semaphore>) -> Result<()> {
    loop {
        window.acquire().await.context("wait for the window")?.forget();
        writer.send(message.as_bytes()).await?;
    }
}

async fn read(
    mut reader: SessionReader,
    occupant: Arc<Occupant>,
    window: Option<Arc<Semaphore>>,
    flow: Arc<Flow>,
) -> Result<()> {
    loop {
        let element = reader.next().await?;
        let kind = attribute(element, "type");
        match name(element) {
            b"presence" if kind == Some(b"error") => {
                bail!("the server let nobody in: {}", String::from_utf8_lossy(element));
            }
            b"iq" if attribute(element, "id") == Some(CONFIGURATION_ID.as_bytes()) => {
                ensure!(kind == Some(b"result"), "no configuration: {}", String::from_utf8_lossy(element));
                occupant.answer.notify_one();
            }
            // Status 110: the occupant itself (XEP-0045 §7.2.2).
            b"presence" if mentions(element, "\"110\"") || mentions(element, "'110'") => {
                occupant.answer.notify_one();
            }
            b"message" if kind == Some(b"groupchat") && mentions(element, "<body") => {
                flow.delivered.fetch_add(1, Ordering::Relaxed);
                if let Some(window) = &window {
                    window.add_permits(1);
                }
            }
            b"message" if kind == Some(b"error") => {
                bail!("the room took no message: {}", String::from_utf8_lossy(element));
            }
            _ => {}
        }
    }
}
