//! `pml pmc`: configurations and exported filters.

mod diff;
mod document;
mod edit;
mod file;
mod lint;
mod new;
mod settings;
mod show;

use clap::{Args, Subcommand};

use crate::error::{Failure, Outcome};
use crate::help;

#[derive(Debug, Args)]
pub(crate) struct PmcArgs {
    #[command(subcommand)]
    command: PmcCommand,
}

#[derive(Debug, Subcommand)]
enum PmcCommand {
    /// Show the contents of a configuration or an exported filter.
    #[command(after_help = help::PMC_SHOW)]
    Show(file::FileArgs),
    /// Create a configuration or an exported filter from Procmon's defaults and the given settings.
    #[command(after_help = help::PMC_NEW)]
    New(new::NewArgs),
    /// Change settings of a configuration or an exported filter; all other bytes are kept.
    #[command(after_help = help::PMC_EDIT)]
    Edit(edit::EditArgs),
    /// Find filter rules that cannot work as intended.
    #[command(after_help = help::PMC_LINT)]
    Lint(lint::LintArgs),
    /// Compare two configurations or exported filters.
    #[command(after_help = help::PMC_DIFF)]
    Diff(diff::DiffArgs),
}

pub(crate) fn run(args: &PmcArgs) -> Result<Outcome, Failure> {
    match &args.command {
        PmcCommand::Show(args) => show::run(args),
        PmcCommand::New(args) => new::run(args),
        PmcCommand::Edit(args) => edit::run(args),
        PmcCommand::Lint(args) => lint::run(args),
        PmcCommand::Diff(args) => diff::run(args),
    }
}
