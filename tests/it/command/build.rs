//! `build`: crates become components that load and fire, all of them or none.

use super::tenterhook;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Command;
use tenterhook_tests::{Ended, Run};

/// A build of these crates that needs no network and shares what others compiled.
fn build<const N: usize>(crates: [&str; N]) -> Run<'static> {
    let target = Path::new(env!("CARGO_TARGET_TMPDIR")).with_file_name("guests");
    tenterhook(["build"]).args(crates).env("CARGO_TARGET_DIR", target).env("CARGO_NET_OFFLINE", "true")
}

trait Crate {
    /// Adds a crate in a folder of its own; its manifest ends with this.
    fn with_crate(self, name: &str, manifest: &str, lib: &str) -> Self;
    /// Adds a program that stands in for another: the only ones that are found.
    fn with_program(self, name: &str, script: &str) -> Self;
}

impl Crate for Run<'_> {
    fn with_crate(self, name: &str, manifest: &str, lib: &str) -> Self {
        let head =
            format!("[package]\nname = \"{name}\"\nversion = \"0.1.0\"\nedition = \"2024\"\n[workspace]\n");
        self.file(&format!("{name}/Cargo.toml"), head + manifest).file(&format!("{name}/src/lib.rs"), lib)
    }

    fn with_program(self, name: &str, script: &str) -> Self {
        let run = self.file(&format!("bin/{name}"), format!("#!/bin/sh\n{script}\n"));
        let (folder, program) = (run.folder().join("bin"), run.folder().join("bin").join(name));
        fs::set_permissions(program, fs::Permissions::from_mode(0o755)).unwrap();
        run.env("PATH", folder)
    }
}

const CDYLIB: &str = "[lib]\ncrate-type = [\"cdylib\"]\n";
const EMPTY: &str = "#[unsafe(no_mangle)]\npub extern \"C\" fn nothing() {}\n";

/// What is in the folder `hooks`.
fn made(ended: &Ended) -> Vec<String> {
    let entries = fs::read_dir(ended.folder().join("hooks")).into_iter().flatten();
    let mut names: Vec<_> = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

/// That of the test guests, whose SDK then need not be compiled again.
const PROFILE: &str = "[profile.release]\nopt-level = \"s\"\nstrip = true\npanic = \"abort\"\n";

const QUOTA: &str = "\
use tenterhook_sdk::prelude::*;

#[derive(Deserialize)]
struct Server { cpu: u32 }

#[hook(on = \"cloud.pre_create\", option = \"SERVER\", priority = 10)]
fn quota(event: Event<Server>) -> Result<Verdict> {
    let max = property_or(\"max_cpus\", 16)?;
    Ok(if event.data.cpu > max { veto(\"quota.cpu\", format!(\"at most {max} CPUs\")) } else { accept() })
}
";

#[test]
fn a_crate_becomes_a_hook_that_loads_and_fires() {
    // R89: a hook is added without building the host again.
    let workspace = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    let sdk = workspace.join("guest-sdk");
    let manifest = format!(
        "{CDYLIB}{PROFILE}[dependencies]\ntenterhook-sdk = {{ path = {:?} }}\n",
        sdk.display().to_string()
    );
    let lock = fs::read_to_string(workspace.join("Cargo.lock")).unwrap();
    let built =
        build(["my-quota"]).with_crate("my-quota", &manifest, QUOTA).file("my-quota/Cargo.lock", lock).ends();
    built.exits(0).says("`release` profile");
    assert_eq!(made(&built), ["my-quota.wasm"]);
    let line: Vec<&str> = built.out.trim_end().split("  ").collect();
    let [name, size, digest, file] = line[..] else { panic!("{built}") };
    assert_eq!((name, file), ("my-quota", "hooks/my-quota.wasm"));
    assert!(size.ends_with(" KiB"), "{size}");
    let digest = digest.strip_prefix("sha256:").unwrap();
    assert_eq!(digest.len(), 64, "{digest}");

    let hooks = built.folder().join("hooks");
    let checked = tenterhook(["check"]).args([&hooks]).ends();
    checked.exits(0).shows("no problems in 1 hook of");
    let fire = |cpu: u32| {
        let data = format!("{{\"cpu\":{cpu}}}");
        let event =
            ["fire", "--event", "cloud.pre_create", "--facet", "option=SERVER", "--json", "--data", &data];
        tenterhook(event).args(["--hooks".as_ref(), hooks.as_os_str()]).ends()
    };
    let outcome = fire(17).exits(10).json();
    assert_eq!(outcome["veto"]["reason"], "at most 16 CPUs");
    assert_eq!(outcome["trail"][0]["version"], digest[..12]);
    fire(16).exits(0);
}

#[test]
fn several_crates_are_built_at_once_in_their_order() {
    let built = build(["second", "first", "--debug", "--out", "hooks"])
        .with_crate("first", CDYLIB, EMPTY)
        .with_crate("second", CDYLIB, EMPTY)
        .file("hooks/first.wasm", "old")
        .ends();
    built.exits(0).says("`dev` profile");
    let names: Vec<_> = built.out.lines().filter_map(|line| line.split("  ").next()).collect();
    assert_eq!(names, ["second", "first"], "{built}");
    assert_eq!(made(&built), ["first.wasm", "second.wasm"]);
    let first = built.folder().join("hooks/first.wasm");
    assert!(fs::read(&first).unwrap().starts_with(b"\0asm\x0d"), "the old one was replaced by a component");
    assert_eq!(fs::metadata(first).unwrap().permissions().mode() & 0o002, 0, "not everybody may write to it");
}

#[test]
fn what_cannot_become_a_hook_is_refused_all_at_once_before_anything_is_compiled() {
    let built = build(["nothing", "empty", "plain", "Loud", "group", "good", "same/good"])
        .file("empty/readme", "")
        .with_crate("plain", "", EMPTY)
        .with_crate("Loud", CDYLIB, EMPTY)
        .file("group/Cargo.toml", "[workspace]\n")
        .with_crate("good", CDYLIB, EMPTY)
        .file("same/good/Cargo.toml", format!("[package]\nname = \"good\"\n[workspace]\n{CDYLIB}"))
        .file("same/good/src/lib.rs", EMPTY)
        .ends();
    built.exits(2).prints("");
    let expected = [
        "nothing: error: is no crate: it has no Cargo.toml, name the directory of a crate",
        "empty: error: is no crate: it has no Cargo.toml, name the directory of a crate",
        "plain: error: the crate \"plain\" has no cdylib, write [lib] crate-type = [\"cdylib\"] into its Cargo.toml",
        "Loud: error: \"Loud\" is no id for a hook, name the package with a-z, 0-9, _ and -, at most 64",
        "group: error: is a workspace, not a crate, name the directories of its crates",
        "same/good: error: another crate is called \"good\" too",
    ];
    let errors: Vec<_> = built.err.lines().filter(|line| line.contains(": error: ")).collect();
    assert_eq!(errors, expected, "{built}");
    assert!(!built.err.contains("Compiling"), "{built}");
    assert_eq!(made(&built), [""; 0]);
}

#[test]
fn a_manifest_that_cargo_cannot_read_is_refused_in_cargos_words() {
    let built = build(["odd"]).file("odd/Cargo.toml", "[package]\nnam = \"odd\"\n").ends();
    built
        .exits(2)
        .says("odd: error: cargo cannot read it, see above")
        .says("error: failed to parse manifest");
}

#[test]
fn where_one_crate_does_not_compile_nothing_is_made() {
    let built = build(["fine", "faulty", "--debug"])
        .with_crate("fine", CDYLIB, EMPTY)
        .with_crate("faulty", CDYLIB, "pub fn number() -> u32 { \"eleven\" }\n")
        .file("hooks/faulty.wasm", "old")
        .ends();
    built.exits(1).prints("").says("error[E0308]: mismatched types").says("\"eleven\"");
    built.says("error: it did not compile, see above; nothing was changed\n");
    assert_eq!(made(&built), ["faulty.wasm"], "the good one is not there either");
    assert_eq!(fs::read(built.folder().join("hooks/faulty.wasm")).unwrap(), b"old");
}

/// A `rustc` that lacks the target, and knows all else.
fn rustc_without_the_target() -> String {
    let output = Command::new("rustc").args(["--print", "sysroot"]).output().unwrap();
    let sysroot = String::from_utf8(output.stdout).unwrap();
    let rustc = Path::new(sysroot.trim()).join("bin/rustc");
    format!(
        "case \"$*\" in *target-libdir*) echo /no/such/folder;; *) exec '{}' \"$@\";; esac",
        rustc.display()
    )
}

fn without_the_target(name: &str) -> Run<'static> {
    let build = build([name, "--debug"]).with_crate(name, CDYLIB, EMPTY);
    build.with_program("rustc", &rustc_without_the_target())
}

#[test]
fn a_missing_target_is_added_by_rustup() {
    let script = "echo \"$@\" >> ../asked; echo \"from $PWD\" >> ../asked";
    let built = without_the_target("lacking").with_program("rustup", script).ends();
    built.exits(0);
    assert_eq!(made(&built), ["lacking.wasm"]);
    let asked = fs::read_to_string(built.folder().join("asked")).unwrap();
    let asked: Vec<&str> = asked.lines().collect();
    assert_eq!(asked[0], "target add wasm32-wasip2");
    assert!(
        asked.len() == 2 && asked[1].ends_with("/lacking"),
        "a crate may choose its toolchain: {asked:?}"
    );
}

#[test]
fn a_target_that_cannot_be_added_ends_the_build_with_what_to_do() {
    let built = without_the_target("offline").with_program("rustup", "echo no network >&2; exit 1").ends();
    built.exits(1).prints("").says("no network\n").says(
        "error: rustup could not add the target wasm32-wasip2: \
         run `rustup target add wasm32-wasip2` where there is a network\n",
    );
    assert_eq!(made(&built), [""; 0]);
}

#[test]
fn without_rustup_or_cargo_it_is_said_what_to_install() {
    let built = without_the_target("alone").ends();
    built
        .exits(1)
        .says("error: rustc lacks the target wasm32-wasip2 and there is no rustup to add it: install rustup");
    let built = build(["bare"])
        .with_crate("bare", CDYLIB, EMPTY)
        .with_program("other", "")
        .env("CARGO", "cargo")
        .ends();
    built
        .exits(1)
        .complains("error: cargo is not installed or not in PATH: install Rust from https://rustup.rs\n");
}

#[test]
fn a_folder_that_cannot_be_written_is_an_error() {
    let built =
        build(["small", "--debug", "--out", "small/Cargo.toml"]).with_crate("small", CDYLIB, EMPTY).ends();
    built.exits(1).prints("").says("error: small/Cargo.toml cannot be made: ");
    tenterhook(["build"]).ends().exits(2).says("<CRATE>");
}
