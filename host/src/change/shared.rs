//! A component that several hooks share: replaced for all of them at once, or for none.

use super::files::vouched;
use super::{Change, ChangeError, Files, Order};
use crate::directory::Directory;
use crate::problem::Place;
use crate::roster::Roster;

/// The files of another hook that the change is one of.
pub(super) struct Other {
    pub(super) id: String,
    /// Whether there is such a hook; else it is only where the component lies.
    pub(super) is_hook: bool,
    pub(super) before: Files,
    pub(super) after: Files,
}

impl Order {
    /// The file of the component that is changed, and the other hooks that have it.
    pub(super) fn sharing<'a>(&self, roster: &'a Roster) -> (String, Vec<&'a str>) {
        let manifests = || roster.hooks().map(|hook| hook.manifest());
        let own = manifests().find(|manifest| *manifest.id == *self.id);
        let file = match (own, &self.change) {
            (Some(own), Change::Component(_)) => own.component.clone(),
            _ => format!("{}.wasm", self.id),
        };
        let sharing = manifests().filter(|manifest| manifest.component == file && *manifest.id != *self.id);
        let sharing = sharing.map(|manifest| &*manifest.id).collect();
        (file, sharing)
    }

    /// What a new component comes to for everybody else who has it: every TOML lists its digest.
    pub(super) fn others(
        &self,
        directory: &Directory,
        roster: &Roster,
        wasm_bytes_max: usize,
    ) -> Result<Vec<Other>, ChangeError> {
        let Change::Component(bytes) = &self.change else { return Ok(Vec::new()) };
        let (file, sharing) = self.sharing(roster);
        let home = file.strip_suffix(".wasm").unwrap_or(&file);
        let lies_elsewhere = home != self.id && !sharing.contains(&home);
        let ids = sharing.iter().copied().chain(lies_elsewhere.then_some(home));
        let other = |id: &str| {
            let before = Files::read(directory, id, wasm_bytes_max)?;
            let mut after = before.clone();
            let is_hook = sharing.contains(&id);
            if is_hook {
                let place = Place::file(directory.display(&format!("{id}.toml")));
                after.toml = Some(vouched(before.toml.as_deref().unwrap_or_default(), bytes, &place)?);
            }
            if id == home {
                after.wasm = Some(bytes.clone());
            }
            Ok(Other { id: id.to_owned(), is_hook, before, after })
        };
        ids.map(other).collect()
    }
}
