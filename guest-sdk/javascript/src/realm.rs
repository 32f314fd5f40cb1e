//! The realm that a script runs in: the language's own globals, and ours.

use crate::bindings::exports::tenterhook::hook::handler::{Event, Verdict};
use crate::bindings::exports::tenterhook::javascript::script::Failure;
use crate::event::Shape;
use crate::fault::Fault;
use crate::jobs::Jobs;
use crate::script::Handler;
use crate::verdict::Answer;
use crate::{config, console, json, platform, state, verdict};
use boa_engine::context::ContextBuilder;
use boa_engine::module::IdleModuleLoader;
use boa_engine::object::{FunctionObjectBuilder, JsObject};
use boa_engine::property::{Attribute, PropertyDescriptor};
use boa_engine::{Context, JsString, JsValue, NativeFunction};
use std::rc::Rc;

/// Calls within calls. Each costs a frame on the heap, and one through a built-in function some of the machine's stack,
/// which ends by itself.
const CALLS_MAX: usize = 4_000;
/// Values on the interpreter's stack.
const VALUES_MAX: usize = 200_000;
/// Lines of a stack trace.
const TRACE_MAX: usize = 8;

/// A realm, and the script in it.
pub(crate) struct Realm {
    context: Context,
    jobs: Rc<Jobs>,
    shape: Shape,
    handler: Option<Handler>,
    /// Why the last call failed.
    pub(crate) why: Failure,
}

impl Realm {
    /// A realm without a script. Nothing in it is random or knows the time: it is made once for all sandboxes.
    pub(crate) fn new() -> Self {
        let jobs = Rc::new(Jobs::default());
        let builder = ContextBuilder::default().job_executor(Rc::clone(&jobs));
        let mut context = builder.module_loader(Rc::new(IdleModuleLoader)).build().expect("its parts fit");
        let limits = context.runtime_limits_mut();
        limits.set_recursion_limit(CALLS_MAX);
        limits.set_stack_size_limit(VALUES_MAX);
        limits.set_backtrace_limit(TRACE_MAX);
        let installed = install(&mut context);
        installed.expect("a new realm takes every global");
        let shape = Shape::new(&mut context);
        let mut realm = Self { context, jobs, shape, handler: None, why: Failure::Error };
        realm.warm_up();
        realm
    }

    /// Runs a script's top level and finds its handler.
    pub(crate) fn load(&mut self, name: &str, source: &str, config: &str) -> Result<(), Fault> {
        let context = &mut self.context;
        config::set(config, context).map_err(|error| Fault::thrown(&error))?;
        let loaded = Handler::load(name, source, context);
        let settled = self.jobs.settle(context);
        let loaded =
            loaded.and_then(|handler| settled.map(|()| handler).map_err(|error| Fault::thrown(&error)));
        self.handler = Some(self.note(loaded)?);
        Ok(())
    }

    /// Has the script handle an event.
    pub(crate) fn handle(&mut self, event: Event) -> Result<Verdict, Fault> {
        let verdict = self.try_handle(event);
        self.note(verdict)
    }

    fn try_handle(&mut self, event: Event) -> Result<Verdict, Fault> {
        let Some(handler) = &self.handler else {
            return Err(Fault::invalid("no script is loaded"));
        };
        let context = &mut self.context;
        let event = self.shape.event(event, context).map_err(|error| Fault::thrown(&error))?;
        let answer = handler.call(event, context).map_err(|error| Fault::thrown(&error));
        self.jobs.settle(context).map_err(|error| Fault::thrown(&error))?;
        Answer::read(&answer?, context)
    }

    fn note<T>(&mut self, result: Result<T, Fault>) -> Result<T, Fault> {
        result.inspect_err(|fault| self.why = fault.failure)
    }

    /// Goes the way of a call once, so that what is made at first use is there in every sandbox.
    fn warm_up(&mut self) {
        // An assigned global can be taken away again, a declared one cannot.
        let source = "handle = function (event) { for (const key in event.data) event.data[key]; };";
        let loaded = self.load("script", source, "{}");
        loaded.expect("it is a script");
        self.handle(Event::example()).expect("it accepts");
        self.handler = None;
        let global = self.context.global_object();
        global.delete_property_or_throw(JsString::from("handle"), &mut self.context).expect("it is there");
        boa_gc::force_collect();
    }
}

fn install(context: &mut Context) -> boa_engine::JsResult<()> {
    json::install(context)?;
    verdict::install(context)?;
    console::install(context)?;
    state::install(context)?;
    platform::install(context)
}

/// What a native function is.
pub(crate) type Native = fn(&JsValue, &[JsValue], &mut Context) -> boa_engine::JsResult<JsValue>;

/// A global function.
pub(crate) fn function(name: &'static str, length: usize, native: Native, context: &mut Context) -> JsValue {
    let native = NativeFunction::from_fn_ptr(native);
    let function = FunctionObjectBuilder::new(context.realm(), native);
    function.name(JsString::from(name)).length(length).build().into()
}

/// Sets a global that a script may replace, as it may any other.
pub(crate) fn global(
    name: &'static str,
    value: impl Into<JsValue>,
    context: &mut Context,
) -> boa_engine::JsResult<()> {
    let attributes = Attribute::WRITABLE | Attribute::CONFIGURABLE;
    context.register_global_property(JsString::from(name), value.into(), attributes)
}

/// A frozen object of functions.
pub(crate) fn functions(functions: &[(&'static str, usize, Native)], context: &mut Context) -> JsObject {
    let object = JsObject::with_object_proto(context.intrinsics());
    for (name, length, native) in functions {
        let function = function(name, *length, *native, context);
        let property = PropertyDescriptor::builder().value(function).enumerable(true);
        object.insert_property(JsString::from(*name), property.writable(false).configurable(false));
    }
    object
}
