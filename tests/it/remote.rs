//! Commands that speak to a running service print and end as they do without one.

mod access;
pub(crate) mod hooks;
mod record;
mod state;

use super::command::{cloudevent, guards, tenterhook};
use super::seeing::service::Service;
use tenterhook_tests::{Ended, Given, Run};
use tokio::task::spawn_blocking;

async fn ends(run: Run<'static>) -> Ended {
    spawn_blocking(move || run.ends()).await.unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn firing_at_a_service_ends_and_prints_as_firing_at_hooks() {
    let service = Service::of(guards().start().await).await;
    for (option, code, text) in [("DISK", 10, "by disks: not today (no)"), ("SERVER", 0, "accepted")] {
        let event = cloudevent("e1", "cloud.pre_create", option);
        let fired = ends(tenterhook(["fire", "-", "--to", &service.url]).input(&event)).await;
        fired.exits(code).complains("").shows(text).shows("vdc-7");
        let json = ends(tenterhook(["fire", "-", "--json", "--to", &service.url]).input(&event)).await;
        let local = guards();
        let (remote, local) = (
            json.exits(code).json(),
            tenterhook(["fire", "-", "--json"]).input(&event).hooks(&local).ends().json(),
        );
        for key in ["id", "event", "mode", "decision", "veto", "data", "amended"] {
            assert_eq!(remote.get(key), local.get(key), "{key}");
        }
    }
    let told = cloudevent("e2", "cloud.post_create", "SERVER");
    ends(tenterhook(["fire", "-", "--to", &service.url]).input(told))
        .await
        .exits(1)
        .shows("failed: error")
        .shows("no luck");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn data_stays_as_it_was_written_on_its_way_to_a_service_and_back() {
    let service =
        Service::of(Given::new().hook("a", "amend", "[properties.patch]\nx = 1\n").start().await).await;
    let data = r#"{"z":1.10,"a":1E5,"n":123456789012345678901234567890}"#;
    let fire =
        tenterhook(["fire", "--event", "cloud.pre_payment", "--json", "--data", data, "--to", &service.url]);
    ends(fire).await.exits(0).shows(r#""data":{"z":1.10,"a":1E5,"n":123456789012345678901234567890,"x":1}"#);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_service_that_is_none_and_a_bad_event_are_told_apart() {
    let service = Service::of(Given::new().start().await).await;
    let bad = ends(tenterhook(["fire", "--event", "cloud.pre_creat", "--to", &service.url])).await;
    bad.exits(2).says("unknown event \"cloud.pre_creat\"").says("did you mean \"cloud.pre_create\"?");
    ends(tenterhook(["fire", "--event", "cloud.pre_payment", "--to", "127.0.0.1:1"]))
        .await
        .exits(2)
        .says("--to: error:")
        .says("write it as in http://127.0.0.1:8710 or unix:/run/tenterhook.sock");
    let nobody =
        ends(tenterhook(["fire", "--event", "cloud.pre_payment", "--to", "http://127.0.0.1:1"])).await;
    nobody.exits(1).says("no service answers at http://127.0.0.1:1: ").says("`tenterhook serve`");
    let both =
        ends(tenterhook(["fire", "--event", "cloud.pre_payment", "--hooks", "x", "--to", &service.url]))
            .await;
    both.exits(2).says("cannot be used with");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn watching_shows_outcomes_as_they_are_decided() {
    let service = Service::of(guards().start().await).await;
    let watch = |args: &[&str]| ends(tenterhook(["watch", "--count", "2", "--to", &service.url]).args(args));
    let (people, programs) = (tokio::spawn(watch(&[])), tokio::spawn(watch(&["--json", "--hook", "disks"])));
    // Whoever began to watch gets the next; until both have seen enough there are more.
    while !people.is_finished() || !programs.is_finished() {
        let disk = service.world.ask("cloud.pre_create").facet("option", "DISK").data(r#"{"secret":1}"#);
        disk.await.vetoed_by("disks", "no");
        service.world.tax().await.accepted();
        tokio::task::yield_now().await;
    }
    let people = people.await.unwrap();
    people.exits(0).hides("secret").says("watching http://");
    assert!(people.out.contains("vetoed") || people.out.contains("accepted"), "{people}");
    let lines = programs.await.unwrap();
    let vetoes = lines.exits(0).json_lines();
    assert!(vetoes.len() == 2 && vetoes.iter().all(|outcome| outcome["veto"]["hook"] == "disks"), "{lines}");
    service.stop().await;
}
