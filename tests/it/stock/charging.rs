//! Credit floor and response redactor.

use super::started;
use tenterhook::outcome::Failure;

const SELECT: &str = "charging.engine.pre_policy_selection";
const RESPOND: &str = "charging.engine.pre_return_response";

#[tokio::test]
async fn credit_floor_refuses_what_would_go_below_and_is_not_asked_about_enquiries() {
    let world = started("credit-floor", "", "").await;
    let ask = |action: &str, data: &str| world.ask(SELECT).facet("action", action).data(data);
    ask("Debit", r#"{"balance": 500, "requested": 500}"#).await.trail(&["credit-floor accept"]);
    let below = ask("Reserve", r#"{"balance": 500, "requested": 501}"#).await;
    let reason = "500 less 501 leaves -1, below the floor of 0";
    below.vetoed_by("credit-floor", "credit.floor").because(reason);
    ask("Enquire", r#"{"balance": 500, "requested": 501}"#).await.accepted().trail(&[]);
    let odd = ask("Create Session", r#"{"balance": 500}"#).await;
    odd.vetoed_by("credit-floor", "hook_failed").failed("credit-floor", Failure::Error, "requested");
}

#[tokio::test]
async fn credit_floor_with_a_floor_that_is_no_number_fails_closed() {
    let world = started("credit-floor", "floor = 0", "floor = 'low' #").await;
    let debit = world.ask(SELECT).facet("action", "Debit").data(r#"{"balance": 9, "requested": 1}"#);
    debit.await.vetoed_by("credit-floor", "hook_failed").says("credit-floor", "low");
}

#[tokio::test]
async fn response_redactor_takes_secrets_away_and_nothing_else() {
    let world = started("response-redactor", "", "").await;
    let respond = |data: &str| world.ask(RESPOND).facet("action", "Enquire").data(data);
    let secrets = respond(r#"{"z": 1E5, "PIN": 4711, "list": [{"iban": "DE1", "a": 0.10}]}"#).await;
    secrets.data_is(r#"{"z":1E5,"list":[{"iban":"***","a":0.10}]}"#).trail(&["response-redactor amend"]);
    respond(r#"[{"puk": 1}]"#).await.data_is("[{}]");
    let clean = r#"{ "balance": 1.0 }"#;
    respond(clean).await.data_is(clean).trail(&["response-redactor accept"]);
}

#[tokio::test]
async fn a_redactor_that_fails_lets_no_answer_out() {
    // Even though no hook has the power to veto this event: the operator has.
    let world = started("response-redactor", "remove = [\"pin\", \"puk\"]", "remove = 'pin'").await;
    let answer = world.ask(RESPOND).facet("action", "Debit").data(r#"{"pin": 4711}"#).await;
    answer.vetoed_by("response-redactor", "hook_failed").says("response-redactor", "remove");
    assert!(answer.outcome.data().is_err());
}
