//! Calls the method in the property `method` with the text in `arguments`, `times` times, and logs what is answered.

use tenterhook_guests::{Event, Verdict, property, raw};
use tenterhook_sdk::log;
use tenterhook_sdk::platform::{self, PlatformError};

fn call(_: Event) -> Result<Verdict, String> {
    let (method, arguments) = (property("method"), property("arguments"));
    for _ in 0..property("times").parse().unwrap_or(1) {
        // So many digits, which are JSON, or the text itself.
        let answer = match arguments.strip_prefix("bytes ").and_then(|bytes| bytes.parse().ok()) {
            Some(bytes) => platform::raw(&method, &"1".repeat(bytes)),
            None if property("typed") == "yes" => double(&method, &arguments),
            None => platform::raw(&method, &arguments),
        };
        match answer {
            Ok(answer) => log::info!("{answer}"),
            Err(error) => log::warn!("{}: {}", error.code, error.message),
        }
    }
    match property("then").as_str() {
        "fail" => Err("as told".into()),
        _ => Ok(Verdict::Accept),
    }
}

/// A call in types of the hook's own.
fn double(method: &str, arguments: &str) -> Result<String, PlatformError> {
    let number: u32 = platform::call(method, arguments.len())?;
    Ok((2 * number).to_string())
}

raw!(call);
