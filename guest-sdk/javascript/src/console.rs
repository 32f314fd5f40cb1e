//! `console`: lines of the hook's log.

use crate::bindings::wasi::logging::logging::{Level, log};
use crate::json;
use crate::realm::{functions, global};
use boa_engine::{Context, JsResult, JsValue};

/// Bytes of one line; the host keeps no more of a whole call unless it is told to.
const LINE_BYTES_MAX: usize = 32 << 10;

pub(crate) fn install(context: &mut Context) -> JsResult<()> {
    let console = functions(
        &[
            ("trace", 0, |_, args, context| say(Level::Trace, args, context)),
            ("debug", 0, |_, args, context| say(Level::Debug, args, context)),
            ("log", 0, |_, args, context| say(Level::Info, args, context)),
            ("info", 0, |_, args, context| say(Level::Info, args, context)),
            ("warn", 0, |_, args, context| say(Level::Warn, args, context)),
            ("error", 0, |_, args, context| say(Level::Error, args, context)),
        ],
        context,
    );
    global("console", console, context)
}

fn say(level: Level, args: &[JsValue], context: &mut Context) -> JsResult<JsValue> {
    let mut line = String::new();
    for (index, value) in args.iter().enumerate() {
        if index > 0 {
            line.push(' ');
        }
        line.push_str(&shown(value, context));
        if line.len() > LINE_BYTES_MAX {
            break;
        }
    }
    let mut end = line.len().min(LINE_BYTES_MAX);
    while !line.is_char_boundary(end) {
        end -= 1;
    }
    log(level, "console", &line[..end]);
    Ok(JsValue::undefined())
}

/// A text as it is, an error as its name and message, data as JSON, and whatever else as the engine shows it.
fn shown(value: &JsValue, context: &mut Context) -> String {
    if let Some(text) = value.as_string() {
        return text.to_std_string_lossy();
    }
    let is_error = value.as_object().is_some_and(|object| object.is::<boa_engine::builtins::error::Error>());
    let data = if value.is_object() && !is_error { json::stringify(value, context) } else { Ok(None) };
    match data {
        Ok(Some(text)) => text,
        _ => value.display().to_string(),
    }
}
