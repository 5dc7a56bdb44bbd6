//! Starting Procmon, waiting for it, and ending it. Every wait has a time limit, because Procmon may be showing a
//! message box that is never closed.

use std::ffi::{OsStr, OsString};
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus, Stdio};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender};
use std::thread;
use std::time::{Duration, Instant, SystemTime};

use procmon_parser::OpenOptions;
use shared_child::SharedChild;

use super::elevation;
use super::limits::{Limits, Reason};
use super::signature::Checked;
use crate::error::{Exit, Failure};

/// An event that ends a wait.
#[derive(Debug)]
pub(super) enum Event {
    /// Ctrl-C.
    Interrupt,
    /// The recording Procmon exited.
    Ended(Option<ExitStatus>),
    /// The Procmon that was started with `/WaitForIdle` exited.
    Ready,
    /// The Procmon that was started with `/Terminate` exited.
    Terminated,
    /// The program that was started for the capture exited.
    ProgramEnded,
}

/// A Procmon that can be started.
#[derive(Debug)]
pub(super) struct Procmon {
    pub(super) program: Checked,
    /// The longest time to wait for a capture to start, or for the log to change while Procmon closes it.
    pub(super) patience: Duration,
    /// The time after which an answer to `/WaitForIdle` is not reliable: after ten seconds, Procmon gives up and exits
    /// as if the capture were ready.
    pub(super) gives_up: Duration,
    pub(super) sender: Sender<Event>,
    pub(super) events: Receiver<Event>,
}

/// A running capture.
#[derive(Debug)]
pub(super) struct Session<'p> {
    procmon: &'p Procmon,
    recorder: Arc<SharedChild>,
    log: PathBuf,
    /// True if the program that we started is still running.
    alive: bool,
    /// True if that program only started another one, as Procmon.exe does on a 64-bit Windows.
    only_launches: bool,
}

/// The interval of polling.
const POLL_INTERVAL: Duration = Duration::from_millis(20);
/// The interval at which the conditions that end a capture are checked.
const CHECK_INTERVAL: Duration = Duration::from_millis(250);

impl Procmon {
    /// Starts a capture with additional switches, and waits until events are recorded.
    pub(super) fn start(&self, configuration: &Path, log: &Path, more: &[OsString]) -> Result<Session<'_>, Failure> {
        let mut arguments = vec![
            OsStr::new("/Quiet"),
            OsStr::new("/Minimized"),
            OsStr::new("/LoadConfig"),
            configuration.as_os_str(),
            OsStr::new("/BackingFile"),
            log.as_os_str(),
        ];
        arguments.extend(more.iter().map(OsString::as_os_str));
        let recorder = self.spawn(&arguments, Event::Ended)?;
        let mut session = Session { procmon: self, recorder, log: log.to_owned(), alive: true, only_launches: false };
        match session.wait_until_ready() {
            Ok(()) => Ok(session),
            Err(failure) => {
                session.abandon();
                Err(failure)
            }
        }
    }

    /// Starts Procmon with these arguments, and sends an event when it exits.
    fn spawn(
        &self,
        arguments: &[&OsStr],
        ended: impl FnOnce(Option<ExitStatus>) -> Event + Send + 'static,
    ) -> Result<Arc<SharedChild>, Failure> {
        let mut command = Command::new(&self.program.path);
        command.arg("/AcceptEula").args(arguments);
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        detach(&mut command);
        let child = Arc::new(SharedChild::spawn(&mut command).map_err(|error| self.spawn_failure(error))?);
        let (sender, waited) = (self.sender.clone(), Arc::clone(&child));
        thread::spawn(move || sender.send(ended(waited.wait().ok())));
        Ok(child)
    }

    fn spawn_failure(&self, error: io::Error) -> Failure {
        /// `ERROR_ELEVATION_REQUIRED`.
        const ELEVATION_REQUIRED: i32 = 740;
        if cfg!(windows) && error.raw_os_error() == Some(ELEVATION_REQUIRED) {
            return Failure::Capture(Exit::NotElevated, elevation::ADVICE.to_owned());
        }
        let path = self.program.path.display();
        Failure::Capture(Exit::NoProcmon, format!("{path}: cannot be run: {error}"))
    }

    /// Returns the failure of a capture that did not start. `reason` continues a sentence about Procmon.
    fn not_started(&self, reason: &str) -> Failure {
        let path = self.program.path.display();
        Failure::Capture(Exit::NotStarted, format!("{path} {reason}"))
    }

    /// Ends a capture whose program was killed. Repeats `/Terminate` until the log is closed, because a Procmon that is
    /// still starting ignores it. Gives up if no log appears, or if the log stops changing.
    pub(super) fn end_abandoned(&self, log: &Path) {
        /// The longest time from the start of Procmon to its log.
        const START: Duration = Duration::from_secs(15);
        const RETRY_INTERVAL: Duration = Duration::from_millis(500);
        let mut watch = Watch::new(log);
        loop {
            let Ok(terminator) = self.spawn(&[OsStr::new("/Terminate")], |_| Event::Terminated) else { return };
            if self.event_before(Instant::now() + self.patience).is_none() {
                let _ = terminator.kill();
            }
            if is_closed(log) {
                return;
            }
            let patience = if log.exists() { self.patience } else { self.patience.min(START) };
            if watch.unchanged_for(log) > patience {
                return;
            }
            thread::sleep(RETRY_INTERVAL);
        }
    }

    /// Waits for the next event, until `deadline` at the latest.
    fn event_before(&self, deadline: Instant) -> Option<Event> {
        let left = deadline.saturating_duration_since(Instant::now());
        self.events.recv_timeout(left).ok()
    }
}

/// Starts a program in its own process group, so that it does not receive our Ctrl-C.
pub(super) fn detach(command: &mut Command) {
    detach_with(command, 0);
}

/// Starts a program like [`detach`], and on Windows with a hidden console of its own, so that it survives the end of
/// ours.
pub(super) fn detach_hidden(command: &mut Command) {
    const CREATE_NO_WINDOW: u32 = 0x800_0000;
    detach_with(command, CREATE_NO_WINDOW);
}

/// Starts a program in its own process group, on Windows with additional flags.
fn detach_with(command: &mut Command, flags: u32) {
    #[cfg(unix)]
    std::os::unix::process::CommandExt::process_group(command, 0);
    #[cfg(windows)]
    {
        const CREATE_NEW_PROCESS_GROUP: u32 = 0x200;
        std::os::windows::process::CommandExt::creation_flags(command, CREATE_NEW_PROCESS_GROUP | flags);
    }
    let _ = (command, flags);
}

impl Session<'_> {
    /// Returns the longest time to wait for the log to change while Procmon closes it.
    pub(super) fn patience(&self) -> Duration {
        self.procmon.patience
    }

    /// Returns the channel to the session.
    pub(super) fn sender(&self) -> &Sender<Event> {
        &self.procmon.sender
    }

    /// Waits until the log exists, and then until `/WaitForIdle` reports that Procmon records. If `/WaitForIdle` runs
    /// earlier, it may not find the recording Procmon, and then exits as if that one were recording.
    fn wait_until_ready(&mut self) -> Result<(), Failure> {
        let deadline = Instant::now() + self.procmon.patience;
        while !self.log.exists() {
            self.wait_for_answer(deadline, POLL_INTERVAL)?;
        }
        loop {
            let started = Instant::now();
            let waiter = self.procmon.spawn(&[OsStr::new("/WaitForIdle")], |_| Event::Ready)?;
            let answer = self.wait_for_answer(deadline, self.procmon.patience);
            if answer.is_err() {
                let _ = waiter.kill();
            }
            if answer? && started.elapsed() < self.procmon.gives_up {
                return Ok(());
            }
        }
    }

    /// Waits for the answer to `/WaitForIdle`. Returns false if `time` elapses first; fails at the deadline.
    fn wait_for_answer(&mut self, deadline: Instant, time: Duration) -> Result<bool, Failure> {
        let until = deadline.min(Instant::now() + time);
        loop {
            match self.procmon.event_before(until) {
                Some(Event::Ready) => return Ok(true),
                Some(Event::Ended(Some(status))) if status.success() => self.mark_as_launcher(),
                Some(Event::Ended(status)) => {
                    self.alive = false;
                    return Err(self.procmon.not_started(&early_exit(status)));
                }
                Some(Event::Interrupt) => {
                    return Err(self.procmon.not_started("was interrupted before it started capturing"));
                }
                Some(Event::Terminated | Event::ProgramEnded) => {}
                None if until < deadline => return Ok(false),
                None => return Err(self.procmon.not_started(&self.timeout_message())),
            }
        }
    }

    /// Records that the program that we started has started another one and exited.
    fn mark_as_launcher(&mut self) {
        (self.alive, self.only_launches) = (false, true);
    }

    fn timeout_message(&self) -> String {
        format!(
            "did not start capturing within {} s: it may be showing a message, or another Procmon may be running; \
             close the other one, start Procmon manually to see the message, or wait longer with --timeout",
            self.procmon.patience.as_secs_f64()
        )
    }

    /// Waits until something ends the capture.
    pub(super) fn wait(&mut self, began: Instant, limits: &Limits) -> Reason {
        let folder = self.log.parent().unwrap_or(Path::new(".")).to_owned();
        loop {
            let check = Instant::now() + CHECK_INTERVAL;
            let end = limits.time.map_or(check, |time| began + time);
            match self.procmon.event_before(check.min(end)) {
                None => {
                    if let Some(reason) = limits.reached(began, &folder) {
                        return reason;
                    }
                }
                Some(Event::Interrupt) => return Reason::Interrupted,
                Some(Event::ProgramEnded) => return Reason::Program,
                Some(Event::Ended(Some(status))) if status.success() && !is_closed(&self.log) => {
                    self.mark_as_launcher()
                }
                Some(Event::Ended(_)) => {
                    self.alive = false;
                    return Reason::Ended;
                }
                Some(_) => {}
            }
        }
    }

    /// Ends the capture, and waits until the log is closed. Kills Procmon if the log stops changing before that.
    pub(super) fn finish(mut self, reason: Reason) -> Result<Finish, Failure> {
        let requested = Instant::now();
        if reason == Reason::Ended {
            return Ok(Finish { requested, in_time: true });
        }
        let terminator = self.procmon.spawn(&[OsStr::new("/Terminate")], |_| Event::Terminated)?;
        let in_time = self.wait_until_closed();
        if !in_time {
            let _ = terminator.kill();
            let _ = self.recorder.kill();
        }
        Ok(Finish { requested, in_time })
    }

    /// Waits until the log is closed. Returns false if the log has not changed for too long before that.
    fn wait_until_closed(&mut self) -> bool {
        let mut terminated = false;
        let mut watch = Watch::new(&self.log);
        loop {
            // We cannot wait for a Procmon that we did not start ourselves, but its log shows when it is done.
            let ended = if self.only_launches { is_closed(&self.log) } else { !self.alive };
            if terminated && ended {
                return true;
            }
            match self.procmon.event_before(Instant::now() + POLL_INTERVAL) {
                Some(Event::Terminated) => terminated = true,
                Some(Event::Ended(_)) => self.alive = false,
                Some(Event::Interrupt | Event::Ready | Event::ProgramEnded) => {}
                None if watch.unchanged_for(&self.log) > self.procmon.patience => return false,
                None => {}
            }
        }
    }

    /// Ends a Procmon that did not start capturing, within a few seconds.
    fn abandon(&mut self) {
        const LIMIT: Duration = Duration::from_secs(5);
        if !self.alive && !self.only_launches {
            return;
        }
        if let Ok(terminator) = self.procmon.spawn(&[OsStr::new("/Terminate")], |_| Event::Terminated) {
            let deadline = Instant::now() + LIMIT.min(self.procmon.patience);
            while self.alive {
                match self.procmon.event_before(deadline) {
                    Some(Event::Ended(_)) => self.alive = false,
                    Some(_) => {}
                    None => break,
                }
            }
            let _ = terminator.kill();
        }
        let _ = self.recorder.kill();
    }
}

/// The end of a capture.
#[derive(Clone, Copy, Debug)]
pub(super) struct Finish {
    /// The time at which the end was requested.
    pub(super) requested: Instant,
    /// True if Procmon closed the log in time.
    pub(super) in_time: bool,
}

/// Returns the message about a Procmon that exited before it started recording.
fn early_exit(status: Option<ExitStatus>) -> String {
    let status = status.map_or(String::new(), |status| format!(" ({status})"));
    format!(
        "exited{status} before it started capturing: Windows may have refused its driver, or a different version of \
         Procmon may have run since Windows started; start it manually to see its message, or restart Windows"
    )
}

/// Returns true if a log is closed.
fn is_closed(log: &Path) -> bool {
    OpenOptions::new().single_file(true).open_stream(log).is_ok()
}

/// A watch for changes of a file.
#[derive(Debug)]
struct Watch {
    /// The size and the modification time.
    state: Option<(u64, SystemTime)>,
    /// The time at which this state was first seen.
    since: Instant,
}

impl Watch {
    fn new(path: &Path) -> Self {
        Self { state: Self::state(path), since: Instant::now() }
    }

    fn state(path: &Path) -> Option<(u64, SystemTime)> {
        let metadata = fs::metadata(path).ok()?;
        Some((metadata.len(), metadata.modified().ok()?))
    }

    /// Returns the time since the file was last seen to change.
    fn unchanged_for(&mut self, path: &Path) -> Duration {
        let state = Self::state(path);
        if state != self.state {
            *self = Self { state, since: Instant::now() };
        }
        self.since.elapsed()
    }
}
