//! Honest skipping: a test that cannot run here says so loudly, and fails where everything must run.

use std::path::Path;
use std::process::Command;

use cobnut_test_support::{find_program, skip};

use crate::artifacts::{repository_root, target_dir};

/// Something that a test cannot do without.
#[derive(Debug, Clone, Copy)]
pub enum Need {
    /// Network namespaces, which take root (`CAP_SYS_ADMIN` and `CAP_NET_ADMIN`).
    Namespaces,
    /// A program on the `PATH` (or in `/usr/sbin`), and the Debian package that brings it.
    Program(&'static str, &'static str),
    /// A file of this machine, and the Debian package that brings it.
    File(&'static str, &'static str),
    /// A file below the repository, and the command that makes it.
    RepositoryFile(&'static str, &'static str),
    /// A file below Cargo's target directory, and the command that makes it.
    TargetFile(&'static str, &'static str),
}

impl Need {
    /// `None` when it is there, otherwise what is missing and how to get it.
    fn missing(self) -> Option<String> {
        match self {
            Self::Namespaces => namespaces_missing(),
            Self::Program(program, package) => find_program(program)
                .is_none()
                .then(|| format!("the program {program} is not installed (apt-get install {package})")),
            Self::File(file, package) => file_missing(Path::new(file), &format!("apt-get install {package}")),
            Self::RepositoryFile(file, command) => file_missing(&repository_root().join(file), command),
            Self::TargetFile(file, command) => file_missing(&target_dir().join(file), command),
        }
    }
}

fn file_missing(path: &Path, command: &str) -> Option<String> {
    (!path.exists()).then(|| format!("{} does not exist (run: {command})", path.display()))
}

fn namespaces_missing() -> Option<String> {
    if !rustix::process::geteuid().is_root() {
        return Some("network namespaces need root (run the tests as root)".to_owned());
    }
    if find_program("ip").is_none() {
        return Some("the program ip is not installed (apt-get install iproute2)".to_owned());
    }
    // Root in a container may lack the capabilities.
    let tried = Command::new("unshare").args(["--net", "--mount", "true"]).output();
    let is_allowed = tried.is_ok_and(|output| output.status.success());
    (!is_allowed).then(|| "this root may not make network namespaces (it lacks CAP_SYS_ADMIN)".to_owned())
}

/// True when the test may run. Otherwise the test must return at once: the skip has been announced.
///
/// # Panics
/// With `COBNUT_REQUIRE_REAL=1` when something is missing.
#[must_use]
pub fn ready(test: &str, needs: &[Need]) -> bool {
    let missing: Vec<String> = needs.iter().filter_map(|need| need.missing()).collect();
    if missing.is_empty() {
        return true;
    }
    skip(test, &missing.join("; "));
    false
}
