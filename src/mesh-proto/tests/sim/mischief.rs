//! What the applications do and what goes wrong.

use bytes::{Bytes, BytesMut};

use crate::world::{End, Event, FAULTS_MS, PEACE_MS, World};

impl World {
    pub(crate) fn mischief(&mut self) -> Result<(), String> {
        let after = 1 + self.chance.below(60);
        self.schedule(after, Event::Mischief);
        let host = self.chance.index(self.hosts.len());
        let dice = self.chance.below(if self.is_peace { 900 } else { 1000 });
        match dice {
            0..400 if self.now < FAULTS_MS + PEACE_MS / 2 => {
                for _ in 0..=self.chance.below(8) {
                    self.change_entry(host);
                }
                let run = self.hosts[host].process.as_ref().map(|process| process.run);
                run.map_or(Ok(()), |run| self.perform(host, run))
            }
            400..890 if self.now < FAULTS_MS + PEACE_MS / 2 => self.send_payloads(host),
            // Much less often than the digests come, or nothing would ever be repaired.
            890..900 if self.seed.is_multiple_of(2) => {
                self.spoil_a_copy(host);
                Ok(())
            }
            0..900 => Ok(()),
            // In every third world nobody dies: links last long enough to be cut, resumed and made again.
            900..955 if self.seed.is_multiple_of(3) && self.hosts[host].process.is_some() => {
                if self.chance.is(10) {
                    self.change_cuts();
                }
                Ok(())
            }
            900..915 => {
                self.crash(host, false);
                Ok(())
            }
            915..920 => {
                self.crash(host, true);
                Ok(())
            }
            920..928 => self.leave(host),
            928..955 => {
                if self.hosts[host].process.is_none() {
                    self.start(host)
                } else {
                    Ok(())
                }
            }
            955..965 => {
                // Never earlier than before: what waits for the end of a pause must not be overtaken.
                let until = self.now + self.chance.below(7000);
                self.hosts[host].paused_until = self.hosts[host].paused_until.max(until);
                self.log(|| format!("host {host} is paused until {}", self.hosts[host].paused_until));
                Ok(())
            }
            965..985 => {
                self.break_wire();
                Ok(())
            }
            _ => {
                self.change_cuts();
                Ok(())
            }
        }
    }

    /// A mistake in the driver, or a bit that fell over: a copy loses an entry, has another value, or one too many.
    fn spoil_a_copy(&mut self, host: usize) {
        let (dice, which) = (self.chance.below(3), self.chance.below(24));
        if self.now > FAULTS_MS + PEACE_MS / 2 {
            return;
        }
        let Some(process) = self.hosts[host].process.as_mut() else { return };
        let Some(copy) = process.copies.values_mut().next() else { return };
        copy.is_spoilt = true;
        let key = (1, Bytes::from(which.to_string()));
        let is_there = copy.entries.contains_key(&key);
        match dice {
            0 => drop(copy.entries.remove(&key)),
            1 if !is_there => {}
            _ => drop(copy.entries.insert(key, (Bytes::from_static(b"spoilt"), copy.epoch))),
        }
    }

    pub(crate) fn change_entry(&mut self, host: usize) {
        let key = Bytes::from(self.chance.below(24).to_string());
        let value = Bytes::from(self.chance.number().to_string());
        let is_put = self.chance.is(60);
        let Some(process) = self.hosts[host].process.as_mut() else { return };
        if is_put {
            process.own.insert((1, key.clone()), value.clone());
            process.node.put(1, key, value);
        } else if process.own.remove(&(1, key.clone())).is_some() {
            process.node.remove(1, key);
        }
    }

    pub(crate) fn send_payloads(&mut self, host: usize) -> Result<(), String> {
        let Some(process) = self.hosts[host].process.as_ref() else { return Ok(()) };
        let (run, members) = (process.run, process.members.iter().copied().collect::<Vec<_>>());
        if members.is_empty() {
            return Ok(());
        }
        let to = members[self.chance.index(members.len())];
        for _ in 0..=self.chance.below(4) {
            self.last_payload += 1;
            let number = self.last_payload;
            let mut payload = BytesMut::from(&number.to_be_bytes()[..]);
            payload.resize(8 + self.chance.index(300), 0);
            let process = self.hosts[host].process.as_mut().expect("checked above");
            process
                .node
                .send(to, payload.freeze())
                .map_err(|_| format!("{to:?} is a member and cannot be sent to"))?;
            self.ledger.sent.insert(number, (run, to));
        }
        self.perform(host, run)
    }

    /// A killed process closes its connections; a host without power says nothing.
    pub(crate) fn crash(&mut self, host: usize, is_silent: bool) {
        let Some(process) = self.hosts[host].process.take() else { return };
        self.hosts[host].is_dark = is_silent;
        self.log(|| format!("host {host} run {} dies, silent: {is_silent}", process.run));
        let ends: Vec<End> =
            self.wire_of.keys().filter(|end| end.0 == host && end.1 == process.run).copied().collect();
        for end in ends {
            let Some((wire, side)) = self.wire_of.remove(&end) else { continue };
            self.lose_wire_side(wire, side);
            if !is_silent {
                self.put_on_wire(wire, 1 - side, Bytes::new());
            }
        }
    }

    pub(crate) fn leave(&mut self, host: usize) -> Result<(), String> {
        let Some(process) = self.hosts[host].process.as_mut() else { return Ok(()) };
        process.has_left = true;
        let run = process.run;
        self.log(|| format!("host {host} run {run} leaves"));
        self.with(host, run, cobnut_mesh_proto::Node::handle_leave)?;
        self.crash(host, false);
        Ok(())
    }

    /// A middlebox forgets a connection: both ends are told, what is under way is lost.
    pub(crate) fn break_wire(&mut self) {
        let open: Vec<u64> =
            self.wires.iter().filter(|(_, wire)| wire.is_open == [true; 2]).map(|(&id, _)| id).collect();
        if open.is_empty() {
            return;
        }
        let id = open[self.chance.index(open.len())];
        let Some(wire) = self.wires.remove(&id) else { return };
        self.log(|| format!("connection between hosts {} and {} breaks", wire.ends[0].0, wire.ends[1].0));
        for end in wire.ends {
            let after = self.delay();
            self.schedule(after, Event::Closed { end });
        }
    }

    pub(crate) fn change_cuts(&mut self) {
        if self.chance.is(40) {
            self.heal_cuts();
            self.log(|| "all cuts heal".to_owned());
            return;
        }
        let (one, two) = (self.chance.index(self.hosts.len()), self.chance.index(self.hosts.len()));
        if one == two {
            return;
        }
        self.cuts.insert((one, two));
        if self.chance.is(60) {
            self.cuts.insert((two, one));
        }
        self.log(|| format!("cuts: {:?}", self.cuts));
    }

    pub(crate) fn heal_cuts(&mut self) {
        for (one, two) in std::mem::take(&mut self.cuts) {
            self.healed.insert((one.min(two), one.max(two)), self.now);
        }
    }
}
