//! Checks that the modules of the program import in one direction, from commands down to messages, without cycles.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

/// The rows of modules, from bottom to top. A module imports only from its own row or from a lower one.
const ROWS: [&[&str]; 6] = [&["error", "help", "term"], &["args"], &["io"], &["view"], &["commands"], &["main"]];

/// Collects the code of each file by the path of its module, without tests and comments.
fn modules(folder: &Path, parent: &[String], modules: &mut BTreeMap<Vec<String>, String>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_stem().unwrap().to_str().unwrap().to_owned();
        let module = [parent, std::slice::from_ref(&name)].concat();
        if path.is_dir() {
            self::modules(&path, &module, modules);
            continue;
        }
        let code = fs::read_to_string(&path).unwrap();
        let code = code.split("#[cfg(test)]").next().unwrap();
        let lines = code.lines().filter(|line| !line.trim_start().starts_with("//"));
        let module = if name == "mod" { parent.to_vec() } else { module };
        modules.insert(module, lines.collect::<Vec<_>>().join("\n"));
    }
}

/// Returns the paths in an import: `a::{b, c::d}` contains `a::b` and `a::c::d`.
fn paths(import: &str) -> Vec<String> {
    let Some((head, list)) = import.split_once('{') else {
        return vec![import.trim().to_owned()];
    };
    let (mut depth, mut item, mut items) = (0, String::new(), Vec::new());
    for c in list.trim_end().trim_end_matches('}').chars() {
        depth += i32::from(c == '{') - i32::from(c == '}');
        if c == ',' && depth == 0 { items.push(std::mem::take(&mut item)) } else { item.push(c) }
    }
    items.push(item);
    items.iter().flat_map(|item| paths(item)).map(|path| format!("{}{path}", head.trim())).collect()
}

/// Returns the modules that a module imports or declares.
fn imports(module: &[String], code: &str, all: &BTreeMap<Vec<String>, String>) -> BTreeSet<Vec<String>> {
    let root = if module == ["main"] { &[][..] } else { module };
    let mut imported = BTreeSet::new();
    let statements = code.split(';').flat_map(|statement| {
        let declaration = statement.trim_start().rsplit_once("mod ").filter(|(_, name)| !name.contains([' ', '{']));
        let import = statement.rsplit_once("use ").map_or("", |(_, import)| import);
        declaration.map(|(_, name)| format!("self::{name}")).into_iter().chain(paths(import))
    });
    for path in statements {
        let parts: Vec<_> = path.split("::").map(str::to_owned).collect();
        let mut target = match parts[0].as_str() {
            "crate" => parts[1..].to_vec(),
            "self" => [root, &parts[1..]].concat(),
            "super" => [&root[..root.len() - 1], &parts[1..]].concat(),
            _ => continue,
        };
        while !all.contains_key(&target) && !target.is_empty() {
            target.pop();
        }
        assert!(!target.is_empty(), "{}: no module found for {path}", module.join("::"));
        imported.insert(target);
    }
    imported
}

fn row(module: &[String]) -> usize {
    let row = ROWS.iter().position(|row| row.contains(&module[0].as_str()));
    row.unwrap_or_else(|| panic!("{} is missing in ROWS", module.join("::")))
}

/// Returns the modules that are part of a cycle of imports or import such a module.
fn cycles(graph: &BTreeMap<Vec<String>, BTreeSet<Vec<String>>>) -> Vec<&Vec<String>> {
    let mut left: Vec<_> = graph.keys().collect();
    loop {
        let before = left.len();
        let known = left.clone();
        left.retain(|module| graph[*module].iter().any(|imported| known.contains(&imported)));
        if left.len() == before {
            return left;
        }
    }
}

#[test]
fn imports_point_down_and_have_no_cycles() {
    let mut all = BTreeMap::new();
    modules(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"), &[], &mut all);
    let graph: BTreeMap<_, _> =
        all.iter().map(|(module, code)| (module.clone(), imports(module, code, &all))).collect();
    for (module, imported) in &graph {
        for target in imported {
            let arrow = format!("{} imports {}", module.join("::"), target.join("::"));
            assert!(row(target) <= row(module), "{arrow}");
            let is_command = target[0] == "commands" && target.len() > 1;
            let is_inside = module.len() > 1 && module[..2] == target[..2.min(target.len())];
            assert!(!is_command || module[..] == ["commands"] || is_inside, "{arrow}, which is a command");
        }
    }
    let cycles = cycles(&graph);
    assert!(cycles.is_empty(), "{cycles:?}");
    assert!(graph.values().map(BTreeSet::len).sum::<usize>() > 100, "too few imports were recognized");
}
