//! What is looked at: the files of each node, and those that stand beside all of them.

use cobnut_diagnostics::Source;

/// Everything that the rules look at.
#[derive(Debug, Clone, Default)]
pub struct Input {
    /// The nodes, in the order given.
    pub nodes: Vec<NodeInput>,
    /// Load balancer configurations: HAProxy or nginx.
    pub balancers: Vec<Source>,
}

/// The files of one node.
#[derive(Debug, Clone)]
pub struct NodeInput {
    /// How messages name the node: a folder or a file.
    pub label: String,
    /// The Hazelcast configuration.
    pub hazelcast: Option<Source>,
    /// Files that an `import` may name, by every name that leads to them.
    pub imports: Vec<(String, Source)>,
    /// Imports that were looked for and not found: the resource, and the places where it was looked for.
    pub missing_imports: Vec<(String, Vec<String>)>,
    /// Password files of `EncryptionReplacer`s, by the path that the configuration names.
    pub secrets: Vec<(String, Vec<u8>)>,
    /// Values of `${…}` variables, `openfireHome` among them.
    pub variables: Vec<(String, String)>,
    /// `conf/openfire.xml`.
    pub openfire_xml: Option<Source>,
    /// `conf/security.xml`.
    pub security_xml: Option<Source>,
    /// Certificate stores: the path as findings name it, and the bytes.
    pub keystores: Vec<(String, Vec<u8>)>,
    /// Names of the other files in the folder, for rules about what stands beside what.
    pub file_names: Vec<String>,
}

impl NodeInput {
    /// A node of which only the Hazelcast file is known.
    pub fn of_file(source: Source, label: impl Into<String>) -> Self {
        Self {
            label: label.into(),
            hazelcast: Some(source),
            imports: Vec::new(),
            missing_imports: Vec::new(),
            secrets: Vec::new(),
            variables: Vec::new(),
            openfire_xml: None,
            security_xml: None,
            keystores: Vec::new(),
            file_names: Vec::new(),
        }
    }
}

/// What the rules assume.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Options {
    /// The Hazelcast generation that the files are meant for.
    pub target: Target,
    /// Now, in seconds since 1970, for certificates that expire; without it nothing is said about that.
    pub now: Option<i64>,
}

/// A Hazelcast generation.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Target {
    /// What the file itself hints at: its elements first, its schema location second.
    #[default]
    Auto,
    /// 3.12, Openfire's plugin up to 2.6.
    V3_12,
    /// 4.2.
    V4_2,
    /// 5.3, Openfire's plugin 3.0.
    V5_3,
    /// 5.5, Openfire's plugin 5.5.
    V5_5,
}
