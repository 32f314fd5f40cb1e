//! One reading of the hooks directory, for whichever thread does it.

use super::builder::{StartError, open};
use crate::admission::Admission;
use crate::catalogue::Catalogue;
use crate::good::Good;
use crate::limits::HostLimits;
use crate::load::{Compile, Components, Loading, Registry, load};
use crate::machine::Compiler;
use crate::program::Scripts;
use crate::rejected::Rejected;
use crate::secret::Secrets;
use std::sync::Arc;

/// What loading needs, for whichever thread does it.
pub(super) struct Stock {
    pub(super) compiler: Compiler,
    pub(super) good: Good,
    pub(super) limits: HostLimits,
    pub(super) secrets: Secrets,
    pub(super) scripts: Scripts,
    pub(super) nats: bool,
    pub(super) admission: Admission,
}

impl Stock {
    /// What hooks are loaded with, where this much is remembered and rejected.
    pub(super) fn loading<'a>(
        &'a self,
        (good, rejected): (&'a Good, &'a Rejected),
        compile: Compile,
        patient: bool,
    ) -> Loading<'a> {
        let Self { compiler, limits, secrets, scripts, .. } = self;
        let (nats, admission) = (self.nats, self.admission);
        Loading { compiler, limits, good, rejected, secrets, scripts, nats, admission, compile, patient }
    }
}

/// One reading of the hooks directory.
pub(super) struct Job {
    pub(super) hooks: Option<std::path::PathBuf>,
    pub(super) catalogue: Catalogue,
    pub(super) stands: Option<Catalogue>,
    pub(super) stock: Arc<Stock>,
    pub(super) rejected: Rejected,
    pub(super) compile: Compile,
    pub(super) patient: bool,
}

impl Job {
    pub(super) fn loading(&self) -> Loading<'_> {
        self.stock.loading((&self.stock.good, &self.rejected), self.compile, self.patient)
    }

    pub(super) fn load(&self, components: &mut Components) -> Result<Registry, StartError> {
        let catalogue = self.catalogue.clone();
        let Some(path) = &self.hooks else { return Ok(Registry::empty(catalogue)) };
        Ok(load(&open(path)?, catalogue, self.stands.as_ref(), components, &self.loading()))
    }
}
