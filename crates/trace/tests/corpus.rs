//! Checks the traces of the logs of the comparison data.
//!
//! Without the data the tests are ignored, or fail on CI; see `docs/TESTING.md`. The crafted logs of the repository are
//! always checked.

#[path = "../../../tests/support/corpus.rs"]
mod corpus;
#[path = "../../../tests/procmon/data.rs"]
mod data;
#[path = "../../../tests/procmon/suite.rs"]
mod suite;
mod support;

fn main() -> std::process::ExitCode {
    corpus::run(&["conformance", "quirks"], support::check_all)
}
