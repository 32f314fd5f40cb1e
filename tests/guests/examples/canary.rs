//! Hides the event's subject in fresh memory, and answers how many canaries of others it finds there.

use tenterhook_guests::{Event, Verdict, raw};

const PLACE: usize = 1 << 20;

fn canary(event: Event) -> Result<Verdict, String> {
    let mut memory = Vec::<u8>::with_capacity(PLACE);
    let hidden = memory.spare_capacity_mut();
    let mine = event.subject.unwrap_or_default().into_bytes();
    let begin = hidden.as_ptr().cast::<u8>();
    let found = (0..PLACE - 6).filter(|&at| is_canary(begin, at)).count();
    for (at, place) in hidden.chunks_mut(4096).enumerate() {
        if at % 2 == 0 {
            for (place, byte) in place.iter_mut().zip(&mine) {
                place.write(*byte);
            }
        }
    }
    std::hint::black_box(&memory);
    Ok(Verdict::Replace(found.to_string()))
}

/// Whether `canary` stands here, in memory that nobody has written to in this sandbox.
#[allow(unsafe_code, reason = "looks into memory that it never wrote to, as an attacker would")]
fn is_canary(begin: *const u8, at: usize) -> bool {
    b"canary".iter().zip(at..).all(|(byte, at)| {
        // In wasm every byte of the linear memory can be read.
        unsafe { begin.add(at).read_volatile() == *byte }
    })
}

raw!(canary);
