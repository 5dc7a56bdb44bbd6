//! The file argument of the commands that only read.

use std::path::PathBuf;

use clap::Args;

use crate::help;

#[derive(Debug, Args)]
#[command(after_help = help::FOUND_CODES)]
pub(crate) struct FileArgs {
    /// A configuration (PMC) or an exported filter (PMF).
    pub(super) file: PathBuf,
    /// Write JSON.
    #[arg(long)]
    pub(super) json: bool,
}
