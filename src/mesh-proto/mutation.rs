//! Deliberate bugs, one at a time, to show that the simulation finds them. Nothing of this is in a build without the
//! feature `mutations`.

#[cfg(feature = "mutations")]
use std::cell::Cell;

/// Whether a deliberate bug is switched on.
#[cfg(feature = "mutations")]
macro_rules! mutated {
    ($mutation:ident) => {
        $crate::mutation::is_on($crate::mutation::Mutation::$mutation)
    };
}

/// Never, without the feature.
#[cfg(not(feature = "mutations"))]
macro_rules! mutated {
    ($mutation:ident) => {
        false
    };
}

/// A bug that somebody could make.
#[cfg(feature = "mutations")]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mutation {
    /// What the receiver has is sent again, and delivered again.
    DuplicateNotDropped,
    /// A payload is confirmed when it arrives, not when it is in safe hands.
    AckBeforeAccept,
    /// After a broken connection what was under way is not sent again.
    RewindForgotten,
    /// What a member that left did not confirm is not given back.
    UnconfirmedNotGivenBack,
    /// A snapshot that was cut counts as read as far as it came.
    CutSnapshotIsKept,
    /// A reader that missed forgotten deletions gets the changes since, not a snapshot.
    FloorIgnored,
    /// A snapshot ends where it ended when it began.
    SnapshotEndsEarly,
    /// The end of a snapshot is not told.
    SnapshotEndNotTold,
    /// Some deletions are not sent.
    DeletionLost,
    /// What a reader holds is believed before it says so.
    HeldTooEarly,
    /// A copy that differs is not read again.
    DivergenceIgnored,
    /// Members are not told of each other.
    MembersNotShared,
    /// An address is not dialled again after a dial that failed.
    RedialGivenUp,
    /// A heartbeat is no sign of life.
    HeartbeatNotCounted,
    /// The silent stay members.
    DeadKept,
    /// A broken connection is death.
    BrokenIsDead,
    /// A host that answers that nothing listens there says nothing about its member.
    RefusalIgnored,
    /// A node that was stopped blames the others for its own silence.
    PauseNotForgiven,
    /// Suspicion is not taken back.
    SuspicionStays,
    /// Last words of an earlier run replace the later one.
    StaleRunAccepted,
    /// A run that was removed and taken back is not told.
    ForgottenByNotTold,
    /// What a member has taken back is still taken here.
    TakenBackNotTold,
    /// A member's place is what it seemed to be at first.
    PlaceNotUpdated,
    /// A node that was alone does not notice that it is not any more.
    AloneStays,
    /// Closed connections are kept.
    ConnectionsLeak,
    /// Heartbeats are a hundred times as many.
    HeartbeatsTooOften,
    /// The member list does not count who came back.
    ReturnNotSeated,
    /// Whoever others hear and this node does not is cut off, without any patience.
    CutTooSoon,
}

#[cfg(feature = "mutations")]
impl Mutation {
    /// All of them.
    pub const ALL: [Self; 28] = [
        Self::DuplicateNotDropped,
        Self::AckBeforeAccept,
        Self::RewindForgotten,
        Self::UnconfirmedNotGivenBack,
        Self::CutSnapshotIsKept,
        Self::FloorIgnored,
        Self::SnapshotEndsEarly,
        Self::SnapshotEndNotTold,
        Self::DeletionLost,
        Self::HeldTooEarly,
        Self::DivergenceIgnored,
        Self::MembersNotShared,
        Self::RedialGivenUp,
        Self::HeartbeatNotCounted,
        Self::DeadKept,
        Self::BrokenIsDead,
        Self::RefusalIgnored,
        Self::PauseNotForgiven,
        Self::SuspicionStays,
        Self::StaleRunAccepted,
        Self::ForgottenByNotTold,
        Self::TakenBackNotTold,
        Self::PlaceNotUpdated,
        Self::AloneStays,
        Self::ConnectionsLeak,
        Self::HeartbeatsTooOften,
        Self::ReturnNotSeated,
        Self::CutTooSoon,
    ];

    /// Switches this bug on, and any other off, for all nodes of this thread.
    pub fn switch_on(self) {
        SWITCHED_ON.set(Some(self));
    }

    /// Switches all bugs off.
    pub fn switch_off() {
        SWITCHED_ON.set(None);
    }
}

#[cfg(feature = "mutations")]
thread_local! {
    static SWITCHED_ON: Cell<Option<Mutation>> = const { Cell::new(None) };
}

#[cfg(feature = "mutations")]
pub(crate) fn is_on(mutation: Mutation) -> bool {
    SWITCHED_ON.get() == Some(mutation)
}
