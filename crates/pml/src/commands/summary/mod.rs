//! `pml summary`: the analyses of Procmon's Tools menu.

mod activity;
mod references;
mod stacks;
mod system;
mod tables;

use clap::{Args, Subcommand};

use crate::error::{Failure, Outcome};
use crate::help;

#[derive(Debug, Args)]
pub(crate) struct SummaryArgs {
    #[command(subcommand)]
    table: Table,
}

#[derive(Debug, Subcommand)]
enum Table {
    /// Show the events of the file system by path: their number, time and bytes.
    #[command(after_help = help::SUMMARY_FILES)]
    Files(tables::FileArgs),
    /// Show the events of the file system by folder, including those of all files below it.
    #[command(after_help = help::SUMMARY_FOLDERS)]
    Folders(tables::FolderArgs),
    /// Show the events of the file system by file name extension.
    #[command(after_help = help::SUMMARY_EXTENSIONS)]
    Extensions(tables::FileArgs),
    /// Show the events of the registry by path.
    #[command(after_help = help::SUMMARY_REGISTRY)]
    Registry(tables::RegistryArgs),
    /// Show the events of the network by remote endpoint.
    #[command(after_help = help::SUMMARY_NETWORK)]
    Network(tables::NetworkArgs),
    /// Show the call stacks of the events as a tree of modules and offsets.
    #[command(after_help = help::SUMMARY_STACKS)]
    Stacks(stacks::StackArgs),
    /// Show the paths that one process writes and another one reads or writes.
    #[command(after_help = help::SUMMARY_XREF)]
    Xref(references::ReferenceArgs),
    /// Show the activity of each process: events, bytes, CPU time, memory.
    #[command(after_help = help::SUMMARY_PROCESSES)]
    Processes(activity::ActivityArgs),
    /// Show the computer, the number of events and the time span of each file.
    #[command(after_help = help::SUMMARY_SYSTEM)]
    System(system::SystemArgs),
}

pub(crate) fn run(args: &SummaryArgs) -> Result<Outcome, Failure> {
    match &args.table {
        Table::Files(args) => tables::files(args),
        Table::Folders(args) => tables::folders(args),
        Table::Extensions(args) => tables::extensions(args),
        Table::Registry(args) => tables::registry(args),
        Table::Network(args) => tables::network(args),
        Table::Stacks(args) => stacks::run(args),
        Table::Xref(args) => references::run(args),
        Table::Processes(args) => activity::run(args),
        Table::System(args) => system::run(args),
    }
}
