//! Whose nodes.

use cobnut_xmpp_proto::pubsub::NodeConfig;
use cobnut_xmpp_proto::stanza::Condition;
use jid::{BareJid, Jid};

use crate::iq::{IqRequest, Target};
use crate::service::Service;

/// What `disco` calls the service.
pub(crate) const NAME: &str = "Publish-Subscribe";

/// Where nodes live.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Home {
    /// An account.
    Account(BareJid),
    /// The service of the domain.
    Domain,
}

impl Home {
    /// The nodes that a request is about.
    pub(super) fn of(service: &Service, request: &IqRequest<'_>) -> Result<Self, Condition> {
        match &request.target {
            Target::OwnAccount | Target::Account(_) if is_served_to_accounts(service) => {
                Ok(Self::Account(request.subject()))
            }
            Target::Pubsub => Ok(Self::Domain),
            _ => Err(Condition::ServiceUnavailable),
        }
    }

    /// The address that events come from.
    pub(super) fn address(&self, service: &Service) -> String {
        match self {
            Self::Account(account) => account.to_string(),
            Self::Domain => address(service),
        }
    }

    /// Under which name the tables know it.
    pub(super) fn id(&self, service: &Service) -> String {
        match self {
            Self::Account(account) => account.to_string(),
            Self::Domain => service.policy.pubsub.service_name.clone(),
        }
    }

    /// A new node as it is if nobody says anything else.
    pub(super) fn default_config(&self) -> NodeConfig {
        match self {
            Self::Account(_) => NodeConfig::of_account(),
            Self::Domain => NodeConfig::of_service(),
        }
    }

    /// Whether it is the account's.
    pub(super) fn is_of(&self, who: &BareJid) -> bool {
        matches!(self, Self::Account(account) if account == who)
    }
}

/// Where the service of the domain is.
pub(crate) fn address(service: &Service) -> String {
    format!("{}.{}", service.policy.pubsub.service_name, service.domain)
}

/// Whether there is one.
pub(crate) fn is_served(service: &Service) -> bool {
    service.policy.pubsub.is_on && service.store.has_pubsub()
}

/// Whether accounts have nodes.
pub(crate) fn is_served_to_accounts(service: &Service) -> bool {
    service.policy.pubsub.serves_accounts && service.store.has_pubsub()
}

/// Whether something is for the service of the domain.
pub(crate) fn is_at(service: &Service, to: &Jid) -> bool {
    let host = to.domain().as_str().strip_suffix(service.domain_str());
    let label = host.and_then(|host| host.strip_suffix('.'));
    label == Some(service.policy.pubsub.service_name.as_str()) && to.node().is_none() && is_served(service)
}
