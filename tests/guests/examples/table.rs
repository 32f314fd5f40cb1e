//! Lets its table grow, and panics when there is no more room.

#![cfg_attr(target_arch = "wasm32", feature(asm_experimental_arch))]

use tenterhook_guests::{Event, Verdict, raw};

fn table(_: Event) -> Result<Verdict, String> {
    for _ in 0..1000 {
        assert!(grow() >= 0, "no room in the table");
    }
    Ok(Verdict::Accept)
}

/// The table's size before it got a thousand more elements, or -1.
#[cfg(target_arch = "wasm32")]
#[allow(unsafe_code, reason = "no function of the language lets a table grow")]
fn grow() -> i32 {
    let size: i32;
    unsafe {
        std::arch::asm!(
            "ref.null_func",
            "i32.const 1000",
            "table.grow __indirect_function_table",
            "local.set {size}",
            size = out(local) size,
        );
    }
    size
}

#[cfg(not(target_arch = "wasm32"))]
fn grow() -> i32 {
    -1
}

raw!(table);
