//! A hook's answer.

use serde::Serialize;
use serde_json::Value;

use crate::bindings::tenterhook::hook::types;
use crate::error::Error;

/// What a hook wants to become of the event; made by [`accept`], [`amend`], [`replace`], [`veto`].
///
/// Two verdicts are equal when they mean the same: patches are compared as JSON, not as text.
#[must_use = "a verdict counts only when the handler returns it"]
#[derive(Clone, Debug)]
pub struct Verdict(std::result::Result<types::Verdict, String>);

/// Lets it happen as it is.
pub fn accept() -> Verdict {
    Verdict(Ok(types::Verdict::Accept))
}

/// Changes the data by a merge patch (RFC 7396): what the patch names is set, `null` takes away,
/// the rest stays as it is. The patch must be a JSON object; anything else fails the hook.
pub fn amend(patch: impl Serialize) -> Verdict {
    Verdict(match serde_json::to_string(&patch) {
        Ok(patch) if patch.starts_with('{') => Ok(types::Verdict::Amend(patch)),
        Ok(other) => Err(format!("amend takes a JSON object, not {other}")),
        Err(error) => Err(format!("amend: {error}")),
    })
}

/// Replaces the whole data. Prefer [`amend`]: what a hook does not know, it should not touch.
pub fn replace(data: impl Serialize) -> Verdict {
    Verdict(
        serde_json::to_string(&data)
            .map(types::Verdict::Replace)
            .map_err(|error| format!("replace: {error}")),
    )
}

/// Refuses. `code` is for programs, short and stable, such as `quota.cpu`; `reason` is for people.
pub fn veto(code: impl Into<String>, reason: impl Into<String>) -> Verdict {
    Verdict(Ok(types::Verdict::Veto(types::Veto { code: code.into(), reason: reason.into() })))
}

impl PartialEq for Verdict {
    fn eq(&self, other: &Self) -> bool {
        use types::Verdict::{Accept, Amend, Replace, Veto};
        match (&self.0, &other.0) {
            (Ok(Accept), Ok(Accept)) => true,
            (Ok(Amend(a)), Ok(Amend(b))) | (Ok(Replace(a)), Ok(Replace(b))) => json(a) == json(b),
            (Ok(Veto(a)), Ok(Veto(b))) => a.code == b.code && a.reason == b.reason,
            (Err(a), Err(b)) => a == b,
            _ => false,
        }
    }
}

fn json(text: &str) -> Option<Value> {
    serde_json::from_str(text).ok()
}

/// What a handler may return: a [`Verdict`], or a `Result` of one whose error can be displayed.
#[diagnostic::on_unimplemented(
    message = "a handler returns `Verdict` or `Result<Verdict>`, not `{Self}`",
    label = "returns `{Self}`"
)]
pub trait IntoAnswer {
    /// The verdict, or the text that fails the hook.
    fn into_answer(self) -> std::result::Result<types::Verdict, String>;
}

impl IntoAnswer for Verdict {
    fn into_answer(self) -> std::result::Result<types::Verdict, String> {
        self.0
    }
}

impl<E: Into<Error>> IntoAnswer for std::result::Result<Verdict, E> {
    fn into_answer(self) -> std::result::Result<types::Verdict, String> {
        self.map_err(|error| error.into().message().to_owned())?.0
    }
}
