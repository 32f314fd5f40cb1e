//! A component whose memory is kept as it is once it has made itself ready, so that every sandbox begins there.

use super::Engine;
use super::annex::Annex;
use super::compile;
use super::engine::Tier;
use super::lines::Lines;
use super::load_error::LoadError;
use super::sandbox::{State, Template};
use super::script::block_on;
use crate::limits::{HostLimits, Limits};
use std::sync::Arc;
use std::time::{Duration, Instant};
use wasmtime::component::{Instance, Lift, WasmList};
use wasmtime::{Store, UpdateDeadline};
use wasmtime_wizer::{ComponentInstanceState, Wizer};

/// What the component exports to make itself ready.
const INITIALIZE: &str = "initialize";
/// How long that may take.
const TIME: Duration = Duration::from_secs(60);

/// Compiles one of our own components as it is once it is ready. It is not looked at as a stranger's is.
pub(super) fn precompile(bytes: &[u8]) -> Result<Vec<u8>, LoadError> {
    let ready = block_on(ready(bytes)).map_err(host)??;
    let engine = Engine::compiling(Tier::Optimised).map_err(host)?;
    compiled(&engine, Tier::Optimised, &ready)
}

fn compiled(engine: &Engine, tier: Tier, bytes: &[u8]) -> Result<Vec<u8>, LoadError> {
    let mut artifact = engine.wasmtime().precompile_component(bytes).map_err(host)?;
    Annex { tier, lines: Lines::default() }.append(&mut artifact);
    Ok(artifact)
}

/// The component with the memory that it has when it is ready.
async fn ready(bytes: &[u8]) -> Result<Vec<u8>, LoadError> {
    let mut wizer = Wizer::new();
    // It does no harm where it stays, and everything else keeps its number.
    wizer.init_func(INITIALIZE).keep_init_func(true);
    let (context, instrumented) = wizer.instrument_component(bytes).map_err(host)?;
    let engine = Engine::compiling(Tier::SinglePass).map_err(host)?;
    let artifact = compiled(&engine, Tier::SinglePass, &instrumented)?;
    let component = Arc::new(compile::link(&engine, &artifact, "engine")?);
    let template = Template::bare(
        engine,
        Arc::clone(&component),
        Limits {
            fuel: u64::MAX,
            memory_bytes: HostLimits::default().memory_ceiling_bytes,
            ..Limits::default()
        },
    );
    let mut store = template.store(Instant::now() + TIME);
    store.set_hostcall_fuel(usize::MAX);
    store.epoch_deadline_callback(|_| Ok(UpdateDeadline::Continue(1)));
    store.set_epoch_deadline(1);
    let instance = component.instance(&mut store).await.map_err(host)?;
    let initialize = instance.get_typed_func::<(), ()>(&mut store, INITIALIZE).map_err(host)?;
    initialize.call_async(&mut store, ()).await.map_err(host)?;
    let mut access = Access { store: &mut store, instance };
    wizer.snapshot_component(&context, &mut access).await.map_err(host)
}

fn host(error: impl std::fmt::Display) -> LoadError {
    LoadError::Host(format!("the JavaScript engine: {error:#}"))
}

/// Reads what a component's memory and globals are, through exports that it was given for this.
struct Access<'a> {
    store: &'a mut Store<State>,
    instance: Instance,
}

impl Access<'_> {
    async fn read<R, T>(&mut self, instance: &str, name: &str, take: impl FnOnce(&Store<State>, R) -> T) -> T
    where
        R: Lift + 'static,
    {
        let exported = "it was given this export, and nothing in it can fail";
        let within = self.instance.get_export_index(&mut *self.store, None, instance).expect(exported);
        let index = self.instance.get_export_index(&mut *self.store, Some(&within), name).expect(exported);
        let read = self.instance.get_typed_func::<(), (R,)>(&mut *self.store, index).expect(exported);
        let (value,) = read.call_async(&mut *self.store, ()).await.expect(exported);
        take(self.store, value)
    }
}

impl ComponentInstanceState for Access<'_> {
    async fn call_func_ret_list_u8(&mut self, instance: &str, name: &str, take: impl FnOnce(&[u8]) + Send) {
        self.read(instance, name, |store, list: WasmList<u8>| take(list.as_le_slice(store))).await;
    }

    async fn call_func_ret_s32(&mut self, instance: &str, name: &str) -> i32 {
        self.read(instance, name, |_, value| value).await
    }

    async fn call_func_ret_s64(&mut self, instance: &str, name: &str) -> i64 {
        self.read(instance, name, |_, value| value).await
    }

    async fn call_func_ret_f32(&mut self, instance: &str, name: &str) -> u32 {
        self.read(instance, name, |_, value: f32| value.to_bits()).await
    }

    async fn call_func_ret_f64(&mut self, instance: &str, name: &str) -> u64 {
        self.read(instance, name, |_, value: f64| value.to_bits()).await
    }
}
