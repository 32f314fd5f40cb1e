//! The last good version of a hook whose files have gone bad over a restart.

use super::{Artifact, Loading, Program, Target};
use crate::admission::Admission;
use crate::catalogue::Catalogue;
use crate::good::Identity;
use crate::machine::digest;
use crate::manifest::{self, Class, Manifest, Status, Subject};
use crate::problem::Problem;
use std::sync::Arc;

/// A version that is ready to run.
pub(crate) struct Standby {
    pub(crate) manifest: Manifest,
    pub(crate) artifact: Artifact,
    pub(crate) identity: Identity,
}

/// Loads what is remembered of a hook, if it still is what it was and fits this host and its catalogue.
pub(crate) fn standby(id: &str, catalogue: &Catalogue, loading: &Loading<'_>) -> Option<Standby> {
    let last = loading.good.recall(id)?;
    let component = last.component.as_ref()?;
    let bytes = loading.good.component(id, component)?;
    if bytes.len() > loading.limits.component_bytes || digest(&bytes) != *component {
        return None;
    }
    let mut problems = Vec::new();
    let table = manifest::kept(last.manifest());
    let mut manifest = manifest::check(id, "", &table, true, (catalogue, loading.limits), &mut problems);
    let secrets = loading.secrets.fill(&mut manifest, &mut problems);
    let manifest_digest = digest(last.manifest().as_bytes());
    let identity = Identity { component: component.clone(), manifest: manifest_digest, secrets };
    if loading.rejected.refusal(id, &identity).is_some() {
        return None;
    }
    let is_listed = matches!(manifest.class, Class::Component | Class::Script);
    if is_listed && loading.admission == Admission::Listed && manifest.sha256.as_ref() != Some(component) {
        return None;
    }
    if manifest.status != Status::Enabled || problems.iter().any(Problem::is_error) {
        return None;
    }
    let artifact = match manifest.class {
        Class::Component => {
            let component = loading.compiler.component(&bytes, component).ok()?;
            Artifact::Component(Arc::new(component))
        }
        Class::Notification if manifest.subject().is_some() => {
            Artifact::Nats(Subject::of(&manifest, loading.nats).ok()?, identity.manifest[..12].into())
        }
        Class::Http | Class::Notification => {
            Artifact::Http(Box::new(Target::of(&manifest, &identity, "", &mut problems)?))
        }
        // Its bytes are known, but it runs where it lies.
        Class::Script => {
            let (place, bytes) = loading.scripts.find(&manifest.script().path, bytes.len()).ok()?;
            let digest = digest(&bytes);
            (digest == *component).then_some(Artifact::Script(Program { place, digest }))?
        }
        Class::Javascript => return None,
    };
    Some(Standby { manifest, artifact, identity })
}
