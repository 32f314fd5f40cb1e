//! Reads a file and answers with what is in it.

use tenterhook_sdk::prelude::*;

#[hook(on = "cloud.*", priority = 0)]
fn read_file(_: Event<RawJson>) -> Result<Verdict> {
    Ok(replace(std::fs::read_to_string("/etc/passwd")?))
}
