//! Openfire's own files of one node, and the load balancers in front of all nodes.

use cobnut_diagnostics::{Diagnostic, Edit, Location, Source};
use cobnut_openfire::{Encryption, Property, XmlProperties};

use crate::{Cluster, Node, NodeInput, Rule, Store};

/// The files of one Openfire home beside the Hazelcast configuration; all of them may be missing.
#[derive(Debug)]
pub struct Home {
    /// How messages name the node: a folder or a file.
    pub label: String,
    /// All that was given of the node.
    pub input: NodeInput,
    /// `openfire.xml`, if it was given and can be read.
    pub openfire: Option<XmlProperties>,
    /// `security.xml`, if it was given and can be read.
    pub security: Option<XmlProperties>,
    /// How values are encrypted; `None` without `security.xml`, or when the key would take long to make (PBKDF2).
    pub encryption: Option<Encryption>,
    /// Whether `security.xml` is not the one that `openfire.xml` was written with.
    pub is_undecryptable: bool,
    /// Its certificate stores.
    pub keystores: Vec<Store>,
}

/// Properties that Openfire encrypts.
const ENCRYPTED: [&str; 2] = ["database.defaultProvider.username", "database.defaultProvider.password"];

impl Home {
    /// Reads the files; what cannot be read is a finding.
    pub(crate) fn new(input: &NodeInput, found: &mut Vec<Diagnostic>) -> Self {
        let mut read = |source: &Option<Source>| match source.as_ref().map(XmlProperties::parse)? {
            Ok(properties) => Some(properties),
            Err(error) => {
                found.push(*error);
                None
            }
        };
        let (openfire, security) = (read(&input.openfire_xml), read(&input.security_xml));
        let encryption =
            security.as_ref().filter(|security| is_cheap(security)).map(Encryption::from_security);
        let encryption = match encryption {
            Some(Ok(encryption)) => Some(encryption),
            Some(Err(error)) => {
                found.push(*error);
                None
            }
            None => None,
        };
        let mut is_undecryptable = false;
        if let (Some(openfire), Some(encryption)) = (&openfire, &encryption) {
            let errors = ENCRYPTED.iter().filter_map(|name| encryption.xml_value(openfire, name).err());
            let before = found.len();
            found.extend(errors.map(|error| *error));
            is_undecryptable = found.len() > before;
        }
        let keystores = input.keystores.iter().map(|(path, bytes)| Store::new(path, bytes)).collect();
        Self {
            label: input.label.clone(),
            input: input.clone(),
            openfire,
            security,
            encryption,
            is_undecryptable,
            keystores,
        }
    }

    /// A property of `openfire.xml`.
    pub(crate) fn property(&self, name: &str) -> Option<&Property> {
        self.openfire.as_ref()?.get(name)
    }

    /// The clear text of a property of `openfire.xml`; `None` if it is absent or cannot be decrypted here.
    pub(crate) fn clear_text(&self, name: &str) -> Option<String> {
        let property = self.property(name)?;
        if !property.is_marked_encrypted() {
            return Some(property.value.clone());
        }
        self.encryption.as_ref()?.xml_value(self.openfire.as_ref()?, name).ok()?
    }

    /// The place of a property's value.
    pub(crate) fn place(&self, property: &Property) -> Option<Location> {
        Some(self.openfire.as_ref()?.location(property))
    }

    /// Where to point at when `openfire.xml` does not say what it should.
    pub(crate) fn root(&self) -> Option<Location> {
        self.openfire.as_ref().map(XmlProperties::root_location)
    }

    /// The edit that writes another value for a property.
    pub(crate) fn rewrite(&self, property: &Property, value: &str) -> Option<Edit> {
        let source = self.openfire.as_ref()?.source();
        (!property.value_span.is_empty()).then(|| Edit::replace(source.location(property.value_span), value))
    }

    /// Whether the whole folder was given, so that a file that is missing is really missing.
    pub(crate) fn is_whole_folder(&self) -> bool {
        !self.input.file_names.is_empty()
    }

    /// The Hazelcast configuration of the same node.
    pub(crate) fn node<'a>(&self, cluster: &'a Cluster) -> Option<&'a Node> {
        cluster.nodes().iter().find(|node| node.label == self.label)
    }

    /// Every text that findings may stand in, the Hazelcast file first.
    pub(crate) fn sources(&self) -> impl Iterator<Item = &Source> {
        let input = &self.input;
        let files = [&input.hazelcast, &input.openfire_xml, &input.security_xml];
        let imports = input.imports.iter().map(|(_, source)| source);
        let stores = self.keystores.iter().map(|store| &store.source);
        files.into_iter().flatten().chain(imports).chain(stores)
    }
}

/// PBKDF2 takes a tenth of a second for each file: a linter of a hundred nodes has no time for it.
fn is_cheap(security: &XmlProperties) -> bool {
    let is_aes = security.value("encrypt.algorithm").is_some_and(|name| name.eq_ignore_ascii_case("aes"));
    is_aes || security.value("encrypt.blowfish.kdf").is_none_or(|kdf| kdf.eq_ignore_ascii_case("sha1"))
}

impl Rule {
    /// A finding of this rule outside the Hazelcast files.
    pub(crate) fn found(&self, place: Location, message: impl Into<String>) -> Diagnostic {
        Diagnostic::new(self.name, self.severity, place, message)
    }
}
