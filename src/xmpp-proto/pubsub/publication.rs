//! Whether a publication fits its node.

use super::config::NodeConfig;
use super::error::{Detail, PubsubError};
use super::request::Item;
use crate::stanza::Condition;

/// Refuses what a node does not take (XEP-0060 §7.1.3). `payload_bytes` is the size of the payload as it is sent.
pub fn check_item(config: &NodeConfig, item: Option<&Item>, payload_bytes: usize) -> Result<(), PubsubError> {
    let refused = |detail| Err(PubsubError::new(Condition::BadRequest, detail));
    let takes_items = config.persists || config.delivers_payloads;
    let Some(item) = item else {
        return if takes_items { refused(Detail::ItemRequired) } else { Ok(()) };
    };
    if !takes_items {
        return refused(Detail::ItemForbidden);
    }
    let Some(payload) = &item.payload else {
        return if config.delivers_payloads { refused(Detail::PayloadRequired) } else { Ok(()) };
    };
    if payload_bytes > usize::try_from(config.payload_bytes_max).unwrap_or(usize::MAX) {
        return Err(PubsubError::new(Condition::NotAcceptable, Detail::PayloadTooBig));
    }
    if !config.payload_type.is_empty() && !payload.has_ns(config.payload_type.as_str()) {
        return refused(Detail::InvalidPayload);
    }
    Ok(())
}
