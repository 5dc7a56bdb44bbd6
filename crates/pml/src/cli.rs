//! The command line.

use std::fmt;
use std::num::NonZero;
use std::path::PathBuf;
use std::str::FromStr;

use anstyle::{AnsiColor, Style};
use chrono::Local;
use clap::{Args, Parser, Subcommand, ValueEnum};
use procmon_parser::{Column, Compat};

use crate::capture::CaptureArgs;
use crate::help;
use crate::manual::{CompletionsArgs, ManArgs};
use crate::pmc::PmcArgs;
use crate::recover::RecoverArgs;
use crate::report::ReportArgs;
use crate::save::SaveArgs;
use crate::select::SelectArgs;
use crate::statistics::StatisticsArgs;

/// Of the word before a message that ends the program.
pub(crate) const ERROR: Style = AnsiColor::Red.on_default().bold();
/// Of the word before a message that does not.
pub(crate) const WARNING: Style = AnsiColor::Yellow.on_default().bold();
/// Of headings.
pub(crate) const HEADING: Style = Style::new().bold();

/// Reads and writes the logs of Sysinternals Process Monitor (PML).
#[derive(Debug, Parser)]
#[command(version, after_help = help::PROGRAM)]
pub(crate) struct Cli {
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Writes the events of logs as CSV, XML or JSON Lines.
    #[command(after_help = help::EXPORT)]
    Export(ExportArgs),
    /// Tells what logs are: the system, the time span, counts of operations, processes, oddities.
    #[command(after_help = help::INFO)]
    Info(InfoArgs),
    /// Tells what each process did: calls with results, times and bytes, DLLs, network endpoints.
    #[command(after_help = help::STATISTICS)]
    Statistics(StatisticsArgs),
    /// Runs Procmon for some time, then writes what it recorded: the log, a table of events, statistics.
    #[command(after_help = help::CAPTURE)]
    Capture(CaptureArgs),
    /// Writes of a log what a capture writes: a table of events, statistics.
    #[command(after_help = help::REPORT)]
    Report(ReportArgs),
    /// Makes, changes and compares configurations (PMC) and exported filters (PMF).
    #[command(after_help = help::PMC)]
    Pmc(Box<PmcArgs>),
    /// Writes events of logs as a log: a part of one, or several joined.
    #[command(after_help = help::SAVE)]
    Save(Box<SaveArgs>),
    /// Writes what is left of a damaged log as a sound one, and tells what is lost.
    #[command(after_help = help::RECOVER)]
    Recover(RecoverArgs),
    /// Writes a script that completes commands and options in a shell.
    #[command(after_help = help::COMPLETIONS)]
    Completions(CompletionsArgs),
    /// Writes manual pages.
    #[command(after_help = help::MAN)]
    Man(ManArgs),
}

/// Which logs to read.
#[derive(Debug, Args)]
pub(crate) struct InputArgs {
    /// Logs; of a capture in several files (x.pml, x-1.pml, ...) any of them stands for all.
    #[arg(required = true, value_name = "LOG")]
    pub(crate) logs: Vec<PathBuf>,
    /// Read the named files alone, even if they are part of a capture in several files.
    #[arg(long)]
    pub(crate) single_file: bool,
    /// Draw no progress bar; there is none anyway unless standard error is a terminal.
    #[arg(long)]
    pub(crate) no_progress: bool,
}

#[derive(Debug, Args)]
pub(crate) struct ExportArgs {
    #[command(flatten)]
    pub(crate) input: InputArgs,
    /// The file to write, whole or not at all; standard output if there is none, or if it is "-". It is compressed if
    /// its name ends with .gz or .zst.
    #[arg(short, long, value_name = "FILE")]
    pub(crate) output: Option<PathBuf>,
    /// What to write; by default what the name of the file says (.csv, .xml, .jsonl), else CSV.
    #[arg(long, value_enum)]
    pub(crate) format: Option<Format>,
    /// Write the call stack of each event (XML, JSON Lines).
    #[arg(long)]
    pub(crate) stacks: bool,
    /// Add what Timesketch asks for to each event: message, datetime, timestamp, timestamp_desc (JSON Lines).
    #[arg(long)]
    pub(crate) timesketch: bool,
    /// Number of threads that make text; by default as many as the computer runs at a time. The output is the same.
    #[arg(long, value_name = "N")]
    pub(crate) threads: Option<NonZero<usize>>,
    #[command(flatten)]
    pub(crate) select: SelectArgs,
    /// Titles of columns, separated by commas; "default" is the 27 of Procmon 3.94, "all" adds Process Start. [default:
    /// those of the configuration, else "default"; in JSON Lines all that is known in place of columns]
    #[arg(long, value_name = "LIST")]
    pub(crate) columns: Option<Columns>,
    /// Whose words to use: complete (nothing left out), procmon-3.94, procmon-3.53, procmon-3.52 or procmon-3.0 (byte
    /// for byte what that version writes, limits and mistakes included).
    #[arg(long, default_value_t, value_name = "NAME")]
    pub(crate) compat: Compat,
    /// The time zone: an offset such as +02:00, "UTC", or "local" for today's offset of this computer.
    #[arg(long, default_value_t, value_name = "OFFSET")]
    pub(crate) utc_offset: UtcOffset,
    /// Use Procmon's advanced names: IRP_MJ_CREATE instead of CreateFile.
    #[arg(long, value_name = "on|off", num_args = 0..=1, require_equals = true, default_missing_value = "on")]
    pub(crate) advanced: Option<Switch>,
    /// Write numbers in place of the names of hosts and ports.
    #[arg(long, value_name = "on|off", num_args = 0..=1, require_equals = true, default_missing_value = "on")]
    pub(crate) no_resolve: Option<Switch>,
    /// How to write the accounts in details, which the log has as SIDs.
    #[arg(long, value_enum, default_value_t = AccountNames::Auto)]
    pub(crate) accounts: AccountNames,
}

#[derive(Debug, Args)]
pub(crate) struct InfoArgs {
    #[command(flatten)]
    pub(crate) input: InputArgs,
    /// Write JSON: an array with an object for each log.
    #[arg(long)]
    pub(crate) json: bool,
}

/// What an export writes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// Procmon's CSV: UTF-8 with byte-order mark, all cells quoted.
    Csv,
    /// Procmon's XML: processes with their modules, then events.
    Xml,
    /// JSON Lines: an object for each event, with all values as values.
    Jsonl,
}

/// Where the names of accounts come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum AccountNames {
    /// From the log for the versions before 3.94, which printed them where they captured; else as SIDs.
    Auto,
    /// From the processes of the log, as on the computer that was captured.
    Log,
    /// SIDs but for the accounts that every Windows has, as on another computer.
    Sid,
}

impl AccountNames {
    pub(crate) fn are_of_log(self, compat: Compat) -> bool {
        match self {
            Self::Auto => !matches!(compat, Compat::Complete | Compat::Procmon3_94),
            Self::Log => true,
            Self::Sid => false,
        }
    }
}

/// On or off.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Switch(pub(crate) bool);

impl FromStr for Switch {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text.to_ascii_lowercase().as_str() {
            "on" | "true" | "yes" | "1" => Ok(Self(true)),
            "off" | "false" | "no" | "0" => Ok(Self(false)),
            _ => Err("expected on or off".to_owned()),
        }
    }
}

/// The columns of a table.
#[derive(Clone, Debug)]
pub(crate) struct Columns(pub(crate) Vec<Column>);

impl Default for Columns {
    fn default() -> Self {
        Self(Column::PROCMON_ORDER.to_vec())
    }
}

impl FromStr for Columns {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "default" => return Ok(Self::default()),
            "all" => return Ok(Self([Column::PROCMON_ORDER, &[Column::PROCESS_START]].concat())),
            _ => {}
        }
        let column = |title: &str| title.trim().parse().map_err(|_| unknown_column(title));
        text.split(',').map(column).collect::<Result<_, _>>().map(Self)
    }
}

fn unknown_column(title: &str) -> String {
    let titles: Vec<_> = Column::ALL.iter().filter_map(|column| column.name()).collect();
    format!("there is no column {:?}; there are: {}", title.trim(), titles.join(", "))
}

impl fmt::Display for Columns {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0 == Column::PROCMON_ORDER {
            return f.write_str("default");
        }
        for (i, column) in self.0.iter().enumerate() {
            write!(f, "{}{column}", if i > 0 { "," } else { "" })?;
        }
        Ok(())
    }
}

/// How far the printed times are from UTC.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct UtcOffset(pub(crate) procmon_parser::UtcOffset);

impl FromStr for UtcOffset {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text.to_ascii_lowercase().as_str() {
            "local" => Ok(Self((*Local::now().offset()).into())),
            _ => text.parse().map(Self).map_err(|_| "expected +HH:MM, -HH:MM, UTC or local".to_owned()),
        }
    }
}

impl fmt::Display for UtcOffset {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}
