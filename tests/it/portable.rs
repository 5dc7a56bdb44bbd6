//! Logs are little-endian on every machine: no code reads or writes the machine's own order of bytes.

use std::fs;
use std::path::Path;

fn check(folder: &Path, files: &mut usize) {
    /// Ways to take numbers as the machine has them.
    const NATIVE: [&str; 7] =
        ["from_ne_bytes", "to_ne_bytes", "NativeEndian", "transmute", "bytemuck", "zerocopy", "align_to"];
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            check(&path, files);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            let text = fs::read_to_string(&path).unwrap();
            for native in NATIVE {
                assert!(!text.contains(native), "{} in {}", native, path.display());
            }
            *files += 1;
        }
    }
}

#[test]
fn no_number_is_read_in_the_order_of_the_machine() {
    let mut files = 0;
    check(Path::new("src"), &mut files);
    check(Path::new("crates/pml/src"), &mut files);
    assert!(files > 40, "the test has lost its eyes");
}
