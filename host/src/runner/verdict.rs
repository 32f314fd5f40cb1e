//! The verdict of a target or a program: one JSON object with one key, or none.
//!
//! `{"veto":{"code","reason"}}`, `{"amend":{…}}`, `{"replace":…}` or `{}`; what is new data stays text as it came.

use crate::data::{DEPTH_MAX, Data, DataError, Members};
use crate::log::{Mask, harmless};
use crate::outcome::{Failure, Verdict};
use serde_json::value::RawValue;

/// Bytes of a message in the trail.
pub(super) const MESSAGE_BYTES_MAX: usize = 1024;

type Failed = (Failure, String);

/// Reads a verdict. What it says to people holds no secret; the data is the application's, and stays as it is.
pub(super) fn parse(text: &str, mask: &Mask) -> Result<Verdict, Failed> {
    let text = text.trim_matches([' ', '\t', '\r', '\n']);
    Data::check(text, usize::MAX).map_err(|error| invalid("its answer", &error, mask))?;
    let Some(Members(members)) = Members::of(text) else {
        return Err((Failure::Invalid, "its answer is no JSON object".into()));
    };
    let (key, value) = match members.as_slice() {
        [] => return Ok(Verdict::Accept),
        [(key, value)] => (key.as_str(), *value),
        [(first, _), (second, _), ..] => {
            let keys = said(&format!("{first:?} and {second:?}"), mask);
            return Err((Failure::Invalid, format!("its answer has both {keys}; a verdict is one of them")));
        }
    };
    match key {
        "veto" => veto(value, mask),
        "amend" => {
            let patch = data("the patch", value, mask)?;
            if !patch.is_object() {
                return Err((Failure::Invalid, "the patch is no JSON object".into()));
            }
            Ok(Verdict::Amend(patch))
        }
        "replace" => Ok(Verdict::Replace(data("the new data", value, mask)?)),
        other => {
            let other = said(&format!("{other:?}"), mask);
            Err((
                Failure::Invalid,
                format!("its answer has the key {other}: a verdict is veto, amend or replace"),
            ))
        }
    }
}

fn veto(value: &RawValue, mask: &Mask) -> Result<Verdict, Failed> {
    let no_veto = |why: String| (Failure::Invalid, format!("the veto {why}"));
    let Some(Members(members)) = Members::of(value.get()) else {
        return Err(no_veto("is no JSON object".into()));
    };
    if let Some((key, _)) = members.iter().find(|(key, _)| key != "code" && key != "reason") {
        return Err(no_veto(format!("has the key {}", said(&format!("{key:?}"), mask))));
    }
    let text = |name: &str| {
        let member = members.iter().find(|(key, _)| key == name);
        let (_, value) = member.ok_or_else(|| no_veto(format!("has no {name:?}")))?;
        let text: String = serde_json::from_str(value.get())
            .map_err(|_| no_veto(format!("has a {name:?} that is no text")))?;
        Ok(mask.hide(&text).into_owned())
    };
    Ok(Verdict::Veto { code: text("code")?, reason: text("reason")? })
}

fn data(what: &str, value: &RawValue, mask: &Mask) -> Result<Data, Failed> {
    Data::part(value.get(), usize::MAX).map_err(|error| invalid(what, &error, mask))
}

fn invalid(what: &str, error: &DataError, mask: &Mask) -> Failed {
    let reason = match error {
        DataError::Depth => format!("{what} is nested deeper than {DEPTH_MAX} levels"),
        error => format!("{what}: {error}"),
    };
    (Failure::Invalid, said(&reason, mask))
}

/// Somebody else's words as a message. Hidden before it is cut: half a secret is one too.
pub(super) fn said(text: &str, mask: &Mask) -> String {
    harmless(&mask.hide(text), MESSAGE_BYTES_MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Verdict, String> {
        parse(text, &Mask::default()).map_err(|(failure, message)| format!("{failure}: {message}"))
    }

    #[test]
    fn a_verdict_is_one_key_and_its_data_stays_as_it_came() {
        let data = |text: &str| Data::parse(text, 1000).unwrap();
        assert_eq!(read(" {} \n"), Ok(Verdict::Accept));
        assert_eq!(
            read(r#"{"amend":{"b":1.10,"a":1E5}}"#),
            Ok(Verdict::Amend(data(r#"{"b":1.10,"a":1E5}"#)))
        );
        assert_eq!(
            read(r#"{"replace":[12345678901234567890]}"#),
            Ok(Verdict::Replace(data("[12345678901234567890]")))
        );
        let veto = Verdict::Veto { code: "full".into(), reason: "no \"room\"".into() };
        assert_eq!(read(r#"{"veto":{"reason":"no \"room\"","code":"full"}}"#), Ok(veto));
    }

    #[test]
    fn everything_else_is_invalid() {
        for text in [
            "",
            "null",
            "[]",
            "accept",
            r#"{"veto":"no"}"#,
            r#"{"veto":{"code":"a"}}"#,
            r#"{"veto":{"code":1,"reason":"b"}}"#,
            r#"{"veto":{"code":"a","reason":"b","more":1}}"#,
            r#"{"amend":[]}"#,
            r#"{"amend":{},"replace":{}}"#,
            r#"{"amend":{},"amend":{}}"#,
            r#"{"accept":true}"#,
            "{} {}",
        ] {
            assert!(read(text).unwrap_err().starts_with("invalid: "), "{text}");
        }
        let deep = format!(r#"{{"replace":{}{}}}"#, "[".repeat(200), "]".repeat(200));
        assert!(read(&deep).unwrap_err().contains("deeper"));
    }
}
