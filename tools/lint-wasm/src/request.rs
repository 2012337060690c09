//! What the page asks.

use cobnut_diagnostics::{Diagnostic, Source};
use cobnut_lint::{Input, Kind, NodeInput, Options, kind, lint, lint_file};
use serde::Deserialize;

/// Files of one request; a cluster of this size in one page is a mistake.
const FILES_MAX: usize = 256;
/// Bytes of all texts of one request.
const TEXT_BYTES_MAX: usize = 4 << 20;

/// A request: the files of all nodes.
#[derive(Debug, Deserialize)]
pub(crate) struct Request {
    pub(crate) files: Vec<File>,
}

/// A file as the page has it.
#[derive(Debug, Deserialize)]
pub(crate) struct File {
    /// As findings name it.
    pub(crate) name: String,
    pub(crate) text: String,
    /// Files with the same word here belong to one node; without it the file is a node of its own.
    #[serde(default)]
    pub(crate) node: Option<String>,
}

/// The texts as sources in the order of the request, what was found, and which of them are no configuration.
pub(crate) struct Checked {
    pub(crate) sources: Vec<Source>,
    pub(crate) found: Vec<Diagnostic>,
    pub(crate) skipped: Vec<usize>,
}

impl Request {
    /// Reads a request.
    ///
    /// # Errors
    /// It is not the JSON expected, or too much of it.
    pub(crate) fn read(json: &str) -> Result<Self, String> {
        let request: Self = serde_json::from_str(json).map_err(|error| error.to_string())?;
        let bytes: usize = request.files.iter().map(|file| file.text.len()).sum();
        if request.files.len() > FILES_MAX {
            return Err(format!("at most {FILES_MAX} files are checked together"));
        }
        if bytes > TEXT_BYTES_MAX {
            return Err(format!("at most {} MiB of files are checked together", TEXT_BYTES_MAX >> 20));
        }
        Ok(request)
    }

    /// Lints all files together.
    pub(crate) fn check(self) -> Checked {
        let mut input = Input::default();
        let (mut nodes, mut sources, mut skipped, mut second) =
            (Vec::new(), Vec::new(), Vec::new(), Vec::new());
        for (index, file) in self.files.into_iter().enumerate() {
            let source = Source::new(file.name.as_str(), file.text);
            sources.push(source.clone());
            let key = file.node.unwrap_or(file.name);
            let kind = kind(&source);
            match kind {
                Kind::Balancer => {
                    input.balancers.push(source);
                    continue;
                }
                Kind::Other => {
                    skipped.push(index);
                    continue;
                }
                Kind::Hazelcast | Kind::OtherXml | Kind::Openfire | Kind::Security => {}
            }
            let at = nodes.iter().position(|known| *known == key).unwrap_or_else(|| {
                nodes.push(key.clone());
                let mut node = NodeInput::of_file(source.clone(), key);
                node.hazelcast = None;
                input.nodes.push(node);
                nodes.len() - 1
            });
            let Some(node) = input.nodes.get_mut(at) else { continue };
            let place = match kind {
                Kind::Openfire => &mut node.openfire_xml,
                Kind::Security => &mut node.security_xml,
                _ => &mut node.hazelcast,
            };
            match place {
                // Openfire's plugin reads two files in a row: what the second says does not meet other nodes.
                Some(_) => second.push(source),
                None => *place = Some(source),
            }
        }
        let mut found = lint(&input, &Options::default());
        found.extend(second.iter().flat_map(lint_file));
        Checked { sources, found, skipped }
    }
}
