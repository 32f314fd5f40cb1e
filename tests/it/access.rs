//! Who may do what through the HTTP door.

mod browser;
mod token;

use tenterhook_tests::{Given, Request, Run, Served};

/// A command line that keeps what it remembers beside `given`.
pub(crate) fn tenterhook<'given>(given: &'given Given, args: &[&str]) -> Run<'given> {
    let run = Run::of(env!("CARGO_BIN_EXE_tenterhook-under-test")).args(args);
    run.env("TENTERHOOK_DATA", given.data())
}

/// A service on a port of its own.
pub(crate) fn serve(given: &Given, args: &[&str]) -> Served {
    let listen = if args.contains(&"--listen") { &[][..] } else { &["--listen", "127.0.0.1:0"] };
    let few = ["--set", "limits.concurrency=4", "--set", "limits.prepared=0"];
    let run = tenterhook(given, &["serve"]).args(listen).args(few).args(args);
    run.env("TENTERHOOK_HOOKS", given.hooks()).serves()
}

/// Makes a token.
pub(crate) fn token(given: &Given, args: &[&str]) -> String {
    let ended = tenterhook(given, &["token", "new"]).args(args).ends();
    ended.exits(0);
    ended.out.trim().to_owned()
}

/// Raises an event of a source.
fn fire(source: &str) -> Request {
    event("cloud.pre_create", source, "")
}

fn event(name: &str, source: &str, more: &str) -> Request {
    let event = format!(
        r#"{{"specversion":"1.0","id":"1","type":"{name}","source":"{source}"{more},"option":"SERVER","data":{{}}}}"#
    );
    Request::post("/v1/events", &event)
}

/// Something that takes `admin`, and that there is not.
fn administer() -> Request {
    Request::post("/v1/nothing", "{}")
}

/// Something that takes `read`, and that there is not.
fn look() -> Request {
    Request::get("/v1/nothing")
}

#[test]
fn without_tokens_this_machine_may_fire_and_read_and_not_administer() {
    let given = Given::new();
    let served = serve(&given, &[]);
    fire("shop").to(&served).is(200);
    look().to(&served).is(404);
    let refused = administer().to(&served).is(403).problem("this takes the scope admin");
    assert!(refused.header("www-authenticate").unwrap().contains("insufficient_scope"), "{refused:?}");
}

#[test]
fn the_user_of_the_service_administers_over_a_unix_socket() {
    let given = Given::new();
    let served = serve(&given, &["--listen", "unix:hooks.sock"]);
    assert_eq!(served.address(), "unix:hooks.sock");
    administer().to(&served).is(404);
    fire("shop").to(&served).is(200);
}

#[test]
fn a_socket_that_a_dead_service_left_behind_is_no_obstacle() {
    let given = Given::new();
    let path = given.data().join("left.sock");
    drop(std::os::unix::net::UnixListener::bind(&path).unwrap());
    let listen = format!("unix:{}", path.display());
    let served = serve(&given, &["--listen", &listen]);
    look().to(&served).is(404);
    let second =
        tenterhook(&given, &["serve", "--listen", &listen]).env("TENTERHOOK_HOOKS", given.hooks()).ends();
    second.exits(2).says("cannot listen on unix:");
    look().to(&served).is(404);
}

#[test]
fn others_are_not_let_in_without_tokens_and_encryption() {
    let given = Given::new();
    let start = |args: &[&str]| {
        let run = tenterhook(&given, &["serve"]).args(args).env("TENTERHOOK_HOOKS", given.hooks());
        let ended = run.ends();
        ended.exits(2);
        ended.err
    };
    let said = start(&["--listen", "0.0.0.0:0"]);
    assert!(
        said.contains("there are no tokens, make one with `tenterhook token new --scope admin`"),
        "{said}"
    );
    assert!(said.contains("nothing encrypts, set tls.certificate and tls.key"), "{said}");
    // Whatever is in front of the service speaks for others.
    let said = start(&["--set", "tls=terminated", "--listen", "127.0.0.1:0"]);
    assert!(said.contains("there are no tokens") && !said.contains("encrypts"), "{said}");
    token(&given, &["--scope", "read"]);
    assert!(start(&["--listen", "[::]:0"]).contains("nothing encrypts"));
    let served = serve(&given, &["--set", "tls=terminated", "--listen", "0.0.0.0:0"]);
    served.says("listening on http://0.0.0.0:");
}
