//! The harness for tests that need more than the repository: real logs with Procmon's exports, or a Procmon to run.
//!
//! The standard harness decides at compile time which tests are ignored. This one decides at run time, so it reports a
//! test without its data as ignored, not as passed. `docs/TESTING.md` describes the data and the script.

#![allow(dead_code, unreachable_pub, reason = "each program uses only a part of this module")]

use std::ffi::OsString;
use std::fmt;
use std::path::Path;
use std::process::ExitCode;
use std::sync::LazyLock;

use libtest_mimic::{Arguments, Trial};

use crate::data;

/// Returns the script that runs a Procmon: `PROCMON_ORACLE_SCRIPT`.
fn oracle() -> Option<&'static Path> {
    static SCRIPT: LazyLock<Option<OsString>> = LazyLock::new(|| std::env::var_os("PROCMON_ORACLE_SCRIPT"));
    SCRIPT.as_deref().map(Path::new)
}

/// The kind of slow tests; `--ignored slow` selects them.
pub const SLOW: &str = "slow";

/// Declares the tests of a module. Each list has the name of the method of [`Suite`] that adds its tests.
#[macro_export]
macro_rules! tests {
    ($($need:ident: $($(#[$condition:meta])* $test:ident),+;)+) => {
        pub(crate) fn add_to(suite: &mut $crate::suite::Suite) {
            $($($(#[$condition])* suite.$need(concat!(module_path!(), "::", stringify!($test)), $test);)+)+
        }
    };
}

/// The tests of a program.
#[derive(Default)]
pub struct Suite {
    trials: Vec<Trial>,
}

impl Suite {
    /// Adds a test that needs only the repository.
    pub fn plain(&mut self, name: &str, test: fn()) {
        self.add(name, None, test);
    }

    /// Adds a slow test, which runs only if ignored tests are requested.
    pub fn slow(&mut self, name: &str, test: fn()) {
        self.add(name, Some(SLOW), test);
    }

    /// Adds a test that gets the folder of the comparison data. Without the data, it is ignored, or fails on CI.
    pub fn with_data(&mut self, name: &str, test: fn(&Path)) {
        self.add(name, lacks_data(), move || test(data::required_folder()));
    }

    /// Adds a slow test that gets the folder of the comparison data.
    pub fn slow_with_data(&mut self, name: &str, test: fn(&Path)) {
        self.add(name, lacks_data().or(Some(SLOW)), move || test(data::required_folder()));
    }

    /// Adds a test that gets the script that runs a Procmon. Without the script, it is ignored.
    pub fn with_oracle(&mut self, name: &str, test: fn(&Path)) {
        self.add(name, lacks_oracle(), move || test(script()));
    }

    /// Adds a test that gets the script and the folder of the comparison data.
    pub fn with_oracle_and_data(&mut self, name: &str, test: fn(&Path, &Path)) {
        self.add(name, lacks_oracle().or(lacks_data()), move || test(script(), data::required_folder()));
    }

    /// Adds a test. If `ignored` has a reason, which the output shows, it runs only if ignored tests are requested.
    pub fn add(&mut self, name: &str, ignored: Option<&str>, test: impl FnOnce() + Send + 'static) {
        // Removes the first part of the module path, the name of the test program.
        let name = name.split_once("::").map_or(name, |(_, name)| name);
        let run = move || {
            test();
            Ok(())
        };
        self.trials
            .push(Trial::test(name, run).with_kind(ignored.unwrap_or_default()).with_ignored_flag(ignored.is_some()));
    }

    /// Runs the tests that the command line selects.
    pub fn run(self) -> ExitCode {
        libtest_mimic::run(&Arguments::from_args(), self.trials).exit_code()
    }
}

/// Prints a line if the command line contains `--nocapture`.
pub fn note(line: fmt::Arguments<'_>) {
    if std::env::args().any(|argument| argument == "--nocapture") {
        println!("{line}");
    }
}

/// Returns the reason to ignore tests that need the comparison data, if it is missing. On CI they run and fail.
pub fn lacks_data() -> Option<&'static str> {
    (data::folder().is_none() && std::env::var_os("CI").is_none()).then_some("no data")
}

fn lacks_oracle() -> Option<&'static str> {
    oracle().is_none().then_some("no Procmon")
}

fn script() -> &'static Path {
    oracle().expect("set PROCMON_ORACLE_SCRIPT to a script that runs Procmon; see docs/TESTING.md")
}
