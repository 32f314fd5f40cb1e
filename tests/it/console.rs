//! The console, in a real browser: what operators see, and what comes of what they do.

mod change;
mod form;
mod look;
mod page;
mod record;
mod view;

use std::net::SocketAddr;
use std::path::PathBuf;
use tenterhook_tests::{Browser, Given, World, until};
use tokio::net::TcpListener;

/// What would set `hacked` if it ever became markup.
const PAYLOAD: &str = "<img src=x onerror=window.hacked=1>";

/// A service with its console.
struct Console {
    world: World,
    hooks: PathBuf,
    address: SocketAddr,
}

impl Console {
    async fn of(given: Given) -> Self {
        let hooks = given.hooks();
        let world = given.start().await;
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        tokio::spawn(tenterhook::api::serve_unguarded(listener, world.host.clone(), std::future::pending()));
        Self { world, hooks, address }
    }

    fn url(&self, path: &str) -> String {
        format!("http://{}/{path}", self.address)
    }

    /// What the service answers.
    fn text(&self, path: &str) -> String {
        let mut answer = ureq::get(self.url(path)).call().unwrap();
        answer.body_mut().read_to_string().unwrap()
    }

    /// Opens a view and waits until it shows this text.
    async fn open(&self, browser: &Browser, view: &str, text: &str) {
        browser.open(&self.url(view));
        shows(browser, text).await;
    }
}

/// Waits until the page shows a text.
async fn shows(browser: &Browser, text: &str) {
    until(format!("the page shows {text:?}"), || browser.text("body").contains(text)).await;
}

/// Waits until the page shows a text no longer.
async fn hides(browser: &Browser, text: &str) {
    until(format!("the page hides {text:?}"), || !browser.text("main").contains(text)).await;
}

/// Three hooks: one vetoes disks, one is disabled and says something nasty, one cannot load.
fn hooks() -> Given {
    let disks = "name = 'No disks'\ndescription = 'Refuses disks'\npriority = 1\n[[on]]\nevent = 'cloud.pre_create'\noption = ['DISK']\n[properties]\nmax = 8\nnote = 'plain'\n";
    let nasty = format!(
        "name = '{PAYLOAD}'\ndescription = '{PAYLOAD}'\npriority = 2\nstatus = 'disabled'\n\
         [[on]]\nevent = 'cloud.pre_create'\n[properties]\nnote = '{PAYLOAD}'\n"
    );
    let broken = format!("priority = 3\n[[on]]\nevent = 'cloud.pre_delete'\noption = ['{PAYLOAD}']\n");
    Given::new()
        .hook("disks", "veto", disks)
        .hook("nasty", "accept", &nasty)
        .hook("broken", "accept", &broken)
}

/// The same hooks with a journal, in which a refusal and a dead letter are.
async fn kept() -> Console {
    let crm = "name = 'CRM'\npriority = 9\n[[on]]\nevent = 'cloud.post_create'\n";
    let console = Console::of(hooks().hook("crm", "veto", crm).journal(|_| {})).await;
    console.world.created().id("e-told").subject(PAYLOAD).await;
    console.world.ask("cloud.pre_create").facet("option", "DISK").await.vetoed_by("disks", "no");
    until("both are logged", || console.text("v1/log").matches("\"status\":\"veto\"").count() == 2).await;
    console
}
