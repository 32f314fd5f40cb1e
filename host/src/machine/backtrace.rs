//! Where in a guest something happened: the functions that were active, by name and, with debug information, by line.

use super::lines::Lines;
use crate::log::harmless;
use wasmtime::{FrameInfo, WasmBacktrace};

/// Functions that are named in a message, and the bytes they take.
const SHOWN: usize = 8;
const BYTES_MAX: usize = 480;
/// Bytes of one name: those of generic functions have no end.
const NAME_BYTES_MAX: usize = 120;

/// What a language does once a panic was raised: it says nothing about this one.
const MACHINERY: [&str; 7] = ["std::", "core::", "alloc::", "__rust", "rust_", "abort", "_abort"];

/// Where a call ended, from the inside out, as far as the component knows names.
pub(super) fn of_error(error: &wasmtime::Error, lines: &Lines) -> Option<String> {
    let frames = error.downcast_ref::<WasmBacktrace>()?.frames();
    let named: Vec<(String, &FrameInfo)> =
        frames.iter().filter_map(|frame| Some((name(frame)?, frame))).collect();
    let own = named.iter().position(|(name, _)| !is_machinery(name)).unwrap_or(0);
    let mut text = String::new();
    for (name, frame) in named.iter().skip(own).take(SHOWN) {
        let place = frame.module_offset().and_then(|offset| lines.find(offset));
        let place = place.map(|(file, line)| format!(" ({file}:{line})")).unwrap_or_default();
        let next =
            format!("{}{}{place}", if text.is_empty() { "" } else { " < " }, harmless(name, NAME_BYTES_MAX));
        if text.len() + next.len() > BYTES_MAX {
            break;
        }
        text += &next;
    }
    (!text.is_empty()).then_some(text)
}

/// The name of a frame's function as it was written.
pub(super) fn name(frame: &FrameInfo) -> Option<String> {
    frame.func_name().map(|name| format!("{:#}", rustc_demangle::demangle(name)))
}

fn is_machinery(name: &str) -> bool {
    MACHINERY.iter().any(|prefix| name.trim_start_matches('<').starts_with(prefix))
}
