//! The files of the console, as any client gets them.

use super::Console;
use tenterhook_tests::Given;
use ureq::Agent;

fn agent() -> Agent {
    Agent::config_builder().http_status_as_error(false).build().into()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_file_has_its_type_and_a_policy_that_lets_nothing_else_run() {
    let console = Console::of(Given::new()).await;
    for (path, media) in [
        ("", "text/html; charset=utf-8"),
        ("console/main.js", "text/javascript; charset=utf-8"),
        ("console/console.css", "text/css; charset=utf-8"),
        ("console/icon.svg", "image/svg+xml"),
    ] {
        let answer = agent().get(console.url(path)).call().unwrap();
        let header = |name: &str| answer.headers().get(name).map(|value| value.to_str().unwrap());
        assert_eq!(answer.status(), 200, "{path}");
        assert_eq!(header("content-type"), Some(media));
        assert_eq!(header("x-content-type-options"), Some("nosniff"));
        assert_eq!(header("referrer-policy"), Some("same-origin"));
        assert_eq!(
            header("content-security-policy"),
            Some(
                "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self'; \
                 form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
            )
        );
    }
    assert_eq!(agent().get(console.url("console/none.js")).call().unwrap().status(), 404);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_browser_that_has_a_file_is_not_sent_it_again() {
    let console = Console::of(Given::new()).await;
    let url = console.url("console/main.js");
    let first = agent().get(&url).call().unwrap();
    assert_eq!(first.headers()["cache-control"], "no-cache");
    let tag = first.headers()["etag"].to_str().unwrap();
    for (tags, status) in [
        (tag.to_owned(), 304),
        (format!("\"other\", W/{tag}"), 304),
        ("*".into(), 304),
        ("\"other\"".into(), 200),
    ] {
        let mut again = agent().get(&url).header("if-none-match", &tags).call().unwrap();
        assert_eq!(again.status(), status, "{tags}");
        assert_eq!(again.body_mut().read_to_string().unwrap().is_empty(), status == 304);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_file_that_the_page_asks_for_is_there() {
    let console = Console::of(Given::new()).await;
    let text = |path: &str| {
        let mut answer = agent().get(console.url(path)).call().unwrap();
        assert_eq!(answer.status(), 200, "{path}");
        answer.body_mut().read_to_string().unwrap()
    };
    let mut files = vec!["console/main.js".to_owned()];
    for quoted in text("").split('"').filter(|quoted| quoted.starts_with("/console/")) {
        files.push(quoted[1..].to_owned());
    }
    let mut seen = 0;
    while let Some(file) = files.get(seen).cloned() {
        seen += 1;
        for name in text(&file).split("from \"./").skip(1).filter_map(|rest| rest.split('"').next()) {
            let import = format!("console/{name}");
            if !files.contains(&import) {
                files.push(import);
            }
        }
    }
    assert!(files.len() > 15, "{files:?}");
}
