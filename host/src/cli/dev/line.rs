//! What came of a case, on one line, and whether that is something else than before.

use crate::cli::answer::{fuel, time};
use crate::cli::case::{Decision, Judged};
use crate::cli::print::{BOLD, DIM, GREEN, RED, YELLOW, one_line, paint, safe};
use anstyle::Style;
use std::time::Duration;

/// Whether something else was decided, or not for the same reason.
pub(super) fn differs(now: &Judged, before: &Judged) -> bool {
    (&now.found, now.matched, &now.message) != (&before.found, before.matched, &before.message)
}

/// The verdict: `veto quota.cpu: at most 16`, with fuel and time.
pub(super) fn of(judged: &Judged) -> String {
    costing(judged, fuel(judged.fuel))
}

/// The verdict, with fuel before and now.
pub(super) fn since(before: &Judged, now: &Judged) -> String {
    costing(now, format!("{} → {}", before.fuel, now.fuel))
}

fn costing(judged: &Judged, fuel: String) -> String {
    let (verdict, style) = verdict(judged);
    let took = time(Duration::from_micros(judged.micros));
    format!("{}  {}", paint(style, &verdict), paint(DIM, &format!("fuel {fuel}  {took}")))
}

fn verdict(judged: &Judged) -> (String, Style) {
    let found = &judged.found;
    let decision = found.decision.name();
    if !judged.matched {
        return (format!("{decision}, not for this hook"), YELLOW);
    }
    if let Some(kind) = found.failed {
        let message = judged.message.as_deref().unwrap_or_default();
        return (format!("{decision}, since it failed: {kind} {}", safe(message)), YELLOW);
    }
    let style = match found.decision {
        Decision::Veto => RED,
        Decision::Amend => GREEN,
        Decision::Accept => BOLD,
    };
    let refusal = found.code.iter().zip(&found.reason).map(|(code, reason)| format!("{code}: {reason}"));
    let data = found.data.as_ref().map(|data| one_line(data));
    let more: Vec<String> = refusal.chain(data).map(|text| format!(" {}", safe(&text))).collect();
    (format!("{decision}{}", more.concat()), style)
}
