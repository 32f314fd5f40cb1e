//! The command line itself, so that tests have an always-built binary of the same code.

use std::process::ExitCode;

fn main() -> ExitCode {
    tenterhook::cli::main(std::env::args_os())
}
