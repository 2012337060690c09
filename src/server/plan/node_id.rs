//! Which id a node has: that of the Openfire home if it names one, or else that of the data folder.

use anyhow::Result;
use cobnut_console::EffectiveSetting;
use cobnut_model::NodeId;
use sha2::{Digest, Sha256};

use super::{Plan, Setting, effective};

/// Openfire's property for a fixed id (since 5.1), which it writes into `openfire.xml` when it starts.
const NODE_ID: &str = "clustering.nodeid";

impl Plan {
    /// The id of this node, the same at each start, and what the operator does to get another one.
    ///
    /// # Errors
    /// The file of the data folder cannot be made or read.
    pub(crate) fn node_id(&self) -> Result<(NodeId, String)> {
        if let Some((text, place)) = self.named_id() {
            return Ok((from_text(text), format!("remove <nodeid> at {place}, then restart the node")));
        }
        let file = self.files.node_id_file();
        Ok((self.files.node_id()?, format!("delete the file {}, then restart the node", file.display())))
    }

    /// The row of the configuration view, if the home names an id.
    pub(super) fn node_id_row(&self) -> Option<EffectiveSetting> {
        let (text, place) = self.named_id()?;
        Some(effective(NODE_ID, &Setting::new(from_text(text).to_string(), place)))
    }

    /// The text of the home, and where it stands.
    fn named_id(&self) -> Option<(&str, String)> {
        let home = self.home.as_ref()?;
        let property = home.property(NODE_ID).filter(|property| !property.value.trim().is_empty())?;
        Some((property.value.as_str(), home.origin(property)))
    }
}

/// A UUID as it is; of any other text, which Openfire takes as well, a part of its hash.
fn from_text(text: &str) -> NodeId {
    let text = text.trim();
    text.parse().unwrap_or_else(|_| {
        let hash = Sha256::digest(text.as_bytes());
        let mut id = [0; 16];
        id.iter_mut().zip(hash).for_each(|(to, from)| *to = from);
        NodeId(id)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_in_the_form_of_a_uuid_is_kept_and_other_texts_give_one_each() {
        let uuid = "7c5a1c4e-54c5-4a6e-8e3a-1f0d6c2b9a10";
        for text in [uuid, "7C5A1C4E-54C5-4A6E-8E3A-1F0D6C2B9A10", " 7c5a1c4e-54c5-4a6e-8e3a-1f0d6c2b9a10\n"]
        {
            assert_eq!(from_text(text).to_string(), uuid, "{text:?}");
        }
        assert_eq!(from_text("server-1"), from_text(" server-1 "));
        assert_ne!(from_text("server-1"), from_text("server-2"));
        assert_ne!(from_text("server-1"), NodeId([0; 16]));
    }
}
