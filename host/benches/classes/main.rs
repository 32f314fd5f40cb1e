//! What hooks cost that are no components, against the least that the same could cost, within one run:
//! `cargo bench -p tenterhook --bench classes`.

#![allow(clippy::print_stdout, reason = "a benchmark prints its figures")]

mod script;

use tokio::runtime::Builder;

fn main() {
    // Cargo passes `--bench`; a test run of the benches only wants to know that they start.
    if std::env::args().any(|argument| argument == "--test") {
        return;
    }
    let runtime =
        Builder::new_multi_thread().worker_threads(2).enable_all().build().expect("a runtime starts");
    println!("| what | bare | hook | ratio | aim |");
    println!("|---|---|---|---|---|");
    script::measure(&runtime);
}

/// A row: medians in microseconds, and how they compare.
fn row(what: &str, mut bare: Vec<f64>, mut hook: Vec<f64>, aim: f64) {
    let (bare, hook) = (median(&mut bare), median(&mut hook));
    println!("| {what} | {bare:.0} us | {hook:.0} us | {:.2} x | {aim} x |", hook / bare);
}

fn median(values: &mut [f64]) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}
