//! The stock plugins, on the events of the demo.

use std::fs;
use std::path::{Path, PathBuf};
use tenterhook::envelope::Reader;
use tenterhook::outcome::Decision;
use tenterhook_tests::{Given, World, plugin};

fn plugins() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../plugins")
}

/// Every plugin with the TOML that it comes with, and all the time it needs.
async fn stock() -> World {
    let mut given = Given::new();
    for name in ["client-normaliser", "credit-floor", "purchase-guard", "response-redactor", "server-quota"] {
        let toml = fs::read_to_string(plugins().join(name).join("hook.toml")).unwrap();
        given = given.plugin(name, &toml);
    }
    given = given.component("audit-line", &plugin("audit-line"));
    for area in ["cloud", "billing", "charging-api", "charging-engine"] {
        let toml = fs::read_to_string(plugins().join(format!("audit-line/audit-{area}.toml"))).unwrap();
        given = given.toml(&format!("audit-{area}"), &format!("{toml}\n[limits]\ndeadline = '20s'"));
    }
    given.start().await
}

#[tokio::test]
async fn every_demo_event_ends_as_its_name_says() {
    let world = stock().await.without_problems();
    let mut files: Vec<PathBuf> =
        fs::read_dir(plugins().join("demo/events")).unwrap().map(|file| file.unwrap().path()).collect();
    files.sort();
    assert!(files.len() >= 20, "{files:?}");
    for file in files {
        let name = file.file_stem().unwrap().to_str().unwrap().to_owned();
        let text = fs::read_to_string(&file).unwrap();
        let event = Reader::new(&name, "demo", 256 * 1024).read(&text).remove(0).unwrap();
        let outcome = world.host.fire(event).await.unwrap();
        let ended = match (outcome.mode, outcome.decision(), outcome.amended) {
            (tenterhook::event::Mode::Tell, _, _) => "told",
            (_, Decision::Veto, _) => "vetoed",
            (_, _, true) => "amended",
            _ => "accepted",
        };
        assert!(name.ends_with(&format!("-{ended}")), "{name} was {ended}: {outcome:#?}");
        assert!(!outcome.failed(), "{name}: {outcome:#?}");
    }
    assert!(world.log().iter().any(|line| line.hook.starts_with("audit-")));
}

#[tokio::test]
async fn a_redactor_that_fails_lets_no_answer_out() {
    let toml = fs::read_to_string(plugins().join("response-redactor/hook.toml")).unwrap();
    let given = Given::new().plugin("response-redactor", &toml.replace("remove = [", "remove = 1 # ["));
    let world = given.start().await;
    let answer = world.ask("charging.engine.pre_return_response").facet("action", "Debit").await;
    answer.vetoed_by("response-redactor", "hook_failed");
}
