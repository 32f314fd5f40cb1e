//! With `sha256` in the TOML, exactly those bytes are the hook.

use super::{bytes, problems, reason};
use tenterhook_tests::Given;

/// The SHA-256 of a component with nothing in it.
const EMPTY: (&[u8], &str) =
    (b"\0asm\x0d\0\x01\0", "24eaf3439a60c96764c4f2c92a0a81b52bd4fe5d5b91f090184a0f6486b1bf29");

fn toml(sha256: &str) -> String {
    format!("sha256 = '{sha256}'")
}

/// The digest that the problem about a wrong one tells.
pub(super) fn digest(component: &[u8]) -> String {
    let given = Given::new().file("a.wasm", component).toml("a", &toml(&"0".repeat(64)));
    let found = problems(&given);
    let digest = found[0].strip_prefix("a.wasm: its sha256 is ");
    let digest = digest.and_then(|rest| rest.strip_suffix(", not the one that a.toml lists"));
    digest.unwrap_or_else(|| panic!("{found:?}")).to_owned()
}

#[test]
fn a_wrong_digest_is_refused_naming_the_right_one() {
    // F8: code is inert until its operator signs it
    let (component, sha256) = EMPTY;
    let written = "name = 'A'\ntype = 'cloud'\npriority = 1\n[[on]]\nevent = 'cloud.*'\n";
    let given = |sha256: &str| {
        Given::new().file("a.wasm", component).toml("a", &format!("{}\n{written}", toml(sha256)))
    };
    let wrong = problems(&given(&sha256.replace('7', "8")));
    assert_eq!(wrong, [format!("a.wasm: its sha256 is {sha256}, not the one that a.toml lists")]);
    for right in [sha256.to_owned(), sha256.to_uppercase()] {
        let found = problems(&given(&right));
        assert!(found[0].contains("it exports nothing"), "{found:?}");
    }
    let short = problems(&given(&sha256[1..]));
    assert!(short[0].ends_with("is not 64 hex digits"), "{short:?}");
}

#[tokio::test]
async fn one_flipped_bit_is_found_and_the_guard_fails_closed() {
    let mut component = bytes("veto");
    let sha256 = digest(&component);
    let given = Given::new().file("a.wasm", &component).toml("a", &toml(&sha256));
    let world = given.start().await.without_problems();
    let answer = world.create().await;
    answer.vetoed_by("a", "no");
    assert_eq!(answer.line("a").version.as_deref(), Some(&sha256[..12]));
    // In the middle of a text it would still be a component.
    let text = b"not today";
    let place = component.windows(text.len()).rposition(|bytes| bytes == text).expect("it holds its text");
    component[place] ^= 1;
    assert_ne!(digest(&component), sha256);
    let world = world.stop().forgetting("a").file("a.wasm", &component).start().await;
    assert!(reason(&world, "a").ends_with("not the one that a.toml lists"));
    world.create().await.vetoed_by("a", "hook_failed").trail(&["a failed:unavailable"]);
    let given = world.stop().toml("a", "");
    given.start().await.create().await.vetoed_by("a", "no").because("oot today");
}

#[tokio::test]
async fn a_component_and_its_toml_go_live_only_together() {
    let (old, new) = (bytes("accept"), bytes("veto"));
    let mut given = Given::new();
    for (component, sha256, trail) in [
        (&old, digest(&old), "a accept"),
        (&new, digest(&old), "a accept"),
        (&new, digest(&new), "a veto"),
        (&old, digest(&new), "a veto"),
    ] {
        let world = given.file("a.wasm", component).toml("a", &toml(&sha256)).start().await;
        world.create().await.trail(&[trail]);
        given = world.stop();
    }
}
