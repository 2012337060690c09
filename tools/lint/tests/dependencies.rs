//! The linter stays small: it is installed in CI jobs, where nobody wants to build a database or a TLS stack first.

use std::process::Command;

/// Crates that would mean that such a stack has come in.
const HEAVY: [&str; 14] = [
    "tokio",
    "mio",
    "hyper",
    "axum",
    "sqlx",
    "sqlx-core",
    "libsqlite3-sys",
    "rustls",
    "aws-lc-rs",
    "aws-lc-sys",
    "ring",
    "openssl",
    "native-tls",
    "cc",
];

#[test]
fn no_database_and_no_tls_stack_is_built() {
    let output = Command::new(env!("CARGO"))
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .args([
            "tree",
            "--offline",
            "--package",
            "cobnut-lint-cli",
            "--edges",
            "normal,build",
            "--prefix",
            "none",
        ])
        .args(["--format", "{p}"])
        .output()
        .unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    let names: Vec<&str> = text.lines().filter_map(|line| line.split_whitespace().next()).collect();
    assert!(names.contains(&"cobnut-lint"), "{}", String::from_utf8_lossy(&output.stderr));
    let heavy: Vec<&&str> = names.iter().filter(|name| HEAVY.contains(name)).collect();
    assert!(heavy.is_empty(), "{heavy:?}");
}
