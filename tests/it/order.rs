//! In which order hooks run, and what each sees of those before it.

use tenterhook_tests::Given;

#[tokio::test]
async fn lower_priority_runs_first_and_ties_run_by_id() {
    // R68, R83, R95
    let world = Given::new()
        .hook("d", "accept", "priority = 3")
        .hook("c", "accept", "priority = 1")
        .hook("a", "accept", "priority = 1")
        .hook("b", "accept", "priority = -2")
        .start()
        .await
        .without_problems();
    let order = ["b accept", "a accept", "c accept", "d accept"];
    world.create().await.accepted().trail(&order);
}

#[tokio::test]
async fn equal_priorities_give_one_order_in_a_hundred_runs() {
    // R84
    let ids = ["z", "a1", "m_", "a-1", "0", "a"];
    let hook = |given: Given, id: &&str| given.hook(id, "accept", "priority = 7");
    let world = ids.iter().fold(Given::new(), hook).start().await;
    let order = ["0", "a", "a-1", "a1", "m_", "z"].map(|id| format!("{id} accept"));
    for _ in 0..100 {
        world.create().await.trail(&order.each_ref().map(String::as_str));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_slow_hooks_never_overlap() {
    // R97
    let slow = |priority| format!("priority = {priority}\n[properties]\nms = 30");
    let given = Given::new().hook("first", "sleep", &slow(1));
    let world = given.hook("second", "sleep", &slow(2)).start().await;
    world.create().await.trail(&["first accept", "second accept"]);
    let times = |hook| -> Vec<u64> {
        let time = |line: &String| line.rsplit(' ').next().unwrap().parse().unwrap();
        world.log_of(hook).iter().map(time).collect()
    };
    let ([begin, end], [later, last]) = (&times("first")[..], &times("second")[..]) else {
        panic!("each hook logs its begin and its end: {:?}", world.log());
    };
    assert!(begin + 30 <= *end && end <= later && later + 30 <= *last);
}

#[tokio::test]
async fn a_hook_sees_what_those_before_it_amended() {
    // R96
    let world = Given::new()
        .hook("one", "amend", "priority = 1\n[properties]\npatch = '{\"a\":2,\"b\":{\"c\":null}}'")
        .hook("two", "quote", "priority = 2")
        .start()
        .await;
    let answer = world.create().data(r#"{"a":1,"b":{"c":1,"d":1.0}}"#).await;
    answer.trail(&["one amend", "two amend"]).data_is(r#""{\"a\":2,\"b\":{\"d\":1.0}}""#);
    assert!(answer.outcome.amended);
}

#[tokio::test]
async fn a_replacement_is_the_whole_new_data() {
    let world = Given::new()
        .hook("one", "replace", "priority = 1\n[properties]\ndata = '[1]'")
        .hook("two", "quote", "priority = 2")
        .start()
        .await;
    world.create().data(r#"{"a":1}"#).await.data_is(r#""[1]""#);
}

#[tokio::test]
async fn the_first_veto_stops_the_chain_and_carries_no_data() {
    let world = Given::new()
        .hook("a", "amend", "priority = 1\n[properties]\npatch = '{\"a\":2}'")
        .hook("b", "veto", "priority = 2\n[properties]\ncode = 'quota.cpu'\nreason = 'too big'")
        .hook("c", "veto", "priority = 3")
        .hook("d", "see", "priority = 4")
        .start()
        .await;
    let answer = world.create().data(r#"{"a":1}"#).await;
    answer.vetoed_by("b", "quota.cpu").because("too big").says("b", "too big");
    answer.trail(&["a amend", "b veto", "c skipped", "d skipped"]);
    assert!(answer.outcome.data().is_err());
    assert!(!answer.outcome.amended, "what was refused is not amended");
    assert_eq!(world.log_of("d"), [""; 0], "a skipped hook is not called");
}
