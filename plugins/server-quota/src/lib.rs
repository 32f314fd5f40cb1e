//! Refuses servers.
use tenterhook_sdk::prelude::*;

#[derive(Deserialize)]
struct Server {
    cpu: u32,
}

#[hook(on = "cloud.pre_create", option = "SERVER", priority = 10)]
fn server_quota(event: Event<Server>) -> Result<Verdict> {
    let max = property_or("max_cpus", 16)?;
    if event.data.cpu > max {
        return Ok(veto("quota.cpu", format!("at most {max} CPUs")));
    }
    Ok(accept())
}
