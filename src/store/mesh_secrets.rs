//! The secret that members prove to each other, and its rotation.
//!
//! One system property holds it: `HEX`, or during a rotation `HEX from MS; HEX until MS` with times in milliseconds since
//! 1970. Written at once, it is never seen half changed.

use std::time::{SystemTime, UNIX_EPOCH};

use cobnut_model::UnixMillis;

use crate::properties::{MESH_SECRET, from_hex, to_hex};
use crate::{Store, StoreError};

/// Time for all nodes to read a new secret before anybody proves it, in milliseconds; less where the old one ends sooner.
const KNOWN_BEFORE_PROVEN_MS: u64 = 60_000;

/// The secret in force, and during a rotation the one before it.
#[derive(Clone, PartialEq, Eq)]
pub struct MeshSecrets {
    newest: [u8; 32],
    /// When the newest is proven at first, and the one before with the time when it is void.
    rotation: Option<(UnixMillis, [u8; 32], UnixMillis)>,
}

impl std::fmt::Debug for MeshSecrets {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let times = self.rotation.map(|(from, _, until)| (from, until));
        f.debug_struct("MeshSecrets").field("rotation", &times).finish_non_exhaustive()
    }
}

/// What a rotation came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RotateSecret {
    /// The old secret is void from then on.
    Begun {
        /// When nodes begin to prove the new one.
        proven_from: UnixMillis,
        /// When the old one is void.
        void_from: UnixMillis,
    },
    /// An earlier rotation is not over yet.
    UnderWay {
        /// When the old one is void.
        void_from: UnixMillis,
    },
}

impl MeshSecrets {
    fn parse(text: &str) -> Option<Self> {
        let mut parts = text.split(';').map(|part| part.split_ascii_whitespace().collect::<Vec<_>>());
        let (newest, previous) = (parts.next()?, parts.next());
        let time = |text: &str| text.parse().ok().map(UnixMillis);
        let rotation = match (newest.as_slice(), previous.as_deref()) {
            ([_], None) => None,
            ([_, "from", from], Some([old, "until", until])) => {
                Some((time(from)?, from_hex(old)?, time(until)?))
            }
            _ => return None,
        };
        parts.next().is_none().then_some(())?;
        Some(Self { newest: from_hex(newest.first()?)?, rotation })
    }

    fn text(&self) -> String {
        let newest = to_hex(&self.newest);
        match &self.rotation {
            None => newest,
            Some((from, old, until)) => {
                format!("{newest} from {}; {} until {}", from.0, to_hex(old), until.0)
            }
        }
    }

    /// What is proven at a time, and what is believed beside it.
    pub fn at(&self, now: UnixMillis) -> ([u8; 32], Vec<[u8; 32]>) {
        match self.rotation {
            Some((from, old, until)) if now < until && now < from => (old, vec![self.newest]),
            Some((_, old, until)) if now < until => (self.newest, vec![old]),
            _ => (self.newest, Vec::new()),
        }
    }

    /// When the secret before this one is void, while a rotation is under way.
    pub fn void_from(&self, now: UnixMillis) -> Option<UnixMillis> {
        self.rotation.map(|(_, _, until)| until).filter(|until| now < *until)
    }

    fn rotated(&self, now: UnixMillis, grace_ms: u64, new: [u8; 32]) -> (Self, RotateSecret) {
        let proven_from = UnixMillis(now.0.saturating_add(KNOWN_BEFORE_PROVEN_MS.min(grace_ms / 2)));
        let void_from = UnixMillis(now.0.saturating_add(grace_ms));
        let old = self.at(now).0;
        let rotated = Self { newest: new, rotation: Some((proven_from, old, void_from)) };
        (rotated, RotateSecret::Begun { proven_from, void_from })
    }
}

impl Store {
    /// The secret of the members; made by whoever asks first.
    ///
    /// # Errors
    /// The database does not answer, or the property is not a secret.
    pub async fn mesh_secrets(&self) -> Result<MeshSecrets, StoreError> {
        let proposal = to_hex(&rand::random::<[u8; 32]>());
        let text = self.property_or_insert(MESH_SECRET, &proposal).await?;
        MeshSecrets::parse(&text).ok_or_else(|| {
            StoreError::Schema(format!(
                "its property {MESH_SECRET} is not 32 bytes in hexadecimal; delete it while all nodes are stopped"
            ))
        })
    }

    /// Makes a new secret. The one in force stays valid for `grace_ms`; a rotation under way is left alone unless
    /// `is_forced`, which voids the older secret of that one.
    ///
    /// # Errors
    /// As [`Store::mesh_secrets`].
    pub async fn rotate_mesh_secret(
        &self,
        now: UnixMillis,
        grace_ms: u64,
        is_forced: bool,
    ) -> Result<RotateSecret, StoreError> {
        let secrets = self.mesh_secrets().await?;
        if let Some(void_from) = secrets.void_from(now).filter(|_| !is_forced) {
            return Ok(RotateSecret::UnderWay { void_from });
        }
        let (rotated, outcome) = secrets.rotated(now, grace_ms, rand::random());
        self.set_property(MESH_SECRET, Some(&rotated.text())).await?;
        Ok(outcome)
    }
}

/// The wall clock.
pub(crate) fn unix_now() -> UnixMillis {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    UnixMillis(u64::try_from(since.as_millis()).unwrap_or(u64::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    const OLD: [u8; 32] = [1; 32];
    const NEW: [u8; 32] = [2; 32];

    #[test]
    fn texts_are_read_back_and_others_refused() {
        let plain = MeshSecrets { newest: OLD, rotation: None };
        let rotating = MeshSecrets { newest: NEW, rotation: Some((UnixMillis(5), OLD, UnixMillis(9))) };
        for secrets in [&plain, &rotating] {
            assert_eq!(MeshSecrets::parse(&secrets.text()).as_ref(), Some(secrets));
        }
        assert_eq!(MeshSecrets::parse(&to_hex(&OLD)), Some(plain), "as it was before rotations");
        let (new, old) = (to_hex(&NEW), to_hex(&OLD));
        for text in [
            String::new(),
            "not hexadecimal".to_owned(),
            format!("{new} from 5"),
            format!("{new}; {old} until 9"),
            format!("{new} from x; {old} until 9"),
            format!("{new} from 5; {old} until 9; {old} until 3"),
        ] {
            assert_eq!(MeshSecrets::parse(&text), None, "{text}");
        }
        assert!(!format!("{rotating:?}").contains("02"), "a secret never reaches a log");
    }

    #[test]
    fn a_new_secret_is_believed_then_proven_then_alone() {
        let (secrets, outcome) =
            MeshSecrets { newest: OLD, rotation: None }.rotated(UnixMillis(0), 600_000, NEW);
        let begun = RotateSecret::Begun { proven_from: UnixMillis(60_000), void_from: UnixMillis(600_000) };
        assert_eq!(outcome, begun);
        for (now, proven, believed) in [
            (0, OLD, vec![NEW]),
            (59_999, OLD, vec![NEW]),
            (60_000, NEW, vec![OLD]),
            (599_999, NEW, vec![OLD]),
            (600_000, NEW, Vec::new()),
        ] {
            assert_eq!(secrets.at(UnixMillis(now)), (proven, believed), "{now}");
        }
        assert_eq!(secrets.void_from(UnixMillis(599_999)), Some(UnixMillis(600_000)));
        assert_eq!(secrets.void_from(UnixMillis(600_000)), None);
        // Without grace the old one is void at once.
        let (at_once, _) = secrets.rotated(UnixMillis(700_000), 0, [3; 32]);
        assert_eq!(at_once.at(UnixMillis(700_000)), ([3; 32], Vec::new()));
    }
}
