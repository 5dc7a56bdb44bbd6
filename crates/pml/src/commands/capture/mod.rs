//! `pml capture`: runs Procmon for a given time, then reports.

mod configuration;
mod elevation;
mod find;
mod interrupt;
mod procmon;

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::mpsc;
use std::time::{Duration, Instant};

use clap::Args;
use procmon_parser::Rule;

use crate::args::columns::Columns;
use crate::args::content::ContentArgs;
use crate::args::select::Selection;
use crate::error::{Failure, Outcome};
use crate::term::warn;
use crate::view::report;

use procmon::{Procmon, Reason};

#[derive(Debug, Args)]
pub(crate) struct CaptureArgs {
    /// Duration of the capture, in seconds.
    #[arg(default_value = "10", value_parser = parse_seconds)]
    seconds: Duration,
    /// Procmon to run, or its folder [default: search for it].
    ///
    /// Without this option, the environment variable PROCMON names it. If that is not set, Procmon64.exe
    /// (Procmon64a.exe on ARM) is searched for in PATH, next to this program, and in the usual folders.
    #[arg(long, value_name = "PATH")]
    procmon: Option<PathBuf>,
    /// Capture with a configuration (PMC), including its filter, instead of Procmon's default.
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
    /// Seconds to wait for Procmon to start, and for the log to grow while Procmon closes it.
    #[arg(long, value_name = "SECONDS", default_value = "60", value_parser = parse_seconds)]
    timeout: Duration,
    #[command(flatten)]
    content: ContentArgs,
}

/// Parses a number of seconds, with an optional fraction.
fn parse_seconds(text: &str) -> Result<Duration, String> {
    /// A year. A longer time is most likely a typing error.
    const MAX: f64 = 366.0 * 86_400.0;
    let seconds = text.parse::<f64>().ok().filter(|seconds| (0.0..=MAX).contains(seconds));
    seconds.map(Duration::from_secs_f64).ok_or_else(|| "expected a number of seconds, such as 30 or 0.5".to_owned())
}

pub(crate) fn run(args: &CaptureArgs) -> Result<Outcome, Failure> {
    let path = find::procmon(args.procmon.as_deref())?;
    elevation::check()?;
    let configuration = configuration::build(args.config.as_deref(), &args.filter, args.keep_everything, &path)?;
    let (sender, events) = mpsc::channel();
    interrupt::listen(sender.clone())?;
    let procmon = Procmon { path, patience: args.timeout, sender, events };

    let folder = report::new_folder(&args.content.working)?;
    // Procmon resolves relative paths against a folder other than ours.
    let folder = std::path::absolute(&folder).unwrap_or(folder);
    let (log, pmc) = (folder.join("raw.pml"), folder.join("capture.pmc"));
    configuration::write(&configuration, &pmc)?;
    let captured = capture(&procmon, &pmc, &log, args.seconds);
    if captured.is_err() && !log.exists() {
        // The folder contains only the configuration that we wrote.
        let _ = fs::remove_file(&pmc).and_then(|()| fs::remove_dir(&folder));
    }
    captured?;

    let input = report::open(&log)?;
    // Without --config, the table has all columns, not only the seven that Procmon shows by default.
    let columns = args.config.is_none().then(Columns::default);
    report::write(&input, &folder, &Selection::of(configuration), columns.as_ref(), &args.content)
}

/// Captures for a given time, measured with a monotonic clock.
fn capture(procmon: &Procmon, configuration: &Path, log: &Path, time: Duration) -> Result<(), Failure> {
    let mut session = procmon.start(configuration, log)?;
    let began = Instant::now();
    anstream::eprintln!("capturing for {} s; press Ctrl-C to stop earlier", time.as_secs_f64());
    let reason = session.wait_until(began + time);
    let end = session.finish(reason)?;
    let captured = (end.requested - began).as_secs_f64();
    match reason {
        Reason::Time => {}
        Reason::Interrupted => anstream::eprintln!("capture stopped after {captured:.1} s"),
        Reason::Ended => warn(&format!("Procmon exited on its own after {captured:.1} s")),
    }
    if !end.in_time {
        let patience = procmon.patience.as_secs_f64();
        warn(&format!("Procmon did not close the log: it wrote nothing for {patience} s, and was killed"));
    }
    Ok(())
}
