//! Files that belong to one node: its id, the token of its API, and where a running node can be reached.

use std::fs;
use std::io::{self, Write};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use cobnut_model::NodeId;
use percent_encoding::{AsciiSet, CONTROLS, utf8_percent_encode};
use serde::{Deserialize, Serialize};
use tracing::warn;

/// The data folder of a node.
#[derive(Debug, Clone)]
pub(crate) struct NodeFiles {
    folder: PathBuf,
}

/// A data folder in use.
#[derive(Debug)]
pub(crate) struct FolderLock {
    _file: fs::File,
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
    /// File transfer proxy.
    pub(crate) proxy: Option<SocketAddr>,
    /// Console over HTTP.
    pub(crate) console: Option<SocketAddr>,
    /// Console over HTTPS.
    pub(crate) console_tls: Option<SocketAddr>,
    /// Mesh port, while clustering was on at start.
    pub(crate) mesh: Option<SocketAddr>,
}

impl NodeFiles {
    /// Names the folder without touching it.
    pub(crate) fn at(folder: &Path) -> Result<Self> {
        let folder = std::path::absolute(folder)
            .with_context(|| format!("find the data folder {}", folder.display()))?;
        Ok(Self { folder })
    }

    /// Makes the folder if it is missing.
    pub(crate) fn make(&self) -> Result<()> {
        fs::create_dir_all(&self.folder).with_context(|| {
            format!("create the data folder {}; --data names another", self.folder.display())
        })
    }

    /// Keeps other nodes out of the folder for as long as the result lives, even if this process is killed.
    pub(crate) fn lock(&self) -> Result<FolderLock> {
        let path = self.folder.join("lock");
        let file = fs::File::create(&path)
            .with_context(|| format!("write {}; --data names another folder", path.display()))?;
        match file.try_lock() {
            Ok(()) => {}
            Err(fs::TryLockError::WouldBlock) => bail!(
                "a node{} runs with the data folder {} already; every node needs its own, which --data names",
                self.running()
                    .ok()
                    .flatten()
                    .map_or(String::new(), |other| format!(" (process {})", other.pid)),
                self.folder.display()
            ),
            // Some network file systems cannot lock; a node runs there all the same.
            Err(fs::TryLockError::Error(err)) => {
                warn!(path = %path.display(), %err, "the data folder cannot be locked; let one node use it");
            }
        }
        Ok(FolderLock { _file: file })
    }

    /// The folder itself.
    pub(crate) fn folder(&self) -> &Path {
        &self.folder
    }

    /// Where the operator's Enabled/Disabled choice is kept.
    pub(crate) fn clustering_choice(&self) -> PathBuf {
        self.folder.join("clustering.json")
    }

    /// The file of the embedded database.
    pub(crate) fn embedded_database(&self) -> PathBuf {
        self.folder.join("cobnut.db")
    }

    /// The embedded database used when no other is configured.
    pub(crate) fn embedded_database_url(&self) -> String {
        sqlite_url(&self.embedded_database())
    }

    /// The id of this node, made at the first call and kept.
    pub(crate) fn node_id(&self) -> Result<NodeId> {
        let path = self.node_id_file();
        let text = read_or_create(&path, || NodeId(rand::random()).to_string())?;
        text.trim().parse().with_context(|| {
            format!("read the node id from {}; delete the file to get a new id", path.display())
        })
    }

    /// Where [`Self::node_id`] is kept.
    pub(crate) fn node_id_file(&self) -> PathBuf {
        self.folder.join("node-id")
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

/// The URL of a SQLite file that is made if it is missing.
pub(crate) fn sqlite_url(file: &Path) -> String {
    // What would end the path of a URL early, and the sign that escapes it.
    const PATH: &AsciiSet = &CONTROLS.add(b'%').add(b'?').add(b'#');
    format!("sqlite://{}?mode=rwc", utf8_percent_encode(&file.to_string_lossy(), PATH))
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
        let files = NodeFiles::at(folder.path()).expect("open");
        assert_eq!(files.node_id().expect("made"), files.node_id().expect("kept"));
        assert_eq!(files.api_token().expect("made"), files.api_token().expect("kept"));
    }

    #[test]
    fn one_node_at_a_time_uses_a_folder() {
        let folder = tempfile::tempdir().expect("folder");
        let files = NodeFiles::at(&folder.path().join("data")).expect("named");
        assert!(!files.folder().exists(), "naming a folder does not make it");
        files.make().expect("made");
        let first = files.lock().expect("locked");
        let err = files.lock().expect_err("in use").to_string();
        assert!(err.contains("--data"), "{err}");
        drop(first);
        drop(files.lock().expect("free again"));
    }

    #[test]
    fn urls_of_files_keep_odd_names() {
        assert_eq!(sqlite_url(Path::new("/a b/50%?#.db")), "sqlite:///a b/50%25%3F%23.db?mode=rwc");
    }

    #[test]
    fn a_damaged_id_is_named() {
        let folder = tempfile::tempdir().expect("folder");
        fs::write(folder.path().join("node-id"), "seven").expect("write");
        let err = NodeFiles::at(folder.path()).expect("open").node_id().expect_err("damaged");
        assert!(format!("{err:#}").contains("node-id"), "{err:#}");
    }
}
