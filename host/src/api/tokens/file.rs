//! Changes the file of tokens: one at a time, and never half.

use super::{LOOK, Scope, Token, digest, hex, parse, path_in, read_private};
use crate::problem::{Place, Problem};
use jiff::Timestamp;
use rustix::fs::{FlockOperation, flock};
use std::fs::{DirBuilder, File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::Path;
use toml_edit::{Array, ArrayOfTables, DocumentMut, Item, Table, value};

/// The token that somebody wants.
#[derive(Default)]
pub(crate) struct Order {
    pub(crate) name: Option<String>,
    pub(crate) scopes: Vec<Scope>,
    pub(crate) source: Option<String>,
    pub(crate) tenant: Option<String>,
    pub(crate) events: Vec<String>,
    pub(crate) expires: Option<Timestamp>,
}

/// Makes a token and writes down its digest. The token itself is returned, and kept nowhere.
pub(crate) fn add(data: &Path, order: Order) -> Result<(String, Token), Vec<Problem>> {
    let secret = random::<32>().map_err(|error| problem(data, &error))?;
    let id = random::<4>().map_err(|error| problem(data, &error))?;
    let text = format!("th_{secret}");
    let token = Token {
        name: order.name.unwrap_or_else(|| id.clone()),
        id,
        sha256: digest(&text),
        scopes: order.scopes,
        source: order.source,
        tenant: order.tenant,
        events: order.events,
        created: format!("{:.0}", Timestamp::now()),
        expires: order.expires,
    };
    change(data, |tokens| {
        tokens.push(table(&token));
        true
    })?;
    Ok((text, token))
}

/// Every token.
pub(crate) fn list(data: &Path) -> Result<Vec<Token>, Vec<Problem>> {
    let path = path_in(data);
    let text = read_private(&path)?.unwrap_or_default();
    parse(&path.display().to_string(), &text)
}

/// Takes a token away; whether there was one. When it returns the token lets nobody in any more. The file stays, so that the
/// last one opens nothing.
pub(crate) fn revoke(data: &Path, id: &str) -> Result<bool, Vec<Problem>> {
    let mut found = false;
    change(data, |tokens| {
        let before = tokens.len();
        tokens.retain(|token| token.get("id").and_then(Item::as_str) != Some(id));
        found = tokens.len() < before;
        found
    })?;
    std::thread::sleep(LOOK);
    Ok(found)
}

/// Has `edit` change the tokens, and writes them if it says so.
fn change(data: &Path, edit: impl FnOnce(&mut ArrayOfTables) -> bool) -> Result<(), Vec<Problem>> {
    let failed = |error: io::Error| problem(data, &error);
    DirBuilder::new().recursive(true).mode(0o700).create(data).map_err(failed)?;
    // Held until the end: two who change the file at once would lose one's change.
    let folder = File::open(data).map_err(failed)?;
    flock(&folder, FlockOperation::LockExclusive).map_err(|error| failed(error.into()))?;
    let path = path_in(data);
    let text = read_private(&path)?.unwrap_or_default();
    parse(&path.display().to_string(), &text)?;
    let document = text.parse::<DocumentMut>();
    let mut document = document
        .map_err(|error| vec![Problem::error(Place::file(path.display().to_string()), error.to_string())])?;
    let tokens = document.entry("token").or_insert_with(|| Item::ArrayOfTables(ArrayOfTables::new()));
    let Some(tokens) = tokens.as_array_of_tables_mut() else {
        let message = "\"token\" must be written as [[token]]";
        return Err(vec![Problem::error(Place::file(path.display().to_string()), message)]);
    };
    if edit(tokens) {
        write(&folder, &path, &document.to_string()).map_err(failed)?;
    }
    Ok(())
}

fn write(folder: &File, path: &Path, text: &str) -> io::Result<()> {
    let temporary = path.with_extension(format!("toml.{}", std::process::id()));
    let mut file = OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&temporary)?;
    file.write_all(text.as_bytes())?;
    file.sync_all()?;
    std::fs::rename(&temporary, path)?;
    folder.sync_all()
}

fn table(token: &Token) -> Table {
    let mut table = Table::new();
    let list = |texts: &[String]| value(texts.iter().collect::<Array>());
    table["id"] = value(&token.id);
    table["name"] = value(&token.name);
    table["sha256"] = value(hex(&token.sha256));
    table["scopes"] = list(&token.scopes.iter().map(ToString::to_string).collect::<Vec<_>>());
    if let Some(source) = &token.source {
        table["source"] = value(source);
    }
    if let Some(tenant) = &token.tenant {
        table["tenant"] = value(tenant);
    }
    if !token.events.is_empty() {
        table["events"] = list(&token.events);
    }
    table["created"] = value(&token.created);
    if let Some(expires) = token.expires {
        table["expires"] = value(expires.to_string());
    }
    table
}

/// So many random bytes, in hex.
pub(crate) fn random<const N: usize>() -> io::Result<String> {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).map_err(io::Error::other)?;
    Ok(hex(&bytes))
}

fn problem(data: &Path, error: &io::Error) -> Vec<Problem> {
    let place = Place::file(path_in(data).display().to_string());
    vec![Problem::error(place, format!("cannot be changed: {error}"))]
}
