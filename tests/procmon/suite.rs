//! The harness of the tests that need what a checkout may lack: real logs with Procmon's exports, or a Procmon to run.
//!
//! The standard harness decides at compile time which tests are ignored. This one decides when it runs, so a test that
//! lacks its data is reported as ignored, not as passed. `docs/TESTING.md` describes the data and the script.

#![allow(dead_code, unreachable_pub, reason = "each test program uses a part of it")]

use std::ffi::OsString;
use std::fmt;
use std::path::Path;
use std::process::ExitCode;
use std::sync::LazyLock;

use libtest_mimic::{Arguments, Trial};

use crate::data;

/// The script that runs a Procmon: `PROCMON_ORACLE_SCRIPT`.
fn oracle() -> Option<&'static Path> {
    static SCRIPT: LazyLock<Option<OsString>> = LazyLock::new(|| std::env::var_os("PROCMON_ORACLE_SCRIPT"));
    SCRIPT.as_deref().map(Path::new)
}

/// The mark of tests that take long; `--ignored slow` selects them.
pub const SLOW: &str = "slow";

/// Declares the tests of a module, by what they need: each list is named after a method of [`Suite`].
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
    /// A test that needs nothing.
    pub fn plain(&mut self, name: &str, test: fn()) {
        self.add(name, None, test);
    }

    /// A test that takes long: it runs only if ignored tests are requested.
    pub fn slow(&mut self, name: &str, test: fn()) {
        self.add(name, Some(SLOW), test);
    }

    /// A test of the comparison data, which gets its folder. Without it the test is ignored, but fails on CI.
    pub fn with_data(&mut self, name: &str, test: fn(&Path)) {
        self.add(name, lacks_data(), move || test(data::required_folder()));
    }

    /// A test that gets the script that runs a Procmon. Without it the test is ignored.
    pub fn with_oracle(&mut self, name: &str, test: fn(&Path)) {
        self.add(name, lacks_oracle(), move || test(script()));
    }

    /// A test that gets the script and the folder of the comparison data.
    pub fn with_oracle_and_data(&mut self, name: &str, test: fn(&Path, &Path)) {
        self.add(name, lacks_oracle().or(lacks_data()), move || test(script(), data::required_folder()));
    }

    /// Adds a test. With a reason, which is shown, it runs only if ignored tests are requested.
    pub fn add(&mut self, name: &str, ignored: Option<&str>, test: impl FnOnce() + Send + 'static) {
        // The first part is the name of the program.
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

/// Prints a line if the command line has `--nocapture`.
pub fn note(line: fmt::Arguments<'_>) {
    if std::env::args().any(|argument| argument == "--nocapture") {
        println!("{line}");
    }
}

/// Why tests of the comparison data are ignored. On CI they are not, and fail.
pub fn lacks_data() -> Option<&'static str> {
    (data::folder().is_none() && std::env::var_os("CI").is_none()).then_some("no data")
}

fn lacks_oracle() -> Option<&'static str> {
    oracle().is_none().then_some("no Procmon")
}

fn script() -> &'static Path {
    oracle().expect("PROCMON_ORACLE_SCRIPT names a script that runs Procmon, see docs/TESTING.md")
}
