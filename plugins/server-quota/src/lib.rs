//! Refuses servers that are too big, and one more than a customer may have.
//!
//! | property | is | unless set |
//! |---|---|---|
//! | `max_cpus` | CPUs of one server | 16 |
//! | `max_ram_mb` | its memory in MB | 65536 |
//! | `max_servers` | servers of one customer | no limit |
//!
//! Sizes are the `cpu` and `ram` of the server that is to be created. How many servers its customer has
//! already, the orchestrator says in the event's attribute `servers`; with `max_servers` set, an event
//! without it fails the hook, and the operator's `on_failure` decides.

use tenterhook_sdk::prelude::*;

#[derive(Deserialize)]
struct Server {
    cpu: u32,
    /// MB.
    ram: u64,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Limits {
    max_cpus: u32,
    max_ram_mb: u64,
    max_servers: Option<u32>,
}

#[hook(
    on = "cloud.pre_create",
    option = "SERVER",
    priority = 10,
    name = "Server quota",
    description = "Refuses servers that are too big, and one more than a customer may have",
    on_failure = "veto",
    properties(max_cpus = 16, max_ram_mb = 65_536)
)]
fn server_quota(event: Event<Server>) -> Result<Verdict> {
    let limits: Limits = properties()?;
    let Server { cpu, ram } = event.data;
    if cpu > limits.max_cpus {
        let reason = format!("{cpu} CPUs, at most {} are allowed", limits.max_cpus);
        return Ok(veto("quota.cpu", reason));
    }
    if ram > limits.max_ram_mb {
        let reason = format!("{ram} MB of memory, at most {} are allowed", limits.max_ram_mb);
        return Ok(veto("quota.ram", reason));
    }
    let Some(max) = limits.max_servers else {
        return Ok(accept());
    };
    let servers = event.attribute("servers").ok_or("the event does not say how many servers there are")?;
    let servers: u32 = servers.parse().map_err(|_| format!("servers: {servers:?} is no number"))?;
    if servers >= max {
        return Ok(veto("quota.servers", format!("{servers} servers already, at most {max} are allowed")));
    }
    Ok(accept())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn create(cpu: u32, ram: u64, servers: &str) -> Result<Verdict> {
        let event = test::event("cloud.pre_create")
            .facet("option", "SERVER")
            .attribute("servers", servers)
            .data(json!({"cpu": cpu, "ram": ram, "resourceName": "web-1"}));
        test::Host::new()
            .property("max_cpus", 16)
            .property("max_ram_mb", 4096)
            .property("max_servers", 3)
            .run(|| server_quota(event))
    }

    #[test]
    fn what_is_within_the_limits_passes() {
        assert_eq!(create(16, 4096, "2"), Ok(accept()));
    }

    #[test]
    fn what_is_above_a_limit_does_not() {
        let cpus = veto("quota.cpu", "17 CPUs, at most 16 are allowed");
        assert_eq!(create(17, 4096, "0"), Ok(cpus));
        let ram = veto("quota.ram", "4097 MB of memory, at most 4096 are allowed");
        assert_eq!(create(1, 4097, "0"), Ok(ram));
        let servers = veto("quota.servers", "3 servers already, at most 3 are allowed");
        assert_eq!(create(1, 1, "3"), Ok(servers));
    }

    #[test]
    fn an_unknown_count_fails_the_hook() {
        assert_eq!(create(1, 1, "some"), Err("servers: \"some\" is no number".into()));
    }
}
