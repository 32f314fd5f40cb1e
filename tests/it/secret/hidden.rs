//! Nobody but the guest is shown a secret, however hard the guest tries.

use super::{fire, serve, tenterhook, toml};
use std::fs;
use std::path::{Path, PathBuf};
use tenterhook_tests::{Given, Request};

const SECRET: &str = "correct horse \"battery\"\tstaple\nof two lines";
/// Parts of it that must not be seen, whatever stands between them.
const PARTS: [&str; 3] = ["horse", "staple", "of two lines"];
const REFERENCE: &str = r#"{\"secret\":\"crm-token\"}"#;

#[test]
fn nobody_but_the_guest_is_shown_a_secret() {
    for (guest, property) in [("fail", "text"), ("veto", "reason"), ("veto", "code"), ("indiscreet", "text")]
    {
        let toml = format!("on_failure = 'accept'\n{}", toml(property, "crm-token"));
        let given = Given::new().hook("a", guest, &toml).secret("crm-token", SECRET);
        let served = serve(&given);
        let answer = fire(&served);
        assert!(answer.contains("***"), "{guest}: {answer}");
        let paths =
            ["/v1/hooks", "/v1/hooks/a", "/v1/hooks/a/stats", "/v1/problems", "/v1/roster", "/metrics"];
        let seen: String = paths.map(|path| Request::get(path).to(&served).is(200).body).concat();
        assert!(seen.contains(REFERENCE), "{seen}");
        served.signal("TERM");
        let (_, said) = served.ends();
        for line in ["log ***", "debug \"***\"", "out ***", "err ***", "json ***", "last ***"] {
            assert!(guest != "indiscreet" || said.contains(line), "no {line} in {said}");
        }
        let hooks = tenterhook(&given, &["hooks", "--json"]).hooks(&given).ends();
        hooks.exits(0).shows(REFERENCE);
        let checked = tenterhook(&given, &["check", "--json"]).directory(&given).ends();
        let config = tenterhook(&given, &["config", "--json"]).ends();
        let remembered = fs::read_to_string(given.data().join("good/a/manifest.json")).unwrap();
        assert!(remembered.contains(r#"{"secret":"crm-token"}"#), "{remembered}");
        let files = files(&given.data()).into_iter().chain(files(&given.hooks()));
        let files: Vec<_> =
            files.map(|path| String::from_utf8_lossy(&fs::read(path).unwrap()).into_owned()).collect();
        let shown = format!("{answer}{seen}{said}{hooks}{checked}{config}{}", files.concat());
        for part in PARTS {
            assert!(!shown.contains(part), "{guest}: {part} in {shown}");
        }
    }
}

/// Every file under a folder.
fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    entries.flat_map(|path| if path.is_dir() { files(&path) } else { vec![path] }).collect()
}

#[tokio::test]
async fn a_secret_that_is_cut_off_is_hidden_too() {
    // A message has at most 1,024 bytes; half a secret is one too.
    let secret = "geheim".repeat(400);
    let toml = format!("on_failure = 'accept'\n{}", toml("text", "crm-token"));
    let world = Given::new().hook("a", "fail", &toml).secret("crm-token", &secret).start().await;
    let answer = world.create().await;
    assert_eq!(answer.line("a").message.as_deref(), Some("***"));
}

#[tokio::test]
async fn what_the_guest_does_with_the_data_is_the_applications() {
    let world = super::shows_its_secret().secret("crm-token", "one").start().await;
    world.create().await.data_is(r#"[["key","one"]]"#);
    let shown = format!("{:?}", world.host.roster().hook("a").unwrap());
    assert!(shown.contains("crm-token") && !shown.contains("\"one\""), "{shown}");
}
