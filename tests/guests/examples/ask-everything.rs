//! Tries everything that needs a grant, and replaces the data by the answers.

use tenterhook_guests::{Event, Verdict, raw};
use tenterhook_sdk::bindings::tenterhook::hook::platform;
use tenterhook_sdk::bindings::wasi::keyvalue::store;

fn ask_everything(_: Event) -> Result<Verdict, String> {
    let call = match platform::call("createServer", "{}") {
        Ok(result) => format!("called: {result}"),
        Err(error) => format!("{}: {}", error.code, error.message),
    };
    let open = match store::open("default") {
        Ok(_) => "opened".to_owned(),
        Err(error) => format!("{error:?}"),
    };
    Ok(Verdict::Replace(serde_json::json!([call, open]).to_string()))
}

raw!(ask_everything);
