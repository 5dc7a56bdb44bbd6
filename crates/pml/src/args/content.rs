//! The contents of a report, and its folder.

use std::path::PathBuf;

use clap::Args;

use procmon_report::Embed;

use crate::args::format::Format;

/// The default folder in which reports are created.
const FOLDER: &str = "working";

/// The options of a report.
#[derive(Debug, Args)]
pub(crate) struct ContentArgs {
    /// Folder in which to create the output folder, which is named after the local time.
    #[arg(long, value_name = "DIR", default_value = FOLDER)]
    pub(crate) working: PathBuf,
    /// Formats of the event table, separated by commas.
    #[arg(long, value_enum, value_delimiter = ',', value_name = "LIST", default_value = "csv")]
    pub(crate) format: Vec<Format>,
    /// Number of events in report.html: a number, all or none [default: 200000].
    ///
    /// With a number, the page has the first events, and in addition the events to which findings and the table of
    /// slowest calls refer. The totals always include all selected events. In a typical log, 200000 events take about 3
    /// MB.
    #[arg(long, value_name = "N|all|none")]
    pub(crate) embed: Option<Embed>,
    /// Never show the progress bar.
    ///
    /// It is only shown if standard error is a terminal.
    #[arg(long)]
    pub(crate) no_progress: bool,
}
