//! A script: a plain one, or a module without imports.

use crate::fault::Fault;
use boa_engine::builtins::promise::PromiseState;
use boa_engine::object::JsObject;
use boa_engine::{Context, JsResult, JsValue, Module, Script, Source, js_string};
use std::path::Path;

/// Looks for a global `handle`, also where it is a `const`.
const PROBE: &str = "typeof handle === 'function' ? handle : undefined";

/// What handles a script's events.
pub(crate) struct Handler(JsObject);

impl Handler {
    /// Runs a script's top level and finds its `handle`.
    pub(crate) fn load(name: &str, source: &str, context: &mut Context) -> Result<Self, Fault> {
        let path = Path::new(name);
        let text = Source::from_bytes(source).with_path(path);
        let found = match Script::parse(text, None, context) {
            Ok(script) => {
                script.evaluate(context).map_err(|error| Fault::thrown(&error))?;
                declared(context).map_err(|error| Fault::thrown(&error))?
            }
            Err(error) => {
                let text = Source::from_bytes(source).with_path(path);
                match Module::parse(text, None, context) {
                    Ok(module) => run(&module, context)?,
                    // What is no module either is said of the module where it wants to be one.
                    Err(as_module) if exports(source) => return Err(Fault::syntax(&as_module, source)),
                    Err(_) => return Err(Fault::syntax(&error, source)),
                }
            }
        };
        let handler = found.as_object().filter(JsObject::is_callable);
        handler.map(Self).ok_or_else(|| Fault::unplaced("it has no function handle(event)"))
    }

    /// Has it handle an event.
    pub(crate) fn call(&self, event: JsValue, context: &mut Context) -> JsResult<JsValue> {
        self.0.call(&JsValue::undefined(), &[event], context)
    }
}

/// The `handle` of a plain script: a global function, or else a constant, which is no property of anything.
fn declared(context: &mut Context) -> JsResult<JsValue> {
    let handle = context.global_object().get(js_string!("handle"), context)?;
    if handle.is_callable() { Ok(handle) } else { context.eval(Source::from_bytes(PROBE)) }
}

/// Runs a module; its `handle`, or else what it exports by default.
fn run(module: &Module, context: &mut Context) -> Result<JsValue, Fault> {
    let promise = module.load_link_evaluate(context);
    context.run_jobs().map_err(|error| Fault::thrown(&error))?;
    match promise.state() {
        PromiseState::Fulfilled(_) => {}
        PromiseState::Rejected(reason) => {
            return Err(Fault::thrown(&boa_engine::JsError::from_opaque(reason)));
        }
        PromiseState::Pending => {
            return Err(Fault::unplaced("its top level waits for something that never comes"));
        }
    }
    let exported = |name, context: &mut Context| module.get_value(name, context);
    let named = exported(js_string!("handle"), context).map_err(|error| Fault::thrown(&error))?;
    if !named.is_undefined() {
        return Ok(named);
    }
    exported(js_string!("default"), context).map_err(|error| Fault::thrown(&error))
}

/// Whether a text looks like a module's.
fn exports(source: &str) -> bool {
    let begins =
        |line: &str| ["export ", "export{", "import ", "import{"].iter().any(|word| line.starts_with(word));
    source.lines().any(|line| begins(line.trim_start()))
}
