//! Rules about the source: logs are little-endian on every platform, so no code may read or write numbers in the native
//! byte order; and every test is run.

use std::fs;
use std::path::{Path, PathBuf};

fn check(folder: &Path, files: &mut usize) {
    /// Functions and crates that access numbers in the native byte order.
    const NATIVE: [&str; 7] =
        ["from_ne_bytes", "to_ne_bytes", "NativeEndian", "transmute", "bytemuck", "zerocopy", "align_to"];
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            check(&path, files);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            let text = fs::read_to_string(&path).unwrap();
            for native in NATIVE {
                assert!(
                    !text.contains(native),
                    "{} uses {native}, which depends on the native byte order",
                    path.display()
                );
            }
            *files += 1;
        }
    }
}

#[test]
fn no_code_uses_the_native_byte_order() {
    let mut files = 0;
    check(Path::new("src"), &mut files);
    check(Path::new("crates/pml/src"), &mut files);
    assert!(files > 40, "only {files} source files found");
}

/// Returns the files in which `#[test]` has no effect, because their programs list their tests themselves.
fn without_harness(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    entries.flat_map(|path| if path.is_dir() { without_harness(&path) } else { vec![path] }).collect()
}

#[test]
fn programs_without_the_standard_harness_list_their_tests() {
    let mut files =
        ["tests/procmon", "crates/pml/tests/procmon"].map(|folder| without_harness(folder.as_ref())).concat();
    files.extend(["procmon-arrow", "trace"].map(|name| Path::new("crates").join(name).join("tests/corpus.rs")));
    for path in files.iter().filter(|path| path.extension().is_some_and(|extension| extension == "rs")) {
        let text = fs::read_to_string(path).unwrap();
        assert!(!text.contains("#[test]"), "{}: a test that never runs", path.display());
    }
}

#[test]
fn listed_mutants_are_of_code_that_exists() {
    let list = fs::read_to_string("tests/mutants.tsv").unwrap();
    for line in list.lines().filter(|line| !line.starts_with('#')) {
        let [file, _, code, _] = line.split('\t').collect::<Vec<_>>()[..] else { panic!("{line}") };
        let text = fs::read_to_string(file).unwrap();
        assert!(text.lines().any(|line| line.trim() == code), "{file}: {code}");
    }
}
