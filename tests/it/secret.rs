//! Secrets: named in an operator's TOML, kept elsewhere, and shown to nobody but the guest.

mod hidden;
mod rotated;
mod source;

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use tenterhook_tests::{Given, Request, Run, Served, World};

const EVENT: &str =
    r#"{"specversion":"1.0","id":"1","type":"cloud.pre_create","source":"shop","option":"SERVER","data":{}}"#;

/// A hook whose property is a secret.
fn toml(property: &str, name: &str) -> String {
    format!(
        "type = 'cloud'\npriority = 1\non = [{{ event = 'cloud.pre_create' }}]\n[properties]\n{property} = {{ secret = '{name}' }}\n"
    )
}

/// A hook that answers its property `key`, which is the secret `crm-token`.
fn shows_its_secret() -> Given {
    Given::new().hook("a", "properties", &toml("key", "crm-token"))
}

/// Gives a secret another value.
fn rotate(world: &World, value: &str) {
    let path = world.given().secrets().join("crm-token");
    let temporary = path.with_extension("new");
    fs::write(&temporary, value).unwrap();
    fs::set_permissions(&temporary, Permissions::from_mode(0o600)).unwrap();
    fs::rename(temporary, path).unwrap();
}

fn tenterhook<'given>(given: &'given Given, args: &[&str]) -> Run<'given> {
    let run = Run::of(env!("CARGO_BIN_EXE_tenterhook-under-test")).args(args);
    run.env("TENTERHOOK_SECRETS", given.secrets())
}

fn serve(given: &Given) -> Served {
    let few = ["--set", "limits.concurrency=4", "--set", "limits.prepared=0", "--set", "limits.budget=20s"];
    let run = tenterhook(given, &["serve", "--listen", "127.0.0.1:0"]).args(few);
    run.env("TENTERHOOK_DATA", given.data()).env("TENTERHOOK_HOOKS", given.hooks()).serves()
}

fn fire(served: &Served) -> String {
    Request::post("/v1/events", EVENT).to(served).is(200).body
}
