//! The command line; everything it does is in the library.

use std::process::ExitCode;

fn main() -> ExitCode {
    tenterhook::cli::main(std::env::args_os())
}
