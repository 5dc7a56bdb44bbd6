//! `pml statistics`.

use std::path::PathBuf;

use clap::Args;

use crate::args::input::InputArgs;
use crate::args::select::SelectArgs;
use crate::error::{Failure, Outcome};
use crate::io::input;
use crate::io::output;
use crate::io::progress::Progress;
use crate::term::{report_unreadable, warn};
use crate::view::statistics::{self, FORMATS, Format, LogStatistics, Order, Pass, Sections};

#[derive(Debug, Args)]
pub(crate) struct StatisticsArgs {
    #[command(flatten)]
    input: InputArgs,
    /// Output file, replaced atomically [default: standard output].
    ///
    /// Without --json and --csv, the extension chooses the format: .txt, .json or .csv.
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
    #[command(flatten)]
    select: SelectArgs,
    /// Sort order of the processes [default: count; with --all, in JSON and CSV: pid].
    #[arg(long, value_enum, value_name = "ORDER")]
    by: Option<Order>,
    /// Show all processes, with their operations, DLLs and network endpoints.
    ///
    /// Without this option, the text fits a screen: the most frequent operations, and the busiest processes with
    /// events. JSON and CSV always have everything.
    #[arg(long)]
    all: bool,
    /// Show the DLLs of each process that has events.
    #[arg(long)]
    dlls: bool,
    /// Show the network endpoints of each process.
    #[arg(long)]
    network: bool,
    /// Write JSON: an array with an object for each log.
    #[arg(long, conflicts_with = "csv")]
    json: bool,
    /// Write CSV: a row for each operation of each process.
    #[arg(long)]
    csv: bool,
    /// Add an apostrophe to cells of CSV that begin with =, +, -, @, a tab or a line end.
    ///
    /// A spreadsheet evaluates such cells as formulas, and the names in a log can come from an attacker. Without this
    /// option, cells are written unchanged.
    #[arg(long)]
    csv_safe: bool,
}

pub(crate) fn run(args: &StatisticsArgs) -> Result<Outcome, Failure> {
    let requested = match (args.json, args.csv) {
        (true, _) => Some(Format::Json),
        (_, true) => Some(Format::Csv),
        _ => None,
    };
    output::refuse_inputs(args.output.as_deref(), args.input.files())?;
    let format = FORMATS.choose(args.output.as_deref(), requested)?;
    if args.csv_safe && format != Format::Csv {
        return Err(Failure::Usage("--csv-safe needs --csv".to_owned()));
    }
    let selection = args.select.read()?;
    let (inputs, mut outcome) = input::open(&args.input)?;
    selection.warn(|| input::indexes(&inputs));
    let selector = selection.compile(&input::logs(&inputs), &selection.style())?;
    let events = inputs.iter().map(|input| input.event_count()).sum();
    let progress = Progress::new(events, args.input.no_progress);
    let mut selected = 0;
    let mut passes = Vec::new();
    for input in &inputs {
        let pass = Pass::read(input, |event| selector.matches(event), &progress)?;
        let summary = &pass.summary;
        if let Some(error) = summary.first_error() {
            report_unreadable(summary.unreadable(), input.event_count(), error);
            outcome = Outcome::Incomplete;
        }
        for (_, warning) in pass.overlaps.warnings(&input.log)? {
            warn(&format!("{}: {warning}", input.name()));
        }
        selected += summary.events();
        passes.push(pass);
    }
    drop(progress);
    selector.report(selected, events);
    let sections = Sections { all: args.all, dlls: args.dlls, network: args.network };
    let default = if args.all || format != Format::Text { Order::Pid } else { Order::Count };
    let order = args.by.unwrap_or(default);
    let logs = inputs.iter().zip(&passes);
    let logs: Vec<_> = logs.map(|(input, pass)| LogStatistics::new(input, pass, order)).collect();
    input::check_unchanged(&inputs)?;
    let read = input::files_to_keep(&inputs).chain(args.select.files());
    statistics::write_logs(args.output.as_deref(), read, &logs, (format, args.csv_safe), sections)?;
    Ok(outcome)
}
