//! `pml statistics`.

use std::path::PathBuf;

use clap::Args;

use crate::args::input::InputArgs;
use crate::args::select::SelectArgs;
use crate::error::{Failure, Outcome};
use crate::io::input;
use crate::io::output;
use crate::io::progress::Progress;
use crate::term::report_unreadable;
use crate::view::statistics::{self, FORMATS, Format, LogStatistics, Order};
use crate::view::summary::summarize;

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
    /// Sort order of the processes.
    #[arg(long, value_enum, default_value_t = Order::Pid, value_name = "ORDER")]
    by: Order,
    /// Write JSON: an array with an object for each log.
    #[arg(long, conflicts_with = "csv")]
    json: bool,
    /// Write CSV: a row for each operation of each process.
    #[arg(long)]
    csv: bool,
}

pub(crate) fn run(args: &StatisticsArgs) -> Result<Outcome, Failure> {
    let requested = match (args.json, args.csv) {
        (true, _) => Some(Format::Json),
        (_, true) => Some(Format::Csv),
        _ => None,
    };
    output::refuse_inputs(args.output.as_deref(), args.input.files())?;
    let format = FORMATS.choose(args.output.as_deref(), requested)?;
    let selection = args.select.read()?;
    let (inputs, mut outcome) = input::open(&args.input)?;
    selection.warn(|| input::indexes(&inputs));
    let selector = selection.compile(&input::logs(&inputs), &selection.style())?;
    let events = inputs.iter().map(|input| input.event_count()).sum();
    let progress = Progress::new(events, args.input.no_progress);
    let mut selected = 0;
    let mut summaries = Vec::new();
    for input in &inputs {
        let summary = summarize(input, |event| selector.matches(event), &progress)?;
        if let Some(error) = summary.first_error() {
            report_unreadable(summary.unreadable(), input.event_count(), error);
            outcome = Outcome::Incomplete;
        }
        selected += summary.events();
        summaries.push(summary);
    }
    drop(progress);
    selector.report(selected, events);
    let logs = inputs.iter().zip(&summaries);
    let logs: Vec<_> = logs.map(|(input, summary)| LogStatistics::new(input, summary, args.by)).collect();
    input::check_unchanged(&inputs)?;
    let read = input::files_to_keep(&inputs).chain(args.select.files());
    statistics::write_logs(args.output.as_deref(), read, &logs, format)?;
    Ok(outcome)
}
