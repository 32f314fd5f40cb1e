//! Whole directories of wasm that gets as far as the compiler, through the loader with the compiler in a child.

use super::component::plugins;
use super::{Fuzz, Noise};
use std::collections::BTreeMap;
use std::fs;
use tenterhook::Host;
use tenterhook::fuzz::inspect;
use tenterhook::limits::HostLimits;
use tenterhook_tests::{Given, guest, mutated, smithed};

const TOML: &str = "name = 'A'\ntype = 'cloud'\npriority = 1\non = [{ event = 'cloud.pre_create' }]\n";

/// How many of each kind are compiled.
const SAMPLE: usize = 100;

#[test]
fn what_passes_inspection_never_crashes_the_compiler() {
    let fit = |component: &Vec<u8>| inspect(component).1.is_ok();
    let smithed = smithed(3_000).into_iter().filter(fit);
    let mutated = mutated(600, &plugins()).into_iter().filter(fit);
    let samples = ["echo", "count", "fail", "see"].map(|name| fs::read(guest(name)).unwrap());
    let flipped = (0..).map(|seed| {
        let mut noise = Noise::seeded(seed);
        let mut component = noise.pick(&samples).clone();
        let at = noise.below(component.len());
        component[at] ^= 1 << noise.below(8);
        component
    });
    let mut fuzz = Fuzz::new("compiled");
    let mut kinds = BTreeMap::new();
    check("smith", smithed.step_by(5).take(SAMPLE).collect(), &mut fuzz, &mut kinds);
    check("mutate", mutated.take(SAMPLE).collect(), &mut fuzz, &mut kinds);
    check("flipped", flipped.filter(fit).take(SAMPLE).collect(), &mut fuzz, &mut kinds);
    println!("compiled: {kinds:?}");
    fuzz.done(&[("available", 50), ("unavailable", 50)]);
}

/// Loads components, ten in a directory. Each becomes a hook or a problem; none crashes the compiler.
fn check(
    what: &'static str,
    components: Vec<Vec<u8>>,
    fuzz: &mut Fuzz,
    kinds: &mut BTreeMap<&'static str, u64>,
) {
    assert!(components.len() >= SAMPLE / 2, "{} of {what}", components.len());
    for (batch, components) in (0..).zip(components.chunks(10)) {
        let mut given = Given::new();
        for (n, component) in components.iter().enumerate() {
            given = given.file(&format!("c{n}.wasm"), component).toml(&format!("c{n}"), TOML);
        }
        let mut limits = HostLimits::default();
        limits.concurrency = 2;
        let compiler = env!("CARGO_BIN_EXE_tenterhook-under-test");
        let builder = Host::builder().hooks(given.hooks()).limits(limits).compiler(compiler, ["__compile"]);
        let mut available = Vec::new();
        fuzz.feed(batch, what, || {
            let roster = builder.check().expect("the directory can be opened");
            let hooks = roster.hooks().map(|hook| hook.unavailable().is_none());
            available.extend(hooks);
            for problem in roster.problems.iter().filter(|problem| problem.is_error()) {
                *kinds.entry(problem.kind.unwrap_or("other")).or_default() += 1;
                assert!(!matches!(problem.kind, Some("crash" | "host")), "{what} {batch}: {problem}");
            }
            "directory"
        });
        assert_eq!(available.len(), components.len(), "every component is a hook");
        for is_available in available {
            *fuzz.outcomes.entry(if is_available { "available" } else { "unavailable" }).or_default() += 1;
        }
    }
}
