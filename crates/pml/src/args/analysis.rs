//! Options of the commands that analyse events.

use std::num::NonZero;
use std::path::PathBuf;
use std::str::FromStr;

use clap::{Args, ValueEnum};
use procmon_parser::{Compat, Style};

use crate::args::compat;
use crate::args::extension::Formats;
use crate::args::input::InputArgs;
use crate::args::number::parse_nonzero;
use crate::args::select::{SelectArgs, Selection};
use crate::args::switch::Switch;
use crate::error::Failure;

/// The options of the commands that analyse events.
#[derive(Debug, Args)]
pub(crate) struct AnalysisArgs {
    #[command(flatten)]
    pub(crate) input: InputArgs,
    /// Output file, replaced atomically [default: standard output].
    ///
    /// Without --json and --csv, the extension chooses the format: .txt, .json or .csv.
    #[arg(short, long, value_name = "FILE")]
    pub(crate) output: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) select: SelectArgs,
    /// Write JSON: spans of time in seconds, dates in ISO 8601.
    #[arg(long, conflicts_with = "csv")]
    json: bool,
    /// Write CSV with plain numbers and ISO dates; with =procmon, the file that Procmon saves.
    ///
    /// --csv=procmon writes the same bytes as the Save button of Procmon's dialog.
    #[arg(
        long,
        value_enum,
        value_name = "FORM",
        num_args = 0..=1,
        require_equals = true,
        default_missing_value = "plain"
    )]
    csv: Option<CsvForm>,
    /// Add an apostrophe to cells of CSV that begin with =, +, -, @, a tab or a line end.
    ///
    /// A spreadsheet evaluates such cells as formulas, and the names in a log can come from an attacker. Without this
    /// option, cells are written unchanged.
    #[arg(long)]
    pub(crate) csv_safe: bool,
    /// Procmon version whose texts to reproduce [default: complete; with --csv=procmon: 3.94].
    ///
    /// The prefix "procmon-" can be omitted.
    #[arg(long, value_name = "VERSION", value_parser = compat::parser())]
    compat: Option<Compat>,
    /// Use advanced names, such as IRP_MJ_CREATE for CreateFile.
    #[arg(long, value_name = "on|off", num_args = 0..=1, require_equals = true, default_missing_value = "on")]
    advanced: Option<Switch>,
    /// Write numbers instead of the names of hosts and ports.
    #[arg(long, value_name = "on|off", num_args = 0..=1, require_equals = true, default_missing_value = "on")]
    no_resolve: Option<Switch>,
    /// Number of threads [default: number of logical CPUs].
    ///
    /// The number does not affect the output.
    #[arg(long, value_name = "N", value_parser = parse_nonzero)]
    pub(crate) threads: Option<NonZero<usize>>,
}

/// The form of CSV.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum CsvForm {
    /// Plain numbers, spans in seconds, ISO dates.
    Plain,
    /// The bytes that Procmon's dialog saves.
    Procmon,
}

/// The format of an analysis.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum AnalysisFormat {
    Text,
    Json,
    Csv,
    /// The CSV of Procmon's dialog.
    Procmon,
}

const FORMATS: Formats<AnalysisFormat> = Formats {
    extensions: &[("txt", AnalysisFormat::Text), ("json", AnalysisFormat::Json), ("csv", AnalysisFormat::Csv)],
    default: AnalysisFormat::Text,
    advice: "; --json and --csv allow unknown ones",
};

impl AnalysisArgs {
    /// Returns the format, which depends on the options and on the name of the output file.
    pub(crate) fn format(&self) -> Result<AnalysisFormat, Failure> {
        let requested = match (self.json, self.csv) {
            (true, _) => Some(AnalysisFormat::Json),
            (_, Some(_)) => Some(AnalysisFormat::Csv),
            _ => None,
        };
        let format = FORMATS.choose(self.output.as_deref(), requested)?;
        if self.csv_safe && format != AnalysisFormat::Csv {
            return Err(Failure::Usage("--csv-safe needs --csv".to_owned()));
        }
        Ok(if self.csv == Some(CsvForm::Procmon) { AnalysisFormat::Procmon } else { format })
    }

    /// Returns the style of texts in a format.
    pub(crate) fn style(&self, selection: &Selection, format: AnalysisFormat) -> Style {
        let default = if format == AnalysisFormat::Procmon { Compat::Procmon3_94 } else { Compat::default() };
        selection
            .style()
            .compat(self.compat.unwrap_or(default))
            .advanced_names(self.advanced.map_or(selection.advanced_names(), |advanced| advanced.0))
            .resolve_addresses(self.no_resolve.map_or(selection.resolve_addresses(), |no_resolve| !no_resolve.0))
    }
}

/// The number of rows to show.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Top(usize);

impl FromStr for Top {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "all" => Ok(Self(usize::MAX)),
            _ => text.parse().map(Self).map_err(|_| "expected a whole number or \"all\"".to_owned()),
        }
    }
}

/// The option for the number of rows.
#[derive(Clone, Copy, Debug, Args)]
pub(crate) struct TopArgs {
    /// Number of rows, or "all" [default: 40 in text, all in JSON and CSV].
    ///
    /// The number and the sums of the other rows are shown. --csv=procmon always has all rows.
    #[arg(long, value_name = "N")]
    top: Option<Top>,
}

impl TopArgs {
    /// Returns the number of rows in a format.
    pub(crate) fn rows(self, format: AnalysisFormat) -> usize {
        const ROWS: usize = 40;
        let default = if format == AnalysisFormat::Text { ROWS } else { usize::MAX };
        self.top.map_or(default, |Top(rows)| rows)
    }
}
