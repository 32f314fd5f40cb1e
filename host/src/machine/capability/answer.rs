//! The host's side of the contract: what a guest's calls answer.

use super::bindings::tenterhook::hook::types;
use super::bindings::wasi::config::store as config;
use super::bindings::wasi::keyvalue::{atomics, batch, store};
use super::bindings::wasi::logging::logging;
use crate::log::Level;
use crate::machine::sandbox::State;
use wasmtime::component::Resource;
use wasmtime_wasi_http::{Error, RequestOptions, WasiHttpCtxView, WasiHttpHooks, WasiHttpView};

impl types::Host for State {}

impl config::Host for State {
    fn get(&mut self, key: String) -> wasmtime::Result<Result<Option<String>, config::Error>> {
        Ok(Ok(self.properties.get(&key).cloned()))
    }

    fn get_all(&mut self) -> wasmtime::Result<Result<Vec<(String, String)>, config::Error>> {
        let properties = self.properties.iter();
        Ok(Ok(properties.map(|(key, value)| (key.clone(), value.clone())).collect()))
    }
}

impl logging::Host for State {
    fn log(&mut self, level: logging::Level, context: String, message: String) -> wasmtime::Result<()> {
        let level = match level {
            logging::Level::Trace => Level::Trace,
            logging::Level::Debug => Level::Debug,
            logging::Level::Info => Level::Info,
            logging::Level::Warn => Level::Warn,
            logging::Level::Error => Level::Error,
            logging::Level::Critical => Level::Critical,
        };
        self.log.lock().line(level, &context, &message);
        Ok(())
    }
}

/// A bucket of state: there is none, because none can be opened.
#[allow(unreachable_pub, reason = "the generated bindings re-export it")]
pub enum NoBucket {}

type Denial<T> = wasmtime::Result<Result<T, store::Error>>;

fn denied<T>() -> Denial<T> {
    Ok(Err(store::Error::AccessDenied))
}

impl store::Host for State {
    fn open(&mut self, _: String) -> Denial<Resource<NoBucket>> {
        denied()
    }
}

impl store::HostBucket for State {
    fn get(&mut self, _: Resource<NoBucket>, _: String) -> Denial<Option<Vec<u8>>> {
        denied()
    }

    fn set(&mut self, _: Resource<NoBucket>, _: String, _: Vec<u8>) -> Denial<()> {
        denied()
    }

    fn delete(&mut self, _: Resource<NoBucket>, _: String) -> Denial<()> {
        denied()
    }

    fn exists(&mut self, _: Resource<NoBucket>, _: String) -> Denial<bool> {
        denied()
    }

    fn list_keys(&mut self, _: Resource<NoBucket>, _: Option<u64>) -> Denial<store::KeyResponse> {
        denied()
    }

    fn drop(&mut self, _: Resource<NoBucket>) -> wasmtime::Result<()> {
        Ok(())
    }
}

impl atomics::Host for State {
    fn increment(&mut self, _: Resource<NoBucket>, _: String, _: u64) -> Denial<u64> {
        denied()
    }
}

impl batch::Host for State {
    fn get_many(&mut self, _: Resource<NoBucket>, _: Vec<String>) -> Denial<Vec<Option<(String, Vec<u8>)>>> {
        denied()
    }

    fn set_many(&mut self, _: Resource<NoBucket>, _: Vec<(String, Vec<u8>)>) -> Denial<()> {
        denied()
    }

    fn delete_many(&mut self, _: Resource<NoBucket>, _: Vec<String>) -> Denial<()> {
        denied()
    }
}

/// Answers every request of a guest that was granted none.
pub(in crate::machine) struct Denied;

type Exchange =
    (http::Response<wasmtime_wasi_http::WasiBody>, Box<dyn Future<Output = Result<(), Error>> + Send>);

impl WasiHttpHooks for Denied {
    fn send_request(
        &mut self,
        _: http::Request<wasmtime_wasi_http::WasiBody>,
        _: Option<RequestOptions>,
        _: Box<dyn Future<Output = Result<(), Error>> + Send>,
    ) -> Box<dyn Future<Output = Result<Exchange, Error>> + Send> {
        Box::new(async { Err(Error::HttpRequestDenied) })
    }
}

impl WasiHttpView for State {
    fn http(&mut self) -> WasiHttpCtxView<'_> {
        WasiHttpCtxView { hooks: &mut self.denied, table: &mut self.table, ctx: &mut self.http }
    }
}
