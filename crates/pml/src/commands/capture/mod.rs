//! `pml capture`: runs Procmon, then reports.

mod configuration;
mod disk;
mod elevation;
mod find;
mod interrupt;
mod limits;
mod processes;
mod procmon;
mod settings;
mod signature;
mod watchdog;

use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{self, Command};
use std::sync::mpsc::{self, Sender};
use std::thread;
use std::time::{Duration, Instant};

use clap::Args;
use procmon_parser::{Index, Rule};

use crate::args::columns::Columns;
use crate::args::content::ContentArgs;
use crate::args::number::parse_u32;
use crate::args::select::{RegionalArgs, Selection};
use crate::args::size::Size;
use crate::error::{Exit, Failure, Outcome};
use crate::term::{note, warn};
use crate::view::output_folder;

use configuration::RingBuffer;
use limits::{Limits, Program, Reason};
use procmon::{Event, Procmon, Session};
use settings::Settings;
use signature::Checked;

/// The name of the log in the folder of a capture.
const LOG: &str = "raw.pml";

#[derive(Debug, Args)]
pub(crate) struct CaptureArgs {
    /// Longest duration of the capture, in seconds [default: 10].
    ///
    /// There is no limit by default if another option or a COMMAND ends the capture.
    #[arg(value_parser = parse_seconds)]
    seconds: Option<Duration>,
    /// Program to run; the capture ends when it exits.
    ///
    /// The program is started after Procmon, with the arguments that follow it.
    #[arg(last = true, value_name = "COMMAND", conflicts_with = "until_exit")]
    command: Vec<OsString>,
    /// Procmon to run, or its folder [default: search for it].
    ///
    /// Without this option, the environment variable PROCMON names it. If that is not set, Procmon64.exe
    /// (Procmon64a.exe on ARM) is searched for in PATH, next to this program, and in the folders Sysinternals and
    /// SysinternalsSuite of Program Files. Folders in which other users may be able to write are not searched. A name
    /// without a folder is searched for in PATH.
    ///
    /// Procmon runs as administrator, so it is started only if Microsoft signed it.
    #[arg(long, value_name = "PATH")]
    procmon: Option<PathBuf>,
    /// Start the Procmon that --procmon or PROCMON names even if Microsoft did not sign it.
    ///
    /// It runs as administrator and can do anything on this computer.
    #[arg(long)]
    allow_unsigned: bool,
    /// Report which Procmon is started, and why it was chosen.
    #[arg(long, short)]
    verbose: bool,
    /// Capture with a configuration (PMC), including its filter, instead of Procmon's default.
    ///
    /// Procmon stores the configuration of a capture in the registry, in HKCU\Software\Sysinternals\Process Monitor.
    /// The previous settings are restored after the capture, even if this program is killed. Until then, they are in
    /// the file procmon-settings.reg in the output folder.
    #[arg(long, value_name = "FILE.pmc")]
    config: Option<PathBuf>,
    /// Add a rule to the filter; can be repeated.
    ///
    /// Example: "Path contains temp then Include". Events that the filter hides are not recorded.
    #[arg(long, value_name = "RULE")]
    filter: Vec<Rule>,
    /// Record all events; apply the filter only to the event table and the statistics.
    #[arg(long)]
    keep_everything: bool,
    /// End the capture when a process ends, given by its id or the file name of its program.
    ///
    /// If several processes have this name, the capture ends with the last of them.
    #[arg(long, value_name = "PID|NAME")]
    until_exit: Option<String>,
    /// End the capture when the log reaches SIZE, such as 2G; at least 256M.
    ///
    /// Procmon allocates 128 MB at a time, and truncates the log when it closes it.
    #[arg(long, value_name = "SIZE", value_parser = parse_log_size)]
    max_size: Option<Size>,
    /// End the capture when less than SIZE is free on the disk of the log, such as 500M.
    #[arg(long, value_name = "SIZE")]
    min_free: Option<Size>,
    /// Record to a ring buffer, which keeps only the latest events.
    ///
    /// Procmon 3.53 and earlier have no ring buffer.
    #[arg(long)]
    ring_buffer: bool,
    /// Size of the ring buffer, in MB.
    #[arg(long, value_name = "MB", requires = "ring_buffer", value_parser = parse_u32)]
    ring_buffer_size: Option<u32>,
    /// Length of the ring buffer, in minutes.
    #[arg(long, value_name = "MINUTES", requires = "ring_buffer", value_parser = parse_u32)]
    ring_buffer_minutes: Option<u32>,
    /// Seconds to wait for Procmon to start, and for the log to change while Procmon closes it.
    #[arg(long, value_name = "SECONDS", default_value = "60", value_parser = parse_seconds)]
    timeout: Duration,
    #[command(flatten)]
    content: ContentArgs,
    #[command(flatten)]
    regional: RegionalArgs,
    #[command(flatten)]
    watch: WatchArgs,
    #[command(flatten)]
    test: TestArgs,
}

/// Hidden options, with which this program starts its watchdog.
#[derive(Debug, Args)]
struct WatchArgs {
    /// Folder of the capture to end when the program that writes to standard input ends.
    #[arg(long, hide = true, value_name = "DIR")]
    watch: Option<PathBuf>,
    /// True if Procmon had settings before the capture; requires --reg.
    #[arg(long, hide = true, value_name = "BOOL", requires = "reg")]
    settings_existed: Option<bool>,
}

/// Hidden options, with which tests replace parts of Windows and shorten waiting times.
#[derive(Debug, Args)]
struct TestArgs {
    /// Time after which an answer to /WaitForIdle is not reliable.
    #[arg(long, hide = true, value_name = "SECONDS", default_value = "9.5", value_parser = parse_seconds)]
    gives_up: Duration,
    /// Names of processes that count as another Procmon.
    #[arg(long, hide = true, value_name = "NAME", default_values = configuration::PROCMON)]
    rival: Vec<String>,
    /// Program that replaces reg.exe.
    #[arg(long, hide = true, value_name = "PATH")]
    reg: Option<PathBuf>,
}

/// Parses a number of seconds, with an optional fraction.
fn parse_seconds(text: &str) -> Result<Duration, String> {
    /// A year. A longer time is most likely a typing error.
    const MAX: f64 = 366.0 * 86_400.0;
    let seconds = text.parse::<f64>().ok().filter(|seconds| (0.0..=MAX).contains(seconds));
    seconds.map(Duration::from_secs_f64).ok_or_else(|| "expected a number of seconds, such as 30 or 0.5".to_owned())
}

/// Parses the maximum size of a log. With a smaller one, every capture would end immediately.
fn parse_log_size(text: &str) -> Result<Size, String> {
    const MIN: Size = Size(256 << 20);
    let size: Size = text.parse()?;
    if size < MIN { Err(format!("expected at least {MIN}: Procmon allocates 128 MB at a time")) } else { Ok(size) }
}

impl CaptureArgs {
    fn limits(&self) -> Result<Limits, Failure> {
        const DEFAULT: Duration = Duration::from_secs(10);
        let program = match self.command.first() {
            Some(command) => {
                let missing = |_| Failure::Usage(format!("{}: no such program", command.display()));
                which::which(command).map_err(missing)?;
                Some(Program::Own(command.display().to_string()))
            }
            None => self.until_exit.as_deref().map(Program::new),
        };
        let is_limited = program.is_some() || self.max_size.is_some() || self.min_free.is_some();
        let time = self.seconds.or((!is_limited).then_some(DEFAULT));
        Ok(Limits { time, max_size: self.max_size, min_free: self.min_free, program })
    }

    /// Returns a Procmon that can be started.
    fn procmon_of(&self, program: Checked) -> Procmon {
        let (sender, events) = mpsc::channel();
        Procmon { program, patience: self.timeout, gives_up: self.test.gives_up, sender, events }
    }

    fn ring_buffer(&self) -> Option<RingBuffer> {
        let ring_buffer = RingBuffer { megabytes: self.ring_buffer_size, minutes: self.ring_buffer_minutes };
        self.ring_buffer.then_some(ring_buffer)
    }

    /// Returns additional switches for Procmon. `/Runtime` ends Procmon even if this program is killed; it accepts at
    /// most an hour. The time passed to it includes the start of Procmon, and a minute for the end of the capture.
    fn switches(&self, limits: &Limits) -> Vec<OsString> {
        const MARGIN: Duration = Duration::from_secs(60);
        const LONGEST: u64 = 3600;
        let ring_buffer = self.ring_buffer().map_or_else(Vec::new, RingBuffer::switches);
        let seconds = limits.time.map(|time| (time + self.timeout + MARGIN).as_secs() + 1);
        let runtime = seconds.filter(|seconds| *seconds <= LONGEST);
        let runtime = runtime.map(|seconds| ["/Runtime".to_owned(), seconds.to_string()]);
        ring_buffer.into_iter().chain(runtime.into_iter().flatten()).map(OsString::from).collect()
    }
}

pub(crate) fn run(args: &CaptureArgs) -> Result<Outcome, Failure> {
    let found = find::procmon(args.procmon.as_deref())?;
    let program = Checked::new(&found, args.allow_unsigned)?;
    if let Some(folder) = &args.watch.watch {
        watch(args, folder, program);
        return Ok(Outcome::Done);
    }
    if args.verbose {
        note(&format!("{}: {}; {}", program.path.display(), found.origin, program.signature));
    }
    elevation::check()?;
    let (base, rules) = (args.config.as_deref(), &args.filter);
    let configuration = configuration::build(base, rules, args.keep_everything, args.ring_buffer(), &program.path)?;
    let selection = Selection::of(configuration.clone(), &args.regional);
    selection.warn(std::iter::empty::<&Index>);
    let limits = args.limits()?;
    refuse_rival(&args.test.rival)?;
    let procmon = args.procmon_of(program);
    interrupt::listen(procmon.sender.clone())?;

    let folder = output_folder::new_folder(&args.content.working)?;
    // Procmon resolves relative paths against a different folder than this program.
    let folder = std::path::absolute(&folder).unwrap_or(folder);
    let (log, pmc) = (folder.join(LOG), folder.join("capture.pmc"));
    let captured = limits.check(&folder).and_then(|()| {
        configuration::write(&configuration, &pmc)?;
        record(args, &procmon, &limits, &folder, &pmc)
    });
    if captured.is_err() && !log.exists() {
        // The folder contains only the configuration that we wrote, unless the settings could not be restored.
        let _ = fs::remove_file(&pmc);
        let _ = fs::remove_dir(&folder);
    }
    captured?;

    let input = output_folder::open(&log)?;
    // Without --config, the table has all columns, not only the seven that Procmon shows by default.
    let columns = args.config.is_none().then(Columns::default);
    output_folder::write(&input, &folder, &selection, columns.as_ref(), &args.content)
}

/// Captures into a folder, and restores the settings of Procmon.
fn record(args: &CaptureArgs, procmon: &Procmon, limits: &Limits, folder: &Path, pmc: &Path) -> Result<(), Failure> {
    let settings = Settings::save(args.test.reg.as_deref(), folder);
    let mut watchdog = watchdog::Task {
        procmon: &procmon.program.path,
        may_be_unsigned: args.allow_unsigned,
        timeout: args.timeout,
        folder,
        settings: settings.as_ref(),
    }
    .start();
    let session = procmon.start(pmc, &folder.join(LOG), &args.switches(limits));
    let captured = session.and_then(|session| capture(session, limits, &args.command));
    if let Some(watchdog) = &mut watchdog {
        watchdog.procmon_ended();
    }
    if let Some(settings) = settings {
        settings.restore();
    }
    if let Some(watchdog) = watchdog {
        watchdog.dismiss();
    }
    captured
}

/// Waits for the end of another instance of this program, and then ends its capture in a folder.
fn watch(args: &CaptureArgs, folder: &Path, program: Checked) {
    let settings = args.watch.settings_existed.zip(args.test.reg.as_deref());
    watchdog::run(&args.procmon_of(program), &folder.join(LOG), || {
        settings.and_then(|(existed, tool)| Settings::saved(tool, folder, existed))
    });
}

/// Fails if another Procmon is running. Ours would then refuse to capture, and `/Terminate` would end the other one.
fn refuse_rival(names: &[String]) -> Result<(), Failure> {
    let is_rival =
        |running: &&processes::Running| running.pid != process::id() && names.iter().any(|name| running.has_name(name));
    match processes::list().iter().find(is_rival) {
        None => Ok(()),
        Some(rival) => Err(Failure::Capture(
            Exit::NotStarted,
            format!(
                "another Procmon is running: {} (PID {}); close it, because only one can capture, and ending this \
                 capture would end it",
                rival.name, rival.pid
            ),
        )),
    }
}

/// Captures until a limit is reached, measured with a monotonic clock. Runs a command if there is one.
fn capture(mut session: Session<'_>, limits: &Limits, command: &[OsString]) -> Result<(), Failure> {
    let began = Instant::now();
    note(&format!("capturing {limits}; press Ctrl-C to stop earlier"));
    let started = run_program(command, session.sender());
    let reason = match &started {
        Ok(()) => session.wait(began, limits),
        Err(_) => Reason::Program,
    };
    let patience = session.patience();
    let end = session.finish(reason)?;
    started?;
    report_end(reason, limits, end.requested - began);
    if !end.in_time {
        let patience = patience.as_secs_f64();
        warn(&format!("Procmon did not close the log: it wrote nothing for {patience} s, and was killed"));
    }
    Ok(())
}

/// Starts the command, and sends an event when it ends. Does nothing without a command.
fn run_program(command: &[OsString], sender: &Sender<Event>) -> Result<(), Failure> {
    let Some((program, arguments)) = command.split_first() else { return Ok(()) };
    let child = Command::new(program).args(arguments).spawn();
    let mut child = child.map_err(|error| Failure::file(Path::new(program), error))?;
    let sender = sender.clone();
    thread::spawn(move || {
        let _ = child.wait();
        sender.send(Event::ProgramEnded)
    });
    Ok(())
}

/// Reports why the capture ended, unless its time elapsed.
fn report_end(reason: Reason, limits: &Limits, captured: Duration) {
    let captured = captured.as_secs_f64();
    let program = limits.program.as_ref().map(Program::to_string).unwrap_or_default();
    let cause = match reason {
        Reason::Time => {
            if matches!(limits.program, Some(Program::Own(_))) {
                note(&format!("{program} is still running"));
            }
            return;
        }
        Reason::Ended => return warn(&format!("Procmon exited on its own after {captured:.1} s")),
        Reason::Interrupted => String::new(),
        Reason::Size => ": the log reached its size".to_owned(),
        Reason::Space => ": the disk has too little free space".to_owned(),
        Reason::Program => format!(": {program} ended"),
    };
    note(&format!("capture stopped after {captured:.1} s{cause}"));
}
