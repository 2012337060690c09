//! Services on sub-domains: the user search and the file transfer proxy.

/// The user search, as Openfire's plugin for it is set up (`plugin.search.*`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SearchPolicy {
    /// The sub-domain without the domain. `plugin.search.serviceName`.
    pub service_name: String,
    /// Whether clients may search. `plugin.search.serviceEnabled`.
    pub is_on: bool,
    /// Whether only those are found who have a group in common with the searcher. `plugin.search.groupOnly`.
    pub is_within_groups: bool,
    /// What can be searched and is told, in this order; the rest is `plugin.search.excludedFields`.
    pub fields: Vec<SearchField>,
}

/// A field of an account that can be searched.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum SearchField {
    /// The user name.
    Username,
    /// The name.
    Name,
    /// The e-mail address.
    Email,
}

impl SearchField {
    /// All of them, in the order of Openfire's results: Spark goes by it.
    pub const ALL: [Self; 3] = [Self::Username, Self::Name, Self::Email];

    /// The name in forms and in `plugin.search.excludedFields`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Username => "Username",
            Self::Name => "Name",
            Self::Email => "Email",
        }
    }
}

impl SearchPolicy {
    /// Names that are no field of ours are those of other user providers, as in Openfire.
    pub(super) fn exclude(&mut self, value: &str) {
        let is_listed = |field: &SearchField| {
            value.split([',', ' ', '\t', '\n', '\r']).any(|name| name.eq_ignore_ascii_case(field.name()))
        };
        self.fields = SearchField::ALL.into_iter().filter(|field| !is_listed(field)).collect();
    }
}

impl Default for SearchPolicy {
    fn default() -> Self {
        Self {
            service_name: "search".to_owned(),
            is_on: true,
            is_within_groups: false,
            fields: SearchField::ALL.to_vec(),
        }
    }
}

/// The file transfer proxy (XEP-0065), as Openfire's properties `xmpp.proxy.*` set it up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProxyPolicy {
    /// The sub-domain without the domain. `xmpp.proxy.service`.
    pub service_name: String,
    /// The host that clients are told instead of an address of their node. `xmpp.proxy.externalip`.
    pub external_host: Option<String>,
}

impl Default for ProxyPolicy {
    fn default() -> Self {
        Self { service_name: "proxy".to_owned(), external_host: None }
    }
}

/// Publish-subscribe, as Openfire's properties set it up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PubsubPolicy {
    /// Whether there is the service. `xmpp.pubsub.enabled`.
    pub is_on: bool,
    /// Its sub-domain without the domain. `xmpp.pubsub.service`.
    pub service_name: String,
    /// Whether everybody may make nodes there, and not only administrators. `xmpp.pubsub.create.anyone`.
    pub anyone_creates: bool,
    /// Whether accounts have nodes (XEP-0163). `xmpp.pep.enabled`.
    pub serves_accounts: bool,
}

impl Default for PubsubPolicy {
    fn default() -> Self {
        Self { is_on: true, service_name: "pubsub".to_owned(), anyone_creates: true, serves_accounts: true }
    }
}
