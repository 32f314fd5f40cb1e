//! Takes secrets out of the charging engine's answers, at any depth.
//!
//! The property `remove` lists fields that are taken away, `mask` those whose value becomes `"***"`; whatever
//! their case. Everything else is passed on as it came, to the last digit. An answer must not leave because
//! its redactor failed, so `on_failure` is `veto`.

use tenterhook_sdk::prelude::*;
use tenterhook_sdk::serde_json::value::{RawValue, to_raw_value};
use tenterhook_sdk::serde_json::{self, from_str};

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
    /// The value without its secrets; `None` where it has none.
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
                let new = if is_in(&self.mask) { Some(to_raw_value("***")?) } else { self.redact(&value, shape)? };
                is_changed |= new.is_some();
                new.or((shape == Shape::Whole).then_some(value))
            };
            left.0.extend(new.map(|new| (name, new)));
        }
        Ok(if is_changed { Some(to_raw_value(&left)?) } else { None })
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
        Ok(if is_changed { Some(to_raw_value(&items)?) } else { None })
    }
}
