//! Guests for the tests: each file in `examples/` is a component with one behaviour.
//!
//! They listen to every cloud event at priority 0; a test's TOML says otherwise.

/// Makes a function on the contract's own types a hook, for what the SDK would check or round off.
#[macro_export]
macro_rules! raw {
    ($handle:ident) => {
        // Elsewhere than in a sandbox there is nobody to export it to.
        #[cfg(not(target_arch = "wasm32"))]
        const _: fn($crate::Event) -> Result<$crate::Verdict, String> = $handle;

        #[cfg(target_arch = "wasm32")]
        mod export {
            #![allow(unsafe_code, reason = "the component's export and its manifest")]
            use ::tenterhook_sdk::bindings::{self, exports::tenterhook::hook::handler::Guest};

            struct Raw;

            impl Guest for Raw {
                fn handle(event: $crate::Event) -> Result<$crate::Verdict, String> {
                    super::$handle(event)
                }
            }

            bindings::export!(Raw with_types_in bindings);

            #[unsafe(link_section = "tenterhook:manifest")]
            #[used]
            static MANIFEST: [u8; 83] = $crate::MANIFEST;
        }
    };
}

/// The contract's own types.
pub use tenterhook_sdk::bindings::tenterhook::hook::types::{Event, Verdict, Veto};

/// What a raw guest says of itself.
pub const MANIFEST: [u8; 83] =
    *b"{\"manifest\":1,\"name\":\"raw\",\"type\":\"cloud\",\"priority\":0,\"on\":[{\"event\":\"cloud.*\"}]}\n";

/// The property as it is set, or nothing.
pub fn property(key: &str) -> String {
    tenterhook_sdk::property_or(key, String::new()).unwrap_or_default()
}
