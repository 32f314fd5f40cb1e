//! Tokens, and the file they are written in.

use super::*;
use tempfile::TempDir;

fn order(scopes: &[Scope]) -> Order {
    Order { scopes: scopes.to_vec(), ..Order::default() }
}

#[test]
fn a_token_is_found_by_itself_and_by_nothing_else() {
    let data = TempDir::new().unwrap();
    let (text, token) = add(data.path(), order(&[Scope::Fire])).unwrap();
    let (other, _) = add(data.path(), order(&[Scope::Admin])).unwrap();
    let known = Tokens::of(Some(data.path())).unwrap().known();
    assert_eq!(known.find(&text).as_deref(), Some(&token));
    assert_ne!(known.find(&other).as_deref(), Some(&token));
    assert_eq!(known.find(&hex(&token.sha256)), None);
    assert_eq!(known.find(""), None);
    let file = fs::read_to_string(path_in(data.path())).unwrap();
    assert!(!file.contains(text.trim_start_matches("th_")), "{file}");
    assert_eq!(fs::metadata(path_in(data.path())).unwrap().permissions().mode() & 0o777, 0o600);
}

#[test]
fn the_last_token_revoked_opens_nothing_and_neither_does_a_file_that_vanishes() {
    let data = TempDir::new().unwrap();
    let tokens = Tokens::of(Some(data.path())).unwrap();
    assert!(!tokens.look().is_closed());
    let (text, token) = add(data.path(), order(&[Scope::Fire])).unwrap();
    assert!(tokens.look().is_closed() && tokens.look().find(&text).is_some());
    assert_eq!(revoke(data.path(), &token.id), Ok(true));
    assert_eq!(revoke(data.path(), &token.id), Ok(false));
    assert!(tokens.look().is_closed() && tokens.look().find(&text).is_none());
    fs::remove_file(path_in(data.path())).unwrap();
    assert!(tokens.look().is_closed());
}

#[test]
fn while_the_file_cannot_be_used_the_tokens_before_it_are() {
    let data = TempDir::new().unwrap();
    let (text, _) = add(data.path(), order(&[Scope::Read])).unwrap();
    let tokens = Tokens::of(Some(data.path())).unwrap();
    fs::write(path_in(data.path()), "[[token]]\nid = 'a'\nscops = 1\n").unwrap();
    assert!(tokens.look().find(&text).is_some());
    let problems = Tokens::of(Some(data.path())).err().unwrap();
    let problems: Vec<_> = problems.iter().map(|problem| problem.message.as_str()).collect();
    assert_eq!(problems, ["unknown key \"scops\"", "a token needs an id and a sha256 of 64 hex digits"]);
}

#[test]
fn a_file_that_others_may_read_is_refused() {
    let data = TempDir::new().unwrap();
    add(data.path(), order(&[Scope::Read])).unwrap();
    fs::set_permissions(path_in(data.path()), fs::Permissions::from_mode(0o640)).unwrap();
    assert_eq!(Tokens::of(Some(data.path())).err().unwrap()[0].hint.as_deref(), Some("chmod 600"));
}
