//! How fast hooks of the other classes are: `cargo bench -p tenterhook --bench classes`. Everything is measured in one run
//! and judged by ratios to bare loops, because machines are shared and noisy.

#![allow(clippy::print_stdout, clippy::print_stderr, reason = "a benchmark prints its figures")]

mod http;
#[path = "../speed/measure.rs"]
#[allow(dead_code, reason = "the speed benchmark uses all of it")]
mod measure;
mod script;

use measure::Table;

fn main() {
    // Cargo passes `--bench`; a test run of the benches only wants to know that they start.
    if std::env::args().any(|argument| argument == "--test") {
        return;
    }
    // `cargo bench -p tenterhook --bench classes -- http` measures one class.
    let wanted = std::env::args().skip(1).find(|argument| !argument.starts_with('-')).unwrap_or_default();
    let wants = |name: &str| name.contains(&wanted);
    let mut table = Table::default();
    if wants("http") {
        http::run(&mut table);
    }
    if wants("script") {
        script::run(&mut table);
    }
    table.print();
}
