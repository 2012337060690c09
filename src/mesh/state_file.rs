//! The operator's Enabled/Disabled choice, kept beside the node's data.

use std::io::{self, Write};
use std::path::Path;

use serde::{Deserialize, Serialize};
use tracing::warn;

#[derive(Serialize, Deserialize)]
struct State {
    clustering: bool,
}

/// The saved choice. A file that cannot be understood counts as no choice and is reported.
pub(crate) fn load(path: &Path) -> Option<bool> {
    let text = match std::fs::read(path) {
        Ok(text) => text,
        Err(err) if err.kind() == io::ErrorKind::NotFound => return None,
        Err(err) => {
            warn!(file = %path.display(), %err, "cannot read the saved clustering choice, using the configuration");
            return None;
        }
    };
    match serde_json::from_slice::<State>(&text) {
        Ok(state) => Some(state.clustering),
        Err(err) => {
            warn!(file = %path.display(), %err, "the saved clustering choice is damaged, using the configuration");
            None
        }
    }
}

/// Saves the choice. A crash at any moment leaves the old or the new choice, never half a file.
pub(crate) fn save(path: &Path, clustering: bool) -> io::Result<()> {
    if let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
        std::fs::create_dir_all(folder)?;
    }
    let mut fresh = path.as_os_str().to_owned();
    fresh.push(".new");
    let mut file = std::fs::File::create(&fresh)?;
    file.write_all(&serde_json::to_vec(&State { clustering })?)?;
    file.sync_all()?;
    std::fs::rename(&fresh, path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_choice_survives_and_damage_is_no_choice() {
        let folder = tempfile::tempdir().expect("folder");
        let path = folder.path().join("data/clustering.json");
        assert_eq!(load(&path), None);
        for choice in [true, false] {
            save(&path, choice).expect("save");
            assert_eq!(load(&path), Some(choice));
        }
        std::fs::write(&path, "{").expect("write");
        assert_eq!(load(&path), None);
    }
}
