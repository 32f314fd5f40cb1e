//! The files of one hook: as they are, as a change makes them, and their tag.

use super::problem::Refusal;
use super::toml::{self, How};
use crate::data::{Data, Members};
use crate::directory::Directory;
use crate::machine::digest;
use crate::problem::{Place, Problem};
use axum::body::Bytes;
use axum::http::StatusCode;
use std::io;
use toml_edit::DocumentMut;

/// A hook's files.
#[derive(Default, Clone, PartialEq, Eq)]
pub(super) struct Files {
    /// `<id>.toml`
    pub(super) toml: Option<String>,
    /// `<id>.wasm`
    pub(super) wasm: Option<Bytes>,
}

/// What is done to a hook.
pub(super) enum Change {
    /// It is made, with this manifest.
    Create(Data),
    /// It gets this manifest.
    Replace(Data),
    /// Its manifest is patched.
    Patch(Data),
    /// It gets this component.
    Component(Bytes),
    /// It is taken away.
    Remove,
}

impl Files {
    /// Reads the files of a hook. What cannot be read must not be overwritten either.
    pub(super) fn read(directory: &Directory, id: &str, wasm_bytes_max: usize) -> Result<Self, Refusal> {
        let names = directory.names("").map_err(refused)?;
        let unreadable = |name: &str, reason: String| {
            let problem = Problem::error(Place::file(directory.display(name)), reason);
            Refusal::because(StatusCode::CONFLICT, vec![problem])
        };
        let mut files = Self::default();
        for name in names {
            if name == format!("{id}.toml") {
                files.toml = Some(directory.read_toml(&name).map_err(|reason| unreadable(&name, reason))?);
            } else if name == format!("{id}.wasm") {
                let bytes =
                    directory.read(&name, wasm_bytes_max).map_err(|reason| unreadable(&name, reason))?;
                files.wasm = Some(bytes.into());
            }
        }
        Ok(files)
    }

    pub(super) fn exist(&self) -> bool {
        self.toml.is_some() || self.wasm.is_some()
    }

    /// Says which files these are: it changes when one of them does.
    pub(super) fn tag(&self) -> String {
        let toml = self.toml.as_deref().map(|toml| digest(toml.as_bytes())).unwrap_or_default();
        let wasm = self.wasm.as_deref().map(digest).unwrap_or_default();
        format!("\"{}\"", &digest(format!("{toml}/{wasm}").as_bytes())[..32])
    }

    /// The files after a change; `place` names the TOML in problems.
    pub(super) fn after(&self, change: &Change, place: &Place) -> Result<Self, Refusal> {
        let files = self.clone();
        match change {
            Change::Remove => Ok(Self::default()),
            Change::Create(manifest) => {
                Ok(Self { toml: Some(edited("", manifest, How::Replace, place)?), ..files })
            }
            Change::Replace(manifest) => {
                // A TOML that cannot be read as such is replaced as a whole.
                let old = self.toml.as_deref().filter(|toml| toml.parse::<DocumentMut>().is_ok());
                Ok(Self {
                    toml: Some(edited(old.unwrap_or_default(), manifest, How::Replace, place)?),
                    ..files
                })
            }
            Change::Patch(patch) => {
                let old = self.toml.as_deref().unwrap_or_default();
                Ok(Self { toml: Some(edited(old, patch, How::Merge, place)?), ..files })
            }
            Change::Component(bytes) => {
                // With its digest beside it, the pair goes live together or not at all.
                let sha256 = Data::from_value(&serde_json::json!({ "sha256": digest(bytes) }));
                let sha256 =
                    sha256.map_err(|error| Refusal::new(StatusCode::BAD_REQUEST, error.to_string()))?;
                let toml = edited(self.toml.as_deref().unwrap_or_default(), &sha256, How::Merge, place)?;
                Ok(Self { toml: Some(toml), wasm: Some(bytes.clone()) })
            }
        }
    }

    /// The directory as it would be with these files.
    pub(super) fn supposed(&self, mut directory: Directory, id: &str) -> Directory {
        if let Some(toml) = &self.toml {
            directory = directory.supposing(format!("{id}.toml"), toml.clone().into_bytes());
        }
        if let Some(wasm) = &self.wasm {
            directory = directory.supposing(format!("{id}.wasm"), wasm.to_vec());
        }
        directory
    }

    /// Writes what differs from `before`.
    pub(super) fn write(&self, before: &Self, directory: &Directory, id: &str) -> Result<(), Refusal> {
        let file = |name: String, old: Option<&[u8]>, new: Option<&[u8]>| match new {
            _ if old == new => Ok(()),
            Some(bytes) => directory.write(&name, bytes),
            None => directory.remove(&name),
        };
        let wasm = file(format!("{id}.wasm"), before.wasm.as_deref(), self.wasm.as_deref());
        let toml = |files: &Self| files.toml.clone().map(String::into_bytes);
        let toml = || file(format!("{id}.toml"), toml(before).as_deref(), toml(self).as_deref());
        wasm.and_then(|()| toml()).map_err(refused)
    }
}

fn edited(toml: &str, json: &Data, how: How, place: &Place) -> Result<String, Refusal> {
    let mut document: DocumentMut = toml.parse().map_err(|error: toml_edit::TomlError| {
        let problem = Problem::error(place.clone(), format!("not TOML: {}", error.message()));
        Refusal::because(StatusCode::CONFLICT, vec![problem.hint("replace the whole manifest")])
    })?;
    let Some(members) = Members::of(json.as_str()) else {
        return Err(Refusal::new(StatusCode::BAD_REQUEST, "a manifest is a JSON object"));
    };
    let mut problems = Vec::new();
    toml::write(document.as_table_mut(), members, how, &mut problems);
    if problems.is_empty() {
        return Ok(document.to_string());
    }
    let problems = problems.into_iter().map(|message| Problem::error(Place::file("body"), message));
    Err(Refusal::because(StatusCode::BAD_REQUEST, problems.collect()))
}

/// Why the hooks directory cannot be changed, or read.
pub(super) fn refused(error: io::Error) -> Refusal {
    match error.kind() {
        io::ErrorKind::ReadOnlyFilesystem | io::ErrorKind::PermissionDenied => {
            Refusal::new(StatusCode::CONFLICT, format!("the hooks directory cannot be changed: {error}"))
        }
        _ => Refusal::new(StatusCode::INTERNAL_SERVER_ERROR, format!("the hooks directory: {error}")),
    }
}
