//! What must hold some time after the last fault and the last change.

use std::collections::BTreeSet;

use cobnut_mesh_proto::{Member, Origin, Standing};

use crate::host::Process;
use crate::world::World;

impl World {
    pub(crate) fn check_quiet(&self) -> Result<(), String> {
        let running: Vec<&Process> = self.hosts.iter().filter_map(|host| host.process.as_ref()).collect();
        let everybody: BTreeSet<Origin> = running.iter().map(|process| process.node.origin()).collect();
        let mut order: Option<Vec<(Origin, u64)>> = None;
        for process in &running {
            check_node(process, &everybody)?;
            let members = process.node.members();
            let places: Vec<(Origin, u64)> =
                members.iter().map(|member: &Member| (member.origin, member.joined_at)).collect();
            if order.get_or_insert_with(|| places.clone()) != &places {
                return Err(format!("two orders of members: {order:?} and {places:?}"));
            }
            for owner in &running {
                if owner.run != process.run {
                    same_entries(process, owner)?;
                }
            }
        }
        let runs: BTreeSet<u64> = running.iter().map(|process| process.run).collect();
        self.ledger.all_accounted(&runs)
    }
}

fn check_node(process: &Process, everybody: &BTreeSet<Origin>) -> Result<(), String> {
    let me = process.node.origin();
    let application = &process.application;
    let members = process.node.members();
    let seen: BTreeSet<Origin> = members.iter().map(|member| member.origin).collect();
    if &seen != everybody {
        return Err(format!("{me:?} sees {seen:?} of {everybody:?}"));
    }
    let others: BTreeSet<Origin> = seen.into_iter().filter(|&origin| origin != me).collect();
    if application.members != others {
        return Err(format!("{me:?} announced {:?}, members are {others:?}", application.members));
    }
    if application.greeted_by != others {
        let greeted = &application.greeted_by;
        return Err(format!(
            "the users of {me:?} were told of the sessions of {greeted:?} only, not of {others:?}"
        ));
    }
    if !process.node.is_calm() || (application.is_alone && everybody.len() > 1) {
        return Err(format!("{me:?} is not calm: {members:?}"));
    }
    if application.standing != Standing::Majority || process.node.standing() != Standing::Majority {
        return Err(format!("{me:?} takes the whole cluster for {:?}", application.standing));
    }
    if process.node.unconfirmed() > 0 {
        return Err(format!("{me:?} waits for {} confirmations", process.node.unconfirmed()));
    }
    if process.node.held() != process.node.version() {
        let (held, version) = (process.node.held(), process.node.version());
        return Err(format!("{me:?} is at version {version}, its members hold {held}"));
    }
    if let Some((origin, _)) = application.copies.iter().find(|(_, copy)| copy.is_in_snapshot) {
        return Err(format!("{me:?} still reads a snapshot of {origin:?}"));
    }
    match application.copies.keys().find(|origin| !everybody.contains(origin)) {
        Some(dead) => Err(format!("{me:?} still holds entries of {dead:?}")),
        None => Ok(()),
    }
}

fn same_entries(process: &Process, owner: &Process) -> Result<(), String> {
    let (me, origin) = (process.node.origin(), owner.node.origin());
    let own = owner.application.own.iter().map(|(key, own)| (key, own.number));
    let copy = process.application.copies.get(&origin);
    let shown = copy.into_iter().flat_map(|copy| copy.entries.iter().map(|(key, shown)| (key, shown.number)));
    if own.clone().eq(shown.clone()) {
        return Ok(());
    }
    let (own, shown): (Vec<_>, Vec<_>) = (own.collect(), shown.collect());
    Err(format!("{me:?} holds {shown:?} of {origin:?}, who has {own:?}"))
}
