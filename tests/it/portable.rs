//! Logs are little-endian on every platform: no code may read or write numbers in the native byte order.

use std::fs;
use std::path::Path;

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
