//! The logs to read.

use std::path::PathBuf;

use clap::Args;

/// The options that name the logs.
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
