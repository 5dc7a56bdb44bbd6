//! `pml capture`: runs Procmon for some time, then reports.

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
    /// How long to capture, in seconds.
    #[arg(default_value = "10", value_parser = parse_seconds)]
    seconds: Duration,
    /// The Procmon to run, or its folder. Without it: what the environment variable PROCMON names, else Procmon64.exe
    /// (Procmon64a.exe on ARM) from PATH, from beside this program, or from the usual folders.
    #[arg(long, value_name = "PATH")]
    procmon: Option<PathBuf>,
    /// Capture under a configuration (PMC) in place of Procmon's default, with its filter.
    #[arg(long, value_name = "FILE.pmc")]
    config: Option<PathBuf>,
    /// Add a rule to the filter, such as "Path contains temp then Include"; any number of times. What the filter hides
    /// is not recorded.
    #[arg(long, value_name = "RULE")]
    filter: Vec<Rule>,
    /// Record what the filter hides as well; table and statistics still leave it out.
    #[arg(long)]
    keep_everything: bool,
    /// How long to wait for a sign of life when Procmon starts, and while it closes the log, in seconds.
    #[arg(long, value_name = "SECONDS", default_value = "60", value_parser = parse_seconds)]
    timeout: Duration,
    #[command(flatten)]
    content: ContentArgs,
}

/// Reads a number of seconds, fractions allowed.
fn parse_seconds(text: &str) -> Result<Duration, String> {
    /// A year; longer is a slip of the finger.
    const MOST: f64 = 366.0 * 86_400.0;
    let seconds = text.parse::<f64>().ok().filter(|seconds| (0.0..=MOST).contains(seconds));
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
    // Procmon resolves names of files by a folder of its own.
    let folder = std::path::absolute(&folder).unwrap_or(folder);
    let (log, pmc) = (folder.join("raw.pml"), folder.join("capture.pmc"));
    configuration::write(&configuration, &pmc)?;
    let captured = capture(&procmon, &pmc, &log, args.seconds);
    if captured.is_err() && !log.exists() {
        // Nothing is in there but what we wrote ourselves.
        let _ = fs::remove_file(&pmc).and_then(|()| fs::remove_dir(&folder));
    }
    captured?;

    let input = report::open(&log)?;
    // Unless a configuration was asked for, the table has all columns, not the seven that Procmon shows by default.
    let columns = args.config.is_none().then(Columns::default);
    report::write(&input, &folder, &Selection::of(configuration), columns.as_ref(), &args.content)
}

/// Records for some time, by a clock that nobody can set.
fn capture(procmon: &Procmon, configuration: &Path, log: &Path, time: Duration) -> Result<(), Failure> {
    let mut session = procmon.start(configuration, log)?;
    let began = Instant::now();
    anstream::eprintln!("capturing for {} s; Ctrl-C ends it earlier", time.as_secs_f64());
    let reason = session.wait_until(began + time);
    let end = session.finish(reason)?;
    let captured = (end.asked - began).as_secs_f64();
    match reason {
        Reason::Time => {}
        Reason::Interrupted => anstream::eprintln!("the capture was ended after {captured:.1} s"),
        Reason::Ended => warn(&format!("Procmon ended by itself after {captured:.1} s")),
    }
    if !end.in_time {
        let patience = procmon.patience.as_secs_f64();
        warn(&format!(
            "Procmon showed no sign of life for {patience} s when it was asked to end, and was ended by force"
        ));
    }
    Ok(())
}
