//! What is seen of hooks at work: statistics, metrics, health, live outcomes, logs and traces.

mod process;
pub(crate) mod service;

use service::Service;
use tenterhook_tests::Given;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_hooks_numbers_and_last_outcomes_are_told() {
    let given = Given::new().hook("a", "accept", "priority = 1").hook(
        "b",
        "panic",
        "priority = 2\non_failure = 'accept'",
    );
    let service = Service::of(given.hook("c", "veto", "priority = 3").start().await).await;
    for n in 0..3 {
        service.world.create().id(&format!("e{n}")).await.vetoed_by("c", "no");
    }
    let accepting = service.json("/v1/hooks/a/stats").await;
    assert_eq!(
        (&accepting["calls"], &accepting["verdicts"]["accept"]),
        (&3.into(), &3.into()),
        "{accepting}"
    );
    assert_eq!(accepting["failures"], serde_json::json!({}));
    for histogram in ["latency_micros", "fuel"] {
        let bounds = accepting[histogram]["bounds"].as_array().unwrap();
        let counts: Vec<u64> =
            accepting[histogram]["counts"].as_array().unwrap().iter().flat_map(|n| n.as_u64()).collect();
        assert_eq!((counts.len(), counts.iter().sum()), (bounds.len() + 1, 3), "{accepting}");
    }
    let failing = service.json("/v1/hooks/b/stats").await;
    assert_eq!(
        (&failing["failures"]["trap"], &failing["verdicts"]["failed"]),
        (&3.into(), &3.into()),
        "{failing}"
    );
    let refusing = service.json("/v1/hooks/c/stats").await;
    let last = refusing["last"].as_array().unwrap();
    let last: Vec<_> = last.iter().map(|line| (line["id"].as_str(), line["verdict"].as_str())).collect();
    assert_eq!(last, ["e2", "e1", "e0"].map(|id| (Some(id), Some("veto"))), "the newest first");
    assert_eq!(refusing["last"][0]["message"], "not today");
    assert_eq!(service.status("/v1/hooks/nobody/stats").await, 404);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn numbers_outlive_a_reload_and_end_with_their_hook() {
    let given = Given::new().hook("a", "veto", "");
    let hooks = given.hooks();
    let service = Service::of(given.start().await).await;
    service.world.create().await.vetoed_by("a", "no");
    service.world.host.reload().await.unwrap();
    service.world.create().await.vetoed_by("a", "no");
    assert_eq!(service.json("/v1/hooks/a/stats").await["calls"], 2);
    for file in ["a.wasm", "a.toml"] {
        std::fs::remove_file(hooks.join(file)).unwrap();
    }
    service.world.host.reload().await.unwrap();
    assert_eq!(service.status("/v1/hooks/a/stats").await, 404);
    let metrics = service.text("/metrics").await;
    // The first has changed nothing.
    assert!(metrics.contains("tenterhook_reloads_total{result=\"done\"} 1\n"), "{metrics}");
    assert!(!metrics.contains("hook=\"a\""), "{metrics}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn only_so_many_outcomes_are_kept() {
    let service = Service::of(
        Given::new().hook("a", "accept", "priority = 1").hook("b", "veto", "priority = 2").start().await,
    )
    .await;
    for _ in 0..70 {
        service.world.create().await.vetoed_by("b", "no");
    }
    let kept = |json: serde_json::Value| json["last"].as_array().unwrap().len();
    assert_eq!(kept(service.json("/v1/hooks/b/stats").await), 50);
    let accepts = kept(service.json("/v1/hooks/a/stats").await);
    assert!((10..=50).contains(&accepts), "{accepts} of accepts that came in a row");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn metrics_show_the_host_and_its_door() {
    let given = Given::new().hook("a", "veto", "").hook(
        "b",
        "fail",
        "on_failure = 'accept'\n[properties]\ntext = 'no'",
    );
    let given = given.hook("off", "accept", "status = 'disabled'").toml("bad", "nothing = 1");
    let service = Service::of(given.start().await).await;
    service.world.create().await.vetoed_by("a", "no");
    service.world.ask("cloud.pre_create").facet("option", "NONE").refused().await;
    service.json("/readyz").await;
    let metrics = service.text("/metrics").await;
    let expected = [
        "tenterhook_calls_total{hook=\"a\",verdict=\"veto\"} 1\n",
        "tenterhook_call_seconds_count{hook=\"a\"} 1\n",
        "tenterhook_call_seconds_bucket{le=\"+Inf\",hook=\"a\"} 1\n",
        "tenterhook_call_fuel_count{hook=\"a\"} 1\n",
        "tenterhook_calls_dry_total{hook=\"a\"} ",
        "tenterhook_events_total{event=\"cloud.pre_create\",decision=\"veto\"} 1\n",
        "tenterhook_events_refused_total 1\n",
        "tenterhook_reloads_total{result=\"done\"} 0\n",
        "tenterhook_sandboxes_prepared ",
        "tenterhook_roster_generation 1\n",
        "tenterhook_hooks{state=\"enabled\"} 2\n",
        "tenterhook_hooks{state=\"disabled\"} 1\n",
        "tenterhook_hooks{state=\"left_out\"} 1\n",
        "tenterhook_problems{severity=\"error\"} ",
        "tenterhook_http_requests_total{method=\"GET\",route=\"/readyz\",status=\"200\"} 1\n",
        "tenterhook_http_request_seconds_count{method=\"GET\",route=\"/readyz\"} 1\n",
    ];
    for line in expected {
        assert!(metrics.contains(line), "no {line:?} in\n{metrics}");
    }
    assert!(metrics.ends_with("# EOF\n"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_client_makes_series_of_its_own() {
    let service = Service::of(Given::new().start().await).await;
    for n in 0..20 {
        service.status(&format!("/v1/hooks/h{n}/stats")).await;
        service.status(&format!("/no/such/{n}")).await;
    }
    let metrics = service.text("/metrics").await;
    let routes = metrics.lines().filter(|line| line.starts_with("tenterhook_http_requests_total")).count();
    assert_eq!(routes, 2, "{metrics}");
    assert!(metrics.contains("route=\"/v1/hooks/{id}/stats\",status=\"404\"} 20\n"), "{metrics}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn readiness_says_what_is_not_whole() {
    let whole = Service::of(Given::new().hook("a", "accept", "").start().await).await;
    assert_eq!(whole.text("/livez").await, "live\n");
    let ready = whole.json("/readyz").await;
    assert_eq!(
        (&ready["status"], &ready["hooks"], &ready["roster"]),
        (&"ready".into(), &1.into(), &1.into())
    );
    let given = Given::new()
        .hook("a", "accept", "")
        .toml("guard", "name = 'g'\ntype = 'cloud'\npriority = 1\n[[on]]\nevent = 'cloud.pre_create'\n");
    let degraded = Service::of(given.start().await).await.json("/readyz").await;
    assert_eq!(
        (&degraded["status"], &degraded["unavailable"]),
        (&"degraded".into(), &1.into()),
        "{degraded}"
    );
    assert!(!degraded.to_string().contains("guard"), "it is open to everybody: {degraded}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn outcomes_are_streamed_without_data_as_they_are_decided() {
    let service = Service::of(Given::new().hook("a", "accept", "").start().await).await;
    let mut all = service.stream("/v1/outcomes").await;
    let mut tax = service.stream("/v1/outcomes?event=cloud.tax_calculation").await;
    service.world.create().id("e1").data(r#"{"secret":1}"#).await.accepted();
    service.world.tax().id("e2").await.accepted();
    let first = all.next("outcome").await;
    assert_eq!(
        (&first["id"], &first["decision"], &first["trail"][0]["hook"]),
        (&"e1".into(), &"accept".into(), &"a".into())
    );
    assert_eq!(first.get("data"), None, "{first}");
    assert_eq!(all.next("outcome").await["id"], "e2");
    assert_eq!(tax.next("outcome").await["id"], "e2", "the other event was not wanted");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_who_does_not_keep_up_is_told_how_much_was_missed() {
    let service = Service::of(Given::new().start().await).await;
    let mut slow = service.stream("/v1/outcomes").await;
    // More than a socket and the queue hold, while nobody reads.
    let fired = 60_000_u64;
    for _ in 0..fired {
        service.world.tax().await.accepted();
    }
    let (mut seen, mut missed) = (0, 0);
    while seen + missed < fired {
        let (kind, json) = slow.any().await;
        match kind.as_str() {
            "missed" => missed += json["missed"].as_u64().unwrap(),
            _ => seen += 1,
        }
    }
    assert_eq!(seen + missed, fired);
    assert!(missed > 0, "{seen} were seen");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn only_so_many_look_on_and_none_holds_up_the_end() {
    let service = Service::of(Given::new().start().await).await;
    let mut streams = Vec::new();
    for _ in 0..64 {
        streams.push(service.stream("/v1/outcomes").await);
    }
    assert_eq!(service.status("/v1/outcomes").await, 503);
    drop(streams.pop());
    // The service notices that a reader has left when it next writes.
    let mut again = None;
    while again.is_none() {
        service.world.tax().await.accepted();
        again = service.try_stream("/v1/outcomes").await;
    }
    service.stop().await;
}
