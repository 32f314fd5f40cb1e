//! The `[limits]` of a hook: fuel, memory, deadline, output, log.

use crate::limits::{HostLimits, KIB, Limits, MIB};
use crate::problem::Problem;
use crate::written::{Node, Table};
use std::time::Duration;

const KEYS: [&str; 5] = ["fuel", "memory", "deadline", "output", "log"];
const FUEL_MAX: i64 = 1_000_000_000_000;
const DEADLINE: (Duration, Duration) = (Duration::from_millis(1), Duration::from_secs(60));
/// One wasm page: no component with a memory starts with less.
const MEMORY_MIN: usize = 64 * KIB;

pub(super) fn limits(table: &Table, host: &HostLimits, problems: &mut Vec<Problem>) -> Limits {
    let mut limits = Limits::default();
    for (key, node) in &table.0 {
        match key.as_str() {
            "fuel" => limits.fuel = fuel(node, problems).unwrap_or(limits.fuel),
            "memory" => {
                let range = (MEMORY_MIN, host.memory_ceiling_bytes);
                let memory = node.size("limits.memory", range, problems);
                limits.memory_bytes = memory.unwrap_or(limits.memory_bytes);
            }
            "deadline" => limits.deadline = node.duration("limits.deadline", DEADLINE, problems),
            "output" => {
                let output = node.size("limits.output", (1, MIB), problems);
                limits.output_bytes = output.unwrap_or(limits.output_bytes);
            }
            "log" => {
                let log = node.size("limits.log", (0, MIB), problems);
                limits.log_bytes = log.unwrap_or(limits.log_bytes);
            }
            _ => problems.push(
                Problem::error(node.place.clone(), format!("unknown key \"limits.{key}\""))
                    .did_you_mean(key, KEYS),
            ),
        }
    }
    limits
}

fn fuel(node: &Node, problems: &mut Vec<Problem>) -> Option<u64> {
    let fuel = node.integer("limits.fuel", problems)?;
    if !(1..=FUEL_MAX).contains(&fuel) {
        let message = format!("limits.fuel = {fuel} is not between 1 and {FUEL_MAX}");
        problems.push(Problem::error(node.place.clone(), message));
        return None;
    }
    u64::try_from(fuel).ok()
}
