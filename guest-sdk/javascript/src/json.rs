//! JSON in and out. The engine's own `JSON.parse` makes a script of its text, which costs fifty times as much.

mod parse;

pub(crate) use parse::own as property;

use crate::realm::function;
use boa_engine::object::JsObject;
use boa_engine::{Context, JsArgs, JsNativeError, JsResult, JsString, JsValue, Trace, js_string};
use boa_gc::Finalize;

/// The language's own functions, as they were before a script could replace them.
#[derive(Clone, Trace, Finalize)]
struct Own {
    parse: JsObject,
    stringify: JsObject,
}

/// Puts a faster `JSON.parse` in place of the engine's.
pub(crate) fn install(context: &mut Context) -> JsResult<()> {
    let json = context.intrinsics().objects().json();
    let mut own = |name: JsString| json.get(name, context)?.as_object().ok_or_else(missing);
    let own = Own { parse: own(js_string!("parse"))?, stringify: own(js_string!("stringify"))? };
    context.insert_data(own);
    let function = function("parse", 2, parse_global, context);
    json.set(js_string!("parse"), function, true, context)?;
    Ok(())
}

fn missing() -> boa_engine::JsError {
    JsNativeError::typ().with_message("there is no JSON").into()
}

fn own(context: &Context) -> JsResult<Own> {
    context.get_data::<Own>().cloned().ok_or_else(missing)
}

fn parse_global(this: &JsValue, args: &[JsValue], context: &mut Context) -> JsResult<JsValue> {
    let text = args.get_or_undefined(0).to_string(context)?;
    match (text.to_std_string(), args.get_or_undefined(1).is_callable()) {
        (Ok(text), false) => parse(&text, context),
        // Half a surrogate pair, or a reviver.
        _ => own(context)?.parse.call(this, args, context),
    }
}

/// The value that a text stands for.
pub(crate) fn parse(text: &str, context: &mut Context) -> JsResult<JsValue> {
    parse::Parser::new(text, context).whole()
}

/// The text of a value; `None` where there is none, as of a function.
pub(crate) fn stringify(value: &JsValue, context: &mut Context) -> JsResult<Option<String>> {
    let text = own(context)?.stringify.call(&JsValue::undefined(), std::slice::from_ref(value), context)?;
    Ok(text.as_string().map(|text| text.to_std_string_lossy()))
}
