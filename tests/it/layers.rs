//! The layers of the architecture (`docs/ARCHITECTURE.md`): a module imports from its own layer or from below, and no
//! modules import each other in a circle.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use crate::source::Source;

/// Modules of the library, layer by layer, the lowest first.
const LAYERS: [&[&str]; 5] = [
    &["error"],
    &["wire", "code"],
    &["index", "event", "detail"],
    &["text"],
    &["log", "export", "filter", "pmc", "write", "summary", "redact"],
];

/// The circles that are left. This list may only shrink.
const CYCLES: &[&str] = &[
    "detail: encode, file, network, process, profiling, registry",
    "log: iter, open, reader, stream",
    "log: salvage, segments",
    "pmc: columns, key",
];

/// What only some modules may name.
const PRIVILEGES: [(&str, &[&str]); 2] = [("fs", &["log", "pmc"]), ("io", &["error", "log", "export", "pmc", "write"])];

fn library() -> Source {
    Source::parse(Path::new("src/lib.rs"))
}

fn program() -> Source {
    Source::parse(Path::new("crates/pml/src/main.rs"))
}

/// The imports between the children of one module, each with the places that need it: (from, to) to places.
type Imports = BTreeMap<(String, String), BTreeSet<String>>;

/// The imports of a crate, by the module whose children import each other. What a module and its own descendants share
/// is left out: a parent is made of its children, and they use what it declares for all of them.
fn imports(source: &Source) -> BTreeMap<String, Imports> {
    let mut imports: BTreeMap<String, Imports> = BTreeMap::new();
    for (number, module) in source.modules.iter().enumerate() {
        for mention in source.mentions(number) {
            let Some(target) = source.resolve(number, &mention.segments) else { continue };
            let target = &source.modules[target.module].path;
            let common = module.path.iter().zip(target).take_while(|(a, b)| a == b).count();
            if let (Some(from), Some(to)) = (module.path.get(common), target.get(common)) {
                let place = format!("{}:{}: {}", module.file.display(), mention.line, mention.segments.join("::"));
                let level = imports.entry(module.path[..common].join("::")).or_default();
                level.entry((from.clone(), to.clone())).or_default().insert(place);
            }
        }
    }
    imports
}

/// The modules that can be reached from one of them by imports.
fn reachable<'a>(imports: &'a Imports, from: &'a str) -> BTreeSet<&'a str> {
    let mut found = BTreeSet::new();
    let mut left = vec![from];
    while let Some(module) = left.pop() {
        for (_, to) in imports.keys().filter(|(from, _)| from == module) {
            if found.insert(to.as_str()) {
                left.push(to);
            }
        }
    }
    found
}

/// The circles of a crate: the name of each, such as `detail::file: layout, view`, with the imports that make it.
fn cycles(source: &Source) -> BTreeMap<String, String> {
    let mut cycles = BTreeMap::new();
    for (level, imports) in imports(source) {
        let modules: BTreeSet<&str> = imports.keys().map(|(from, _)| from.as_str()).collect();
        let reachable: BTreeMap<&str, BTreeSet<&str>> =
            modules.into_iter().map(|module| (module, reachable(&imports, module))).collect();
        for (module, below) in &reachable {
            let is_in_circle = |other: &&&str| reachable.get(**other).is_some_and(|back| back.contains(module));
            let circle: Vec<&str> = below.iter().filter(is_in_circle).copied().collect();
            if circle.is_empty() {
                continue;
            }
            let inside =
                |(from, to): &(String, String)| circle.contains(&from.as_str()) && circle.contains(&to.as_str());
            let lines = imports.iter().filter(|(edge, _)| inside(edge));
            let lines = lines.map(|((from, to), places)| format!("    {from} -> {to}{}", examples(places)));
            let level = if level.is_empty() { "crate" } else { &level };
            cycles.insert(format!("{level}: {}", circle.join(", ")), lines.collect());
        }
    }
    cycles
}

/// The first places of an import, a line for each.
fn examples(places: &BTreeSet<String>) -> String {
    let lines: Vec<_> = places.iter().take(3).map(|place| format!("\n      {place}")).collect();
    format!(" in {} places{}\n", places.len(), lines.concat())
}

/// Expects the circles of a crate to be those of a list.
fn assert_cycles(source: &Source, known: &[&str]) {
    let found = cycles(source);
    let mut report = String::new();
    for (name, imports) in found.iter().filter(|(name, _)| !known.contains(&name.as_str())) {
        report += &format!("not on the list: {name:?}\n{imports}");
    }
    for name in known.iter().filter(|name| !found.contains_key(**name)) {
        report += &format!("on the list, but gone or smaller: {name:?}\n");
    }
    assert!(report.is_empty(), "circles of imports\n{report}");
}

#[test]
fn imports_do_not_go_in_circles() {
    assert_cycles(&library(), CYCLES);
    assert_cycles(&program(), &[]);
}

fn layer(module: &str) -> usize {
    let layer = LAYERS.iter().position(|modules| modules.contains(&module));
    layer.unwrap_or_else(|| panic!("the module {module} is in no layer"))
}

#[test]
fn imports_point_down() {
    let imports = imports(&library());
    let between_layers = &imports[""];
    for ((from, to), places) in between_layers {
        assert!(layer(to) <= layer(from), "{from} must not import {to}{}", examples(places));
    }
    assert!(between_layers.len() > 20, "only {} imports were found", between_layers.len());
}

#[test]
fn only_the_root_of_the_program_imports_commands() {
    let mut imports = imports(&program());
    let mut of_commands = imports.remove("commands").unwrap_or_default();
    of_commands.extend(imports.remove("").unwrap_or_default().into_iter().filter(|((_, to), _)| to == "commands"));
    let report =
        of_commands.iter().map(|((from, to), places)| format!("{from} must not import {to}{}", examples(places)));
    assert!(of_commands.is_empty(), "{}", report.collect::<String>());
}

#[test]
fn only_readers_and_writers_use_files() {
    let source = library();
    for (number, module) in source.modules.iter().enumerate() {
        let Some(top) = module.path.first() else { continue };
        for mention in source.mentions(number) {
            // A cursor over bytes in memory, which binrw reads from, is no file.
            let [std, name, rest @ ..] = mention.segments.as_slice() else { continue };
            if std != "std" || rest.first().is_some_and(|name| name == "Cursor") {
                continue;
            }
            for (what, allowed) in PRIVILEGES {
                let place = format_args!("{}:{}", module.file.display(), mention.line);
                assert!(name != what || allowed.contains(&top.as_str()), "{top} must not use std::{what}: {place}");
            }
        }
    }
}
