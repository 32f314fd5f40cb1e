//! Answers that no compiler would write: pointers, lengths, encodings and cases that are none.

use super::made::{ANSWER, Made, TOML, body, forever, giving};
use tenterhook::outcome::Failure;
use tenterhook_tests::Given;

/// The hook fails so, in a fresh and in a warm sandbox, and the one after it is asked.
async fn fails(made: &Made, failure: Failure, message: &str) {
    let component = made.component();
    let given = Given::new()
        .file("a.wasm", &component)
        .toml("a", TOML)
        .file("b.wasm", &component)
        .toml("b", &format!("isolation = 'warm'\n{TOML}"))
        .file("last.wasm", Made::new().component())
        .toml("last", &TOML.replace("priority = 5", "priority = 9"));
    let world = given.start().await.without_problems();
    for _ in 0..2 {
        let answer = world.create().await;
        let [fresh, warm] = ["a", "b"].map(|id| format!("{id} failed:{failure}"));
        answer.accepted().trail(&[&fresh, &warm, "last accept"]).says("a", message).says("b", message);
    }
}

/// An answer of these words.
fn words(words: &[u32]) -> Vec<u8> {
    words.iter().flat_map(|word| word.to_le_bytes()).collect()
}

const ACCEPT: u32 = 0;
const AMEND: u32 = 1;
const REPLACE: u32 = 2;
const VETO: u32 = 3;
const OK: u32 = 0;
const ERR: u32 = 1;
/// The size of the memory.
const END: u32 = 2 << 16;

#[tokio::test]
async fn an_answer_by_hand_is_as_good_as_any() {
    let mut veto = words(&[OK, VETO, ANSWER as u32 + 24, 2, ANSWER as u32 + 26, 3]);
    veto.extend(b"nowhy");
    let given = Given::new().file("a.wasm", Made::answering(&veto).component()).toml("a", TOML);
    let world = given.start().await.without_problems();
    world.create().await.vetoed_by("a", "no").because("why");
    let accept = Made::answering(&words(&[OK, ACCEPT]));
    let world = Given::new().file("a.wasm", accept.component()).toml("a", TOML).start().await;
    world.create().await.accepted().trail(&["a accept"]);
}

#[tokio::test]
async fn an_answer_outside_the_memory_is_never_read() {
    for at in [END as i32, END as i32 - 8, -8, i32::MIN, i32::MAX - 3] {
        let made = Made { handle: giving(at), ..Made::new() };
        fails(&made, Failure::Trap, "pointer").await;
    }
    let crooked = Made { handle: giving(ANSWER + 1), ..Made::new() };
    fails(&crooked, Failure::Trap, "aligned").await;
}

#[tokio::test]
async fn a_text_outside_the_memory_is_never_read() {
    for (at, length) in [(END, 1), (END - 4, 5), (0, END + 1), (u32::MAX, 1), (u32::MAX, u32::MAX)] {
        for answer in [
            words(&[OK, AMEND, at, length]),
            words(&[OK, REPLACE, at, length]),
            words(&[OK, VETO, 0, 0, at, length]),
            words(&[ERR, at, length]),
        ] {
            let made = Made::answering(&answer);
            fails(&made, Failure::Trap, "string pointer/length out of bounds").await;
        }
    }
}

#[tokio::test]
async fn a_length_beyond_all_memory_takes_none_of_the_hosts() {
    for length in [1 << 31, u32::MAX] {
        let made = Made::answering(&words(&[OK, REPLACE, 0, length]));
        fails(&made, Failure::Trap, "string pointer/length out of bounds").await;
    }
}

#[tokio::test]
async fn a_case_that_the_contract_does_not_have_is_none() {
    for answer in [words(&[2]), words(&[255]), words(&[OK, 4]), words(&[OK, 255])] {
        fails(&Made::answering(&answer), Failure::Trap, "discriminant").await;
    }
}

#[tokio::test]
async fn a_text_that_is_no_utf_8_is_none() {
    for text in [&b"\xff"[..], b"\xc0\x80", b"\xed\xa0\x80", b"\xf4\x90\x80\x80", b"{}\xe2\x82"] {
        let mut answer = words(&[OK, REPLACE, ANSWER as u32 + 16, text.len() as u32]);
        answer.extend(text);
        fails(&Made::answering(&answer), Failure::Trap, "utf-8").await;
    }
}

#[tokio::test]
async fn an_event_is_never_written_outside_the_memory() {
    for at in [END as i32, END as i32 - 1, -1, i32::MIN] {
        let made = Made { realloc: giving(at), ..Made::new() };
        fails(&made, Failure::Trap, "realloc return: ").await;
    }
    let crooked = Made { realloc: giving(4097), ..Made::new() };
    fails(&crooked, Failure::Trap, "aligned").await;
}

#[tokio::test]
async fn what_is_run_before_and_after_the_handler_is_bounded_like_it() {
    let traps = || body(0, |code| _ = code.unreachable());
    let before = Made { realloc: traps(), ..Made::new() };
    fails(&before, Failure::Trap, "unreachable").await;
    let after = Made { post_return: traps(), ..Made::new() };
    fails(&after, Failure::Trap, "unreachable").await;
    let before = Made {
        realloc: body(0, |code| {
            forever(code);
            code.unreachable();
        }),
        ..Made::new()
    };
    fails(&before, Failure::Fuel, "its fuel was used up").await;
    let after = Made { post_return: body(0, forever), ..Made::new() };
    fails(&after, Failure::Fuel, "its fuel was used up").await;
}

#[tokio::test]
async fn a_table_does_not_grow_without_end() {
    // Grows it by a thousand at a time, as long as it does.
    let handle = body(0, |code| {
        code.loop_(wasm_encoder::BlockType::Empty);
        code.ref_null(wasm_encoder::HeapType::FUNC).i32_const(1000).table_grow(0);
        code.i32_const(0).i32_ge_s().br_if(0).end().unreachable();
    });
    let made = Made { table: Some(1), handle, ..Made::new() };
    fails(&made, Failure::Memory, "unreachable").await;
}
