//! The layers of the architecture (`docs/ARCHITECTURE.md`): a module imports only from its own layer or a lower one,
//! and imports have no cycles.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use crate::source::Source;

/// The modules of the library by layer, the lowest first.
const LAYERS: [&[&str]; 5] = [
    &["error"],
    &["wire", "code"],
    &["index", "event", "detail"],
    &["text"],
    &["log", "export", "filter", "pmc", "write", "summary", "analysis", "redact"],
];

/// Modules of `std` with the modules of the library that may use them.
const PRIVILEGES: [(&str, &[&str]); 2] =
    [("fs", &["log", "pmc"]), ("io", &["error", "log", "export", "pmc", "write", "analysis"])];

fn library() -> Source {
    Source::parse(Path::new("src/lib.rs"))
}

fn program() -> Source {
    Source::parse(Path::new("crates/pml/src/main.rs"))
}

/// The imports between the children of one module: (from, to), with the places in the source.
type Imports = BTreeMap<(String, String), BTreeSet<String>>;

/// Returns the imports of a crate, grouped by the module whose children import each other. Excludes imports between a
/// module and its descendants: a parent uses its children, and they use what it declares for all of them.
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

/// Returns the modules that a module imports, directly or indirectly.
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

/// Returns the cycles of a crate: the name of each, for example `detail::file: layout, view`, with its imports.
fn cycles(source: &Source) -> BTreeMap<String, String> {
    let mut cycles = BTreeMap::new();
    for (level, imports) in imports(source) {
        let modules: BTreeSet<&str> = imports.keys().map(|(from, _)| from.as_str()).collect();
        let reachable: BTreeMap<&str, BTreeSet<&str>> =
            modules.into_iter().map(|module| (module, reachable(&imports, module))).collect();
        for (module, below) in &reachable {
            let is_in_cycle = |other: &&&str| reachable.get(**other).is_some_and(|back| back.contains(module));
            let cycle: Vec<&str> = below.iter().filter(is_in_cycle).copied().collect();
            if cycle.is_empty() {
                continue;
            }
            let inside = |(from, to): &(String, String)| cycle.contains(&from.as_str()) && cycle.contains(&to.as_str());
            let lines = imports.iter().filter(|(edge, _)| inside(edge));
            let lines = lines.map(|((from, to), places)| format!("    {from} -> {to}{}", examples(places)));
            let level = if level.is_empty() { "crate" } else { &level };
            cycles.insert(format!("{level}: {}", cycle.join(", ")), lines.collect());
        }
    }
    cycles
}

/// Formats the number of places of an import and the first three, one per line.
fn examples(places: &BTreeSet<String>) -> String {
    let lines: Vec<_> = places.iter().take(3).map(|place| format!("\n      {place}")).collect();
    format!(" in {} places{}\n", places.len(), lines.concat())
}

#[test]
fn imports_have_no_cycles() {
    for source in [library(), program()] {
        let found = cycles(&source).into_iter().map(|(name, imports)| format!("{name}\n{imports}"));
        let report: String = found.collect();
        assert!(report.is_empty(), "imports have cycles:\n{report}");
    }
}

fn layer(module: &str) -> usize {
    let layer = LAYERS.iter().position(|modules| modules.contains(&module));
    layer.unwrap_or_else(|| panic!("the module {module} is not in LAYERS"))
}

#[test]
fn modules_import_only_from_their_layer_or_a_lower_one() {
    let imports = imports(&library());
    let between_layers = &imports[""];
    for ((from, to), places) in between_layers {
        assert!(layer(to) <= layer(from), "{from} must not import {to}{}", examples(places));
    }
    assert!(between_layers.len() > 20, "only {} imports found between layers", between_layers.len());
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
fn only_listed_modules_use_files_and_io() {
    let source = library();
    for (number, module) in source.modules.iter().enumerate() {
        let Some(top) = module.path.first() else { continue };
        for mention in source.mentions(number) {
            // `io::Cursor` is allowed: it reads bytes in memory (binrw needs it), not files.
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
