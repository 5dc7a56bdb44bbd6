//! The command line: a module for each command.

mod capture;
mod export;
mod info;
mod manual;
mod pmc;
mod recover;
mod report;
mod save;
mod statistics;

use clap::{CommandFactory, Parser, Subcommand};

use crate::error::{Failure, Outcome};
use crate::help;

/// Reads and writes the logs of Sysinternals Process Monitor (PML).
#[derive(Debug, Parser)]
#[command(name = "pml", version, after_help = help::PROGRAM)]
pub(crate) struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Writes the events of logs, one log after the other, as CSV, XML or JSON Lines.
    #[command(after_help = help::EXPORT)]
    Export(export::ExportArgs),
    /// Tells what logs are: the system, the time span, counts of operations, processes, oddities.
    #[command(after_help = help::INFO)]
    Info(info::InfoArgs),
    /// Tells what each process did: calls with results, times and bytes, DLLs, network endpoints.
    #[command(after_help = help::STATISTICS)]
    Statistics(statistics::StatisticsArgs),
    /// Runs Procmon for some time, then writes what it recorded: the log, a table of events, statistics.
    #[command(after_help = help::CAPTURE)]
    Capture(capture::CaptureArgs),
    /// Writes of a log what a capture writes: a table of events, statistics.
    #[command(after_help = help::REPORT)]
    Report(report::ReportArgs),
    /// Makes, changes and compares configurations (PMC) and exported filters (PMF).
    #[command(after_help = help::PMC)]
    Pmc(Box<pmc::PmcArgs>),
    /// Writes events of logs as a log: a part of one, or several joined in the order of time.
    #[command(after_help = help::SAVE)]
    Save(Box<save::SaveArgs>),
    /// Writes what is left of a damaged log as a sound one, and tells what is lost.
    #[command(after_help = help::RECOVER)]
    Recover(recover::RecoverArgs),
    /// Writes a script that completes commands and options in a shell.
    #[command(after_help = help::COMPLETIONS)]
    Completions(manual::CompletionsArgs),
    /// Writes manual pages.
    #[command(after_help = help::MAN)]
    Man(manual::ManArgs),
}

impl Cli {
    /// Runs the command.
    pub(crate) fn run(self) -> Result<Outcome, Failure> {
        match self.command {
            Command::Export(args) => export::run(&args),
            Command::Info(args) => info::run(&args),
            Command::Statistics(args) => statistics::run(&args),
            Command::Capture(args) => capture::run(&args),
            Command::Report(args) => report::run(&args),
            Command::Pmc(args) => pmc::run(&args),
            Command::Save(args) => save::run(&args),
            Command::Recover(args) => recover::run(&args),
            Command::Completions(args) => manual::completions(&args, Self::command()),
            Command::Man(args) => manual::man(&args, Self::command()),
        }
    }
}

#[cfg(test)]
mod tests {
    use clap::{CommandFactory, Parser};

    use super::Cli;

    /// The commands in the examples of a help, without what the shell does with them.
    fn examples(help: &str) -> Vec<Vec<String>> {
        let commands = help.lines().filter_map(|line| line.strip_prefix("    pml "));
        commands
            .map(|command| {
                let ours = command.split(" | ").next().unwrap().split(" >").next().unwrap();
                // A shell would take the backslashes of paths away.
                shlex::split(&ours.replace('\\', "\\\\")).unwrap()
            })
            .collect()
    }

    #[test]
    fn all_commands_have_examples_that_can_be_parsed() {
        let cli = Cli::command();
        let commands = cli.get_subcommands().filter(|command| command.get_name() != "help");
        for command in commands.chain([&cli]) {
            let help = command.get_after_help().map(ToString::to_string).unwrap_or_default();
            assert!(
                help.contains("Exit codes: 0 done") || help.contains("Exit codes:\n  0  done"),
                "{}",
                command.get_name()
            );
            let examples = examples(&help);
            assert!(!examples.is_empty(), "{}", command.get_name());
            for example in examples {
                let arguments = ["pml".to_owned()].into_iter().chain(example.iter().cloned());
                if let Err(error) = Cli::try_parse_from(arguments) {
                    panic!("{example:?}: {error}");
                }
            }
        }
    }
}
