//! What comes of what an operator does in the page.

use super::{Console, hooks, shows};
use std::fs;
use tenterhook_tests::{Browser, Key, Run, until};

impl Console {
    fn toml(&self, id: &str) -> String {
        fs::read_to_string(self.hooks.join(format!("{id}.toml"))).unwrap()
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_hook_is_switched_off_and_on_by_the_keyboard() {
    // R79, R80, R82
    let Some(browser) = Browser::start() else { return };
    let console = Console::of(hooks()).await;
    console.open(&browser, "", "disks").await;
    browser.tab_to("Disable disks").press(Key::Enter);
    shows(&browser, "disks is disabled").await;
    assert!(console.toml("disks").contains("status = \"disabled\""), "{}", console.toml("disks"));
    console.world.ask("cloud.pre_create").facet("option", "DISK").await.accepted();
    assert_eq!(browser.focus(), "Enable disks", "the keyboard stays where it was");
    browser.press(Key::Enter);
    shows(&browser, "disks is enabled").await;
    console.world.ask("cloud.pre_create").facet("option", "DISK").await.vetoed_by("disks", "no");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn priority_and_properties_are_changed_in_a_dialog() {
    let Some(browser) = Browser::start() else { return };
    let console = Console::of(hooks()).await;
    console.open(&browser, "#/hooks/disks", "Last outcomes").await;
    browser.tab_to("Edit disks").press(Key::Enter);
    until("the dialog is open", || browser.text("dialog h2") == "Edit disks").await;
    browser.run("document.querySelector('dialog [type=number]').select()");
    browser.types("-4").tab_to("Value of max");
    browser.run("document.activeElement.select()");
    browser.types("9").tab_to("Remove note").press(Key::Enter);
    assert_eq!(browser.focus(), "Add a property");
    browser.press(Key::Enter).types("regions").press(Key::Tab).types("[\"eu\"]").press(Key::Enter);
    shows(&browser, "disks is changed").await;
    let toml = console.toml("disks");
    for part in ["priority = -4", "max = 9", "regions = [\"eu\"]", "name = 'No disks'"] {
        assert!(toml.contains(part), "no {part:?} in {toml}");
    }
    assert!(!toml.contains("note"), "{toml}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn two_operators_cannot_overwrite_each_other() {
    let Some(browser) = Browser::start() else { return };
    let console = Console::of(hooks()).await;
    console.open(&browser, "", "disks").await;
    browser.tab_to("Edit disks").press(Key::Enter);
    until("the dialog is open", || browser.text("dialog h2") == "Edit disks").await;
    let theirs = console.toml("disks").replace("Refuses disks", "Refuses all disks");
    fs::write(console.hooks.join("disks.toml"), &theirs).unwrap();
    browser.run("document.querySelector('dialog [type=number]').value = 7");
    browser.tab_to("Save").press(Key::Enter);
    until("the dialog says why not", || browser.text("dialog").contains("Somebody else changed it")).await;
    assert_eq!(console.toml("disks"), theirs);
    browser.press(Key::Escape);
    until("the dialog is gone", || browser.text("dialog").is_empty()).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn an_archived_hook_leaves_the_list() {
    // R81
    let Some(browser) = Browser::start() else { return };
    let console = Console::of(hooks()).await;
    console.open(&browser, "", "disks").await;
    browser.tab_to("Archive disks").press(Key::Enter);
    until("it asks first", || browser.text("dialog h2") == "Archive disks?").await;
    browser.tab_to("Archive").press(Key::Enter);
    shows(&browser, "disks is archived").await;
    assert!(!browser.text("main").contains("No disks"));
    assert!(console.toml("disks").contains("status = \"archived\""));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn who_signs_in_with_a_token_may_change_hooks_until_they_sign_out() {
    let Some(browser) = Browser::start() else { return };
    let given = hooks();
    let tenterhook = |args: &[&str]| {
        let run = Run::of(env!("CARGO_BIN_EXE_tenterhook-under-test")).args(args);
        let run = run.env("TENTERHOOK_DATA", given.data()).env("TENTERHOOK_HOOKS", given.hooks());
        run.env("TENTERHOOK_ADMISSION", "any")
    };
    let token = tenterhook(&["token", "new", "--scope", "admin"]).ends();
    let served = tenterhook(&["serve", "--listen", "127.0.0.1:0", "--set", "limits.prepared=0"]).serves();
    browser.open(&format!("{}/", served.address()));
    shows(&browser, "This takes a token").await;
    let sign_in = |token: &str| {
        browser.tab_to("Sign in with another token").press(Key::Enter);
        browser.types(token).press(Key::Enter);
    };
    sign_in("th_wrong");
    until("the dialog says why not", || browser.text("dialog").contains("the token is unknown")).await;
    browser.press(Key::Escape);
    sign_in(token.out.trim());
    shows(&browser, "Signed in").await;
    shows(&browser, "disks").await;
    assert_eq!(browser.run("return document.cookie"), "", "no script can read the cookie");
    browser.tab_to("Disable disks").press(Key::Enter);
    shows(&browser, "disks is disabled").await;
    let toml = fs::read_to_string(given.hooks().join("disks.toml")).unwrap();
    assert!(toml.contains("status = \"disabled\""), "{toml}");
    browser.tab_to("Sign out").press(Key::Enter);
    shows(&browser, "This takes a token").await;
}
