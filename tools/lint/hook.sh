#!/bin/sh
# Runs the linter from this checkout for pre-commit, and builds it first if need be: Cargo does nothing when it is current.
# The target folder is asked for, because the caller's environment may name another one than the checkout's own.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
cargo build --quiet --locked --release --manifest-path "$here/Cargo.toml" --bin cobnut-lint >&2
target=${CARGO_TARGET_DIR:-$here/../../target}
exec "$target/release/cobnut-lint" "$@"
