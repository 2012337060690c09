//! What rooms have to know of people: who administers the service, and who is in the groups on their lists.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, PoisonError};

use cobnut_model::limits;
use cobnut_xmpp_proto::muc::service::CreationRule;
use cobnut_xmpp_proto::muc::{Directory, RoomRecord};
use jid::{BareJid, Jid};
use tokio::time::Instant;
use tracing::warn;

use super::settings::RoomsService;
use crate::service::Service;

/// Groups that are remembered; beyond it remembering begins again.
const GROUPS_MAX: usize = 1000;

type Members = Arc<HashSet<BareJid>>;

/// Members of groups as last read.
#[derive(Debug, Default)]
pub(super) struct Groups(Mutex<HashMap<Jid, (Instant, Members)>>);

/// People as one room sees them for a while.
#[derive(Debug, Clone)]
pub(super) struct People {
    service: Arc<RoomsService>,
    groups: HashMap<Jid, Members>,
}

impl Directory for People {
    fn is_sysadmin(&self, user: &BareJid) -> bool {
        self.service.settings.is_sysadmin(user, |group| self.is_in_group(group, user))
    }

    fn is_in_group(&self, group: &Jid, user: &BareJid) -> bool {
        self.groups.get(group).is_some_and(|members| members.contains(user))
    }
}

/// The groups that the settings of a service and the lists of a room name.
pub(super) fn groups_of(service: &RoomsService, record: Option<&RoomRecord>) -> Vec<Jid> {
    let settings = &service.settings;
    let listed = record.into_iter().flat_map(|record| record.people.keys());
    let creators = match &settings.creation {
        CreationRule::Named { names, .. } => Some(names),
        CreationRule::Everybody => None,
    };
    let named = creators.into_iter().flatten().chain(&settings.sysadmins);
    let groups: HashSet<&Jid> = listed.chain(named).filter(|jid| jid.is_full()).collect();
    groups.into_iter().cloned().collect()
}

impl Service {
    /// Looks up who is in these groups, unless that is known well enough.
    pub(super) async fn people(&self, service: &Arc<RoomsService>, groups: &[Jid]) -> People {
        let mut known = HashMap::new();
        for group in groups {
            if let Some(members) = self.group_members(group).await {
                known.insert(group.clone(), members);
            }
        }
        People { service: Arc::clone(service), groups: known }
    }

    async fn group_members(&self, group: &Jid) -> Option<Members> {
        let remembered = {
            let groups = self.muc.groups.0.lock().unwrap_or_else(PoisonError::into_inner);
            groups.get(group).cloned()
        };
        if let Some((at, members)) = &remembered
            && at.elapsed() < limits::ROOM_GROUPS_FRESH_TIME
        {
            return Some(Arc::clone(members));
        }
        let name = group.node().and_then(|node| group_name(node.as_str()))?;
        let members = match self.store.group(&name).await {
            Ok(found) => found.map(|group| group.members).unwrap_or_default(),
            Err(err) => {
                warn!(%err, group = name, "members of a group on a room's list not read, they stay as last known");
                return remembered.map(|(_, members)| members);
            }
        };
        let jid_of = |address: &str| {
            let is_whole = address.contains('@');
            let whole = || format!("{address}@{}", self.domain);
            if is_whole { BareJid::new(address).ok() } else { BareJid::new(&whole()).ok() }
        };
        let members: Members =
            Arc::new(members.iter().filter_map(|member| jid_of(&member.address)).collect());
        let mut groups = self.muc.groups.0.lock().unwrap_or_else(PoisonError::into_inner);
        if groups.len() >= GROUPS_MAX && !groups.contains_key(group) {
            groups.clear();
        }
        groups.insert(group.clone(), (Instant::now(), Arc::clone(&members)));
        Some(members)
    }
}

/// The name of a group in the address that Openfire writes for it: its bytes in base32hex (RFC 4648 §7) without padding.
fn group_name(node: &str) -> Option<String> {
    let (mut bits, mut count) = (0_u32, 0_u32);
    let mut bytes = Vec::with_capacity(node.len() * 5 / 8);
    for letter in node.trim_end_matches('=').bytes() {
        let value = match letter.to_ascii_lowercase() {
            digit @ b'0'..=b'9' => digit - b'0',
            letter @ b'a'..=b'v' => letter - b'a' + 10,
            _ => return None,
        };
        bits = (bits << 5 | u32::from(value)) & 0xfff;
        count += 5;
        if count >= 8 {
            count -= 8;
            bytes.push(u8::try_from(bits >> count & 0xff).ok()?);
        }
    }
    String::from_utf8(bytes).ok()
}

#[cfg(test)]
mod tests {
    use super::group_name;

    #[test]
    fn names_of_groups_are_read() {
        // Test vectors of RFC 4648 §10, as Openfire writes them.
        for (node, name) in [
            ("co", "f"),
            ("cpng", "fo"),
            ("cpnmu", "foo"),
            ("cpnmuog", "foob"),
            ("CPNMUOJ1E8======", "foobar"),
        ] {
            assert_eq!(group_name(node).as_deref(), Some(name));
        }
        assert_eq!(group_name("xyz"), None);
    }
}
