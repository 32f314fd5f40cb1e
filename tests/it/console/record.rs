//! The log and deliveries, as operators look for them and look after them.

use super::{PAYLOAD, hides, kept, shows};
use serde_json::json;
use tenterhook_tests::{Browser, Key, until};

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn executions_are_found_by_their_selectors_and_shown_with_what_was_sent() {
    // F15, R65
    let Some(browser) = Browser::start() else { return };
    let console = kept().await;
    console.open(&browser, "#/log", "not today").await;
    let heads = browser.run("return [...document.querySelectorAll('th')].map(th => th.innerText)");
    let expected = json!(["ID", "When", "Status", "Hook", "Event", "Subject", "Attempt", "Message", "Time"]);
    assert_eq!(heads, expected);
    let rows = || browser.run("return document.querySelectorAll('tbody tr').length");
    assert_eq!(rows(), 2);
    browser.tab_to("Event").types("cloud.post_create");
    hides(&browser, "cloud.pre_create").await;
    assert_eq!(rows(), 1);
    let hash = || browser.run("return location.hash");
    assert_eq!(hash(), "#/log?event=cloud.post_create", "what is searched can be kept");
    console.open(&browser, "#/log?status=failed", "No execution is like that.").await;
    console.open(&browser, "#/log?from=soon", "from = \"soon\" is no time").await;
    console.open(&browser, "#/log?hook=crm", "crm").await;
    let id = browser.run("return document.querySelector('tbody a').innerText");
    browser.tab_to(&format!("Execution {}", id.as_str().unwrap())).press(Key::Enter);
    shows(&browser, "Its data is shown to those with the scope admin.").await;
    let page = browser.text("main");
    for part in ["cloud.post_create", "e-told", PAYLOAD, "not today", "tell", "65536"] {
        assert!(page.contains(part), "no {part:?} in {page}");
    }
    assert!(!page.contains("null") && !page.contains("false"), "{page}");
    assert_eq!(browser.run("return window.hacked ?? null"), json!(null));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn dead_letters_are_resent_and_dropped_by_the_keyboard() {
    let Some(browser) = Browser::start() else { return };
    let console = kept().await;
    console.open(&browser, "#/deliveries", "Resend").await;
    until("the chart is drawn", || {
        browser.run("return document.querySelector('.bars')?.getAttribute('aria-label')") == "crm: 1 dead"
    })
    .await;
    browser.tab_to("Resend 65536").press(Key::Enter);
    shows(&browser, "65536 is due again").await;
    until("it died again", || console.text("v1/log?hook=crm").matches("\"attempt\":1").count() == 2).await;
    until("it is dead", || console.text("v1/deliveries?state=dead").contains("65536")).await;
    console.open(&browser, "#/deliveries?state=dead&hook=crm", "Resend all of crm").await;
    browser.tab_to("Resend all of crm").press(Key::Enter);
    shows(&browser, "1 dead letter is due again").await;
    until("it is dead", || console.text("v1/deliveries?state=dead").contains("65536")).await;
    console.open(&browser, "#/deliveries/65536", "Attempts").await;
    browser.tab_to("Drop 65536").press(Key::Enter);
    until("it asks first", || browser.text("dialog h2") == "Drop 65536?").await;
    browser.tab_to("Drop").press(Key::Enter);
    shows(&browser, "65536 is dropped").await;
    shows(&browser, "There is no delivery like that.").await;
    assert_eq!(console.text("v1/deliveries"), r#"{"deliveries":[],"next":null}"#);
}
