//! Opens a connection.

use tenterhook_sdk::prelude::*;

#[hook(on = "cloud.*", priority = 0)]
fn connect(_: Event<RawJson>) -> Result<Verdict> {
    std::net::TcpStream::connect("127.0.0.1:1")?;
    Ok(accept())
}
