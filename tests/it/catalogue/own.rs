//! An operator's own events: one file, and no change to the host.

use tenterhook::Event;
use tenterhook_tests::Given;

const SHOP: &str = r#"
[[area]]
name = "shop"
summary = "Orders"

[[enum]]
name = "shop.Payment"
values = ["card", "invoice"]

[[event]]
name = "shop.pre_order"
native = "BeforeOrder"
mode = "ask"
powers = ["veto"]
facets = { payment = ["shop.Payment"] }
summary = "Before an order is taken."

[[event]]
name = "shop.post_order"
mode = "tell"
"#;

const HOOK: &str = "type = 'shop'\npriority = 1\n[[on]]\nevent = 'shop.*'\npayment = 'card'\n";

#[tokio::test]
async fn a_new_event_is_one_entry_in_a_file() {
    // R64
    let given = Given::new().catalogue(SHOP).hook("guard", "veto", HOOK);
    let world = given.start().await.without_problems();
    assert_eq!(world.roster.catalogue.kinds().count(), 106 + 2);
    let order = |payment| world.ask("shop.pre_order").facet("payment", payment);
    order("card").await.vetoed_by("guard", "no");
    order("invoice").await.trail(&[]);
    world.tell("shop.post_order").await.trail(&[]);
    let problems = order("cash").refused().await;
    assert_eq!(problems, ["\"cash\" is no payment of shop.pre_order, it is one of card, invoice"]);
}

#[tokio::test]
async fn the_powers_of_an_own_event_bind_its_hooks() {
    // R64: shop.pre_order may be refused, not amended
    let toml = format!("{HOOK}[properties]\npatch = '{{}}'");
    let given = Given::new().catalogue(SHOP).hook("amends", "amend", &toml);
    let world = given.start().await.without_problems();
    let answer = world.ask("shop.pre_order").facet("payment", "card").await;
    answer.vetoed_by("amends", "hook_failed").trail(&["amends failed:power"]);
}

#[tokio::test]
async fn every_mistake_in_a_catalogue_is_reported_and_the_rest_is_used() {
    // R7, R64, R123: no name twice
    let wrong = r#"
[[area]]
name = "cloud"

[[event]]
name = "shop.odd"
mode = "maybe"
sumary = "?"

[[event]]
name = "cloud.pre_create"
mode = "ask"

[[event]]
name = "bakery.pre_bake"
mode = "ask"

[[event]]
name = "shop.post_odd"
mode = "tell"
powers = ["veto"]
facets = { "Pay" = ["shop.Paymnt"] }

[[event]]
name = "shop.fine"
mode = "tell"
"#;
    let given = Given::new().catalogue(SHOP).file("catalogue/wrong.toml", wrong);
    let world = given.start().await;
    assert_eq!(
        world.problems(),
        [
            "catalogue/wrong.toml:2: the area \"cloud\" exists already",
            "catalogue/wrong.toml:8: unknown key \"sumary\", did you mean \"summary\"?",
            "catalogue/wrong.toml:5: unknown mode \"maybe\", write \"ask\" or \"tell\"",
            "catalogue/wrong.toml:10: the event \"cloud.pre_create\" exists already",
            "catalogue/wrong.toml:14: \"bakery.pre_bake\" is of no known area, add an [[area]] that its name begins with",
            "catalogue/wrong.toml:22: \"Pay\" is no name for a facet, use 1 to 20 of a-z and 0-9, and no attribute that every event has",
            "catalogue/wrong.toml:22: unknown enum \"shop.Paymnt\", did you mean \"shop.Payment\"?",
            "catalogue/wrong.toml:18: \"shop.post_odd\" is told, so hooks have no powers over it",
        ]
    );
    world.tell("shop.fine").await.trail(&[]);
    let unknown = world.host.fire(Event::new("shop.odd", "tests")).await;
    let unknown = unknown.expect_err("it was left out").to_string();
    assert!(unknown.starts_with("unknown event \"shop.odd\""), "{unknown}");
}
