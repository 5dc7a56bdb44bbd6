//! Procmon as a program that is started, waited for, and ended. All waiting has an end: Procmon may stand behind a
//! message that nobody sees.

use std::ffi::OsStr;
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
use crate::error::{Exit, Failure};

/// What can happen while we wait.
#[derive(Debug)]
pub(super) enum Event {
    /// Ctrl-C.
    Interrupt,
    /// The program that records ended.
    Ended(Option<ExitStatus>),
    /// The program that waits for the other to be ready ended.
    Ready,
    /// The program that ends the other ended.
    Terminated,
}

/// A Procmon that can be run.
#[derive(Debug)]
pub(super) struct Procmon {
    pub(super) path: PathBuf,
    /// How long to wait for a sign of life.
    pub(super) patience: Duration,
    pub(super) sender: Sender<Event>,
    pub(super) events: Receiver<Event>,
}

/// A Procmon that records.
#[derive(Debug)]
pub(super) struct Session<'p> {
    procmon: &'p Procmon,
    recorder: Arc<SharedChild>,
    log: PathBuf,
    /// Whether the program that was started is still there.
    alive: bool,
    /// Whether it has only started another one, as Procmon.exe does on a 64-bit Windows.
    only_launches: bool,
}

/// Why a capture ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Reason {
    /// Its time was over.
    Time,
    /// Ctrl-C.
    Interrupted,
    /// Procmon ended by itself.
    Ended,
}

/// Procmon waits for ten seconds until another one is ready; when it is not, it ends as if it were.
const GIVES_UP: Duration = Duration::from_millis(9500);
/// How often something is looked at that tells nothing by itself.
const GLANCE: Duration = Duration::from_millis(20);

impl Procmon {
    /// Starts recording, and waits until events are recorded.
    pub(super) fn start(&self, configuration: &Path, log: &Path) -> Result<Session<'_>, Failure> {
        let arguments = [
            OsStr::new("/Quiet"),
            OsStr::new("/Minimized"),
            OsStr::new("/LoadConfig"),
            configuration.as_os_str(),
            OsStr::new("/BackingFile"),
            log.as_os_str(),
        ];
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

    /// Runs Procmon; when it ends, that is an event.
    fn spawn(
        &self,
        arguments: &[&OsStr],
        ended: impl FnOnce(Option<ExitStatus>) -> Event + Send + 'static,
    ) -> Result<Arc<SharedChild>, Failure> {
        let mut command = Command::new(&self.path);
        command.arg("/AcceptEula").args(arguments);
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        detach(&mut command);
        let child = Arc::new(SharedChild::spawn(&mut command).map_err(|error| self.refused(error))?);
        let (sender, waited) = (self.sender.clone(), Arc::clone(&child));
        thread::spawn(move || sender.send(ended(waited.wait().ok())));
        Ok(child)
    }

    fn refused(&self, error: io::Error) -> Failure {
        /// ERROR_ELEVATION_REQUIRED of Windows.
        const ELEVATION_REQUIRED: i32 = 740;
        if cfg!(windows) && error.raw_os_error() == Some(ELEVATION_REQUIRED) {
            return Failure::Capture(Exit::NotElevated, elevation::ADVICE.to_owned());
        }
        Failure::Capture(Exit::NoProcmon, format!("{}: cannot be run: {error}", self.path.display()))
    }

    fn not_started(&self, what: &str) -> Failure {
        let path = self.path.display();
        Failure::Capture(Exit::NotStarted, format!("{path} {what}"))
    }

    /// The next event before a time.
    fn event_before(&self, deadline: Instant) -> Option<Event> {
        let left = deadline.saturating_duration_since(Instant::now());
        self.events.recv_timeout(left).ok()
    }
}

/// Takes a program out of our group, so that Ctrl-C reaches us alone.
fn detach(command: &mut Command) {
    #[cfg(unix)]
    std::os::unix::process::CommandExt::process_group(command, 0);
    #[cfg(windows)]
    {
        const CREATE_NEW_PROCESS_GROUP: u32 = 0x200;
        std::os::windows::process::CommandExt::creation_flags(command, CREATE_NEW_PROCESS_GROUP);
    }
    #[cfg(not(any(unix, windows)))]
    let _ = command;
}

impl Session<'_> {
    /// Waits until there is a log, and then until Procmon says that it records: asked any earlier, it may not find the
    /// other one, and says the same.
    fn wait_until_ready(&mut self) -> Result<(), Failure> {
        let deadline = Instant::now() + self.procmon.patience;
        while !self.log.exists() {
            self.wait_for_answer(deadline, GLANCE)?;
        }
        loop {
            let asked = Instant::now();
            let waiter = self.procmon.spawn(&[OsStr::new("/WaitForIdle")], |_| Event::Ready)?;
            let answer = self.wait_for_answer(deadline, self.procmon.patience);
            if answer.is_err() {
                let _ = waiter.kill();
            }
            if answer? && asked.elapsed() < GIVES_UP {
                return Ok(());
            }
        }
    }

    /// Whether the program ends in time that waits for the other to be ready.
    fn wait_for_answer(&mut self, deadline: Instant, time: Duration) -> Result<bool, Failure> {
        let until = deadline.min(Instant::now() + time);
        loop {
            match self.procmon.event_before(until) {
                Some(Event::Ready) => return Ok(true),
                Some(Event::Ended(Some(status))) if status.success() => self.launches(),
                Some(Event::Ended(status)) => {
                    self.alive = false;
                    return Err(self.procmon.not_started(&refusal(status)));
                }
                Some(Event::Interrupt) => return Err(self.procmon.not_started("was stopped before it captured")),
                Some(Event::Terminated) => {}
                None if until < deadline => return Ok(false),
                None => return Err(self.procmon.not_started(&self.hangs())),
            }
        }
    }

    /// Takes note that the program that was started has done so with another one, and ended.
    fn launches(&mut self) {
        (self.alive, self.only_launches) = (false, true);
    }

    fn hangs(&self) -> String {
        format!(
            "did not begin to capture within {} s: it may show a message, or another Procmon may be running; end it, \
             start Procmon once by hand to see the message, or wait longer with --timeout",
            self.procmon.patience.as_secs_f64()
        )
    }

    /// Waits until the time has come, or something else ends the capture.
    pub(super) fn wait_until(&mut self, time: Instant) -> Reason {
        loop {
            match self.procmon.event_before(time) {
                None => return Reason::Time,
                Some(Event::Interrupt) => return Reason::Interrupted,
                Some(Event::Ended(Some(status))) if status.success() && !is_closed(&self.log) => self.launches(),
                Some(Event::Ended(_)) => {
                    self.alive = false;
                    return Reason::Ended;
                }
                Some(_) => {}
            }
        }
    }

    /// Ends the capture, and waits until the log is closed or no more sign of life comes.
    pub(super) fn finish(mut self, reason: Reason) -> Result<Finish, Failure> {
        let asked = Instant::now();
        if reason == Reason::Ended {
            return Ok(Finish { asked, in_time: true });
        }
        let terminator = self.procmon.spawn(&[OsStr::new("/Terminate")], |_| Event::Terminated)?;
        let in_time = self.wait_until_closed();
        if !in_time {
            let _ = terminator.kill();
            let _ = self.recorder.kill();
        }
        Ok(Finish { asked, in_time })
    }

    /// Whether the log is complete before there was no sign of life for too long.
    fn wait_until_closed(&mut self) -> bool {
        let mut terminated = false;
        let mut pulse = Pulse::new(&self.log);
        loop {
            // Where the program that was started only started another, the log tells when that one is done.
            let ended = if self.only_launches { is_closed(&self.log) } else { !self.alive };
            if terminated && ended {
                return true;
            }
            match self.procmon.event_before(Instant::now() + GLANCE) {
                Some(Event::Terminated) => terminated = true,
                Some(Event::Ended(_)) => self.alive = false,
                Some(Event::Interrupt | Event::Ready) => {}
                None if pulse.silence(&self.log) > self.procmon.patience => return false,
                None => {}
            }
        }
    }

    /// Ends what has not begun, within a moment.
    fn abandon(&mut self) {
        const MOMENT: Duration = Duration::from_secs(5);
        if !self.alive && !self.only_launches {
            return;
        }
        if let Ok(terminator) = self.procmon.spawn(&[OsStr::new("/Terminate")], |_| Event::Terminated) {
            let deadline = Instant::now() + MOMENT.min(self.procmon.patience);
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

/// How a capture ended.
#[derive(Clone, Copy, Debug)]
pub(super) struct Finish {
    /// When the end was asked for.
    pub(super) asked: Instant,
    /// Whether Procmon ended in time.
    pub(super) in_time: bool,
}

/// What to say of a Procmon that ended before it recorded.
fn refusal(status: Option<ExitStatus>) -> String {
    let status = status.map_or("without a word".to_owned(), |status| format!("with {status}"));
    format!(
        "ended {status} before it captured: its driver may be refused, or another version of Procmon may have been run \
         since Windows started; start it once by hand to see why, or restart Windows"
    )
}

/// Whether a log is complete.
fn is_closed(log: &Path) -> bool {
    OpenOptions::new().single_file(true).open_stream(log).is_ok()
}

/// Whether a file still changes.
#[derive(Debug)]
struct Pulse {
    seen: Option<(u64, SystemTime)>,
    since: Instant,
}

impl Pulse {
    fn new(path: &Path) -> Self {
        Self { seen: Self::look(path), since: Instant::now() }
    }

    fn look(path: &Path) -> Option<(u64, SystemTime)> {
        let metadata = fs::metadata(path).ok()?;
        Some((metadata.len(), metadata.modified().ok()?))
    }

    /// For how long the file has not changed.
    fn silence(&mut self, path: &Path) -> Duration {
        let seen = Self::look(path);
        if seen != self.seen {
            *self = Self { seen, since: Instant::now() };
        }
        self.since.elapsed()
    }
}
