//! Takes the property `mib` mebibytes of memory, then accepts.

use tenterhook_sdk::prelude::*;

#[hook(on = "cloud.*", priority = 0)]
fn use_memory(_: Event<RawJson>) -> Result<Verdict> {
    let mib: usize = property_or("mib", 1)?;
    std::hint::black_box(vec![1_u8; mib << 20]);
    Ok(accept())
}
