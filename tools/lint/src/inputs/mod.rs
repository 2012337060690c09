//! From paths to nodes: files, node folders, Openfire homes, folders of nodes, patterns and archives.

mod archive;
mod folder;
mod imports;
mod loaded;
mod loader;
mod tree;

use std::io::Read;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail};

pub use loaded::{Loaded, Place, TextFile};

use loader::Loader;

/// Reads everything that the paths name. What cannot be read is in [`Loaded::problems`], and the rest is there all the same.
///
/// `variables` are values of `${…}`; `openfire_home` is what `${openfireHome}` means in files that lie in no Openfire home.
pub fn load(paths: &[PathBuf], variables: &[(String, String)], openfire_home: Option<&Path>) -> Loaded {
    let mut loader = Loader::new(variables, openfire_home);
    for path in paths {
        match expand(path) {
            Ok(paths) => paths.iter().for_each(|path| loader.path(path)),
            Err(error) => loader.problem(&error),
        }
    }
    loader.finish()
}

/// Reads a stream as one file under the name that findings show.
pub fn load_stream(stream: &mut dyn Read, name: &str, variables: &[(String, String)]) -> Loaded {
    let mut loader = Loader::new(variables, None);
    loader.stream(stream, name);
    loader.finish()
}

/// A pattern that the shell left to us, as `'nodes/*/hazelcast.xml'`; a path that exists is itself.
fn expand(path: &Path) -> Result<Vec<PathBuf>> {
    let Some(text) = path.to_str().filter(|text| text.contains(['*', '?', '[']) && !path.exists()) else {
        return Ok(vec![path.to_owned()]);
    };
    let found = glob::glob(text).with_context(|| format!("{text}: not a pattern"))?;
    let paths = found.collect::<Result<Vec<PathBuf>, _>>().with_context(|| text.to_owned())?;
    if paths.is_empty() {
        bail!("{text}: nothing has a name of this pattern");
    }
    Ok(paths)
}
