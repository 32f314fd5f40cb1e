//! The command line; everything it does is in the library.

use std::process::ExitCode;

/// What one thread allocates another often frees, and a service runs for long.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    tenterhook::cli::main(std::env::args_os())
}
