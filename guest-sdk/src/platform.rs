//! Calls back to the application that raises the events.
//!
//! Which methods there are is the application's to say; which of them a hook may call is its operator's, one by one:
//! `[grants] platform` for told events and `platform_ask` for asked ones, where calls should only read. What a call
//! causes wakes no hook.

use std::fmt;

use serde::Serialize;
use serde::de::DeserializeOwned;

/// Why a call came to nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlatformError {
    /// For programs. The host's own: `access-denied` where the method is not granted, `denied` in a dry run,
    /// `unavailable`, `invalid-arguments`, `invalid-answer`, `too-large`, `deadline`; all others are the application's.
    pub code: String,
    /// For people.
    pub message: String,
}

impl fmt::Display for PlatformError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{} ({})", self.message, self.code)
    }
}

impl std::error::Error for PlatformError {}

/// Calls a method of the application and reads its result as a type of the hook's.
///
/// It takes time of the hook's deadline. Where the event is delivered again, the same calls in the same order are
/// known to the application as the same ones.
///
/// ```
/// use tenterhook_sdk::prelude::*;
///
/// #[derive(Deserialize)]
/// struct Customer {
///     cpus: u32,
/// }
///
/// #[hook(on = "cloud.pre_create", option = "SERVER", priority = 10)]
/// fn quota(event: Event) -> Result<Verdict> {
///     let customer: Customer = platform::call("getCustomer", json!({ "id": event.data["customer"] }))?;
///     Ok(if customer.cpus > 16 { veto("quota.cpu", "at most 16 CPUs") } else { accept() })
/// }
///
/// let mut host = test::Host::new().answers("getCustomer", json!({ "cpus": 32 }));
/// let event = test::event("cloud.pre_create").facet("option", "SERVER").data(json!({ "customer": 7 }));
/// assert_eq!(host.run(|| quota(event)), Ok(veto("quota.cpu", "at most 16 CPUs")));
/// assert_eq!(host.calls(), ["getCustomer {\"id\":7}"]);
/// ```
pub fn call<T: DeserializeOwned>(method: &str, arguments: impl Serialize) -> Result<T, PlatformError> {
    let arguments = serde_json::to_string(&arguments)
        .map_err(|error| PlatformError { code: "invalid-arguments".into(), message: error.to_string() })?;
    let answer = raw(method, &arguments)?;
    serde_json::from_str(&answer)
        .map_err(|error| PlatformError { code: "invalid-answer".into(), message: error.to_string() })
}

/// Calls a method with JSON text, and returns its result as the JSON text that it came as.
pub fn raw(method: &str, arguments: &str) -> Result<String, PlatformError> {
    #[cfg(target_arch = "wasm32")]
    return crate::bindings::tenterhook::hook::platform::call(method, arguments)
        .map_err(|error| PlatformError { code: error.code, message: error.message });
    #[cfg(not(target_arch = "wasm32"))]
    return crate::test::call(method, arguments);
}
