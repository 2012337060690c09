//! What surrounds a node's configuration, from what was given of the node.

use cobnut_config::{ImportError, Surroundings};
use cobnut_diagnostics::Source;

use crate::NodeInput;

/// The imports and variables of one node.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Around<'a>(&'a NodeInput);

impl<'a> Around<'a> {
    pub(crate) fn new(node: &'a NodeInput) -> Self {
        Self(node)
    }
}

impl Surroundings for Around<'_> {
    fn import(&self, resource: &str) -> Result<Source, ImportError> {
        let node = self.0;
        if let Some((_, source)) = node.imports.iter().find(|(name, _)| name == resource) {
            return Ok(source.clone());
        }
        if let Some((_, tried)) = node.missing_imports.iter().find(|(name, _)| name == resource) {
            return Err(ImportError::NotFound { tried: tried.clone() });
        }
        // Somebody who knows what lies beside the file would know of this one.
        if node.imports.is_empty() && node.file_names.is_empty() {
            return Err(ImportError::Unavailable);
        }
        Err(ImportError::NotFound { tried: vec![resource.to_owned()] })
    }

    fn variable(&self, name: &str) -> Option<String> {
        self.0.variables.iter().find(|(known, _)| known == name).map(|(_, value)| value.clone())
    }

    fn secret_file(&self, path: &str) -> Option<Vec<u8>> {
        self.0.secrets.iter().find(|(known, _)| known == path).map(|(_, bytes)| bytes.clone())
    }

    fn knows_variables(&self) -> bool {
        !self.0.variables.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_looked_for_is_told_from_what_nobody_looked_for() {
        let mut node = NodeInput::of_file(Source::new("a.xml", ""), "a");
        assert_eq!(Around::new(&node).import("x.xml").unwrap_err(), ImportError::Unavailable);
        let tried = vec!["conf/x.xml".to_owned()];
        node.missing_imports.push(("x.xml".to_owned(), tried.clone()));
        assert_eq!(Around::new(&node).import("x.xml").unwrap_err(), ImportError::NotFound { tried });
        node.imports.push(("y.xml".to_owned(), Source::new("conf/y.xml", "")));
        assert_eq!(Around::new(&node).import("y.xml").unwrap().name(), "conf/y.xml");
        assert!(matches!(Around::new(&node).import("z.xml"), Err(ImportError::NotFound { .. })));
        node.variables.push(("a".to_owned(), "1".to_owned()));
        assert_eq!(
            (Around::new(&node).variable("a").as_deref(), Around::new(&node).knows_variables()),
            (Some("1"), true)
        );
    }
}
