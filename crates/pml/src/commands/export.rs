//! `pml export`.

use std::num::NonZero;
use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};
use procmon_parser::export::ExportSummary;
use procmon_parser::{AccountNames, Compat, Error, Event, Log, MergedLogs, Style};

use crate::args::columns::{self, ColumnList};
use crate::args::compat;
use crate::args::format::{EXPORTS, Format, TextFormat};
use crate::args::input::InputArgs;
use crate::args::number::parse_nonzero;
use crate::args::select::{SelectArgs, Selection, Selector};
use crate::args::switch::Switch;
use crate::args::tables::TableArgs;
use crate::args::when::When;
use crate::error::{Failure, Outcome};
use crate::io::compress::{Compression, Encoder};
use crate::io::escape::Escaper;
use crate::io::input::{self, Input};
use crate::io::output::{self, Output};
use crate::io::safe_csv::SafeCsv;
use crate::term::report_unreadable;
use crate::view::export::{self, Export};
use crate::view::lake::Lake;
use crate::view::typed::{self, Typed};

#[derive(Debug, Args)]
pub(crate) struct ExportArgs {
    #[command(flatten)]
    input: InputArgs,
    /// Output file, replaced atomically [default: standard output].
    ///
    /// A name that ends in .gz or .zst compresses the output. "-" is standard output. On a terminal, control characters
    /// of the log are written as visible symbols.
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
    /// Output format [default: by the file extension, or else csv].
    ///
    /// The extensions are .csv, .xml, .jsonl (or .ndjson), .parquet and .arrow. A file with any other extension needs
    /// this option.
    #[arg(long, value_enum)]
    format: Option<Format>,
    /// Include the call stack of each event (not in CSV).
    #[arg(long)]
    stacks: bool,
    /// Add the fields that Timesketch requires (JSON Lines only).
    ///
    /// The fields are message, datetime, timestamp and timestamp_desc.
    #[arg(long)]
    timesketch: bool,
    /// Add an apostrophe to cells of CSV that begin with =, +, -, @, a tab or a line end.
    ///
    /// A spreadsheet evaluates such cells as formulas, and the names in a log can come from an attacker. Without this
    /// option, cells are written unchanged, as Procmon writes them.
    #[arg(long)]
    csv_safe: bool,
    /// Add the name of the log to each row: a column Log to CSV, a key log to JSON Lines.
    ///
    /// "auto" adds it if there are several logs.
    #[arg(long, value_enum, value_name = "auto|always|never", default_value_t = When::Never, hide_possible_values = true)]
    log_names: When,
    /// Order the events of several logs by time, instead of writing one log after another.
    ///
    /// An event that cannot be read follows the event before it in its log.
    #[arg(long, conflicts_with = "partition_by")]
    merge: bool,
    /// Number of formatting threads [default: number of logical CPUs].
    ///
    /// The number does not affect the output.
    #[arg(long, value_name = "N", value_parser = parse_nonzero)]
    threads: Option<NonZero<usize>>,
    #[command(flatten)]
    select: SelectArgs,
    /// Columns to write, separated by commas.
    ///
    /// "default" is the 27 columns of Procmon 3.94; "all" adds Process Start and High Resolution Process Start. Without
    /// this option, CSV and XML have the columns of the configuration, or else the default columns, and JSON Lines has
    /// all values of an event in typed fields. With this option, JSON Lines has the text of the columns. Parquet and
    /// Arrow have other columns, such as process_name: see docs/SCHEMA.md.
    #[arg(long, value_name = "LIST", value_parser = columns::parser::<ColumnList>(), hide_possible_values = true)]
    columns: Option<ColumnList>,
    #[command(flatten)]
    tables: TableArgs,
    /// Procmon version whose output to reproduce.
    ///
    /// The prefix "procmon-" can be omitted. The output of a version includes its limits and mistakes.
    #[arg(long, default_value_t, value_name = "VERSION", value_parser = compat::parser())]
    compat: Compat,
    /// Use advanced names, such as IRP_MJ_CREATE for CreateFile.
    #[arg(long, value_name = "on|off", num_args = 0..=1, require_equals = true, default_missing_value = "on")]
    advanced: Option<Switch>,
    /// Write numbers instead of the names of hosts and ports.
    #[arg(long, value_name = "on|off", num_args = 0..=1, require_equals = true, default_missing_value = "on")]
    no_resolve: Option<Switch>,
    /// Source of account names in Detail, where the log has SIDs.
    #[arg(long, value_enum, default_value_t = AccountSource::Auto, value_name = "SOURCE")]
    accounts: AccountSource,
}

/// The source of the names of accounts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum AccountSource {
    /// "log" if --compat is a version before 3.94, which prints account names on the computer that recorded the log;
    /// otherwise "sid".
    Auto,
    /// Names taken from the processes of the log, as on the captured computer.
    Log,
    /// SIDs, except for accounts that every Windows has, as Procmon prints them on a different computer.
    Sid,
}

impl AccountSource {
    /// Returns true if the names come from the log.
    fn are_of_log(self, compat: Compat) -> bool {
        match self {
            Self::Auto => compat < Compat::Procmon3_94,
            Self::Log => true,
            Self::Sid => false,
        }
    }
}

pub(crate) fn run(args: &ExportArgs) -> Result<Outcome, Failure> {
    if !args.tables.partition_by.is_empty() {
        return to_lake(args);
    }
    output::refuse_inputs(args.output.as_deref(), args.input.files())?;
    let (format, compression) = format(args)?;
    let selection = args.select.read()?;
    match format.text() {
        Some(format) => to_text(args, format, compression, &selection),
        None => to_columns(args, format, &selection),
    }
}

/// Writes a text format, and compresses it if the file name requests that.
fn to_text(
    args: &ExportArgs,
    format: TextFormat,
    compression: Compression,
    selection: &Selection,
) -> Result<Outcome, Failure> {
    let requested = args.columns.as_ref().map(ColumnList::procmon).transpose()?;
    let (inputs, opened) = input::open(&args.input)?;
    let read = input::files_to_keep(&inputs).chain(args.select.files());
    let output = match compression {
        Compression::None => Output::create(args.output.as_deref(), read)?,
        Compression::Gzip | Compression::Zstd => Output::create_binary(args.output.as_deref(), read)?,
    };
    let style = style(args, selection, &inputs)?;
    selection.warn(|| input::indexes(&inputs));
    let logs = input::logs(&inputs);
    let selector = selection.compile(&logs, &style)?;
    let export = Export {
        format,
        columns: export::columns(format, requested, selection),
        style,
        log_names: args.log_names.decide(inputs.len() > 1).then(|| input::log_names(&inputs)),
        stacks: args.stacks,
        timesketch: args.timesketch,
        threads: args.threads,
        no_progress: args.input.no_progress,
    };
    let failed = |error: Error| export::failure(args.output.as_deref(), error);
    let is_terminal = output.is_terminal();
    let output = Escaper::new(output, is_terminal);
    let out = Encoder::new(compression, output).map_err(|error| failed(error.into()))?;
    let mut out = SafeCsv::new(out, args.csv_safe);
    let matches = |event: Event<'_>| selector.matches(event);
    let summary = match args.merge {
        true => MergedLogs::new(&logs).and_then(|merged| export.write(&mut out, &merged, &matches)),
        false => export.write(&mut out, &logs[..], &matches),
    };
    let summary = summary.map_err(failed)?;
    let output = out.into_inner().finish().and_then(Escaper::finish).map_err(|error| failed(error.into()))?;
    input::check_unchanged(&inputs)?;
    output.finish()?;
    Ok(outcome(opened, &selector, summary, &inputs))
}

/// Writes typed columns, and the tables that accompany them.
fn to_columns(args: &ExportArgs, format: Format, selection: &Selection) -> Result<Outcome, Failure> {
    let columns = args.tables.columns(args.columns.as_ref(), args.stacks)?;
    let path = args.output.as_deref();
    let (inputs, opened) = input::open(&args.input)?;
    let read = || input::files_to_keep(&inputs).chain(args.select.files());
    let mut outputs = Vec::new();
    for &table in args.tables.companions() {
        let Some(path) = path.filter(|path| path.as_os_str() != "-") else {
            return Err(Failure::Usage("--tables needs an output file: -o FILE.parquet".to_owned()));
        };
        let path = path.with_extension(format!("{}.{}", table.name(), format.extension()));
        outputs.push((table, Output::create_binary(Some(&path), read())?, path));
    }
    let mut output = Output::create_binary(path, read())?;
    let style = style(args, selection, &inputs)?;
    selection.warn(|| input::indexes(&inputs));
    let logs = input::logs(&inputs);
    let selector = selection.compile(&logs, &style)?;
    let matches = |event: Event<'_>| selector.matches(event);
    let typed = Typed { columns, style, threads: args.threads, no_progress: args.input.no_progress };
    let names = typed::log_names(&inputs);
    let summary = match args.merge {
        true => typed.write(format, &mut output, path, &MergedLogs::new(&logs)?, names.clone(), &matches)?,
        false => typed.write(format, &mut output, path, &logs[..], names.clone(), &matches)?,
    };
    for (table, output, path) in &mut outputs {
        typed.write_table(*table, output, path, &inputs, &names)?;
    }
    input::check_unchanged(&inputs)?;
    for (_, output, _) in outputs {
        output.finish()?;
    }
    output.finish()?;
    Ok(outcome(opened, &selector, summary, &inputs))
}

/// Writes a Parquet file for each log to a folder.
fn to_lake(args: &ExportArgs) -> Result<Outcome, Failure> {
    let Some(folder) = args.output.as_deref().filter(|path| path.as_os_str() != "-") else {
        return Err(Failure::Usage("--partition-by needs an output folder: -o FOLDER".to_owned()));
    };
    let format = args.format.unwrap_or(Format::Parquet);
    check(args, format)?;
    if args.accounts.are_of_log(args.compat) {
        return Err(Failure::Usage("--partition-by needs --accounts sid".to_owned()));
    }
    let columns = args.tables.columns(args.columns.as_ref(), args.stacks)?;
    let selection = args.select.read()?;
    let style = style(args, &selection, &[])?;
    let options = format!("{columns:?} {style:?} {selection:?} {:?}", args.tables.tables);
    let lake = Lake {
        folder,
        partitions: &args.tables.partition_by,
        tables: args.tables.companions(),
        typed: Typed { columns, style, threads: args.threads, no_progress: true },
        selection: &selection,
        options,
    };
    lake.write(&mut input::find(&args.input))
}

/// Reports the number of rows. Returns `opened`, or that the export is incomplete if an event could not be read.
fn outcome(opened: Outcome, selector: &Selector, summary: ExportSummary, inputs: &[Input]) -> Outcome {
    let events = inputs.iter().map(Input::event_count).sum();
    selector.report(summary.rows - summary.unreadable, events);
    match summary.first_error {
        None => opened,
        Some(first) => {
            report_unreadable(summary.unreadable, events, &first);
            Outcome::Incomplete
        }
    }
}

/// Returns the format and the compression, which depend on the options and on the name of the output file.
fn format(args: &ExportArgs) -> Result<(Format, Compression), Failure> {
    let (compression, name) = args.output.as_deref().map_or((Compression::None, None), |path| {
        let (compression, name) = Compression::of(path);
        (compression, Some(name))
    });
    let format = EXPORTS.choose(name, args.format)?;
    if format.text().is_none() && compression != Compression::None {
        let path = args.output.as_deref().unwrap_or(Path::new("-")).display();
        return Err(Failure::Usage(format!(
            "{path}: files of this format are compressed inside; leave out .gz or .zst"
        )));
    }
    check(args, format)?;
    Ok((format, compression))
}

/// Fails if an option does not apply to the format.
fn check(args: &ExportArgs, format: Format) -> Result<(), Failure> {
    let wrong = |option: &str, needs: &str| Err(Failure::Usage(format!("{option} needs --format {needs}")));
    if args.csv_safe && format != Format::Csv {
        return wrong("--csv-safe", "csv");
    }
    match format {
        Format::Xml | Format::Parquet | Format::Arrow if args.log_names != When::Never => {
            wrong("--log-names", "csv or jsonl")
        }
        Format::Csv if args.stacks => wrong("--stacks", "xml, jsonl, parquet or arrow"),
        Format::Jsonl => args.tables.check(format),
        _ if args.timesketch => wrong("--timesketch", "jsonl"),
        _ => args.tables.check(format),
    }
}

fn style(args: &ExportArgs, selection: &Selection, inputs: &[Input]) -> Result<Style, Failure> {
    let mut accounts = AccountNames::default();
    if args.accounts.are_of_log(args.compat) {
        for input in inputs {
            input.log.for_each(|event| event.into_iter().for_each(|event| accounts.add_event(event)))?;
        }
    }
    Ok(selection
        .style()
        .compat(args.compat)
        .advanced_names(args.advanced.map_or(selection.advanced_names(), |advanced| advanced.0))
        .resolve_addresses(args.no_resolve.map_or(selection.resolve_addresses(), |no_resolve| !no_resolve.0))
        .accounts(accounts))
}
