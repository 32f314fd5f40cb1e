//! What calls each hook, by its class, made of what was loaded and what this host has.

use super::maker::Maker;
use crate::egress::Guard;
use crate::event::Mode;
use crate::load::{Artifact, Program, Target};
use crate::machine::{self, Component, Pool, Reach, Template, Web};
use crate::manifest::{Format, Grants, Manifest, Subject};
use crate::process::Rules;
use crate::runner::{Http, Notification, Runner, Script};
use std::sync::{Arc, Mutex};

impl Maker {
    /// What calls a hook.
    pub(super) fn runner(&self, manifest: &Manifest, artifact: Artifact) -> Runner {
        match artifact {
            Artifact::Component(component) => Runner::Sandbox(self.pool(manifest, component, None)),
            Artifact::Javascript(engine, script) => {
                Runner::Sandbox(self.pool(manifest, engine, Some(script)))
            }
            Artifact::Http(target) => Runner::Http(Box::new(self.http(manifest, *target))),
            Artifact::Nats(subject, version) => {
                Runner::Nats(Box::new(self.notification(manifest, subject, version)))
            }
            Artifact::Script(program) => Runner::Script(Arc::new(self.script(manifest, program))),
        }
    }

    fn script(&self, manifest: &Manifest, program: Program) -> Script {
        let scripts = &self.builder.scripts;
        let (user, described) = (scripts.user(), manifest.script());
        let granted = |name: &String| Some((name.clone(), std::env::var(name).ok()?));
        let rules = Rules {
            program: described.path,
            arguments: described.arguments,
            environment: manifest.grants.environment.iter().filter_map(granted).collect(),
            user: user.as_ref().ok().copied().flatten(),
            memory_bytes: manifest.limits.memory_bytes as u64,
            // A process with many threads may use it up before its deadline.
            cpu_seconds: manifest.deadline(Mode::Tell).max(manifest.deadline(Mode::Ask)).as_secs() + 2,
        };
        let warden =
            user.and_then(|_| scripts.warden.clone().ok_or_else(|| "nothing starts programs".into()));
        Script {
            hook: Arc::clone(&manifest.id),
            version: program.digest[..12].into(),
            place: Mutex::new(program.place),
            rules,
            warden,
            jerasoft: described.jerasoft,
            limits: manifest.limits.clone(),
            log: Arc::clone(&self.log),
            mask: manifest.mask(),
            kept_max: self.builder.limits.prepared_per_hook.max(1),
            waiting: Mutex::default(),
        }
    }

    fn http(&self, manifest: &Manifest, target: Target) -> Http {
        let client = self.egress.client(target.guard.clone());
        let sign = (!manifest.grants.platform.is_empty()).then(|| self.keys.signer());
        Http::new(manifest, target, client, sign)
    }

    fn notification(&self, manifest: &Manifest, subject: Subject, version: Arc<str>) -> Notification {
        Notification {
            hook: Arc::clone(&manifest.id),
            version,
            subject,
            format: Format::of(manifest),
            nats: Arc::clone(&self.nats),
            mask: manifest.mask(),
        }
    }

    /// What of the web a hook may request, over connections of its own.
    fn web(&self, manifest: &Manifest) -> Option<Arc<Web>> {
        let Grants { http, networks, .. } = &manifest.grants;
        let client = || self.egress.client(Guard::Granting(networks.clone()));
        (!http.is_empty()).then(|| Arc::new(Web { granted: http.clone(), client: client() }))
    }

    fn pool(
        &self,
        manifest: &Manifest,
        component: Arc<Component>,
        script: Option<Arc<machine::Script>>,
    ) -> Arc<Pool> {
        let stats = self.ledger.of(&manifest.id);
        let reach = || Reach {
            hook: Arc::clone(&manifest.id),
            grants: manifest.grants.clone(),
            output_bytes: manifest.limits.output_bytes,
            platform: self.builder.platform.clone(),
            sign: self.keys.signer(),
            count: Box::new(move |ending| stats.platform_call(ending)),
        };
        let template = Template {
            engine: self.engine.clone(),
            component,
            script,
            hook: Arc::clone(&manifest.id),
            properties: Arc::new(manifest.revealed()),
            limits: manifest.limits.clone(),
            log: Arc::clone(&self.log),
            log_dry_runs: self.builder.log_dry_runs,
            mask: manifest.mask(),
            memory: self.builder.memory.clone().filter(|_| manifest.grants.keyvalue),
            web: self.web(manifest),
            platform: manifest.grants.reaches_platform().then(|| Arc::new(reach())),
        };
        Pool::new(template, manifest.isolation, self.builder.limits.clone(), self.keeper.clone())
    }
}
