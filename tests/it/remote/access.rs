//! How a command is let in by a service, and what is said where it is not.

use crate::access::{serve, tenterhook, token};
use crate::command::{cloudevent, guards};
use crate::serve::tls;
use std::fs;
use std::io::{Read, Write};
use std::net::TcpListener;
use tenterhook_tests::{Given, Run};

fn command(args: &[&str]) -> Run<'static> {
    crate::command::tenterhook([]).args(args)
}

#[test]
fn a_token_is_shown_from_a_file_or_a_variable_and_never_from_the_command_line() {
    let given = guards();
    let (admin, reads) = (token(&given, &["--scope", "admin"]), token(&given, &["--scope", "read"]));
    let served = serve(&given, &[]);
    let disable = || command(&["hooks", "disable", "disks", "--to", served.address()]);
    let nobody = disable().ends();
    nobody.exits(1).prints("").says("refuses: this takes a token with the scope admin");
    nobody.says("`tenterhook token new` makes one where the service runs, show it with --token-file or");
    let unknown = disable().env("TENTERHOOK_TOKEN", "th_guessed").ends();
    unknown
        .exits(1)
        .says("refuses the token: the token is unknown; look at --token-file or TENTERHOOK_TOKEN");
    let reader = disable().env("TENTERHOOK_TOKEN", &reads).ends();
    reader.exits(1).says("refuses: this takes the scope admin; show another token").prints("");
    let file = disable().file("token", format!("{admin}\n")).args(["--token-file", "token"]);
    file.env("TENTERHOOK_TOKEN", &reads).ends().exits(0).prints("disks is disabled\n");
    disable().args(["--token", &admin]).ends().exits(2);
    let missing = disable().args(["--token-file", "missing"]).ends();
    missing.exits(2).says("missing: error: the token cannot be read: ");
    let nonsense = disable().file("token", "two words").args(["--token-file", "token"]).ends();
    nonsense.exits(2).says("token: error: this is no token, `tenterhook token new` prints one");
}

#[test]
fn without_tokens_this_machine_looks_and_changes_nothing() {
    let given = guards();
    let served = serve(&given, &[]);
    command(&["hooks", "--to", served.address()]).ends().exits(0).complains("").shows("disks");
    let refused = command(&["hooks", "remove", "disks", "--to", served.address()]).ends();
    refused.exits(1).says("this takes the scope admin; `tenterhook token new`");
    assert!(given.hooks().join("disks.wasm").exists());
}

#[test]
fn an_event_that_a_token_may_not_raise_is_refused_and_the_next_is_fired() {
    let given = guards();
    let bound = token(&given, &["--scope", "fire", "--event", "cloud.pre_create"]);
    let served = serve(&given, &[]);
    let [a, b] = ["cloud.pre_delete", "cloud.pre_create"].map(|name| cloudevent(name, name, "DISK"));
    let fired = command(&["fire", "-", "--to", served.address()]).env("TENTERHOOK_TOKEN", bound);
    let fired = fired.input(format!("{a}\n{b}\n")).ends();
    fired.exits(2).says("the token is bound to cloud.pre_create, not cloud.pre_delete").shows("vetoed");
}

#[test]
fn the_user_of_a_service_speaks_to_it_over_its_unix_socket() {
    let given = guards();
    let served = serve(&given, &["--listen", "unix:hooks.sock"]);
    let to = format!("unix:{}", served.folder().join("hooks.sock").display());
    command(&["hooks", "--to", &to]).ends().exits(0).complains("").shows("disks");
    let disk = cloudevent("1", "cloud.pre_create", "DISK");
    command(&["fire", "-", "--to", &to]).input(&disk).ends().exits(10).shows("by disks: not today");
    command(&["hooks", "disable", "disks", "--to", &to]).ends().exits(0).prints("disks is disabled\n");
    command(&["fire", "-"]).env("TENTERHOOK_TO", &to).input(&disk).ends().exits(0);
    let gone = command(&["hooks", "--to", "unix:none.sock"]).ends();
    gone.exits(1).says("no service answers at unix:none.sock: ").says("look at --to");
}

#[test]
fn an_authority_that_is_no_public_one_is_named() {
    let (given, folder) = (guards(), tls::folder(tls::OLD));
    let authority = folder.path().join("authority.pem");
    fs::write(&authority, tls::AUTHORITY).unwrap();
    let served = tls::encrypted(&given, folder.path()).serves();
    let to = served.address().replace("127.0.0.1", "localhost");
    let hooks = || command(&["hooks", "--to", &to]);
    hooks().args(["--ca".as_ref(), authority.as_os_str()]).ends().exits(0).complains("").shows("disks");
    hooks().env("TENTERHOOK_CA", &authority).ends().exits(0);
    let untrusted = hooks().ends();
    untrusted.exits(1).says("no trusted connection to https://localhost:").says("with --ca an authority");
    hooks().args(["--ca", "none.pem"]).ends().exits(2).says("authorities cannot be read: ");
    hooks()
        .file("x.pem", "x")
        .args(["--ca", "x.pem"])
        .ends()
        .exits(2)
        .says("no certificate in it, it must be");
    let plain = command(&["hooks", "--to", &to.replace("https:", "http:")]).ends();
    plain.exits(1).says("if it encrypts, write https:// in --to");
}

#[test]
fn what_is_no_service_is_told_from_one_at_another_path() {
    let given = Given::new();
    let served = serve(&given, &[]);
    let path = command(&["hooks", "--to", &format!("{}/v1", served.address())]).ends();
    path.exits(1).says("/v1 is no address of a service: there is nothing here; look at the path in --to");
    let other = TcpListener::bind("127.0.0.1:0").unwrap();
    let to = format!("http://{}", other.local_addr().unwrap());
    let answers = std::thread::spawn(move || {
        for answer in ["200 OK", "404 Not Found", "502 Bad Gateway", "302 Found"] {
            let (mut stream, _) = other.accept().unwrap();
            let mut request = [0; 4096];
            let _ = stream.read(&mut request).unwrap();
            write!(stream, "HTTP/1.1 {answer}\r\ncontent-length: 5\r\nconnection: close\r\n\r\nhello")
                .unwrap();
        }
    });
    let strange = "does not answer like a tenterhook service of this version; look at --to";
    for said in [strange, strange, "cannot answer: 502 Bad Gateway", strange] {
        command(&["hooks", "--to", &to]).ends().exits(1).prints("").says(said);
    }
    answers.join().unwrap();
    let encrypted = command(&["hooks", "--to", &served.address().replace("http:", "https:")]).ends();
    encrypted.exits(1).says("if it does not encrypt, write http://");
}

#[test]
fn what_is_for_a_directory_is_not_said_of_a_service() {
    let given = Given::new();
    let to = ["--to", "http://127.0.0.1:1"];
    for option in ["--state", "--cache"] {
        let both = tenterhook(&given, &["hooks", option, "x"]).args(to).ends();
        both.exits(2).says(&format!("{option}: error: it is for hooks of a directory"));
    }
    tenterhook(&given, &["hooks", "--hooks", "x"]).args(to).ends().exits(2).says("cannot be used with");
}
