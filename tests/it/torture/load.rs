//! Stopped at load: what is made to harm whoever compiles or starts it is refused, in a word that stays the
//! same, and the hooks beside it load.

use super::made::{self, Made, body, forever};
use std::collections::BTreeMap;
use std::fs;
use tenterhook_tests::{Given, Run};
use wasm_encoder::{
    BlockType, ComponentBuilder, ComponentExportKind, ComponentTypeRef, Function, InstanceType, ModuleArg,
};

const BINARY: &str = env!("CARGO_BIN_EXE_tenterhook-under-test");

/// Imports an interface with nothing in it.
fn importing(name: &str) -> Vec<u8> {
    Made::new().component_with(|component, _| {
        let ty = component.type_instance(None, &InstanceType::new());
        component.import(name, ComponentTypeRef::Instance(ty));
    })
}

/// `n` components and modules within the hook; its own module and exporter are two of them.
fn nested(n: usize) -> Vec<u8> {
    Made::new().component_with(|component, _| {
        for _ in 2..n {
            component.component(None, ComponentBuilder::default());
        }
    })
}

/// `n` instances; its own two are among them, and half are in a component within it.
fn instances(n: usize) -> Vec<u8> {
    let add = |component: &mut ComponentBuilder, n: usize| {
        let empty = component.component(None, ComponentBuilder::default());
        for _ in 0..n {
            component.instantiate(None, empty, [] as [(&str, ComponentExportKind, u32); 0]);
        }
    };
    Made::new().component_with(|component, _| {
        let mut inner = ComponentBuilder::default();
        add(&mut inner, n / 2);
        component.component(None, inner);
        add(component, n - n / 2 - 2);
    })
}

/// `n` instances of its module, each with a memory and a table of its own.
fn sandboxes(n: usize) -> Vec<u8> {
    let made = Made { table: Some(1), ..Made::new() };
    made.component_with(|component, module| {
        for _ in 1..n {
            component.core_instantiate(None, module, [] as [(&str, ModuleArg); 0]);
        }
    })
}

fn with(idle: Function) -> Vec<u8> {
    Made { idle: vec![idle], ..Made::new() }.component()
}

/// `n` loops or blocks within each other.
fn deep(n: usize, is_loop: bool) -> Vec<u8> {
    with(body(0, |code| {
        for _ in 0..n {
            if is_loop {
                code.loop_(BlockType::Empty)
            } else {
                code.block(BlockType::Empty)
            };
        }
        for _ in 0..n {
            code.end();
        }
    }))
}

/// A function of `n` bytes: one says that there are no locals, the last that it ends.
fn long(n: usize) -> Vec<u8> {
    let mut function = Function::new([]);
    function.raw(std::iter::repeat_n(0x01, n - 2)).instructions().end();
    with(function)
}

fn functions(n: usize) -> Vec<u8> {
    Made { idle: vec![body(0, |_| ()); n - 3], ..Made::new() }.component()
}

fn segments(n: usize) -> Vec<u8> {
    Made { segments: n, ..Made::new() }.component()
}

/// Every hook with its kind, once `check --json` and `hooks --json` agree that it does not load.
fn kinds(given: &Given) -> BTreeMap<String, String> {
    let checked = Run::of(BINARY).args(["check", "--json"]).directory(given).ends();
    let found = checked.exits(2).complains("").json();
    let listed = Run::of(BINARY).args(["hooks", "--json"]).hooks(given).ends().exits(0).json();
    let reason = |id: &str| {
        let hook = listed.as_array().unwrap().iter().find(|hook| hook["id"] == id);
        hook.unwrap_or_else(|| panic!("{id} is not listed"))["unavailable"].as_str().map(str::to_owned)
    };
    let mut kinds = BTreeMap::new();
    for problem in found["problems"].as_array().unwrap() {
        let file = problem["file"].as_str().unwrap();
        let id = file.trim_start_matches("hooks/").split('.').next().unwrap();
        let kind = problem["kind"].as_str().unwrap_or_else(|| panic!("no kind: {problem}"));
        let reason = reason(id).unwrap_or_else(|| panic!("{id} is available"));
        assert!(reason.starts_with(problem["message"].as_str().unwrap()), "{reason}: {problem}");
        assert_eq!(kinds.insert(id.to_owned(), kind.to_owned()), None, "{id} has one problem");
    }
    kinds
}

#[track_caller]
fn expect(given: &Given, expected: &[(&str, &str)]) {
    let expected: BTreeMap<_, _> =
        expected.iter().map(|(id, kind)| ((*id).to_owned(), (*kind).to_owned())).collect();
    assert_eq!(kinds(given), expected);
}

#[test]
fn what_is_made_for_something_else_is_refused_by_kind() {
    let made = |exports| Made { exports, ..Made::new() }.component();
    let mut given = Given::new();
    for (id, component) in [
        ("newer", made("tenterhook:hook/handler@0.2.0")),
        ("older", made("tenterhook:hook/handler@0.0.9")),
        ("other", made("tenterhook:other/handler@0.1.0")),
        ("shape", Made { shape: true, handle: body(0, |_| ()), ..Made::new() }.component()),
        ("fine", Made::new().component()),
        ("patched", made("tenterhook:hook/handler@0.1.7")),
        ("import", importing("evil:spy/spy@0.1.0")),
        ("bare-import", importing("spy")),
        ("draft", importing("wasi:config/store@0.2.0-draft")),
        ("keyvalue", importing("wasi:keyvalue/store@0.2.0-draft2")),
        ("tail-call", with(body(0, |code| _ = code.return_call(4)))),
        ("simd", with(body(0, |code| _ = code.v128_const(0).v128_const(0).i8x16_relaxed_swizzle().drop()))),
        ("memory64", Made { memory64: true, ..Made::new() }.component()),
    ] {
        given = made::hook(given, id, component);
    }
    expect(
        &given,
        &[
            ("newer", "contract"),
            ("older", "contract"),
            ("other", "contract"),
            ("shape", "contract"),
            ("import", "import"),
            ("bare-import", "import"),
            ("draft", "draft"),
            ("keyvalue", "draft"),
            ("tail-call", "invalid"),
            ("simd", "invalid"),
            ("memory64", "invalid"),
        ],
    );
}

#[test]
fn what_starts_with_more_than_a_sandbox_has_is_refused_by_kind() {
    let grow = body(0, |code| {
        code.loop_(BlockType::Empty).i32_const(64).memory_grow(0).i32_const(0).i32_ge_s().br_if(0).end();
        code.unreachable();
    });
    let start = |start| Made { start: Some(start), ..Made::new() }.component();
    let mut given = Given::new();
    for (id, component) in [
        ("four-gib", Made { pages: 65_536, ..Made::new() }.component()),
        ("ceiling", Made { pages: 2_048, ..Made::new() }.component()),
        ("above-ceiling", Made { pages: 2_049, ..Made::new() }.component()),
        ("elements", Made { table: Some(10_000_000), ..Made::new() }.component()),
        ("sandboxes", sandboxes(129)),
        ("memories", sandboxes(9)),
        ("fine", sandboxes(8)),
        ("loop", start(body(0, forever))),
        ("hoard", start(grow)),
        ("trap", start(body(0, |code| _ = code.unreachable()))),
        ("recurse", start(body(0, |code| _ = code.call(3)))),
    ] {
        given = made::hook(given, id, component);
    }
    expect(
        &given,
        &[
            ("four-gib", "resources"),
            ("above-ceiling", "resources"),
            ("elements", "resources"),
            ("sandboxes", "resources"),
            ("memories", "resources"),
            ("loop", "start"),
            ("hoard", "resources"),
            ("trap", "start"),
            ("recurse", "start"),
        ],
    );
}

/// Components at a structural limit, or one beyond.
fn structures(beyond: usize) -> Vec<(&'static str, Vec<u8>)> {
    vec![
        ("functions", functions(50_000 + beyond)),
        ("locals", with(body(2_000 + u32::try_from(beyond).unwrap(), |_| ()))),
        ("loops", deep(64 + beyond, true)),
        ("blocks", deep(2_000 + beyond, false)),
        ("bytes", long((1 << 20) + beyond)),
        ("segments", segments(20_000 + beyond)),
        ("nested", nested(100 + beyond)),
        ("instances", instances(1_000 + beyond)),
    ]
}

#[test]
fn what_is_made_of_more_than_hooks_are_is_not_compiled() {
    let mut given = Given::new();
    for (id, component) in structures(1) {
        given = made::hook(given, id, component);
    }
    let expected: Vec<_> = structures(1).iter().map(|(id, _)| (*id, "structure")).collect();
    expect(&given, &expected);
}

#[test]
fn what_is_made_of_as_much_as_hooks_may_be_loads() {
    let mut given = Given::new();
    for (id, component) in structures(0) {
        given = made::hook(given, id, component);
    }
    let checked = Run::of(BINARY).args(["check", "--json"]).directory(&given).ends();
    checked.exits(0).prints("{\"hooks\":8,\"left_out\":[],\"problems\":[]}\n");
}

#[test]
fn a_file_that_cannot_be_a_hook_is_refused_by_kind() {
    // What is said of each is tested with the directory; here, that it has a kind.
    let whole = Made::new().component();
    let mut flipped = whole.clone();
    flipped[whole.len() / 2] ^= 1;
    let digest = made::TOML.replace("[[on]]", &format!("sha256 = '{}'\n[[on]]", "0".repeat(64)));
    let mut given = Given::new().file("digest.wasm", flipped).toml("digest", &digest);
    for (id, component) in [
        ("empty", &b""[..]),
        ("text", b"no wasm"),
        ("core", b"\0asm\x01\0\0\0"),
        ("half", &whole[..whole.len() / 2]),
        ("nothing", b"\0asm\x0d\0\x01\0"),
        ("large", b""),
    ] {
        given = made::hook(given, id, component);
    }
    let large = fs::File::options().write(true).open(given.hooks().join("large.wasm")).unwrap();
    large.set_len(100_000_000).unwrap();
    let given = given.toml("missing", made::TOML);
    expect(
        &given,
        &[
            ("empty", "invalid"),
            ("text", "invalid"),
            ("core", "invalid"),
            ("half", "invalid"),
            ("nothing", "contract"),
            ("large", "file"),
            ("missing", "file"),
            ("digest", "digest"),
        ],
    );
}
