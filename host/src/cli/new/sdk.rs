//! The SDK as it is unpacked into a project, until it is published: a small workspace of its own.

use super::files::Files;
use anyhow::Context;
use include_dir::{Dir, include_dir};
use std::path::Path;
use toml_edit::{Array, DocumentMut};

static SDK: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/sdk");
static WIT: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/wit");
static CATALOGUE: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/catalogue");

/// The crates of the SDK.
const MEMBERS: [&str; 2] = ["guest-sdk", "guest-sdk/macros"];

/// Everything that the SDK consists of.
pub(super) fn unpack(files: &mut Files, folder: &Path) -> anyhow::Result<()> {
    let [sdk, macros] = MEMBERS.map(|member| folder.join(member));
    files.add(folder.join("Cargo.toml"), workspace()?);
    for (from, to) in [("guest-sdk", &sdk), ("macros", &macros)] {
        files.add(to.join("Cargo.toml"), text(&format!("{from}/manifest.toml"))?);
        let sources = SDK.get_dir(format!("{from}/src")).context("the SDK lacks its sources")?;
        files.add_all(sources, &format!("{from}/"), to);
    }
    contract(files, &sdk.join("wit"));
    files.add_all(&CATALOGUE, "", &macros.join("catalogue"));
    Ok(())
}

/// The contract between host and hook.
pub(super) fn contract(files: &mut Files, folder: &Path) {
    files.add_all(&WIT, "", folder);
}

/// The manifest of our own workspace, with nothing but the SDK in it.
fn workspace() -> anyhow::Result<String> {
    let mut manifest: DocumentMut = text("workspace.toml")?.parse()?;
    manifest.remove("profile");
    let workspace = manifest.get_mut("workspace").and_then(|item| item.as_table_mut());
    let workspace = workspace.context("there is no workspace")?;
    workspace.insert("members", toml_edit::value(Array::from_iter(MEMBERS)));
    workspace.remove("exclude");
    if let Some(dependencies) = workspace.get_mut("dependencies").and_then(|item| item.as_table_mut()) {
        dependencies.remove("tenterhook");
    }
    Ok(manifest.to_string())
}

fn text(path: &str) -> anyhow::Result<String> {
    let file = SDK.get_file(path).and_then(|file| file.contents_utf8());
    Ok(file.with_context(|| format!("the SDK lacks {path}"))?.to_owned())
}
