//! Takes secrets out of the charging engine's answers, at any depth.
//!
//! The property `remove` lists fields that are taken away, `mask` those whose value becomes `"***"`; whatever
//! their case. Everything else is passed on as it came, to the last digit. An answer must not leave because
//! its redactor failed, so `on_failure` is `veto`.

mod redaction;

use redaction::Redaction;
use tenterhook_sdk::prelude::*;

#[hook(
    on = "charging.engine.pre_return_response",
    priority = 1000,
    name = "Response redactor",
    description = "Takes secrets out of the charging engine's answers",
    on_failure = "veto",
    properties(remove = ["pin"], mask = ["msisdn"])
)]
fn response_redactor(event: Event<RawJson>) -> Result<Verdict> {
    let redaction: Redaction = properties()?;
    Ok(match redaction.redact(&event.data)? {
        None => accept(),
        Some(patch) if event.data.get().starts_with('{') => amend(patch),
        Some(whole) => replace(whole),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use tenterhook_sdk::serde_json;

    #[track_caller]
    fn check(data: &str, verdict: Verdict) {
        let data: RawJson = serde_json::from_str(data).expect("the test's data is JSON");
        let event = test::event("charging.engine.pre_return_response").data(data);
        let mut host = test::Host::new()
            .property("remove", ["pin"])
            .property("mask", ["msisdn"]);
        assert_eq!(host.run(|| response_redactor(event)), Ok(verdict));
    }

    #[test]
    fn fields_go_or_are_masked_at_any_depth() {
        check(
            r#"{"ok": true, "pin": 1, "wallet": {"id": 7, "owner": {"MSISDN": 4930}}}"#,
            amend(json!({"pin": null, "wallet": {"owner": {"MSISDN": "***"}}})),
        );
    }

    #[test]
    fn an_answer_that_is_a_list_is_replaced() {
        check(r#"[{"pin": 1, "id": 7}]"#, replace(json!([{"id": 7}])));
    }

    #[test]
    fn an_answer_without_secrets_is_accepted() {
        check(r#"{"balance": 1E5, "list": [1, {"a": []}]}"#, accept());
        check("[]", accept());
    }
}
