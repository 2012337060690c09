//! Each element of a file looked up in the table of all that Hazelcast knows.

use std::collections::HashMap;

use cobnut_config::elements::{self, Known};
use cobnut_config::{Document, ElementId, Form};

/// Where an element stands, seen from the table.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Place {
    /// Some version knows it there.
    Known(Known),
    /// Inside the settings of a plug-in, where every name is legal.
    Free,
    /// No version knows it there, but its parent.
    Unknown {
        /// What it stands in.
        parent: Known,
    },
    /// Inside an element that no version knows.
    Beyond,
}

/// All elements of a document with their places.
#[derive(Debug, Default)]
pub(crate) struct Places(HashMap<ElementId, Place>);

impl Places {
    pub(crate) fn new(document: &Document) -> Self {
        let outer = match document.form() {
            Form::Document => None,
            Form::Fragment { context } => elements::element(context),
        };
        let mut places: HashMap<ElementId, Place> = HashMap::new();
        for id in document.ids() {
            let element = document.element(id);
            let around = match (element.parent, outer) {
                (Some(parent), _) => places.get(&parent).copied().unwrap_or(Place::Beyond),
                (None, Some(outer)) => Place::Known(outer),
                (None, None) => {
                    let root = elements::element(&element.name);
                    places.insert(id, root.map_or(Place::Beyond, Place::Known));
                    continue;
                }
            };
            let place = match around {
                Place::Known(parent) => match parent.child(&element.name) {
                    Some(known) => Place::Known(known),
                    None if parent.info.open => Place::Free,
                    None => Place::Unknown { parent },
                },
                Place::Free => Place::Free,
                Place::Unknown { .. } | Place::Beyond => Place::Beyond,
            };
            places.insert(id, place);
        }
        Self(places)
    }

    /// The place of an element.
    pub(crate) fn of(&self, id: ElementId) -> Place {
        self.0.get(&id).copied().unwrap_or(Place::Beyond)
    }

    /// The table's row of an element, if it has one.
    pub(crate) fn known(&self, id: ElementId) -> Option<Known> {
        match self.of(id) {
            Place::Known(known) => Some(known),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use cobnut_config::parse;
    use cobnut_diagnostics::Source;

    #[test]
    fn elements_have_their_place() {
        let text =
            "<join><tcp-ip><member>a</member><memeber><x/></memeber></tcp-ip><aws><anything/></aws></join>";
        let config = parse(&Source::new("t.xml", text)).0.unwrap();
        let places = Places::new(&config.document);
        let read: Vec<(String, &str)> = config
            .document
            .ids()
            .map(|id| {
                let place = match places.of(id) {
                    Place::Known(_) => "known",
                    Place::Free => "free",
                    Place::Unknown { parent } => parent.info.name,
                    Place::Beyond => "beyond",
                };
                (config.document.element(id).name.clone(), place)
            })
            .collect();
        let expected = [
            ("join", "known"),
            ("tcp-ip", "known"),
            ("member", "known"),
            ("memeber", "tcp-ip"),
            ("x", "beyond"),
            ("aws", "known"),
            ("anything", "free"),
        ];
        assert_eq!(read, expected.map(|(name, place)| (name.to_owned(), place)));
    }
}
