//! Clients fire without pause while versions come and go, good ones and bad ones.

use super::{put, version};
use std::collections::HashMap;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;
use tempfile::TempDir;
use tenterhook::{Event, Host, Outcome};
use tenterhook_tests::until;
use wasm_encoder::{ComponentSection, CustomSection};

const CLIENTS: usize = 3;
/// Different versions that run well, and that fail.
const VERSIONS: usize = 6;

/// A version that amends by what its own manifest says: its number, or nonsense.
fn amending(number: usize, nonsense: &str) -> Vec<u8> {
    let manifest = serde_json::json!({
        "manifest": 1, "name": format!("Version {number}"), "type": "cloud", "priority": 1,
        "on": [{ "event": "cloud.pre_create" }],
        "properties": { "patch": format!("{nonsense}{{\"number\":{number}}}") },
    });
    let mut bytes = version("amend", number);
    let data = manifest.to_string().into_bytes();
    CustomSection { name: "tenterhook:manifest".into(), data: data.into() }.append_to_component(&mut bytes);
    bytes
}

async fn start(root: &Path) -> Host {
    let mut limits = tenterhook::limits::HostLimits::default();
    (limits.concurrency, limits.prepared) = (8, 8);
    limits.budget = Duration::from_secs(100);
    limits.busy_wait = Duration::from_secs(20);
    let builder = Host::builder().hooks(root.join("hooks")).data(root.join("data")).cache(root.join("cache"));
    builder.limits(limits).start().await.unwrap()
}

/// Which version answered, and the number that it amended by.
fn answer(outcome: &Outcome) -> (String, u64) {
    assert!(!outcome.failed(), "{outcome:#?}");
    let data: serde_json::Value = serde_json::from_str(outcome.data().unwrap().as_str()).unwrap();
    let [line] = &outcome.trail[..] else { panic!("{outcome:#?}") };
    (line.version.as_deref().unwrap().to_owned(), data["number"].as_u64().unwrap())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_call_fails_and_no_outcome_mixes_versions_while_versions_are_swapped() {
    swapped(200, false).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nor_while_files_are_swapped_under_a_host_that_watches_them() {
    swapped(60, true).await;
}

/// Swaps versions so many times while clients fire: a third does not load, and a third fails when it runs.
async fn swapped(swaps: usize, watched: bool) {
    let root = TempDir::new().unwrap();
    let component = root.path().join("hooks/a.wasm");
    std::fs::create_dir(root.path().join("hooks")).unwrap();
    std::fs::write(root.path().join("hooks/a.toml"), "[limits]\ndeadline = '20s'").unwrap();
    let good: Vec<_> = (0..VERSIONS).map(|number| amending(number, "")).collect();
    let failing: Vec<_> = (0..VERSIONS).map(|number| amending(100 + number, "nonsense ")).collect();
    put(&component, &good[0]);
    let host = start(root.path()).await;
    assert_eq!(host.roster().problems, []);
    if watched {
        host.watch();
    }

    let (stop, fired) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicUsize::new(0)));
    let client = || {
        let (host, stop, fired) = (host.clone(), Arc::clone(&stop), Arc::clone(&fired));
        tokio::spawn(async move {
            let mut answers = Vec::new();
            while !stop.load(Ordering::Relaxed) {
                let event = Event::new("cloud.pre_create", "tests").facet("option", "SERVER");
                answers.push(answer(&host.ask(event).await.unwrap()));
                fired.fetch_add(1, Ordering::Relaxed);
                tokio::task::yield_now().await;
            }
            answers
        })
    };
    let clients: Vec<_> = (0..CLIENTS).map(|_| client()).collect();
    for swap in 1..=swaps {
        let (nth, before) = (swap / 3 % VERSIONS, host.roster().generation);
        match swap % 3 {
            0 => put(&component, &good[nth]),
            1 => put(&component, format!("no wasm {swap}")),
            _ => put(&component, &failing[nth]),
        }
        match (watched, swap % 3) {
            (false, _) => drop(host.reload().await.unwrap()),
            // It may be half a file, so for a second nothing comes of it.
            (true, 1) => tokio::time::sleep(Duration::from_millis(60)).await,
            (true, _) => until("it is noticed", || host.roster().generation > before).await,
        }
        // Some versions see enough calls to prove themselves, others do not.
        let enough = fired.load(Ordering::Relaxed) + if swap % 2 == 0 { 40 } else { 5 };
        let fired = Arc::clone(&fired);
        until("the clients have called", move || fired.load(Ordering::Relaxed) >= enough).await;
        if swap % 6 == 2 {
            let rejected = || host.roster().problems.iter().any(|problem| problem.kind == Some("rejected"));
            until("what fails so often is taken back", rejected).await;
        }
    }
    stop.store(true, Ordering::Relaxed);

    let mut numbers: HashMap<String, u64> = HashMap::new();
    for client in clients {
        for (version, number) in client.await.unwrap() {
            assert_eq!(*numbers.entry(version).or_insert(number), number, "a version answers as another");
        }
    }
    let mut seen: Vec<u64> = numbers.into_values().collect();
    seen.sort_unstable();
    assert_eq!(seen, (0..VERSIONS as u64).collect::<Vec<_>>(), "every good version answered, and no other");
}
