//! Where the platform is, and what its calls are signed with.

use crate::access::tenterhook;
use tenterhook_tests::{Ended, Given};

const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

fn starts(set: &[&str], secret: Option<&str>) -> Ended {
    let given = Given::new();
    let set = set.iter().flat_map(|set| ["--set", set]);
    let run = tenterhook(&given, &["serve", "--listen", "127.0.0.1:0"]).args(set);
    let run = run.env("TENTERHOOK_HOOKS", given.hooks());
    match secret {
        Some(secret) => run.env("TENTERHOOK_SECRET_PLATFORM", secret).ends(),
        None => run.ends(),
    }
}

#[test]
fn a_platform_needs_an_address_that_nobody_else_reads_and_a_secret() {
    let (url, secret) = ("platform.url=https://cloud.example/hooks", "platform.secret=platform");
    starts(&[url], None).exits(2).says("platform.url is set and platform.secret is not");
    starts(&[secret], None).exits(2).says("platform.secret is set and platform.url is not");
    for unsafe_url in
        ["http://cloud.example", "http://localhost.evil", "ftp://127.0.0.1", "cloud", "https://me:pw@a"]
    {
        let ended = starts(&[&format!("platform.url={unsafe_url}"), secret], Some(SECRET));
        ended.exits(2).says("platform.url is no address to send secrets to, write it as in \"https://");
        assert!(!ended.err.contains("pw@"), "{ended}");
    }
    starts(&[url, "platform.secret=whsec_AAAA"], None)
        .exits(2)
        .says("platform.secret is no name of a secret");
    starts(&[url, secret], None).exits(2).says("platform.secret: the secret \"platform\" is not set");
    let ended = starts(&[url, secret], Some("geheim"));
    ended.exits(2).says("platform.secret: the secret \"platform\" is no signing secret, make one with");
    assert!(!ended.err.contains("geheim"), "{ended}");
    let ca = starts(&[url, secret, "platform.ca=none.pem"], Some(SECRET));
    ca.exits(2).says("platform.ca: none.pem: ");
}

#[test]
fn a_password_in_the_address_of_the_platform_is_not_shown() {
    let config = tenterhook(&Given::new(), &["config"])
        .args(["--set", "platform.url=http://me:geheim@127.0.0.1"])
        .ends();
    assert!(!config.err.contains("geheim") && !config.out.contains("geheim"), "{config}");
    config.exits(2);
}
