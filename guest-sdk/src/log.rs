//! Lines for the operator's log; the host marks them with the hook and the event.
//!
//! `log::info!`, `log::warn!` and so on take what `println!` takes. How much a hook may log per
//! event is limited (16 KiB unless the operator says otherwise); what is over is cut off.

use std::fmt;

pub use crate::bindings::wasi::logging::logging::Level;

#[doc(inline)]
pub use crate::{__debug as debug, __error as error, __info as info, __trace as trace, __warn as warn};

/// Writes one line; the macros of this module are shorter.
pub fn write(level: Level, message: fmt::Arguments<'_>) {
    #[cfg(target_arch = "wasm32")]
    crate::bindings::wasi::logging::logging::log(level, "", &message.to_string());
    #[cfg(not(target_arch = "wasm32"))]
    crate::test::record(level, message);
}

/// Logs what only someone hunting a fault wants to see.
#[doc(hidden)]
#[macro_export]
macro_rules! __trace {
    ($($message:tt)+) => { $crate::log::write($crate::log::Level::Trace, ::std::format_args!($($message)+)) };
}

/// Logs what helps to understand a decision.
#[doc(hidden)]
#[macro_export]
macro_rules! __debug {
    ($($message:tt)+) => { $crate::log::write($crate::log::Level::Debug, ::std::format_args!($($message)+)) };
}

/// Logs what happened.
#[doc(hidden)]
#[macro_export]
macro_rules! __info {
    ($($message:tt)+) => { $crate::log::write($crate::log::Level::Info, ::std::format_args!($($message)+)) };
}

/// Logs what someone should look at, some day.
#[doc(hidden)]
#[macro_export]
macro_rules! __warn {
    ($($message:tt)+) => { $crate::log::write($crate::log::Level::Warn, ::std::format_args!($($message)+)) };
}

/// Logs what someone should look at now.
#[doc(hidden)]
#[macro_export]
macro_rules! __error {
    ($($message:tt)+) => { $crate::log::write($crate::log::Level::Error, ::std::format_args!($($message)+)) };
}
