//! `pml pmc` with the configurations of the comparison data.

use std::fs;
use std::path::Path;

crate::tests! {
    with_data:
        edit_without_changes_writes_the_same_bytes;
}

/// Runs the program, checks that it succeeds, and returns its standard output.
fn pml(arguments: &[&str]) -> Vec<u8> {
    let output = assert_cmd::cargo::cargo_bin_cmd!("pml").args(arguments).output().unwrap();
    assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    output.stdout
}

fn edit_without_changes_writes_the_same_bytes(data: &Path) {
    let folder = tempfile::tempdir().unwrap();
    let mut files = 0;
    for entry in fs::read_dir(data.join("corpus/pmc")).unwrap() {
        let path = entry.unwrap().path();
        let out = folder.path().join("out").with_extension(path.extension().unwrap());
        let [path, out] = [&path, &out].map(|path| path.to_str().unwrap());
        pml(&["pmc", "edit", path, "-o", out]);
        assert!(fs::read(out).unwrap() == fs::read(path).unwrap(), "{path}");
        assert!(pml(&["pmc", "edit", path, "-o", "-", "--sort-rules"]) == fs::read(path).unwrap(), "{path}");
        pml(&["pmc", "diff", path, out]);
        files += 1;
    }
    assert!(files > 0);
}
