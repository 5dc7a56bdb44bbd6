//! The watchdog: a second instance of this program, which ends Procmon and restores its settings if the first instance
//! is killed.
//!
//! The two are connected by a pipe. The first instance writes a word when a step is done; the system closes the pipe
//! however that instance ends. The watchdog then does the remaining steps.

use std::env;
use std::io::{self, Read, Write};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use super::procmon::{Procmon, detach_hidden};
use super::settings::Settings;
use crate::term::warn;

/// The word for a Procmon that has ended.
const ENDED: &str = "ended\n";
/// The word for settings that are restored.
const RESTORED: &str = "restored\n";

/// A running watchdog.
#[derive(Debug)]
pub(super) struct Watchdog {
    child: Child,
}

/// The arguments of a watchdog.
#[derive(Debug)]
pub(super) struct Task<'t> {
    pub(super) procmon: &'t Path,
    pub(super) may_be_unsigned: bool,
    pub(super) timeout: Duration,
    /// The folder of the capture.
    pub(super) folder: &'t Path,
    pub(super) settings: Option<&'t Settings>,
}

impl Task<'_> {
    /// Starts a watchdog. If that fails, warns and returns `None`.
    pub(super) fn start(&self) -> Option<Watchdog> {
        let child = env::current_exe().and_then(|program| self.command(&program).spawn());
        let failed = |error| warn(&format!("if this program is killed, Procmon will continue: no watchdog: {error}"));
        child.map_err(failed).ok().map(|child| Watchdog { child })
    }

    fn command(&self, program: &Path) -> Command {
        let mut command = Command::new(program);
        command.args(["capture", "--watch"]).arg(self.folder).arg("--procmon").arg(self.procmon);
        command.arg("--timeout").arg(self.timeout.as_secs_f64().to_string());
        if self.may_be_unsigned {
            command.arg("--allow-unsigned");
        }
        if let Some(settings) = self.settings {
            command.arg("--settings-existed").arg(settings.existed().to_string()).arg("--reg").arg(settings.tool());
        }
        command.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null());
        detach_hidden(&mut command);
        command
    }
}

impl Watchdog {
    /// Reports to the watchdog that Procmon has ended.
    pub(super) fn procmon_ended(&mut self) {
        self.say(ENDED);
    }

    /// Reports to the watchdog that no step remains, and waits for its end.
    pub(super) fn dismiss(mut self) {
        self.say(RESTORED);
        // Closes the pipe first.
        let _ = self.child.wait();
    }

    fn say(&mut self, word: &str) {
        if let Some(pipe) = &mut self.child.stdin {
            // A watchdog that was killed needs no word.
            let _ = pipe.write_all(word.as_bytes());
        }
    }
}

/// Waits for the end of the instance that writes to standard input, and does what it left undone. `settings` are those
/// to restore.
pub(super) fn run(procmon: &Procmon, log: &Path, settings: impl FnOnce() -> Option<Settings>) {
    let mut words = Vec::new();
    // A read error also means that the instance has ended.
    let _ = io::stdin().read_to_end(&mut words);
    let has = |word: &str| words.windows(word.len()).any(|window| window == word.as_bytes());
    if !has(ENDED) {
        procmon.end_abandoned(log);
    }
    if !has(RESTORED)
        && let Some(settings) = settings()
    {
        settings.restore();
    }
}
