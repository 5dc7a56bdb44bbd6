//! The arguments of the commands that only read a file.

use std::path::PathBuf;

use clap::Args;

#[derive(Debug, Args)]
pub(crate) struct FileArgs {
    /// Configuration (PMC) or exported filter (PMF).
    pub(super) file: PathBuf,
    /// Write JSON.
    #[arg(long)]
    pub(super) json: bool,
}
