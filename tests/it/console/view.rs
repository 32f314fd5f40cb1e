//! What each view shows.

use super::{Console, PAYLOAD, hides, hooks, shows};
use serde_json::json;
use tenterhook_tests::{Browser, Given, until};

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn hooks_are_listed_in_their_order_with_the_columns_of_jerasoft_and_found_by_their_selectors() {
    // R66, R70–R73
    let Some(browser) = Browser::start() else { return };
    let given = hooks().hook("old", "accept", "status = 'archived'\n[[on]]\nevent = 'cloud.pre_create'\n");
    let console = Console::of(given).await;
    console.open(&browser, "", "disks").await;
    let heads = browser.run("return [...document.querySelectorAll('th')].map(th => th.innerText)");
    assert_eq!(heads, json!(["ID", "Priority", "Name", "Event", "Handler", "Status", "Actions"]));
    let ids = || browser.run("return [...document.querySelectorAll('td .id')].map(id => id.innerText)");
    assert_eq!(ids(), json!(["disks", "nasty", "broken"]), "archived ones are shown when asked for");
    let row = browser.text("tbody tr");
    for part in ["No disks", "Refuses disks", "cloud.pre_create", "component", "disks.wasm", "enabled"] {
        assert!(row.contains(part), "no {part:?} in {row}");
    }
    assert!(browser.text("tbody tr:nth-child(3)").contains("unavailable"));

    browser.tab_to("Search").types("no disks");
    hides(&browser, "nasty").await;
    assert_eq!(ids(), json!(["disks"]));
    assert_eq!(
        browser.run("return location.hash"),
        "#/hooks?search=no+disks",
        "what is searched can be kept"
    );
    console.open(&browser, "#/hooks?status=archived", "old").await;
    assert_eq!(ids(), json!(["old"]));
    console.open(&browser, "#/hooks?event=cloud.pre_delete", "broken").await;
    assert_eq!(ids(), json!(["broken"]));
    console.open(&browser, "#/hooks?search=zebra", "No hook is like that.").await;
    console.open(&browser, "#/hooks?event=cloud.pre_creat", "did you mean \"cloud.pre_create\"?").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_host_without_hooks_says_what_to_do() {
    let Some(browser) = Browser::start() else { return };
    let console = Console::of(Given::new()).await;
    console.open(&browser, "", "Put a component into the hooks directory").await;
    console.open(&browser, "#/problems", "Nothing is wrong").await;
    console.open(&browser, "#/live", "Nothing happened yet").await;
    console.open(&browser, "#/hooks/zebra", "there is no hook \"zebra\"").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_hooks_page_shows_what_it_is_and_what_it_did() {
    let Some(browser) = Browser::start() else { return };
    let console = Console::of(hooks()).await;
    for _ in 0..3 {
        console.world.ask("cloud.pre_create").facet("option", "DISK").await.vetoed_by("disks", "no");
    }
    console.open(&browser, "#/hooks/disks", "Last outcomes").await;
    let tiles = browser.text(".tiles");
    assert!(
        tiles.contains("Calls\n3") && tiles.contains("Vetoed\n3") && tiles.contains("Failed\n0"),
        "{tiles}"
    );
    until("both charts are drawn", || {
        browser.run("return document.querySelectorAll('.chart svg .bar').length").as_u64() >= Some(2)
    })
    .await;
    let chart = browser.run("return document.querySelector('.chart svg').getAttribute('aria-label')");
    assert!(chart.as_str().unwrap().starts_with("Latency. ≤"), "{chart}");
    assert_eq!(browser.run("return document.querySelectorAll('.trail tbody tr').length"), 3);
    let page = browser.text("main");
    for part in ["No disks", "Refuses disks", "option: DISK", "max\n8", "note\nplain", "fuel"] {
        assert!(page.contains(part), "no {part:?} in {page}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn the_catalogue_has_every_event_with_every_value() {
    let Some(browser) = Browser::start() else { return };
    let console = Console::of(Given::new()).await;
    console.open(&browser, "#/catalogue", "cloud.pre_create").await;
    let roster = console.world.host.roster();
    let shown = browser.run(
        "return [...document.querySelectorAll('.entry summary > code')].map(code => code.textContent).sort()",
    );
    let mut names: Vec<_> = roster.catalogue.kinds().map(|kind| kind.name.clone()).collect();
    names.sort();
    assert_eq!(shown, json!(names));
    let values = roster.catalogue.kinds().flat_map(|kind| &kind.facets).map(|facet| facet.values.len());
    assert_eq!(browser.run("return document.querySelectorAll('.values li').length"), values.sum::<usize>());
    browser.tab_to("Search").types("firewall_template");
    hides(&browser, "billing.clients.create").await;
    shows(&browser, "cloud.pre_create").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_test_event_shows_its_trail() {
    let Some(browser) = Browser::start() else { return };
    let console = Console::of(hooks()).await;
    console.open(&browser, "#/test?event=cloud.pre_create", "Before a resource is created").await;
    browser.run("document.querySelector('[name=option]').value = 'DISK'");
    browser.run("document.querySelector('[name=data]').value = '{\"big\": 12345678901234567890}'");
    browser.tab_to("Fire, dry").press(tenterhook_tests::Key::Enter);
    shows(&browser, "Vetoed by disks").await;
    assert!(browser.text(".trail tbody").contains("disks"));
    browser.run("document.querySelector('[name=option]').value = 'SERVER'");
    browser.press(tenterhook_tests::Key::Enter);
    shows(&browser, "No hook listens to this.").await;
    browser.run("document.querySelector('.result details').open = true");
    shows(&browser, "12345678901234567890").await;
    browser.run("document.querySelector('[name=data]').value = '{'");
    browser.press(tenterhook_tests::Key::Enter);
    shows(&browser, "The data is not JSON").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn an_outcome_is_shown_as_it_is_decided() {
    let Some(browser) = Browser::start() else { return };
    let console = Console::of(hooks()).await;
    console.open(&browser, "#/live", "Connected").await;
    console.world.ask("cloud.pre_create").facet("option", "DISK").await.vetoed_by("disks", "no");
    shows(&browser, "disks veto").await;
    assert!(browser.text(".live li").contains("cloud.pre_create"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn what_is_stored_never_runs() {
    let Some(browser) = Browser::start() else { return };
    let console = Console::of(hooks()).await;
    for view in ["", "#/hooks/nasty", "#/problems"] {
        console.open(&browser, view, PAYLOAD).await;
        assert_eq!(browser.run("return window.hacked ?? null"), json!(null));
        assert_eq!(browser.run("return document.querySelectorAll('main img').length"), 0);
    }
    let refused = "const image = new Image(); image.setAttribute('onerror', 'window.hacked = 1'); \
        image.src = 'x'; document.body.append(image); \
        return new Promise(done => image.addEventListener('error', () => setTimeout(() => done(window.hacked ?? null))))";
    assert_eq!(
        browser.run(refused),
        json!(null),
        "the policy stops what would get into the page all the same"
    );
}
