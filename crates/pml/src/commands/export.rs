//! `pml export`.

use std::num::NonZero;
use std::path::PathBuf;

use clap::{Args, ValueEnum};
use procmon_parser::{AccountNames, Compat, Error, Event, Log, Style};

use crate::args::columns::Columns;
use crate::args::format::Format;
use crate::args::input::InputArgs;
use crate::args::select::{SelectArgs, Selection};
use crate::args::switch::Switch;
use crate::args::zone::UtcOffset;
use crate::error::{Failure, Outcome};
use crate::io::compress::{Compression, Encoder};
use crate::io::input::{self, Input};
use crate::io::output::Output;
use crate::term::report_unreadable;
use crate::view::export::{self, Export};

#[derive(Debug, Args)]
pub(crate) struct ExportArgs {
    #[command(flatten)]
    input: InputArgs,
    /// The file to write, whole or not at all; standard output if there is none, or if it is "-". It is compressed if
    /// its name ends with .gz or .zst.
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
    /// What to write; by default what the name of the file says (.csv, .xml, .jsonl), else CSV.
    #[arg(long, value_enum)]
    format: Option<Format>,
    /// Write the call stack of each event (XML, JSON Lines).
    #[arg(long)]
    stacks: bool,
    /// Add what Timesketch asks for to each event: message, datetime, timestamp, timestamp_desc (JSON Lines).
    #[arg(long)]
    timesketch: bool,
    /// Number of threads that make text; by default as many as the computer runs at a time. The output is the same.
    #[arg(long, value_name = "N")]
    threads: Option<NonZero<usize>>,
    #[command(flatten)]
    select: SelectArgs,
    /// Titles of columns, separated by commas; "default" is the 27 of Procmon 3.94, "all" adds Process Start. [default:
    /// those of the configuration, else "default"; in JSON Lines all that is known in place of columns]
    #[arg(long, value_name = "LIST")]
    columns: Option<Columns>,
    /// Whose words to use: complete (nothing left out), procmon-3.94, procmon-3.53, procmon-3.52 or procmon-3.0 (byte
    /// for byte what that version writes, limits and mistakes included).
    #[arg(long, default_value_t, value_name = "NAME")]
    compat: Compat,
    /// The time zone: an offset such as +02:00, "UTC", or "local" for today's offset of this computer.
    #[arg(long, default_value_t, value_name = "OFFSET")]
    utc_offset: UtcOffset,
    /// Use Procmon's advanced names: IRP_MJ_CREATE instead of CreateFile.
    #[arg(long, value_name = "on|off", num_args = 0..=1, require_equals = true, default_missing_value = "on")]
    advanced: Option<Switch>,
    /// Write numbers in place of the names of hosts and ports.
    #[arg(long, value_name = "on|off", num_args = 0..=1, require_equals = true, default_missing_value = "on")]
    no_resolve: Option<Switch>,
    /// How to write the accounts in details, which the log has as SIDs.
    #[arg(long, value_enum, default_value_t = AccountSource::Auto)]
    accounts: AccountSource,
}

/// The source of the names of accounts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum AccountSource {
    /// From the log for the versions before 3.94, which printed them where they captured; else as SIDs.
    Auto,
    /// From the processes of the log, as on the computer that was captured.
    Log,
    /// SIDs but for the accounts that every Windows has, as on another computer.
    Sid,
}

impl AccountSource {
    fn are_of_log(self, compat: Compat) -> bool {
        match self {
            Self::Auto => !matches!(compat, Compat::Complete | Compat::Procmon3_94),
            Self::Log => true,
            Self::Sid => false,
        }
    }
}

pub(crate) fn run(args: &ExportArgs) -> Result<Outcome, Failure> {
    let (format, compression) = format(args)?;
    let selection = args.select.read()?;
    let inputs = input::open(&args.input)?;
    let output = Output::create(args.output.as_deref(), &inputs)?;
    let style = style(args, &selection, &inputs)?;
    selection.warn(|| input::indexes(&inputs));
    let selector = selection.compile(|| input::indexes(&inputs), &style);
    let export = Export {
        format,
        columns: export::columns(format, args.columns.clone(), &selection),
        style,
        stacks: args.stacks,
        timesketch: args.timesketch,
        threads: args.threads,
        no_progress: args.input.no_progress,
    };
    let failed = |error: Error| export::failure(args.output.as_deref(), error);
    let mut out = Encoder::new(compression, output).map_err(|error| failed(error.into()))?;
    let matches = |event: Event<'_>| selector.matches(event);
    let summary = export.write(&mut out, &input::logs(&inputs)[..], &matches).map_err(failed)?;
    let output = out.finish().map_err(|error| failed(error.into()))?;
    input::check_unchanged(&inputs)?;
    output.finish()?;
    Ok(match summary.first_error {
        None => Outcome::Done,
        Some(first) => {
            report_unreadable(summary.unreadable, inputs.iter().map(Input::event_count).sum(), &first);
            Outcome::Incomplete
        }
    })
}

/// The format and compression that the options and the name of the file ask for.
fn format(args: &ExportArgs) -> Result<(Format, Compression), Failure> {
    let (compression, name) = args.output.as_deref().map_or((Compression::None, None), |path| {
        let (compression, name) = Compression::of(path);
        (compression, Some(name))
    });
    let format = args.format.or_else(|| name.and_then(Format::of)).unwrap_or(Format::Csv);
    let wrong = |option: &str, needs: &str| Err(Failure::Usage(format!("{option} needs --format {needs}")));
    match format {
        Format::Csv if args.stacks => wrong("--stacks", "xml or jsonl"),
        Format::Csv | Format::Xml if args.timesketch => wrong("--timesketch", "jsonl"),
        _ => Ok((format, compression)),
    }
}

fn style(args: &ExportArgs, selection: &Selection, inputs: &[Input]) -> Result<Style, Failure> {
    let mut accounts = AccountNames::default();
    if args.accounts.are_of_log(args.compat) {
        for input in inputs {
            input.log.for_each(|event| event.into_iter().for_each(|event| accounts.add_event(event)))?;
        }
    }
    Ok(Style::new()
        .compat(args.compat)
        .utc_offset(args.utc_offset.0)
        .advanced_names(args.advanced.map_or(selection.advanced_names(), |advanced| advanced.0))
        .resolve_addresses(args.no_resolve.map_or(selection.resolve_addresses(), |no_resolve| !no_resolve.0))
        .accounts(accounts))
}
