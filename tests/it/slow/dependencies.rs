//! The README states the number of crates that a user of the library compiles.

use std::collections::BTreeSet;
use std::fs;
use std::process::Command;

/// Returns the packages that a user of the library compiles on Linux with default features, as locked in `Cargo.lock`.
fn dependencies() -> BTreeSet<String> {
    let mut cargo = Command::new(env!("CARGO"));
    cargo.args(["tree", "--locked", "--target", "x86_64-unknown-linux-gnu", "--package", "procmon-parser"]);
    cargo.args(["--edges", "normal,build", "--depth", "99", "--prefix", "none", "--no-dedupe", "--format", "{p}"]);
    let output = cargo.output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let lines = String::from_utf8(output.stdout).unwrap();
    lines.lines().map(str::to_owned).filter(|line| !line.is_empty() && !line.starts_with("procmon-parser ")).collect()
}

#[test]
#[ignore = "slow"]
fn the_readme_states_the_number_of_dependencies() {
    let dependencies = dependencies();
    let readme = fs::read_to_string("README.md").unwrap().split_whitespace().collect::<Vec<_>>().join(" ");
    let sentence = format!("The library has {} dependencies, counting indirect ones", dependencies.len());
    assert!(readme.contains(&sentence), "the README should say: {sentence}\n{dependencies:#?}");
}
