//! What ARCHITECTURE.md says of the layers: a module imports only modules declared above it, and what only
//! one place may know is named nowhere else.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

fn workspace() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the workspace is above")
}

/// The host's modules in the order in which `lib.rs` declares them.
fn modules() -> Vec<String> {
    let lib = fs::read_to_string(workspace().join("host/src/lib.rs")).unwrap();
    let name = |line: &str| {
        let line = line.trim().trim_start_matches("pub ");
        Some(line.strip_prefix("mod ")?.strip_suffix(';')?.to_owned())
    };
    lib.lines().filter_map(name).collect()
}

/// Every source file of a module, with its text.
fn sources(module: &str) -> Vec<(PathBuf, String)> {
    let src = workspace().join("host/src");
    let mut paths = vec![src.join(format!("{module}.rs"))];
    let mut folders = vec![src.join(module)];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
            let path = entry.path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                paths.push(path);
            }
        }
    }
    paths.into_iter().map(|path| (path.clone(), fs::read_to_string(path).unwrap())).collect()
}

/// The modules of the crate that a text names: `crate::x`, and each of `crate::{x, y}`.
fn imports(text: &str) -> Vec<String> {
    let code =
        text.lines().filter(|line| !line.trim_start().starts_with("//")).collect::<Vec<_>>().join("\n");
    let word = |text: &str| text.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect::<String>();
    let mut found = Vec::new();
    for rest in code.split("crate::").skip(1) {
        match rest.strip_prefix('{') {
            Some(list) => {
                let list = list.split('}').next().unwrap_or_default();
                found.extend(list.split(',').map(|item| word(item.trim())));
            }
            None => found.push(word(rest)),
        }
    }
    found.retain(|name| !name.is_empty());
    found
}

#[test]
fn a_module_imports_only_modules_declared_above_it() {
    let modules = modules();
    assert!(modules.len() > 15, "{modules:?}");
    let mut wrong = Vec::new();
    for (index, module) in modules.iter().enumerate() {
        for (path, text) in sources(module) {
            for import in imports(&text) {
                if modules.iter().position(|known| *known == import).is_some_and(|at| at > index) {
                    wrong.push(format!("{} imports {import}", path.display()));
                }
            }
        }
    }
    assert_eq!(wrong, [""; 0]);
}

/// Modules whose code names one of `words`.
fn naming(words: &[&str]) -> Vec<String> {
    let code = |text: &str| {
        let lines = text.lines().take_while(|line| !line.contains("#[cfg(test)]"));
        lines.filter(|line| !line.trim_start().starts_with("//")).collect::<Vec<_>>().join("\n")
    };
    let names = |module: &String| {
        let mut sources = sources(module);
        sources.retain(|(path, _)| !path.ends_with("tests.rs"));
        sources.iter().any(|(_, text)| words.iter().any(|word| code(text).contains(word)))
    };
    modules().into_iter().filter(names).collect()
}

#[test]
fn what_one_place_knows_is_named_nowhere_else() {
    assert_eq!(naming(&["wasmtime", "wasmparser"]), ["machine"]);
    assert_eq!(naming(&["clap::", "clap(", "anyhow::", "anstream::"]), ["cli"]);
    assert_eq!(naming(&["println!", "print!(", "std::io::stdout", "anstream"]), ["cli"]);
    assert_eq!(naming(&["std::process::Command", "Command::new"]), ["process", "cli"]);
    assert_eq!(naming(&["process::exit"]), [""; 0]);
    let words_and_rules: Vec<String> =
        modules().into_iter().take_while(|module| module != "process").collect();
    for module in naming(&["std::fs", "std::net", "tokio", "Instant::now", "std::thread"]) {
        assert!(!words_and_rules.contains(&module), "{module} is no pure module");
    }
}

/// The crates that cargo names.
fn tree(arguments: &[&str]) -> String {
    let mut command = Command::new(std::env::var("CARGO").unwrap_or_else(|_| "cargo".into()));
    command.args(["tree", "--prefix", "none", "--offline"]).args(arguments);
    let output = command.current_dir(workspace()).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn the_library_alone_pulls_in_no_crate_of_a_command_line_or_a_server() {
    let names = |arguments: &[&str]| -> Vec<String> {
        let tree = tree(&[&["-p", "tenterhook", "-e", "normal"], arguments].concat());
        tree.lines().filter_map(|line| line.split(' ').next()).map(str::to_owned).collect()
    };
    let alone = names(&["--no-default-features"]);
    for unwanted in ["clap", "clap_builder", "axum", "anyhow-cli", "anstream", "reqwest"] {
        assert!(!alone.iter().any(|name| name == unwanted), "{unwanted}");
    }
    assert!(alone.iter().any(|name| name == "wasmtime"), "{alone:?}");
    assert!(names(&[]).iter().any(|name| name == "clap"), "the check would notice");
}

#[test]
fn cargo_test_uses_what_cargo_run_has_built() {
    let crates = |arguments: &[&str]| -> BTreeSet<String> {
        let tree = tree(&[&["-f", "{p} {f}"], arguments].concat());
        tree.lines().map(|line| line.trim_end_matches(" (*)").to_owned()).collect()
    };
    let (run, test) = (crates(&["-e", "no-dev"]), crates(&["--workspace"]));
    assert!(run.iter().any(|name| name.starts_with("wasmtime v")), "{run:?}");
    assert_eq!(run.difference(&test).collect::<Vec<_>>(), [""; 0], "would be built twice");
    let host = crates(&["-e", "no-dev", "-p", "tenterhook"]);
    assert_ne!(host.difference(&test).count(), 0, "the check would notice");
}

#[test]
fn every_source_file_says_what_it_is_for() {
    let modules = modules();
    let mut files: Vec<_> = modules.iter().flat_map(|module| sources(module)).collect();
    files.retain(|(_, text)| !text.starts_with("//!"));
    let paths: Vec<_> = files.iter().map(|(path, _)| path.display().to_string()).collect();
    assert_eq!(paths, [""; 0]);
}
