//! A script, against the component that does as little.

use crate::measure::{Table, median, micros};
use tenterhook::{Event, Floor};
use tokio::runtime::Builder;

/// Rounds of which the median is taken; floor and script take turns in each.
const ROUNDS: usize = 15;
const CALLS: u32 = 500;

/// What a guard looks like.
const SCRIPT: &str = r"
function handle(event) {
    if (event.data.cpu > config.max_cpus) {
        return veto('quota.cpu', `at most ${config.max_cpus} CPUs`);
    }
}
";

pub(crate) fn run(table: &mut Table) {
    let runtime = Builder::new_current_thread().enable_time().build().expect("a runtime starts");
    let guest = std::fs::read(tenterhook_tests::guest("accept")).expect("the guest was built");
    let floor = Floor::new(&guest).expect("the guest loads");
    let script = Floor::javascript(SCRIPT, r#"{"max_cpus":16}"#).expect("the script loads");
    let event = event();
    let per_call = |spent| micros(spent) / f64::from(CALLS);
    let (mut bare, mut called) = (Vec::new(), Vec::new());
    let (mut bare_fresh, mut fresh, mut warm) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        bare.push(per_call(runtime.block_on(floor.prepared_call(&event, CALLS))));
        called.push(per_call(runtime.block_on(script.prepared_call(&event, CALLS))));
        bare_fresh.push(per_call(runtime.block_on(floor.fresh(&event, CALLS))));
        fresh.push(per_call(runtime.block_on(script.fresh(&event, CALLS))));
        warm.push(per_call(runtime.block_on(script.warm(&event, CALLS))));
    }
    table.ratio("javascript, prepared call", median(called), median(bare), 30.0);
    table.ratio("javascript, in all", median(fresh), median(bare_fresh), 16.0);
    table.note("javascript, warm call", format!("{:.2} us", median(warm)));
    let (loading, call) = runtime.block_on(script.fuel(&event));
    table.note("javascript, fuel of loading and of a call", format!("{loading}, {call}"));
}

fn event() -> Event {
    let data = serde_json::json!({"cpu": 4, "ram": 8192, "name": "a-server-of-a-customer", "zone": "e1"});
    let event = Event::new("cloud.pre_create", "bench").facet("option", "SERVER").subject("s-1");
    event.data(&data).expect("it is JSON")
}
