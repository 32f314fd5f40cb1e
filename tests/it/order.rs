//! In which order hooks run, and what each sees of those before it.

use tenterhook_tests::Given;

#[tokio::test]
async fn lower_priority_runs_first_and_ties_run_by_id() {
    // R68, R83, R95
    let given =
        Given::new()
            .hook("d", "accept", "priority = 3")
            .hook("c", "accept", "priority = 1");
    let given = given
        .hook("a", "accept", "priority = 1")
        .hook("b", "accept", "priority = -2");
    let world = given.start().await.without_problems();
    world
        .create()
        .await
        .accepted()
        .trail(&["b accept", "a accept", "c accept", "d accept"]);
}
