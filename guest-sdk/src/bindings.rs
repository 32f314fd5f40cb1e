//! The contract as generated from `wit/`, for what the rest of this crate does not wrap:
//! Its functions work in the sandbox only.

#![allow(missing_docs, unreachable_pub, reason = "generated; its words come from wit/hook.wit")]
#![allow(unsafe_code, reason = "lifting and lowering values across the sandbox's edge")]
#![allow(clippy::all, reason = "generated")]

wit_bindgen::generate!({
    world: "hook",
    path: "wit",
    generate_all,
    pub_export_macro: true,
    default_bindings_module: "tenterhook_sdk::bindings",
});
