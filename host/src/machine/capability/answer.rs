//! The host's side of the contract: what a guest's calls answer.

use super::bindings::tenterhook::hook::types;
use super::bindings::wasi::config::store as config;
use super::bindings::wasi::logging::logging;
use crate::log::Level;
use crate::machine::sandbox::State;

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
