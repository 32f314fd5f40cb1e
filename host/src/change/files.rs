//! The files of one hook: as they are, as a change makes them, and their tag.

use super::toml::{self, How};
use super::{ChangeError, error_of};
use crate::data::{Data, Members};
use crate::directory::Directory;
use crate::machine::digest;
use crate::problem::{Place, Problem};
use bytes::Bytes;
use std::io;
use toml_edit::DocumentMut;

/// A hook's files.
#[derive(Default, Clone, PartialEq, Eq)]
pub(crate) struct Files {
    /// `<id>.toml`
    pub(crate) toml: Option<String>,
    /// `<id>.wasm`
    pub(crate) wasm: Option<Bytes>,
}

/// What is done to a hook.
pub(crate) enum Change {
    /// It is made, with this manifest.
    Create(Data),
    /// It gets this manifest.
    Replace(Data),
    /// Its manifest is patched.
    Patch(Data),
    /// It gets this component.
    Component(Bytes),
    /// It gets this component and this TOML.
    Pair(Bytes, String),
    /// It is taken away.
    Remove,
}

impl Files {
    /// Reads the files of a hook. What cannot be read must not be overwritten either.
    pub(crate) fn read(directory: &Directory, id: &str, wasm_bytes_max: usize) -> Result<Self, ChangeError> {
        let names = directory.names("")?;
        let unreadable = |name: &str, reason: String| {
            ChangeError::Conflict(Problem::error(Place::file(directory.display(name)), reason))
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

    pub(crate) fn exist(&self) -> bool {
        self.toml.is_some() || self.wasm.is_some()
    }

    /// Says which files these are: it changes when one of them does.
    pub(crate) fn tag(&self) -> String {
        let toml = self.toml.as_deref().map(|toml| digest(toml.as_bytes())).unwrap_or_default();
        let wasm = self.wasm.as_deref().map(digest).unwrap_or_default();
        format!("\"{}\"", &digest(format!("{toml}/{wasm}").as_bytes())[..32])
    }

    /// The files after a change; `place` names the TOML in problems.
    pub(crate) fn after(&self, change: &Change, place: &Place) -> Result<Self, ChangeError> {
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
                let toml = vouched(self.toml.as_deref().unwrap_or_default(), bytes, place)?;
                Ok(Self { toml: Some(toml), wasm: Some(bytes.clone()) })
            }
            Change::Pair(bytes, toml) => {
                // A digest that the operator wrote is the operator's, and has to be right.
                let toml = match toml.parse::<DocumentMut>() {
                    Ok(document) if !document.contains_key("sha256") => vouched(toml, bytes, place)?,
                    // What is wrong with it is said with everything else.
                    _ => toml.clone(),
                };
                Ok(Self { toml: Some(toml), wasm: Some(bytes.clone()) })
            }
        }
    }

    /// The directory as it would be with these files.
    pub(crate) fn supposed(&self, mut directory: Directory, id: &str) -> Directory {
        if let Some(toml) = &self.toml {
            directory = directory.supposing(format!("{id}.toml"), toml.clone().into_bytes());
        }
        if let Some(wasm) = &self.wasm {
            directory = directory.supposing(format!("{id}.wasm"), wasm.to_vec());
        }
        directory
    }

    /// Writes what differs from `before`; the names of these files.
    pub(crate) fn write(&self, before: &Self, directory: &Directory, id: &str) -> io::Result<Vec<String>> {
        let mut written = Vec::new();
        let mut file = |name: String, old: Option<&[u8]>, new: Option<&[u8]>| {
            match new {
                _ if old == new => return Ok(()),
                Some(bytes) => directory.write(&name, bytes)?,
                None => directory.remove(&name)?,
            }
            written.push(name);
            io::Result::Ok(())
        };
        let toml = |files: &Self| files.toml.clone().map(String::into_bytes);
        let (old_toml, new_toml) = (toml(before), toml(self));
        let toml = (format!("{id}.toml"), old_toml.as_deref(), new_toml.as_deref());
        let wasm = (format!("{id}.wasm"), before.wasm.as_deref(), self.wasm.as_deref());
        // A component is never there without what its operator says of it.
        let order = if self.exist() { [toml, wasm] } else { [wasm, toml] };
        for (name, old, new) in order {
            file(name, old, new)?;
        }
        Ok(written)
    }
}

/// A TOML with the digest of its component: the pair goes live together or not at all.
pub(super) fn vouched(toml: &str, component: &[u8], place: &Place) -> Result<String, ChangeError> {
    let sha256 = Data::from_value(&serde_json::json!({ "sha256": digest(component) }));
    let sha256 = sha256.map_err(|error| ChangeError::Bad(vec![error_of(error.to_string())]))?;
    edited(toml, &sha256, How::Merge, place)
}

fn edited(toml: &str, json: &Data, how: How, place: &Place) -> Result<String, ChangeError> {
    let mut document: DocumentMut = toml.parse().map_err(|error: toml_edit::TomlError| {
        let problem = Problem::error(place.clone(), format!("not TOML: {}", error.message()));
        ChangeError::Conflict(problem.hint("replace the whole manifest"))
    })?;
    let Some(members) = Members::of(json.as_str()) else {
        return Err(ChangeError::Bad(vec![error_of("a manifest is a JSON object")]));
    };
    let mut problems = Vec::new();
    toml::write(document.as_table_mut(), members, how, &mut problems);
    if problems.is_empty() {
        return Ok(document.to_string());
    }
    let problems = problems.into_iter().map(|message| Problem::error(Place::file("body"), message));
    Err(ChangeError::Bad(problems.collect()))
}
