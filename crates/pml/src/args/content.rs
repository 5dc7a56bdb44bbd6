//! The content of a report, and the folder that it goes to.

use std::path::PathBuf;

use clap::Args;

use crate::args::format::Format;

/// The default folder for reports.
const FOLDER: &str = "working";

/// The options of a report.
#[derive(Debug, Args)]
pub(crate) struct ContentArgs {
    /// The folder in which it gets a folder of its own, named by the time.
    #[arg(long, value_name = "DIR", default_value = FOLDER)]
    pub(crate) working: PathBuf,
    /// What to write besides the statistics; several separated by commas.
    #[arg(long, value_enum, value_delimiter = ',', value_name = "LIST", default_value = "csv")]
    pub(crate) format: Vec<Format>,
    /// Draw no progress bar; there is none anyway unless standard error is a terminal.
    #[arg(long)]
    pub(crate) no_progress: bool,
}
