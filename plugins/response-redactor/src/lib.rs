//! Takes secrets out of the charging engine's answers, at any depth.
//!
//! The property `remove` lists fields that are taken away, `mask` those whose value becomes `"***"`; whatever
//! their case. Everything else is passed on as it came, to the last digit. An answer must not leave because
//! its redactor failed, so `on_failure` is `veto`.

use tenterhook_sdk::prelude::*;
use tenterhook_sdk::serde_json::from_str;
use tenterhook_sdk::serde_json::value::{RawValue, to_raw_value};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Secrets {
    #[serde(default)]
    remove: Vec<String>,
    #[serde(default)]
    mask: Vec<String>,
}

/// What is made of an object with secrets: a merge patch that names only them, or all that is left of it.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Shape {
    Patch,
    Whole,
}

#[hook(
    on = "charging.engine.pre_return_response",
    priority = 1000,
    name = "Response redactor",
    description = "Takes secrets out of the charging engine's answers",
    on_failure = "veto",
    properties(remove = ["pin"], mask = ["msisdn"])
)]
fn response_redactor(event: Event<RawJson>) -> Result<Verdict> {
    let secrets: Secrets = properties()?;
    Ok(match secrets.redact(&event.data, Shape::Patch)? {
        None => accept(),
        Some(patch) if event.data.get().starts_with('{') => amend(patch),
        Some(whole) => replace(whole),
    })
}

impl Secrets {
    /// What is made of a value, its objects in this shape; `None` where it has no secrets.
    fn redact(&self, value: &RawValue, shape: Shape) -> Result<Option<RawJson>> {
        Ok(match value.get().as_bytes().first() {
            Some(b'{') => self.object(from_str(value.get())?, shape)?,
            Some(b'[') => self.array(from_str(value.get())?)?,
            _ => None,
        })
    }

    fn object(&self, members: RawObject, shape: Shape) -> Result<Option<RawJson>> {
        let mut left = RawObject::default();
        let mut is_changed = false;
        for (name, value) in members.0 {
            let is_in = |names: &[String]| names.iter().any(|each| each.eq_ignore_ascii_case(&name));
            let new = if is_in(&self.remove) {
                is_changed = true;
                (shape == Shape::Patch).then(|| RawValue::NULL.to_owned())
            } else {
                let new =
                    if is_in(&self.mask) { Some(to_raw_value("***")?) } else { self.redact(&value, shape)? };
                is_changed |= new.is_some();
                new.or((shape == Shape::Whole).then_some(value))
            };
            left.0.extend(new.map(|new| (name, new)));
        }
        Ok(is_changed.then(|| to_raw_value(&left)).transpose()?)
    }

    /// A patch cannot reach into an array, so an array with secrets is replaced as a whole.
    fn array(&self, mut items: Vec<RawJson>) -> Result<Option<RawJson>> {
        let mut is_changed = false;
        for item in &mut items {
            if let Some(redacted) = self.redact(item, Shape::Whole)? {
                *item = redacted;
                is_changed = true;
            }
        }
        Ok(is_changed.then(|| to_raw_value(&items)).transpose()?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn redact(data: &str) -> Result<Verdict> {
        let data: RawJson = from_str(data)?;
        let event = test::event("charging.engine.pre_return_response").data(data);
        test::Host::new()
            .property("remove", ["pin"])
            .property("mask", ["msisdn"])
            .run(|| response_redactor(event))
    }

    #[test]
    fn fields_go_or_are_masked_at_any_depth() {
        let data = r#"{"ok": true, "pin": 1, "wallet": {"id": 7, "owner": {"MSISDN": 4930}}}"#;
        let patch = json!({"pin": null, "wallet": {"owner": {"MSISDN": "***"}}});
        assert_eq!(redact(data), Ok(amend(patch)));
    }

    #[test]
    fn a_list_with_secrets_is_replaced() {
        let data = r#"{"ok": true, "list": [{"id": 7, "pin": 1}, [{"Pin": 2}]]}"#;
        let patch = json!({"list": [{"id": 7}, [{}]]});
        assert_eq!(redact(data), Ok(amend(patch)));
        let whole = json!([{"id": 7, "msisdn": "***"}]);
        assert_eq!(redact(r#"[{"pin": 1, "id": 7, "msisdn": 4930}]"#), Ok(replace(whole)));
    }

    #[test]
    fn an_answer_without_secrets_is_accepted() {
        assert_eq!(redact(r#"{"balance": 1E5, "list": [1, {"a": []}]}"#), Ok(accept()));
        assert_eq!(redact("[]"), Ok(accept()));
    }

    #[test]
    fn everything_else_keeps_its_order_and_its_digits() -> Result<()> {
        let secrets = Secrets { remove: vec!["pin".to_owned()], mask: Vec::new() };
        let data: RawJson = from_str(r#"{"list":[{"z":1E5,"pin":0,"a":0.10},12345678901234567890.10]}"#)?;
        let patch = secrets.redact(&data, Shape::Patch)?;
        let text = r#"{"list":[{"z":1E5,"a":0.10},12345678901234567890.10]}"#;
        assert_eq!(patch.as_deref().map(RawValue::get), Some(text));
        Ok(())
    }
}
