//! A merge patch on texts is one on values. The input is the target, a NUL, and the patch.

#![no_main]

#[path = "../../it/fuzz/reference.rs"]
mod reference;

use libfuzzer_sys::fuzz_target;
use serde_json::Value;
use tenterhook::data::Data;

fuzz_target!(|text: &str| {
    let Some((target, patch)) = text.split_once('\0') else { return };
    let (Ok(target), Ok(patch)) = (Data::parse(target, usize::MAX), Data::parse(patch, usize::MAX)) else {
        return;
    };
    let merged = target.merge(&patch);
    assert_eq!(Data::parse(merged.as_str(), usize::MAX).as_ref(), Ok(&merged));
    // The private keys of `serde_json` mean something to its `Value`, and so to the reference.
    if target.as_str().contains("serde_json") || patch.as_str().contains("serde_json") {
        return;
    }
    // Numbers beyond an f64 are data, and no `Value`.
    if let (Ok(target), Ok(patch)) = (target.to::<Value>(), patch.to::<Value>()) {
        let merged = merged.to::<Value>().expect("both were values");
        assert_eq!(merged, reference::merge_patch(target, patch));
    }
});
