//! Hooks that are no components, made and edited in one form.

use super::{Console, hooks, shows};
use std::fs;
use tenterhook_tests::{Browser, Key, until};

impl Console {
    async fn form(&self, browser: &Browser, button: &str, title: &str) {
        browser.tab_to(button).press(Key::Enter);
        until("the form is open", || browser.text("dialog h2") == title).await;
    }
}

fn choose(browser: &Browser, name: &str, value: &str) {
    browser.run(&format!(
        "const choice = document.querySelector('dialog [name={name}]'); choice.value = '{value}'; \
         choice.dispatchEvent(new Event('change'))"
    ));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_handler_is_created_by_the_keyboard_in_one_screen() {
    // R74–R76, R78, R79, R83
    let Some(browser) = Browser::start() else { return };
    let console = Console::of(hooks()).await;
    console.open(&browser, "", "disks").await;
    console.form(&browser, "New hook", "New hook").await;
    browser.types("crm").press(Key::Tab).types("Tell the CRM");
    browser
        .tab_to("Event")
        .types("billing.clients.create")
        .tab_to("Task")
        .types("https://crm.example.com/hooks");
    browser.tab_to("Priority");
    browser.run("document.activeElement.select()");
    browser.types("1").press(Key::Enter);
    shows(&browser, "crm is made").await;
    shows(&browser, "Tell the CRM").await;
    let toml: toml::Table = fs::read_to_string(console.hooks.join("crm.toml")).unwrap().parse().unwrap();
    let expected: toml::Table =
        "name = 'Tell the CRM'\nclass = 'http'\ntype = 'billing'\nstatus = 'enabled'\npriority = 1\n\
        [properties]\ntarget = 'https://crm.example.com/hooks'\n[[on]]\nevent = 'billing.clients.create'\n"
            .parse()
            .unwrap();
    assert_eq!(toml, expected);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_script_is_created_edited_and_runs() {
    let Some(browser) = Browser::start() else { return };
    let console = Console::of(hooks().script("tidy", "function handle() {}", "")).await;
    console.open(&browser, "", "disks").await;
    console.form(&browser, "New hook", "New hook").await;
    browser.types("floor");
    choose(&browser, "class", "javascript");
    browser.tab_to("Event").types("cloud.pre_delete").press(Key::Tab).types("option=SERVER");
    browser.tab_to("Task").types("function handle() { return veto('no', 'not today') }");
    browser.tab_to("Create").press(Key::Enter);
    shows(&browser, "floor is made").await;
    console.world.ask("cloud.pre_delete").facet("option", "SERVER").await.vetoed_by("floor", "no");
    console.world.ask("cloud.pre_delete").facet("option", "VDC").await.accepted();
    console.form(&browser, "Edit floor", "Edit floor").await;
    assert_eq!(
        browser.run("return document.querySelector('dialog [aria-label=\"Only where\"]').value"),
        "option=SERVER"
    );
    browser.tab_to("Task");
    browser.run("document.activeElement.select()");
    browser.types("function handle() {}").tab_to("Save").press(Key::Enter);
    shows(&browser, "floor is changed").await;
    console.world.ask("cloud.pre_delete").facet("option", "SERVER").await.accepted();
    let toml = fs::read_to_string(console.hooks.join("floor.toml")).unwrap();
    assert!(toml.contains("option = [\"SERVER\"]") && toml.contains("function handle() {}"), "{toml}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn what_is_wrong_with_a_new_hook_is_said_in_the_form() {
    let Some(browser) = Browser::start() else { return };
    let console = Console::of(hooks()).await;
    console.open(&browser, "", "disks").await;
    console.form(&browser, "New hook", "New hook").await;
    browser
        .types("bad")
        .tab_to("Event")
        .types("cloud.pre_creat")
        .tab_to("Task")
        .types("ftp://a/")
        .press(Key::Enter);
    for text in ["did you mean \"cloud.pre_create\"?", "neither http nor https"] {
        until(format!("the form says {text}"), || browser.text("dialog").contains(text)).await;
    }
    assert!(!console.hooks.join("bad.toml").exists());
}
