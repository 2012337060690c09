//! Files that belong to one node: its id, the token of its API, and where a running node can be reached.

use std::fs;
use std::io::{self, Write};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use cobnut_model::NodeId;
use serde::{Deserialize, Serialize};

/// The data folder of a node.
#[derive(Debug, Clone)]
pub(crate) struct NodeFiles {
    folder: PathBuf,
}

/// Where a running node can be reached; written once it serves, removed when it stops.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Running {
    /// Process id.
    pub(crate) pid: u32,
    /// Served domain.
    pub(crate) domain: String,
    /// Client port with STARTTLS.
    pub(crate) c2s: Option<SocketAddr>,
    /// Client port with direct TLS.
    pub(crate) c2s_tls: Option<SocketAddr>,
    /// Console over HTTP.
    pub(crate) console: Option<SocketAddr>,
    /// Console over HTTPS.
    pub(crate) console_tls: Option<SocketAddr>,
    /// Mesh port, while clustering was on at start.
    pub(crate) mesh: Option<SocketAddr>,
}

impl NodeFiles {
    /// Makes the folder if it is missing.
    pub(crate) fn open(folder: &Path) -> Result<Self> {
        fs::create_dir_all(folder).with_context(|| format!("create the data folder {}", folder.display()))?;
        let folder =
            folder.canonicalize().with_context(|| format!("open the data folder {}", folder.display()))?;
        Ok(Self { folder })
    }

    /// The folder itself.
    pub(crate) fn folder(&self) -> &Path {
        &self.folder
    }

    /// Where the operator's Enabled/Disabled choice is kept.
    pub(crate) fn clustering_choice(&self) -> PathBuf {
        self.folder.join("clustering.json")
    }

    /// The embedded database used when no other is configured.
    pub(crate) fn embedded_database_url(&self) -> String {
        format!("sqlite://{}?mode=rwc", self.folder.join("cobnut.db").display())
    }

    /// The id of this node, made at the first call and kept.
    pub(crate) fn node_id(&self) -> Result<NodeId> {
        let path = self.folder.join("node-id");
        let text = read_or_create(&path, || NodeId(rand::random()).to_string())?;
        text.trim().parse().with_context(|| {
            format!("read the node id from {}; delete the file to get a new id", path.display())
        })
    }

    /// The token that gives the command line of this machine access to the API of this node.
    pub(crate) fn api_token(&self) -> Result<String> {
        let token = read_or_create(&self.folder.join("api-token"), || random_text(40))?;
        Ok(token.trim().to_owned())
    }

    /// Tells other processes where the node is.
    pub(crate) fn announce(&self, running: &Running) -> Result<()> {
        let path = self.running_path();
        let draft = path.with_extension("json.new");
        fs::write(&draft, serde_json::to_vec_pretty(running)?)
            .and_then(|()| fs::rename(&draft, &path))
            .with_context(|| format!("write {}", path.display()))
    }

    /// Takes [`Self::announce`] back.
    pub(crate) fn withdraw(&self) {
        // The file only helps to find a running node; without it there is nothing to withdraw.
        drop(fs::remove_file(self.running_path()));
    }

    /// Where the node is, if it runs.
    pub(crate) fn running(&self) -> Result<Option<Running>> {
        let path = self.running_path();
        match fs::read(&path) {
            Ok(bytes) => {
                serde_json::from_slice(&bytes).map(Some).with_context(|| format!("read {}", path.display()))
            }
            Err(err) if err.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(err) => Err(err).with_context(|| format!("read {}", path.display())),
        }
    }

    fn running_path(&self) -> PathBuf {
        self.folder.join("running.json")
    }
}

/// Reads a small private file, or makes it. Two processes that start together end with the same content.
fn read_or_create(path: &Path, make: impl FnOnce() -> String) -> Result<String> {
    let mut options = fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    match options.open(path) {
        Ok(mut file) => {
            let text = make();
            writeln!(file, "{text}").with_context(|| format!("write {}", path.display()))?;
            Ok(text)
        }
        Err(err) if err.kind() == io::ErrorKind::AlreadyExists => {
            fs::read_to_string(path).with_context(|| format!("read {}", path.display()))
        }
        Err(err) => Err(err).with_context(|| format!("create {}", path.display())),
    }
}

/// Random letters and digits without look-alikes, for tokens and first passwords.
pub(crate) fn random_text(length: usize) -> String {
    const ALPHABET: &[u8] = b"abcdefghijkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789";
    (0..length).map(|_| char::from(ALPHABET[rand::random_range(0..ALPHABET.len())])).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn id_and_token_are_kept() {
        let folder = tempfile::tempdir().expect("folder");
        let files = NodeFiles::open(folder.path()).expect("open");
        assert_eq!(files.node_id().expect("made"), files.node_id().expect("kept"));
        assert_eq!(files.api_token().expect("made"), files.api_token().expect("kept"));
    }

    #[test]
    fn a_damaged_id_is_named() {
        let folder = tempfile::tempdir().expect("folder");
        fs::write(folder.path().join("node-id"), "seven").expect("write");
        let err = NodeFiles::open(folder.path()).expect("open").node_id().expect_err("damaged");
        assert!(format!("{err:#}").contains("node-id"), "{err:#}");
    }
}
