//! Hooks that only send: one message for each event, and it counts once its target has acknowledged it.

mod nats;
mod web;

use tenterhook::host::HostBuilder;
use tenterhook::nats::NatsServers;
use tenterhook_tests::Given;

/// A notification of servers that are, or are to be, created.
fn toml(target: &str, more: &str) -> String {
    let deadline = if more.contains("deadline") { "" } else { "limits.deadline = '20s'\n" };
    format!(
        "class = 'notification'\nname = 'Told'\ntype = 'cloud'\npriority = 1\n\
         on = [{{ event = 'cloud.pre_create' }}, {{ event = 'cloud.post_create' }}]\n\
         properties.target = '{target}'\n{deadline}{more}\n"
    )
}

/// A host that knows this server of NATS.
fn given(server: &str, set: impl Fn(&mut NatsServers) + Send + Sync + 'static) -> Given {
    let server = server.to_owned();
    Given::new().built(move |builder: HostBuilder| {
        let mut servers = NatsServers { servers: vec![server.clone()], ..NatsServers::default() };
        set(&mut servers);
        builder.nats(servers)
    })
}
