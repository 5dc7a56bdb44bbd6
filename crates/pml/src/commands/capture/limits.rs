//! The conditions that end a capture.

use std::path::Path;
use std::time::{Duration, Instant};

use super::disk;
use super::processes;
use crate::args::size::Size;
use crate::error::{Exit, Failure};

/// The conditions that end a capture. The first one that holds ends it.
#[derive(Debug, Default)]
pub(super) struct Limits {
    pub(super) time: Option<Duration>,
    pub(super) max_size: Option<Size>,
    pub(super) min_free: Option<Size>,
    pub(super) program: Option<Program>,
}

/// The program whose exit ends the capture.
#[derive(Clone, Debug)]
pub(super) enum Program {
    Pid(u32),
    Name(String),
    /// The name of the program that was started for the capture.
    Own(String),
}

/// The reason why a capture ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Reason {
    /// The time limit was reached.
    Time,
    /// The log reached its maximum size.
    Size,
    /// The disk has too little free space.
    Space,
    /// The program exited.
    Program,
    /// Ctrl-C.
    Interrupted,
    /// Procmon exited on its own.
    Ended,
}

impl Program {
    /// Creates the condition from a process id or the name of a program.
    pub(super) fn new(text: &str) -> Self {
        text.parse().map_or_else(|_| Self::Name(text.to_owned()), Self::Pid)
    }

    /// Returns true if no such process is running. Always false for a program that was started for the capture, because
    /// its exit is reported as an event.
    fn has_ended(&self) -> bool {
        match self {
            Self::Pid(pid) => processes::list().iter().all(|running| running.pid != *pid),
            Self::Name(name) => processes::list().iter().all(|running| !running.has_name(name)),
            Self::Own(_) => false,
        }
    }
}

impl std::fmt::Display for Program {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Pid(pid) => write!(f, "the process {pid}"),
            Self::Name(name) | Self::Own(name) => f.write_str(name),
        }
    }
}

impl Limits {
    /// Fails if the capture would end immediately because the program is not running or the disk has too little space.
    pub(super) fn check(&self, folder: &Path) -> Result<(), Failure> {
        let refused = |message: String| Err(Failure::Capture(Exit::NotStarted, message));
        if let Some(program) = self.program.as_ref().filter(|program| program.has_ended()) {
            return refused(format!("{program} is not running"));
        }
        if let Some(min) = self.min_free {
            let free = disk::free_space(folder).map_err(|error| Failure::file(folder, error))?;
            if free < min.0 {
                return refused(format!("{}: the disk has less than {min} of free space", folder.display()));
            }
        }
        Ok(())
    }

    /// Returns a condition that holds, among those that must be polled. `folder` contains the log.
    pub(super) fn reached(&self, began: Instant, folder: &Path) -> Option<Reason> {
        if self.time.is_some_and(|time| began.elapsed() >= time) {
            return Some(Reason::Time);
        }
        if self.max_size.is_some_and(|max| disk::size_of_log(folder) >= max.0) {
            return Some(Reason::Size);
        }
        if self.min_free.is_some_and(|min| disk::free_space(folder).is_ok_and(|free| free < min.0)) {
            return Some(Reason::Space);
        }
        self.program.as_ref().filter(|program| program.has_ended()).map(|_| Reason::Program)
    }
}

impl std::fmt::Display for Limits {
    /// Formats the conditions as the end of a sentence about the capture.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let conditions = [
            self.time.map(|time| format!("for {} s", time.as_secs_f64())),
            self.max_size.map(|max| format!("until the log takes {max}")),
            self.min_free.map(|min| format!("until less than {min} of the disk is free")),
            self.program.as_ref().map(|program| format!("until {program} ends")),
        ];
        f.write_str(&conditions.into_iter().flatten().collect::<Vec<_>>().join(" or "))
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;
    use std::time::{Duration, Instant};

    use super::{Limits, Program, Reason};
    use crate::args::size::Size;

    #[test]
    fn the_condition_that_holds_is_reported() {
        let reached = |limits: Limits| limits.reached(Instant::now(), Path::new("."));
        assert_eq!(reached(Limits::default()), None);
        assert_eq!(reached(Limits { min_free: Some(Size(0)), ..Limits::default() }), None);
        assert_eq!(reached(Limits { min_free: Some(Size(u64::MAX)), ..Limits::default() }), Some(Reason::Space));
        assert_eq!(reached(Limits { max_size: Some(Size(0)), ..Limits::default() }), Some(Reason::Size));
        assert_eq!(reached(Limits { time: Some(Duration::ZERO), ..Limits::default() }), Some(Reason::Time));
        assert_eq!(
            reached(Limits { program: Some(Program::new("setup.exe")), ..Limits::default() }),
            Some(Reason::Program)
        );
        let own = Program::Pid(std::process::id());
        assert_eq!(reached(Limits { program: Some(own), ..Limits::default() }), None);
    }
}
