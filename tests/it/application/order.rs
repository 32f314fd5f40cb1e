//! The order of things, told by the journal.

use super::Application;
use super::billing::Billing;
use super::charging::Charging;
use super::cloud::{Cloud, Refusal};
use std::collections::BTreeMap;
use tenterhook_tests::{Given, until};

async fn cloud(given: impl FnOnce(Given) -> Given) -> Cloud {
    let application = Application::start("cloud", given).await;
    Cloud { application, users: BTreeMap::from([("ann", "secret")]) }
}

fn amends(given: Given, event: &str, patch: &str) -> Given {
    let area = event.rsplit_once('.').expect("it has an area").0;
    let toml =
        format!("type = '{area}'\npriority = 1\n[[on]]\nevent = '{event}'\n[properties]\npatch = '{patch}'");
    given.hook("amends", "amend", &toml)
}

#[tokio::test]
async fn a_payment_and_a_refund_are_asked_about_attempted_and_concluded_each_in_its_way() {
    // R10, R27, R120
    let cloud = cloud(|given| given).await;
    assert_eq!(cloud.pay(70, "SUCCESS").await, Ok(()));
    assert_eq!(cloud.pay(-20, "FAILURE").await, Err(Refusal::Failed("FAILURE")));
    assert_eq!(cloud.pay(5, "CANCELLED").await, Err(Refusal::Failed("CANCELLED")));
    cloud.application.journal.is(&[
        "pre_payment {\"amount\":70}",
        "= pays 70: SUCCESS",
        "post_payment SUCCESS",
        "pre_payment {\"amount\":-20}",
        "= pays -20: FAILURE",
        "post_payment FAILURE",
        "pre_payment {\"amount\":5}",
        "= pays 5: CANCELLED",
        "post_payment CANCELLED",
    ]);
}

#[tokio::test]
async fn a_purchase_that_fails_has_no_event_after_it() {
    // R11, R12, R121
    let cloud = cloud(|given| given).await;
    assert_eq!(cloud.purchase("o-1", true).await, Ok(()));
    assert_eq!(cloud.purchase("o-2", false).await, Err(Refusal::Failed("sold out")));
    cloud.application.journal.is(&[
        "pre_purchase o-1",
        "= buys o-1",
        "post_purchase o-1",
        "pre_purchase o-2",
        "= buys o-2",
    ]);
}

#[tokio::test]
async fn a_login_is_asked_about_when_there_is_a_password_to_check() {
    // R13, R26
    let cloud = cloud(|given| given).await;
    assert_eq!(cloud.log_in("ann", "secret").await, Ok(()));
    assert_eq!(cloud.log_in("ann", "guess").await, Err(Refusal::Failed("wrong password")));
    assert_eq!(cloud.log_in("bob", "guess").await, Err(Refusal::Failed("unknown user")));
    cloud.application.journal.is(&[
        "pre_auth ann",
        "= checks the password of ann",
        "post_auth SUCCESS ann",
        "pre_auth ann",
        "= checks the password of ann",
        "post_auth FAILURE ann",
        "= does not know bob",
        "post_auth FAILURE bob",
    ]);
}

#[tokio::test]
async fn the_life_of_a_server_is_told_in_order() {
    // R18, R19, R20, R24, R120
    let patch = r#"{"role":"web"}"#;
    let cloud = cloud(|given| amends(given, "cloud.pre_server_metadata_update", patch)).await;
    assert_eq!(cloud.resource("create", "SERVER", "s-1").await, Ok(()));
    assert_eq!(cloud.boot("s-1").await, Ok(()));
    assert_eq!(cloud.change("server", "RUNNING").await, Ok(()));
    assert_eq!(cloud.resource("modify", "SERVER", "s-1").await, Ok(()));
    assert_eq!(cloud.change("job", "SUCCESSFUL").await, Ok(()));
    assert_eq!(cloud.resource("delete", "SERVER", "s-1").await, Ok(()));
    cloud.application.journal.is(&[
        "pre_create SERVER s-1",
        "= create SERVER s-1",
        "post_create SERVER s-1",
        "pre_server_metadata_update s-1 {\"hostname\":\"s-1\",\"role\":\"web\"}",
        "= hands s-1 {\"hostname\":\"s-1\",\"role\":\"web\"}",
        "pre_server_state_change RUNNING",
        "= server is RUNNING",
        "post_server_state_change RUNNING",
        "pre_modify SERVER s-1",
        "= modify SERVER s-1",
        "post_modify SERVER s-1",
        "pre_job_state_change SUCCESSFUL",
        "= job is SUCCESSFUL",
        "post_job_state_change SUCCESSFUL",
        "pre_delete SERVER s-1",
        "= delete SERVER s-1",
        "post_delete SERVER s-1",
    ]);
}

#[tokio::test]
async fn what_is_refused_does_not_happen_and_has_no_event_after_it() {
    // R88, R120: neither wholly nor half
    let toml = "priority = 9\n[[on]]\nevent = 'cloud.pre_create'\noption = 'DISK'";
    let cloud = cloud(|given| given.hook("guard", "veto", toml)).await;
    let refusal = cloud.resource("create", "DISK", "d-1").await;
    assert!(matches!(&refusal, Err(Refusal::Vetoed(veto)) if &*veto.hook == "guard"), "{refusal:?}");
    assert_eq!(cloud.resource("create", "SERVER", "s-1").await, Ok(()));
    cloud.application.journal.is(&[
        "pre_create DISK d-1",
        "pre_create SERVER s-1",
        "= create SERVER s-1",
        "post_create SERVER s-1",
    ]);
}

#[tokio::test]
async fn a_call_that_throws_has_an_exception_and_no_event_of_success() {
    // R21, R22, R23, R25, R121
    let cloud = cloud(|given| given).await;
    assert_eq!(cloud.call("user", "listResources", None).await, Ok(()));
    let thrown = cloud.call("admin", "listResources", Some("NO_SERVER_FOUND")).await;
    assert_eq!(thrown, Err(Refusal::Failed("NO_SERVER_FOUND")));
    cloud.application.journal.is(&[
        "pre_user_api_call listResources",
        "= user API: listResources",
        "post_user_api_call listResources",
        "pre_admin_api_call listResources",
        "= admin API: listResources",
        "post_exception NO_SERVER_FOUND",
    ]);
}

#[tokio::test]
async fn the_cycles_are_told_when_they_are_over() {
    // R14, R15, R16
    let cloud = cloud(|given| given).await;
    cloud.month().await;
    cloud.application.journal.is(&[
        "= moves units",
        "post_unit_transaction",
        "= bills",
        "post_billing",
        "= collects",
        "post_collection",
    ]);
}

#[tokio::test]
async fn what_has_happened_is_told_even_if_the_caller_goes_away() {
    // R12, R87: the hook before the journal's own sleeps, and nobody waits for it any more
    let toml = "priority = 1\n[[on]]\nevent = 'cloud.post_purchase'\n[properties]\nms = 300\n\
                [limits]\ndeadline = '20s'";
    let cloud = cloud(|given| given.hook("slow", "sleep", toml)).await;
    let journal = &cloud.application.journal;
    tokio::select! {
        biased;
        bought = cloud.purchase("o-1", true) => panic!("it was waited for: {bought:?}"),
        () = until("it is bought", || journal.has("= buys o-1")) => {}
    }
    assert!(!journal.has("post_purchase o-1"));
    until("it is told", || journal.has("post_purchase o-1")).await;
    // The sleeper says when it began and when it ended.
    journal.lines().retain(|line| !line.starts_with("begin ") && !line.starts_with("end "));
    journal.is(&["pre_purchase o-1", "= buys o-1", "post_purchase o-1"]);
}

#[tokio::test]
async fn a_balance_is_an_event_when_it_crosses_zero() {
    // R48, R49, R85
    let application = Application::start("billing", |given| given).await;
    let mut billing = Billing { application, balances: BTreeMap::from([(12, 10)]) };
    for amount in [-5, -5, -3, 7, 1] {
        billing.book(12, amount).await;
    }
    billing.application.journal.is(&[
        "= balance 5",
        "= balance 0",
        "clients.balance_zero 12",
        "= balance -3",
        "= balance 4",
        "clients.balance_notzero 12",
        "= balance 5",
    ]);
}

#[tokio::test]
async fn a_client_is_archived_and_then_deleted_unless_a_hook_refuses() {
    // R43, R86, R120
    let toml = "type = 'billing'\npriority = 9\n[[on]]\nevent = 'billing.before.clients.delete'";
    let application = Application::start("billing", |given| given.hook("keeps", "veto", toml)).await;
    let mut billing = Billing { application, balances: BTreeMap::new() };
    assert!(billing.remove("archive", 12).await);
    assert!(!billing.remove("delete", 12).await);
    billing.application.journal.is(&[
        "before.clients.archive 12",
        "= archive 12",
        "clients.archive 12",
        "before.clients.delete 12",
    ]);
}

#[tokio::test]
async fn each_step_of_a_request_succeeds_or_fails_and_never_both() {
    // R100, R102, R120, R121
    let charging = Charging(Application::start("charging.api", |given| given).await);
    charging.0.journal.is(&["initialisation"]);
    assert!(charging.insert(true, true).await);
    charging.0.journal.is(&[
        "pre_validate Account Account Insert",
        "= validates",
        "post_validate_success Account Account Insert",
        "pre_database_submit Account Account Insert",
        "= writes",
        "post_database_submit_success Account Account Insert",
    ]);
    assert!(!charging.insert(false, true).await);
    charging.0.journal.is(&[
        "pre_validate Account Account Insert",
        "= validates",
        "post_validate_failure Account Account Insert",
    ]);
    assert!(!charging.insert(true, false).await);
    charging.0.journal.is(&[
        "pre_validate Account Account Insert",
        "= validates",
        "post_validate_success Account Account Insert",
        "pre_database_submit Account Account Insert",
        "= writes",
        "post_database_submit_failure Account Account Insert",
    ]);
}

#[tokio::test]
async fn the_answer_is_seen_by_the_hooks_before_the_caller_sees_what_they_made_of_it() {
    // R96, R110, R112
    let event = "charging.engine.pre_return_response";
    let application =
        Application::start("charging.engine", |given| amends(given, event, r#"{"pin":null}"#)).await;
    let charging = Charging(application);
    charging.0.journal.is(&["initialisation"]);
    assert_eq!(charging.debit(10, 3).await, r#"{"left":7,"works":true}"#);
    charging.debit(1, 3).await;
    charging.0.journal.is(&[
        "= debits 3 of 10",
        "post_debit_success Debit",
        "pre_return_response Debit {\"left\":7,\"works\":true}",
        "= answers {\"left\":7,\"works\":true}",
        "= debits 3 of 1",
        "post_debit_failure Debit",
        "pre_return_response Debit {\"left\":1,\"works\":false}",
        "= answers {\"left\":1,\"works\":false}",
    ]);
}
