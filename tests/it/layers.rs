//! The floors of the architecture (`docs/ARCHITECTURE.md`): a module imports from its own floor or from below.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

/// Modules of the crate, floor by floor. `error` is the ground that all stand on.
const FLOORS: [&[&str]; 5] = [
    &["error"],
    &["wire", "code"],
    &["index", "event", "detail"],
    &["text"],
    &["log", "export", "filter", "pmc", "write", "summary", "redact"],
];

/// What only some modules may name.
const PRIVILEGES: [(&str, &[&str]); 2] =
    [("std::fs", &["log", "pmc"]), ("std::io", &["error", "log", "export", "pmc", "write"])];

/// The lines of code of all files, by module.
fn code() -> BTreeMap<String, Vec<String>> {
    fn collect(folder: &Path, code: &mut BTreeMap<String, Vec<String>>) {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                collect(&path, code);
                continue;
            }
            let inside = path.strip_prefix("src").unwrap();
            let module = inside.iter().next().unwrap().to_str().unwrap().trim_end_matches(".rs").to_owned();
            let text = fs::read_to_string(&path).unwrap();
            let text = text.split("#[cfg(test)]").next().unwrap();
            let lines = text.lines().filter(|line| !line.trim_start().starts_with("//"));
            code.entry(module).or_default().extend(lines.map(|line| format!("{}: {line}", path.display())));
        }
    }
    let mut code = BTreeMap::new();
    collect(Path::new("src"), &mut code);
    code
}

/// Where the names come from that the root of the crate gives out again, and those of the root that are modules.
fn homes(root: &[String]) -> BTreeMap<String, String> {
    let mut homes = BTreeMap::new();
    for line in root {
        let statement = line.split_once(": ").unwrap().1.trim_end_matches(';');
        if let Some(reexport) = statement.strip_prefix("pub use ") {
            let (module, names) = reexport.split_once("::").unwrap();
            let names = names.trim_matches(['{', '}']).split(", ");
            homes.extend(names.map(|name| (name.to_owned(), module.to_owned())));
        } else if let Some((_, module)) = statement.split_once("mod ") {
            homes.insert(module.to_owned(), module.to_owned());
        }
    }
    homes
}

/// The first parts of the paths below `crate::` that a line names.
fn imports(line: &str) -> Vec<String> {
    let identifier = |text: &str| text.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect::<String>();
    let mut imports = Vec::new();
    for path in line.split("crate::").skip(1) {
        match path.strip_prefix('{') {
            Some(list) => {
                let list = list.split('}').next().unwrap();
                imports.extend(list.split(',').map(|item| identifier(item.trim())));
            }
            None => imports.push(identifier(path)),
        }
    }
    imports
}

fn floor(module: &str) -> usize {
    let floor = FLOORS.iter().position(|modules| modules.contains(&module));
    floor.unwrap_or_else(|| panic!("the module {module} stands on no floor"))
}

#[test]
fn imports_point_down() {
    let mut code = code();
    let homes = homes(&code.remove("lib").unwrap());
    let mut imported = 0;
    for (module, lines) in &code {
        for line in lines {
            for import in imports(line) {
                let home = homes.get(&import).unwrap_or_else(|| panic!("where does {import} come from? {line}"));
                assert!(floor(home) <= floor(module), "{module} must not know {home}: {line}");
                imported += 1;
            }
        }
    }
    assert!(imported > 50, "the test has lost its eyes");
}

#[test]
fn only_readers_and_writers_touch_the_world() {
    for (module, lines) in code() {
        for (what, allowed) in PRIVILEGES {
            // A cursor over bytes in memory, which binrw reads from, is no world.
            let named = lines.iter().find(|line| line.replace("std::io::Cursor", "").contains(what));
            assert!(named.is_none() || allowed.contains(&module.as_str()), "{module} must not use {what}: {named:?}");
        }
    }
}
