//! Replaces the data by a JSON string that holds the text it was given, so that nothing of it is hidden.

use tenterhook_guests::{Event, Verdict, raw};

fn quote(event: Event) -> Result<Verdict, String> {
    Ok(Verdict::Replace(serde_json::Value::from(event.data).to_string()))
}

raw!(quote);
