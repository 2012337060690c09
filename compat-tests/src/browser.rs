//! Headless Chromium on a lab host, driven by the scripts in `compat-tests/browser/`.

use std::path::PathBuf;
use std::sync::Arc;

use anyhow::{Context as _, Result, bail};
use serde_json::Value;

use crate::{Artifacts, Host, Need, repository_root};

/// Runs console scripts in a browser of its own for each call.
#[derive(Debug)]
pub struct Browser {
    host: Arc<Host>,
    artifacts: Artifacts,
}

impl Browser {
    /// What a test with a browser needs.
    pub const NEEDS: [Need; 3] = [
        Need::Program("chromium", "chromium"),
        Need::Program("node", "nodejs"),
        Need::RepositoryFile(
            "compat-tests/browser/node_modules/playwright-core/package.json",
            "npm ci --prefix compat-tests/browser",
        ),
    ];

    /// A browser on `host`.
    pub fn new(host: &Arc<Host>, artifacts: &Artifacts) -> Self {
        Self { host: Arc::clone(host), artifacts: artifacts.clone() }
    }

    /// Runs one action of `compat-tests/browser/console.mjs` and returns what it reports.
    ///
    /// `input` is the action's parameters; the screenshot is `SCREENSHOT.png` in the shared folder.
    pub fn run(&self, action: &str, screenshot: &str, mut input: Value) -> Result<Value> {
        let picture: PathBuf = self.artifacts.screenshot(&format!("{screenshot}.png"))?;
        let fields = input.as_object_mut().context("the input of a browser action must be an object")?;
        fields.insert("screenshot".to_owned(), picture.to_string_lossy().into());
        let mut command = self.host.command("node");
        command
            .arg(repository_root().join("compat-tests/browser/console.mjs"))
            .arg(action)
            .arg(input.to_string());
        let output = command.output().with_context(|| format!("run the browser action {action}"))?;
        let errors = String::from_utf8_lossy(&output.stderr);
        if !output.status.success() {
            bail!("the browser action {action} failed (see {}): {}", picture.display(), errors.trim());
        }
        serde_json::from_slice(&output.stdout).with_context(|| {
            format!("the report of the browser action {action}: {}", String::from_utf8_lossy(&output.stdout))
        })
    }
}
