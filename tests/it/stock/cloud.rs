//! Server quota, purchase guard, audit line, and billing's client normaliser.

use super::{audited, started};
use tenterhook::outcome::Failure;
use tenterhook_tests::Given;

#[tokio::test]
async fn server_quota_lets_small_servers_through_and_refuses_big_ones() {
    let world = started("server-quota", "", "").await;
    let create = |data: &str| world.create().data(data);
    create(r#"{"cpu": 16, "ram": 65536}"#).await.trail(&["server-quota accept"]);
    let cpu = create(r#"{"cpu": 17, "ram": 1}"#).await;
    cpu.vetoed_by("server-quota", "quota.cpu").because("17 CPUs, at most 16 are allowed");
    let ram = create(r#"{"cpu": 1, "ram": 65537}"#).await;
    ram.vetoed_by("server-quota", "quota.ram").because("65537 MB of memory, at most 65536 are allowed");
    let disk = world.ask("cloud.pre_create").facet("option", "DISK").data("{}").await;
    disk.accepted().trail(&[]);
    let odd = create(r#"{"cpu": "many"}"#).await;
    odd.vetoed_by("server-quota", "hook_failed").failed(
        "server-quota",
        Failure::Error,
        "data of cloud.pre_create",
    );
}

#[tokio::test]
async fn server_quota_counts_servers_when_it_is_told_to_and_fails_closed_without_the_count() {
    let world = started("server-quota", "# max_servers = 20", "max_servers = 2 #").await;
    let create = |count: &str| world.create().attribute("servers", count).data(r#"{"cpu": 1, "ram": 1}"#);
    create("1").await.accepted();
    create("2").await.vetoed_by("server-quota", "quota.servers");
    let unsaid = world.create().data(r#"{"cpu": 1, "ram": 1}"#).await;
    unsaid.vetoed_by("server-quota", "hook_failed").says("server-quota", "does not say how many");
    let slip = started("server-quota", "max_cpus", "max_cpu").await;
    let slip = slip.create().data(r#"{"cpu": 1, "ram": 1}"#).await;
    slip.vetoed_by("server-quota", "hook_failed").says("server-quota", "max_cpu");
}

#[tokio::test]
async fn purchase_guard_compares_amounts_as_they_are_written() {
    let world = started("purchase-guard", "", "").await;
    let pay = |event: &str, data: &str| world.ask(event).data(data);
    pay("cloud.pre_purchase", r#"{"amount": "1000.00"}"#).await.accepted();
    pay("cloud.pre_payment", r#"{"amount": 2500, "type": "REFUND"}"#).await.accepted();
    let above = pay("cloud.pre_payment", r#"{"amount": 1000.0000000000000000001}"#).await;
    let reason = "1000.0000000000000000001 is above the ceiling of 1000.00";
    above.vetoed_by("purchase-guard", "purchase.ceiling").because(reason);
    let odd = pay("cloud.pre_purchase", r#"{"amount": "a lot"}"#).await;
    odd.vetoed_by("purchase-guard", "hook_failed").says("purchase-guard", "a lot");
}

#[tokio::test]
async fn client_normaliser_amends_what_is_untidy_and_an_odd_client_passes() {
    let world = started("client-normaliser", "", "").await;
    let create = |data: &str| world.ask("billing.before.clients.create").data(data);
    let untidy = create(r#"{"id": 12.0, "name": "  My   name ", "phone": "030 / 12-34", "rate": 1E5}"#).await;
    untidy.data_is(r#"{"id":12.0,"name":"My name","phone":"+49301234","rate":1E5}"#);
    let tidy = r#"{ "name": "My name" }"#;
    create(tidy).await.data_is(tidy).trail(&["client-normaliser accept"]);
    let odd = create("[1]").await;
    odd.accepted().data_is("[1]").failed(
        "client-normaliser",
        Failure::Error,
        "data of billing.before.clients.create",
    );
}

#[tokio::test]
async fn audit_line_is_one_component_and_a_line_for_each_area() {
    let world = audited(Given::new()).start().await.without_problems();
    let event = world.create().id("1").subject("web\n1").tenant("t1");
    event.await.accepted().trail(&["audit-cloud accept"]);
    world.tell("billing.clients.delete").id("2").await.trail(&["audit-billing accept"]);
    let credit = |event: &str| world.tell(event).id("3").facet("action", "Credit");
    credit("charging.engine.post_credit_success").await.trail(&["audit-charging-engine accept"]);
    let insert = world.tell("charging.api.post_credit_success").id("4").facet("table", "Account");
    insert.facet("action", "Insert").await.trail(&["audit-charging-api accept"]);
    let own = world.log().into_iter().filter(|line| !line.message.contains("initialisation"));
    assert_eq!(
        own.map(|line| line.message).collect::<Vec<_>>(),
        [
            r#"cloud.pre_create option="SERVER" subject="web\n1" tenant="t1" source="tests" id="1""#,
            r#"billing.clients.delete source="tests" id="2""#,
            r#"charging.engine.post_credit_success action="Credit" source="tests" id="3""#,
            r#"charging.api.post_credit_success table="Account" resource="Account" action="Insert" source="tests" id="4""#,
        ]
    );
}
