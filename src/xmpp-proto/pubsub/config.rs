//! What a node is like (XEP-0060 §16.4.4).

use cobnut_model::limits;

/// Who may see the items of a node (XEP-0060 §4.5).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AccessModel {
    /// Everybody.
    Open,
    /// Who is subscribed to the owner's presence.
    Presence,
    /// Contacts in some groups of the owner's roster.
    Roster,
    /// Whom an owner has subscribed or made member.
    Whitelist,
    /// Whom an owner has let in.
    Authorize,
}

impl AccessModel {
    /// All of them.
    pub const ALL: [Self; 5] = [Self::Open, Self::Presence, Self::Roster, Self::Whitelist, Self::Authorize];

    /// Its name, on the wire and in Openfire's tables.
    pub fn name(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Presence => "presence",
            Self::Roster => "roster",
            Self::Whitelist => "whitelist",
            Self::Authorize => "authorize",
        }
    }

    /// The model of that name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|model| model.name() == name)
    }
}

/// Who may publish (XEP-0060 §16.4.4 `publish_model`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PublishModel {
    /// Owners and publishers.
    Publishers,
    /// Subscribers, too.
    Subscribers,
    /// Everybody.
    Open,
}

impl PublishModel {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Publishers, Self::Subscribers, Self::Open];

    /// Its name, on the wire and in Openfire's tables.
    pub fn name(self) -> &'static str {
        match self {
            Self::Publishers => "publishers",
            Self::Subscribers => "subscribers",
            Self::Open => "open",
        }
    }

    /// The model of that name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|model| model.name() == name)
    }
}

/// When the last item is told without a publication (XEP-0060 §16.4.4 `send_last_published_item`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SendLast {
    /// Never.
    Never,
    /// When somebody subscribes.
    OnSubscription,
    /// Also when a subscriber comes online.
    OnSubscriptionAndPresence,
}

impl SendLast {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Never, Self::OnSubscription, Self::OnSubscriptionAndPresence];

    /// Its name on the wire.
    pub fn name(self) -> &'static str {
        match self {
            Self::Never => "never",
            Self::OnSubscription => "on_sub",
            Self::OnSubscriptionAndPresence => "on_sub_and_presence",
        }
    }

    /// The choice of that name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|choice| choice.name() == name)
    }
}

/// The configuration of a node.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "each is a field of the standard's form")]
pub struct NodeConfig {
    /// What people read as its name.
    pub title: String,
    /// What it is about.
    pub description: String,
    /// The namespace of its payloads; empty if it is not said.
    pub payload_type: String,
    /// Who may see its items.
    pub access: AccessModel,
    /// Groups of the owner's roster that may, with [`AccessModel::Roster`].
    pub roster_groups: Vec<String>,
    /// Who may publish.
    pub publish: PublishModel,
    /// Whether items are kept.
    pub persists: bool,
    /// How many items are kept, from 1 on.
    pub items_max: u32,
    /// Bytes of one payload.
    pub payload_bytes_max: u32,
    /// Whether notifications hold the payload.
    pub delivers_payloads: bool,
    /// Whether subscribers are told of a changed configuration.
    pub notifies_config: bool,
    /// Whether they are told of the end of the node.
    pub notifies_delete: bool,
    /// Whether they are told of items that are taken back.
    pub notifies_retract: bool,
    /// When the last item is told without a publication.
    pub send_last: SendLast,
}

impl NodeConfig {
    /// A new node of the service, as Openfire makes it.
    pub fn of_service() -> Self {
        Self {
            title: String::new(),
            description: String::new(),
            payload_type: String::new(),
            access: AccessModel::Open,
            roster_groups: Vec::new(),
            publish: PublishModel::Publishers,
            persists: false,
            items_max: 1,
            payload_bytes_max: limits::PUBSUB_PAYLOAD_BYTES,
            delivers_payloads: true,
            notifies_config: true,
            notifies_delete: true,
            notifies_retract: true,
            send_last: SendLast::OnSubscription,
        }
    }

    /// A new node of an account (XEP-0163 §4): kept, for whoever sees its presence, told when they come online.
    pub fn of_account() -> Self {
        Self {
            access: AccessModel::Presence,
            persists: true,
            payload_bytes_max: limits::PUBSUB_PAYLOAD_BYTES_MAX,
            send_last: SendLast::OnSubscriptionAndPresence,
            ..Self::of_service()
        }
    }
}
