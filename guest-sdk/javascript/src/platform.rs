//! `platform.call`: asks the application for something.

use crate::bindings::tenterhook::hook::platform;
use crate::json::{self, property};
use crate::realm::{functions, global};
use boa_engine::{Context, JsArgs, JsError, JsNativeError, JsResult, JsString, JsValue};

pub(crate) fn install(context: &mut Context) -> JsResult<()> {
    let platform = functions(&[("call", 2, call)], context);
    global("platform", platform, context)
}

fn call(_: &JsValue, args: &[JsValue], context: &mut Context) -> JsResult<JsValue> {
    let method = args.get_or_undefined(0).as_string();
    let method = method.ok_or_else(|| wrong("platform.call(method, arguments): its method is no text"))?;
    let arguments = match args.get(1).filter(|arguments| !arguments.is_undefined()) {
        None => "{}".into(),
        Some(arguments) => json::stringify(arguments, context)?.ok_or_else(|| {
            wrong("platform.call(method, arguments): its arguments are nothing that JSON has")
        })?,
    };
    match platform::call(&method.to_std_string_lossy(), &arguments) {
        Ok(result) => json::parse(&result, context),
        Err(error) => Err(failed(&error.code, &error.message, context)),
    }
}

fn wrong(message: &str) -> JsError {
    JsNativeError::typ().with_message(message.to_owned()).into()
}

/// An error with a code, for a script to catch.
pub(crate) fn failed(code: &str, message: &str, context: &mut Context) -> JsError {
    let error = JsNativeError::error().with_message(format!("{code}: {message}")).into_opaque(context);
    error.insert_property(JsString::from("code"), property(JsString::from(code).into()));
    JsError::from_opaque(error.into())
}
