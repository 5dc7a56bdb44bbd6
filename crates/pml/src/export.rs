//! `pml export`.

use std::path::Path;

use procmon_parser::export::csv;
use procmon_parser::{Accounts, Error, Style};

use crate::cli::{self, Columns, ExportArgs, Format};
use crate::input::{self, Input};
use crate::output::Output;
use crate::progress::Progress;
use crate::select::Selection;
use crate::{Failure, Outcome};

pub(crate) fn run(args: &ExportArgs) -> Result<Outcome, Failure> {
    let selection = args.select.read()?;
    let inputs = input::open(&args.input)?;
    let mut output = Output::create(args.output.as_deref(), &inputs)?;
    let events = inputs.iter().map(|input| input.log.len() as u64).sum();
    let mut progress = Progress::new(events, args.input.no_progress);
    let style = style(args, &selection, &inputs);
    let columns = args.columns.clone().or_else(|| selection.columns()).unwrap_or_default().0;
    let selector = selection.compile(&inputs, &style);
    let events = inputs.iter().flat_map(|input| input.log.events()).inspect(|_| progress.tick());
    let events = events.filter(|event| event.as_ref().map_or(true, |event| selector.matches(*event)));
    let summary = match args.format {
        Format::Csv => csv::export(&mut output, events, &columns, style),
    };
    drop(progress);
    let summary = summary.map_err(|error| written_to(args, error))?;
    output.finish()?;
    Ok(match summary.first_error {
        None => Outcome::Done,
        Some(first) => {
            report_unreadable(summary.unreadable, summary.rows, &first);
            Outcome::Incomplete
        }
    })
}

/// Writes the selected events of a log into a file, in a format as it is by default. The columns are those of the
/// selection if there are none.
pub(crate) fn to_file(
    input: &Input,
    path: &Path,
    format: Format,
    selection: &Selection,
    columns: Option<Columns>,
    no_progress: bool,
) -> Result<csv::Summary, Failure> {
    let inputs = std::slice::from_ref(input);
    let mut output = Output::create(Some(path), inputs)?;
    let mut progress = Progress::new(input.log.len() as u64, no_progress);
    let style = selection.style();
    let columns = columns.or_else(|| selection.columns()).unwrap_or_default().0;
    let selector = selection.compile(inputs, &style);
    let events = input.log.events().inspect(|_| progress.tick());
    let events = events.filter(|event| event.as_ref().map_or(true, |event| selector.matches(*event)));
    let summary = match format {
        Format::Csv => csv::export(&mut output, events, &columns, style),
    };
    drop(progress);
    let summary = summary.map_err(|error| Failure::Io(path.display().to_string(), error.into()))?;
    output.finish()?;
    Ok(summary)
}

fn style(args: &ExportArgs, selection: &Selection, inputs: &[Input]) -> Style {
    let accounts = match args.accounts.are_of_log(args.compat) {
        true => Accounts::of_log(inputs.iter().flat_map(|input| input.log.events())),
        false => Accounts::default(),
    };
    Style::new()
        .compat(args.compat)
        .utc_offset(args.utc_offset.0)
        .advanced_names(args.advanced.map_or(selection.advanced_names(), |advanced| advanced.0))
        .resolve_addresses(args.no_resolve.map_or(selection.resolve_addresses(), |no_resolve| !no_resolve.0))
        .accounts(accounts)
}

/// Names the file that could not be written.
fn written_to(args: &ExportArgs, error: Error) -> Failure {
    let name = args.output.as_deref().map_or("standard output".into(), |path| path.display().to_string());
    Failure::Io(name, error.into())
}

/// Says on standard error how much of the logs is missing.
pub(crate) fn report_unreadable(unreadable: u64, events: u64, first: &Error) {
    let (on, off) = (cli::WARNING.render(), cli::WARNING.render_reset());
    anstream::eprintln!("{on}warning:{off} {unreadable} of {events} events could not be read; the first: {first}");
}
