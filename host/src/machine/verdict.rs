//! What a guest answered, checked; and what went wrong, named by the closed list of failures.

use super::backtrace;
use super::capability::Ungranted;
use super::lines::Lines;
use super::script::ScriptFault;
use crate::data::{DEPTH_MAX, Data, DataError};
use crate::log::{Mask, harmless};
use crate::outcome::{Failure, Verdict};
use wasmtime::{PoolConcurrencyLimitError, Trap};
use wasmtime_wasi::I32Exit;

/// Bytes of a message in the trail.
const MESSAGE_BYTES_MAX: usize = 1024;

/// The contract's own types.
pub(super) mod bindings {
    pub(in crate::machine) use crate::machine::capability::bindings::exports::tenterhook::hook::handler::{
        Event, Verdict,
    };
    pub(in crate::machine) use crate::machine::capability::bindings::tenterhook::hook::types::Mode;
}

type Failed = (Failure, String);

/// Checks an answer: at most `bytes_max` bytes, JSON where it must be. What it says to people holds no secret; the data
/// is the application's, and stays as it is.
pub(super) fn check(
    answer: Result<bindings::Verdict, String>,
    bytes_max: usize,
    mask: &Mask,
) -> Result<Verdict, Failed> {
    use bindings::Verdict as Wit;
    let within = |bytes: usize, what: &str| {
        if bytes <= bytes_max {
            return Ok(());
        }
        Err((Failure::Output, format!("{what} of {bytes} bytes, at most {bytes_max} are allowed")))
    };
    match answer {
        Err(text) => {
            within(text.len(), "an error text")?;
            Err((Failure::Error, said(&text, mask)))
        }
        Ok(Wit::Accept) => Ok(Verdict::Accept),
        Ok(Wit::Amend(patch)) => {
            within(patch.len(), "a patch")?;
            let patch = data("the patch", &patch, mask)?;
            if !patch.is_object() {
                return Err((Failure::Invalid, "the patch is no JSON object".into()));
            }
            Ok(Verdict::Amend(patch))
        }
        Ok(Wit::Replace(whole)) => {
            within(whole.len(), "new data")?;
            Ok(Verdict::Replace(data("the new data", &whole, mask)?))
        }
        Ok(Wit::Veto(veto)) => {
            within(veto.code.len() + veto.reason.len(), "a veto")?;
            let hide = |text: &str| mask.hide(text).into_owned();
            Ok(Verdict::Veto { code: hide(&veto.code), reason: hide(&veto.reason) })
        }
    }
}

/// A guest's words as a message.
fn said(text: &str, mask: &Mask) -> String {
    // Hidden before it is cut: half a secret is one too.
    said_within(text, MESSAGE_BYTES_MAX, mask)
}

fn said_within(text: &str, bytes_max: usize, mask: &Mask) -> String {
    harmless(&mask.hide(text), bytes_max)
}

fn data(what: &str, text: &str, mask: &Mask) -> Result<Data, Failed> {
    Data::parse(text, usize::MAX).map_err(|error| {
        let reason = match error {
            DataError::Depth => format!("{what} is nested deeper than {DEPTH_MAX} levels"),
            error => format!("{what}: {error}"),
        };
        (Failure::Invalid, said(&reason, mask))
    })
}

/// Names what ended a call. `last_words` is what the guest last wrote to standard error, where a
/// panic says why; `lines` are those of its source, to say where.
pub(super) fn failure(
    error: &wasmtime::Error,
    memory_refused: bool,
    last_words: Option<String>,
    mask: &Mask,
    lines: &Lines,
) -> Failed {
    if let Some(ungranted) = error.downcast_ref::<Ungranted>() {
        return (Failure::Ungranted, ungranted.to_string());
    }
    if let Some(fault) = error.downcast_ref::<ScriptFault>() {
        return (fault.failure, said(&fault.to_string(), mask));
    }
    // Hooks made of many modules can use up what all sandboxes share; that is not the hook's failure.
    if error.is::<PoolConcurrencyLimitError>() {
        return (Failure::Budget, "no sandbox was free".into());
    }
    let place = backtrace::of_error(error, lines).map(|place| format!(", in {place}")).unwrap_or_default();
    let at = |message: String| said_within(&message, MESSAGE_BYTES_MAX - place.len(), mask) + &place;
    let reason = match (error.downcast_ref::<Trap>(), error.downcast_ref::<I32Exit>()) {
        (Some(Trap::OutOfFuel), _) => return (Failure::Fuel, at("its fuel was used up".into())),
        (Some(Trap::Interrupt), _) => {
            return (Failure::Deadline, "still running at its deadline".into());
        }
        (Some(Trap::StackOverflow), _) => return (Failure::Stack, at("its stack overflowed".into())),
        (Some(trap), _) => trap.to_string(),
        (_, Some(exit)) => format!("it exited with status {}", exit.0),
        (None, None) => error.root_cause().to_string(),
    };
    if is_hostcall_fuel(error) {
        return (Failure::Output, "it handed the host more than its limit".into());
    }
    let kind = if memory_refused { Failure::Memory } else { Failure::Trap };
    let message = match last_words {
        Some(words) => format!("{reason}; it last wrote: {words}"),
        None => reason,
    };
    (kind, at(message))
}

/// wasmtime gives the error of an exhausted hostcall budget no public type, so its text must do;
/// a test with a guest that answers too much notices when the text changes.
fn is_hostcall_fuel(error: &wasmtime::Error) -> bool {
    error.root_cause().to_string().contains("fuel allocated for hostcalls")
}
