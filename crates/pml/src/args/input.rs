//! The logs to read.

use std::path::PathBuf;

use clap::Args;

/// The options that name the logs.
#[derive(Debug, Args)]
pub(crate) struct InputArgs {
    /// Logs to read.
    ///
    /// If you name one file of a capture in several files (x.pml, x-1.pml, ...), all of them are read. A folder stands
    /// for the logs in it and in its subfolders, and "-" for standard input. Logs can be compressed (.pml.gz,
    /// .pml.zst).
    #[arg(required = true, value_name = "LOG")]
    pub(crate) logs: Vec<PathBuf>,
    /// Read only the named files, not the rest of their captures.
    #[arg(long)]
    pub(crate) single_file: bool,
    /// Never show the progress bar.
    ///
    /// It is only shown if standard error is a terminal.
    #[arg(long)]
    pub(crate) no_progress: bool,
}
