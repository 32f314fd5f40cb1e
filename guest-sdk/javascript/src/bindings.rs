//! The contract as generated from `wit/`.

#![allow(missing_docs, unreachable_pub, reason = "generated; its words come from the contract")]

wit_bindgen::generate!({
    path: ["wit", "engine"],
    world: "tenterhook:javascript/engine",
    generate_all,
    pub_export_macro: true,
    default_bindings_module: "crate::bindings",
});
