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

#[derive(Debug, Args)]
pub(crate) struct PmcArgs {
    #[command(subcommand)]
    command: PmcCommand,
}

#[derive(Debug, Subcommand)]
enum PmcCommand {
    /// Tells what is in a configuration or an exported filter.
    Show(file::FileArgs),
    /// Writes a new configuration: Procmon's defaults, and what is asked for.
    New(new::NewArgs),
    /// Writes a configuration or exported filter with changes; all other bytes stay as they are.
    Edit(edit::EditArgs),
    /// Looks for rules that do not do what they seem to.
    Lint(lint::LintArgs),
    /// Tells how two configurations or exported filters differ.
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
