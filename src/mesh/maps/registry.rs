//! Which map belongs to which number.

use std::collections::BTreeMap;
use std::sync::{Arc, PoisonError, RwLock};

use super::kind::Replicated;
use super::numbers::MapNumber;
use super::raw::RawMap;
use super::replica::{Incoming, Owner, Replica};
use super::typed::TypedMap;

/// All maps of this process except the sessions.
#[derive(Default)]
pub(crate) struct Maps(RwLock<BTreeMap<MapNumber, Arc<dyn Replica>>>);

impl Maps {
    /// The map of a type. Called under the lock of the engine, so that no entry arrives meanwhile.
    ///
    /// # Panics
    /// When another type has the same number.
    pub(crate) fn typed<M: Replicated>(&self, me: Owner) -> Arc<TypedMap<M>> {
        let mut maps = self.0.write().unwrap_or_else(PoisonError::into_inner);
        if let Some(held) = maps.get(&M::NUMBER) {
            let held = Arc::clone(held).into_any();
            let held = match held.downcast::<TypedMap<M>>() {
                Ok(typed) => return typed,
                Err(other) => other,
            };
            assert!(held.is::<RawMap>(), "map number {} belongs to another type", M::NUMBER);
        }
        let typed = Arc::new(TypedMap::<M>::default());
        if let Some(earlier) = maps.insert(M::NUMBER, Arc::clone(&typed) as Arc<dyn Replica>)
            && let Ok(raw) = earlier.into_any().downcast::<RawMap>()
        {
            for (key, entry) in raw.take() {
                let (owner, epoch, hash) = (entry.owner, entry.epoch, entry.hash);
                let change = Incoming { owner, epoch, key: &key, value: Some(&entry.value), hash };
                if let Err(err) = typed.apply(&change, me) {
                    tracing::warn!(member = %owner.node, map = %M::NUMBER, %err, "left out an entry");
                }
            }
        }
        typed
    }

    /// The map of a number that came over the wire.
    pub(crate) fn of(&self, number: MapNumber) -> Arc<dyn Replica> {
        if let Some(map) = self.0.read().unwrap_or_else(PoisonError::into_inner).get(&number) {
            return Arc::clone(map);
        }
        let mut maps = self.0.write().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(maps.entry(number).or_insert_with(|| Arc::new(RawMap::default())))
    }

    /// All maps that there are.
    pub(crate) fn all(&self) -> Vec<(MapNumber, Arc<dyn Replica>)> {
        let maps = self.0.read().unwrap_or_else(PoisonError::into_inner);
        maps.iter().map(|(&number, map)| (number, Arc::clone(map))).collect()
    }
}
