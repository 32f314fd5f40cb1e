//! The floor that benchmarks measure the host against: the same guest, settings and limits, and nothing but
//! wasmtime around the call.

use super::compile::Compiler;
use super::sandbox::{Sandbox, Template};
#[cfg(feature = "javascript")]
use super::script::Script;
use super::verdict::bindings;
use super::{Engine, digest};
use crate::event::Event;
use crate::limits::{HostLimits, Limits};
use std::sync::Arc;
use std::time::{Duration, Instant};

/// One component, to be called in bare loops.
pub struct Floor(Template);

/// Far enough away for any loop.
const NEVER: Duration = Duration::from_secs(3600);

impl Floor {
    /// Compiles a component with the host's own settings.
    pub fn new(component: &[u8]) -> Result<Self, Box<dyn std::error::Error>> {
        let engine = Engine::start(&HostLimits::default()).map_err(|error| error.to_string())?;
        let compiler = Compiler::new(engine.clone(), None, None);
        let component = Arc::new(compiler.component(component, &digest(component))?);
        Ok(Self(Template::bare(engine, component, Limits::default())))
    }

    /// Compiles the engine of scripts, which loads this one into every sandbox.
    #[cfg(feature = "javascript")]
    pub fn javascript(source: &str, config: &str) -> Result<Self, Box<dyn std::error::Error>> {
        let engine = Engine::start(&HostLimits::default()).map_err(|error| error.to_string())?;
        let component = Compiler::new(engine.clone(), None, None).javascript()?;
        let (source, config) = (source.to_owned(), config.to_owned());
        let script = Script { name: "floor.js".into(), source, config, version: "floor".into() };
        let template = Template::bare(engine, component, Limits::default());
        Ok(Self(Template { script: Some(Arc::new(script)), ..template }))
    }

    /// The fuel of making a sandbox and of a call in it.
    pub async fn fuel(&self, event: &Event) -> (u64, u64) {
        let mut sandbox = self.make().await;
        let made = sandbox.usage(self.0.limits.fuel).fuel;
        self.call(&mut sandbox, event).await;
        (made, sandbox.usage(self.0.limits.fuel).fuel)
    }

    /// Makes, instantiates, calls and drops a sandbox, `n` times, each with an event of its own.
    pub async fn fresh(&self, event: &Event, n: u32) -> Duration {
        let began = Instant::now();
        for _ in 0..n {
            let event = event.clone();
            let mut sandbox = self.make().await;
            self.call(&mut sandbox, &event).await;
        }
        began.elapsed()
    }

    /// Calls `n` sandboxes that are ready; only the calls are timed.
    pub async fn prepared_call(&self, event: &Event, n: u32) -> Duration {
        let mut spent = Duration::ZERO;
        for _ in 0..n {
            let mut sandbox = self.make().await;
            let began = Instant::now();
            self.call(&mut sandbox, event).await;
            spent += began.elapsed();
        }
        spent
    }

    /// Calls one sandbox `n` times.
    pub async fn warm(&self, event: &Event, n: u32) -> Duration {
        let mut sandbox = self.make().await;
        let began = Instant::now();
        for _ in 0..n {
            self.call(&mut sandbox, event).await;
        }
        began.elapsed()
    }

    async fn make(&self) -> Sandbox {
        match self.0.make(Instant::now() + NEVER).await {
            Ok(sandbox) => sandbox,
            Err((error, _)) => panic!("the guest of the benchmark starts: {error}"),
        }
    }

    async fn call(&self, sandbox: &mut Sandbox, event: &Event) {
        let facets: Vec<(&str, &str)> = event.facets.iter().map(|(k, v)| (k.as_str(), v.as_str())).collect();
        let event = bindings::Event {
            id: &event.id,
            name: &event.name,
            mode: bindings::Mode::Ask,
            time: &event.time,
            source: &event.source,
            subject: event.subject.as_deref(),
            facets: &facets,
            attributes: &[],
            attempt: 1,
            data: event.data.as_str(),
        };
        let answer = self.0.call(sandbox, event, Instant::now() + NEVER).await;
        assert!(matches!(answer, Ok(Ok(bindings::Verdict::Accept))), "the guest of the benchmark accepts");
    }
}
