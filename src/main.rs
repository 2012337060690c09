//! The `cobnut` binary; everything happens in `cobnut-server`.

use std::process::ExitCode;

fn main() -> ExitCode {
    cobnut_server::main()
}
