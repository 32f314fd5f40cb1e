//! What a script answers with: nothing, or what one of these functions made.

use crate::bindings::exports::tenterhook::hook::handler::Verdict;
use crate::bindings::tenterhook::hook::types::Veto;
use crate::fault::Fault;
use crate::json;
use crate::realm::{function, global};
use boa_engine::builtins::promise::PromiseState;
use boa_engine::object::JsObject;
use boa_engine::object::builtins::JsPromise;
use boa_engine::{Context, JsArgs, JsData, JsError, JsNativeError, JsResult, JsString, JsValue, js_string};
use boa_gc::{Finalize, Trace};

/// What a script answers. Made here and read here, whatever a script does to the object that carries it.
#[derive(Debug, Trace, Finalize, JsData)]
pub(crate) enum Answer {
    Accept,
    Amend(String),
    Replace(String),
    Veto { code: String, reason: String },
}

/// The functions that make a verdict.
pub(crate) fn install(context: &mut Context) -> JsResult<()> {
    let accept = function("accept", 0, accept, context);
    global("accept", accept, context)?;
    let veto = function("veto", 2, veto, context);
    global("veto", veto, context)?;
    let amend = function("amend", 1, amend, context);
    global("amend", amend, context)?;
    let replace = function("replace", 1, replace, context);
    global("replace", replace, context)
}

fn accept(_: &JsValue, _: &[JsValue], context: &mut Context) -> JsResult<JsValue> {
    Ok(Answer::Accept.carried(context))
}

fn veto(_: &JsValue, args: &[JsValue], context: &mut Context) -> JsResult<JsValue> {
    let text = |index, what: &str| {
        let text = args.get_or_undefined(index).as_string();
        text.map(|text| text.to_std_string_lossy())
            .ok_or_else(|| wrong(format!("veto(code, reason): its {what} is no text")))
    };
    let (code, reason) = (text(0, "code")?, text(1, "reason")?);
    Ok(Answer::Veto { code, reason }.carried(context))
}

fn amend(_: &JsValue, args: &[JsValue], context: &mut Context) -> JsResult<JsValue> {
    let patch = args.get_or_undefined(0);
    let is_object = patch.as_object().is_some_and(|patch| !patch.is_array() && !patch.is_callable());
    let text = if is_object { json::stringify(patch, context)? } else { None };
    let text = text.ok_or_else(|| wrong("amend(patch): its patch is no object".into()))?;
    Ok(Answer::Amend(text).carried(context))
}

fn replace(_: &JsValue, args: &[JsValue], context: &mut Context) -> JsResult<JsValue> {
    let text = json::stringify(args.get_or_undefined(0), context)?;
    let text = text.ok_or_else(|| wrong("replace(data): its data is nothing that JSON has".into()))?;
    Ok(Answer::Replace(text).carried(context))
}

fn wrong(message: String) -> JsError {
    JsNativeError::typ().with_message(message).into()
}

impl Answer {
    /// In an object that is empty and stays so.
    fn carried(self, context: &mut Context) -> JsValue {
        let name = match &self {
            Self::Accept => "accept",
            Self::Amend(_) => "amend",
            Self::Replace(_) => "replace",
            Self::Veto { .. } => "veto",
        };
        let object = JsObject::new_unique(None, self).upcast();
        object.insert_property(js_string!("verdict"), json::property(JsString::from(name).into()));
        // Nothing that is frozen can fail to be.
        let _ = object.set_integrity_level(boa_engine::object::IntegrityLevel::Frozen, context);
        object.into()
    }

    /// What a script returned, or promised and kept.
    pub(crate) fn read(value: &JsValue, context: &mut Context) -> Result<Verdict, Fault> {
        if value.is_null_or_undefined() {
            return Ok(Verdict::Accept);
        }
        let Some(object) = value.as_object() else {
            return Err(no_verdict(value.type_of()));
        };
        if let Some(answer) = object.downcast_ref::<Self>() {
            return Ok(Verdict::from(&*answer));
        }
        match JsPromise::from_object(object.clone()).map(|promise| promise.state()) {
            Ok(PromiseState::Fulfilled(value)) => Self::read(&value, context),
            Ok(PromiseState::Rejected(reason)) => Err(Fault::thrown(&JsError::from_opaque(reason))),
            Ok(PromiseState::Pending) => Err(Fault::invalid("it promised an answer that never comes")),
            Err(_) if object.is_array() => Err(no_verdict("array")),
            Err(_) => Err(no_verdict(value.type_of())),
        }
    }
}

fn no_verdict(kind: &str) -> Fault {
    let article = if matches!(kind, "array" | "object") { "an" } else { "a" };
    let message = format!(
        "it returned {article} {kind}, which is no verdict: nothing, veto(), amend() and replace() are"
    );
    Fault::invalid(message)
}

impl From<&Answer> for Verdict {
    fn from(answer: &Answer) -> Self {
        match answer {
            Answer::Accept => Self::Accept,
            Answer::Amend(patch) => Self::Amend(patch.clone()),
            Answer::Replace(data) => Self::Replace(data.clone()),
            Answer::Veto { code, reason } => Self::Veto(Veto { code: code.clone(), reason: reason.clone() }),
        }
    }
}
