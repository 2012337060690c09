//! Compiles the linter for the browser (`tools/lint-wasm`) and leaves it, packed, where the console embeds it.
//!
//! Rust's target `wasm32-unknown-unknown` has to be installed (`rustup target add wasm32-unknown-unknown`). Without it, or with
//! `COBNUT_WASM=off`, nothing is embedded and the page asks the server instead.

use std::env;
use std::error::Error;
use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

const TARGET: &str = "wasm32-unknown-unknown";
const PACKAGE: &str = "cobnut-lint-wasm";
/// Set to `off` to build without the module: it takes a minute when nothing is built yet.
const SWITCH: &str = "COBNUT_WASM";
/// What the module is made of, below the root of the workspace.
const INPUTS: [&str; 7] = [
    "src/diagnostics",
    "src/config",
    "src/keystore",
    "src/openfire",
    "src/lint",
    "tools/lint-wasm",
    "Cargo.lock",
];
/// Settings of the outer build that are not meant for another target: `cargo clippy` would lint the crates again, and
/// coverage and linker flags do not fit.
const NOT_OURS: [&str; 8] = [
    "RUSTFLAGS",
    "CARGO_ENCODED_RUSTFLAGS",
    "RUSTC_WRAPPER",
    "RUSTC_WORKSPACE_WRAPPER",
    "CARGO_BUILD_TARGET",
    "CARGO_TARGET_DIR",
    "CARGO_BUILD_TARGET_DIR",
    "CLIPPY_ARGS",
];

fn main() -> Result<(), Box<dyn Error>> {
    let root = PathBuf::from(env::var("CARGO_MANIFEST_DIR")?).join("../..");
    let out = PathBuf::from(env::var("OUT_DIR")?);
    println!("cargo:rerun-if-env-changed={SWITCH}");
    println!("cargo:rerun-if-changed=build.rs");
    for input in INPUTS {
        println!("cargo:rerun-if-changed={}", root.join(input).display());
    }
    let packed = match module(&root, &out) {
        Ok(module) => gzip(&fs::read(module)?)?,
        Err(reason) => {
            println!(
                "cargo:warning=the console gets no linter for the browser, and its page asks the server instead: {reason}"
            );
            Vec::new()
        }
    };
    fs::write(out.join("lint.wasm.gz"), packed)?;
    Ok(())
}

/// Builds the module, or says why there is none.
fn module(root: &Path, out: &Path) -> Result<PathBuf, String> {
    if env::var(SWITCH).is_ok_and(|value| value == "off") {
        return Err(format!("{SWITCH}=off"));
    }
    if !is_installed() {
        return Err(format!("Rust's target {TARGET} is not installed (rustup target add {TARGET})"));
    }
    // A folder of its own: the outer Cargo holds the lock of the other one until this script ends.
    let target = out.join("wasm");
    // What the outer build has downloaded is usually enough, and needs no network.
    if !cargo(root, &target, true) && !cargo(root, &target, false) {
        return Err(format!("{PACKAGE} does not compile for {TARGET}; the build script's output says why"));
    }
    Ok(target.join(TARGET).join("wasm/cobnut_lint_wasm.wasm"))
}

fn is_installed() -> bool {
    let rustc = env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    let output = Command::new(rustc).args(["--print", "target-libdir", "--target", TARGET]).output();
    let Ok(output) = output else { return false };
    let folder = String::from_utf8_lossy(&output.stdout);
    output.status.success() && Path::new(folder.trim()).is_dir()
}

fn cargo(root: &Path, target: &Path, is_offline: bool) -> bool {
    let mut command = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command.current_dir(root).args(["rustc", "--locked", "--package", PACKAGE, "--lib"]);
    command.args(["--crate-type", "cdylib", "--target", TARGET, "--profile", "wasm", "--target-dir"]);
    command.arg(target);
    if is_offline {
        command.arg("--offline");
    }
    if env::var("PROFILE").is_ok_and(|profile| profile == "debug") {
        // Small takes minutes on a busy machine; while one develops, soon is better.
        command.env("CARGO_PROFILE_WASM_LTO", "off").env("CARGO_PROFILE_WASM_OPT_LEVEL", "1");
        command.env("CARGO_PROFILE_WASM_CODEGEN_UNITS", "16");
    }
    for name in NOT_OURS {
        command.env_remove(name);
    }
    // Standard output belongs to the outer Cargo, which reads orders in it.
    command.stdout(Stdio::null()).status().is_ok_and(|status| status.success())
}

fn gzip(bytes: &[u8]) -> std::io::Result<Vec<u8>> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    encoder.write_all(bytes)?;
    encoder.finish()
}
