//! The `[limits]` of a hook: fuel, memory, deadline, output, log.

use crate::limits::{HostLimits, KIB, Limits, MIB};
use crate::problem::Problem;
use crate::written::{Node, Table, Value};
use std::time::Duration;

const KEYS: [&str; 5] = ["fuel", "memory", "deadline", "output", "log"];
const FUEL_MAX: i64 = 1_000_000_000_000;
const DEADLINE_MAX: Duration = Duration::from_secs(60);
/// One wasm page: no component with a memory starts with less.
const MEMORY_MIN: usize = 64 * KIB;

pub(super) fn limits(table: &Table, host: &HostLimits, problems: &mut Vec<Problem>) -> Limits {
    let mut limits = Limits::default();
    for (key, node) in &table.0 {
        match key.as_str() {
            "fuel" => limits.fuel = fuel(node, problems).unwrap_or(limits.fuel),
            "memory" => {
                let range = (MEMORY_MIN, host.memory_ceiling_bytes);
                limits.memory_bytes = size(key, node, range, problems).unwrap_or(limits.memory_bytes);
            }
            "deadline" => limits.deadline = deadline(node, problems),
            "output" => {
                limits.output_bytes = size(key, node, (1, MIB), problems).unwrap_or(limits.output_bytes);
            }
            "log" => limits.log_bytes = size(key, node, (0, MIB), problems).unwrap_or(limits.log_bytes),
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

fn size(key: &str, node: &Node, (min, max): (usize, usize), problems: &mut Vec<Problem>) -> Option<usize> {
    let bytes = match &node.value {
        Value::Integer(bytes) => usize::try_from(*bytes).ok(),
        Value::Text(text) => {
            text.parse::<bytesize::ByteSize>().ok().and_then(|size| usize::try_from(size.as_u64()).ok())
        }
        _ => None,
    };
    let written = node.json();
    let Some(bytes) = bytes else {
        let problem = Problem::error(node.place.clone(), format!("limits.{key} = {written} is no size"));
        problems.push(problem.hint("write it as in \"16MiB\""));
        return None;
    };
    if !(min..=max).contains(&bytes) {
        let display = |bytes: usize| bytesize::ByteSize::b(bytes as u64);
        let message =
            format!("limits.{key} = {written} is not between {} and {}", display(min), display(max));
        problems.push(Problem::error(node.place.clone(), message));
        return None;
    }
    Some(bytes)
}

fn deadline(node: &Node, problems: &mut Vec<Problem>) -> Option<Duration> {
    let text = node.text("limits.deadline", problems)?;
    let deadline = text.parse::<jiff::SignedDuration>().ok();
    match deadline.and_then(|deadline| Duration::try_from(deadline).ok()) {
        Some(deadline) if deadline > DEADLINE_MAX || deadline.is_zero() => {
            let message = format!("limits.deadline = {text:?} is not between 1ms and 60s");
            problems.push(Problem::error(node.place.clone(), message));
            None
        }
        Some(deadline) => Some(deadline),
        None => {
            let message = format!("limits.deadline = {text:?} is no duration");
            problems
                .push(Problem::error(node.place.clone(), message).hint("write it as in \"50ms\" or \"2s\""));
            None
        }
    }
}
