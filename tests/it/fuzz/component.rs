//! Components: what the stages before the compiler make of wasm that is broken, changed, or made of noise.

use super::{Fuzz, Noise, workspace};
use std::fs;
use std::path::PathBuf;
use tenterhook::fuzz::inspect;
use tenterhook_tests::{guest, mutated, plugin, smithed};

/// The stock plugins.
pub(super) fn plugins() -> Vec<PathBuf> {
    let folders = fs::read_dir(workspace().join("plugins")).unwrap().flatten();
    let mut names: Vec<String> = folders
        .filter(|folder| folder.path().join("Cargo.toml").exists())
        .map(|folder| folder.file_name().into_string().unwrap())
        .collect();
    names.sort();
    names.iter().map(|name| plugin(name)).collect()
}

fn read(paths: &[PathBuf]) -> Vec<Vec<u8>> {
    paths.iter().map(|path| fs::read(path).unwrap()).collect()
}

/// What the stages make of bytes; a manifest is no larger than what it comes from.
fn stage(bytes: &[u8]) -> &'static str {
    let (carried, inspected) = inspect(bytes);
    if let Ok(Some(json)) = &carried {
        assert!(json.len() <= bytes.len());
    }
    for reason in carried.iter().map(|_| "").chain(inspected.as_ref().err().map(String::as_str)) {
        assert!(reason.len() < 4096, "{} bytes are said", reason.len());
    }
    match (carried, inspected) {
        (Ok(_), Ok(())) => "compiled",
        (Ok(_), Err(_)) => "read",
        (Err(reason), Ok(())) => {
            let known =
                ["its manifest is not UTF-8", "a core module and no component"].contains(&reason.as_str());
            assert!(known, "it would be compiled, but: {reason}");
            "mute"
        }
        (Err(_), Err(_)) => "unreadable",
    }
}

#[test]
fn components_that_end_too_early_are_refused() {
    let mut fuzz = Fuzz::new("truncated");
    for component in read(&plugins()) {
        for seed in (0..component.len()).step_by(173) {
            let what = format!("the first {seed} bytes of {}", component.len());
            fuzz.feed(seed as u64, &what, || stage(&component[..seed]));
        }
    }
    // What ends between two sections may be a component.
    fuzz.done(&[("unreadable", 4000)]);
}

#[test]
fn components_with_one_bit_flipped_are_compiled_or_refused() {
    let components = read(&plugins());
    let mut fuzz = Fuzz::new("flipped");
    for seed in 0..6_000 {
        let mut noise = Noise::seeded(seed);
        let mut component = noise.pick(&components).clone();
        let (at, bit) = (noise.below(component.len()), noise.below(8));
        component[at] ^= 1 << bit;
        fuzz.feed(seed, &format!("bit {bit} of byte {at}"), || stage(&component));
    }
    fuzz.done(&[("compiled", 500), ("read", 500), ("unreadable", 20)]);
}

#[test]
fn components_with_bytes_changed_are_compiled_or_refused() {
    let components = read(&[guest("echo"), guest("amend"), guest("canary")]);
    let mut fuzz = Fuzz::new("bytes");
    for seed in 0..6_000 {
        let mut noise = Noise::seeded(seed);
        let sample = noise.pick(&components).clone();
        let component = noise.changed_bytes(&sample);
        fuzz.feed(seed, "bytes of a guest", || stage(&component));
    }
    fuzz.done(&[("read", 50), ("unreadable", 1000)]);
}

#[test]
fn components_made_of_noise_are_compiled_or_refused() {
    let mut fuzz = Fuzz::new("smith");
    for (seed, component) in (0..).zip(smithed(3_000)) {
        fuzz.feed(seed, "smith", || stage(&component));
        for n in 0..8 {
            let changed = Noise::seeded(seed * 8 + n).changed_bytes(&component);
            fuzz.feed(seed, &format!("smith, change {}", seed * 8 + n), || stage(&changed));
        }
    }
    fuzz.done(&[("compiled", 500), ("read", 500), ("unreadable", 500)]);
}

#[test]
fn components_whose_code_is_changed_are_compiled_or_refused() {
    let mut fuzz = Fuzz::new("mutate");
    for (seed, component) in (0..).zip(mutated(1_000, &plugins())) {
        fuzz.feed(seed, "mutate", || stage(&component));
    }
    fuzz.done(&[("compiled", 100)]);
}

#[test]
fn a_manifest_larger_than_an_operators_file_is_refused() {
    let name = b"\x13tenterhook:manifest";
    let carrying = |bytes: usize| {
        let length = bytes + name.len();
        // LEB128 in four bytes, whether it needs them or not.
        let length =
            [0, 7, 14, 21].map(|shift| (length >> shift & 0x7f) as u8 | if shift < 21 { 0x80 } else { 0 });
        inspect(&[b"\0asm\x0d\0\x01\0\0", length.as_slice(), name, " ".repeat(bytes).as_bytes()].concat()).0
    };
    assert_eq!(carrying(1 << 20).map(|json| json.map(|json| json.len())), Ok(Some(1 << 20)));
    let too_large = "its manifest has 1048577 bytes, at most 1048576 are allowed";
    assert_eq!(carrying((1 << 20) + 1), Err(too_large.into()));
}
