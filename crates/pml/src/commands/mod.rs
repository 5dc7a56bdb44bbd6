//! The command line, with a module for each command.

mod capture;
mod count;
mod events;
mod export;
mod guide;
mod info;
mod manual;
mod pmc;
mod recover;
mod report;
mod save;
mod statistics;
mod summary;
mod trace;
mod tree;

use clap::{ColorChoice, CommandFactory, Parser, Subcommand};

use crate::error::{Failure, Outcome};
use crate::{help, term};

/// Read, write and capture Sysinternals Process Monitor logs (PML).
#[derive(Debug, Parser)]
#[command(name = "pml", version, after_help = help::PROGRAM, disable_help_subcommand = true)]
pub(crate) struct Cli {
    #[command(subcommand)]
    command: Command,
    /// Use colors [default: auto].
    ///
    /// "auto" uses them on a terminal, unless NO_COLOR is set.
    #[arg(long, value_name = "auto|always|never", global = true, hide_possible_values = true, default_value_t)]
    #[arg(hide_default_value = true)]
    color: ColorChoice,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Export events as CSV, XML, JSON Lines, Parquet or Arrow, one log after the other.
    #[command(after_help = help::EXPORT)]
    Export(export::ExportArgs),
    /// Show events in the terminal: search, sort or count them, or show one in full.
    #[command(after_help = help::EVENTS, visible_aliases = ["grep", "cat"])]
    Events(Box<events::EventsArgs>),
    /// Show what a log contains: computer, time span, operation counts, processes, warnings.
    #[command(after_help = help::INFO)]
    Info(info::InfoArgs),
    /// Summarize each process: operations, results, time, bytes; with --all, DLLs and endpoints.
    #[command(after_help = help::STATISTICS)]
    Statistics(statistics::StatisticsArgs),
    /// Show the tables of Procmon's Tools menu: files, registry, network, stacks and more.
    #[command(after_help = help::SUMMARY)]
    Summary(Box<summary::SummaryArgs>),
    /// Count the events by the text of a column.
    #[command(after_help = help::COUNT)]
    Count(Box<count::CountArgs>),
    /// Show the processes of a log below their parents, with lifetimes and numbers of events.
    #[command(after_help = help::TREE)]
    Tree(Box<tree::TreeArgs>),
    /// Write a trace for Perfetto, Firefox Profiler or speedscope, or a flame graph.
    #[command(after_help = help::TRACE)]
    Trace(Box<trace::TraceArgs>),
    /// Run Procmon for a given time, then write its log, an event table and statistics.
    #[command(after_help = help::CAPTURE)]
    Capture(capture::CaptureArgs),
    /// Write the event table, the statistics and the HTML page of an existing log.
    #[command(after_help = help::REPORT)]
    Report(report::ReportArgs),
    /// Create, edit and compare configurations (PMC) and exported filters (PMF).
    #[command(after_help = help::PMC)]
    Pmc(Box<pmc::PmcArgs>),
    /// Save a part of a log, join several logs in order of time, or redact names.
    #[command(after_help = help::SAVE)]
    Save(Box<save::SaveArgs>),
    /// Recover the readable events of a damaged log, and report what is lost.
    #[command(after_help = help::RECOVER)]
    Recover(recover::RecoverArgs),
    /// Generate a shell completion script.
    #[command(after_help = help::COMPLETIONS)]
    Completions(manual::CompletionsArgs),
    /// Generate manual pages.
    #[command(after_help = help::MAN)]
    Man(manual::ManArgs),
    /// Show the help of a command, or of a topic: query, filters.
    #[command(after_help = help::HELP)]
    Help(guide::HelpArgs),
}

impl Cli {
    /// Runs the command.
    pub(crate) fn run(self) -> Result<Outcome, Failure> {
        term::set_color(self.color);
        match self.command {
            Command::Export(args) => export::run(&args),
            Command::Events(args) => events::run(&args),
            Command::Info(args) => info::run(&args),
            Command::Statistics(args) => statistics::run(&args),
            Command::Summary(args) => summary::run(&args),
            Command::Count(args) => count::run(&args),
            Command::Tree(args) => tree::run(&args),
            Command::Trace(args) => trace::run(&args),
            Command::Capture(args) => capture::run(&args),
            Command::Report(args) => report::run(&args),
            Command::Pmc(args) => pmc::run(&args),
            Command::Save(args) => save::run(&args),
            Command::Recover(args) => recover::run(&args),
            Command::Completions(args) => manual::completions(&args, Self::command()),
            Command::Help(args) => guide::run(&args, Self::command()),
            Command::Man(args) => manual::man(&args, Self::command()),
        }
    }
}

#[cfg(test)]
mod tests {
    use clap::{Command, CommandFactory, Parser};

    use super::Cli;

    /// Returns the commands in the examples of a help, without pipes and redirections.
    fn examples(help: &str) -> Vec<Vec<String>> {
        let commands = help.lines().filter_map(|line| line.strip_prefix("    pml "));
        commands
            .map(|command| {
                let ours = command.split(" | ").next().unwrap().split(" >").next().unwrap();
                // Windows paths contain backslashes, which shlex treats as escapes.
                shlex::split(&ours.replace('\\', "\\\\")).unwrap()
            })
            .collect()
    }

    /// Calls `check` for a command and all its subcommands.
    fn for_each_command(command: &Command, check: &mut impl FnMut(&Command)) {
        check(command);
        command.get_subcommands().for_each(|command| for_each_command(command, check));
    }

    #[test]
    fn all_commands_have_examples_that_can_be_parsed() {
        for_each_command(&Cli::command(), &mut |command| {
            let help = command.get_after_help().map(ToString::to_string).unwrap_or_default();
            let has_codes = help.contains("Exit codes: 0 success") || help.contains("Exit codes:\n  0  success");
            assert!(has_codes, "{}", command.get_name());
            let examples = examples(&help);
            assert!(!examples.is_empty(), "{}", command.get_name());
            for example in examples {
                let arguments = ["pml".to_owned()].into_iter().chain(example.iter().cloned());
                if let Err(error) = Cli::try_parse_from(arguments) {
                    panic!("{example:?}: {error}");
                }
            }
        });
    }

    #[test]
    fn examples_of_topics_can_be_parsed() {
        for (topic, text) in crate::help::TOPICS {
            let examples = examples(text);
            assert!(examples.len() >= 3, "{topic}");
            for example in examples {
                let arguments = ["pml".to_owned()].into_iter().chain(example.iter().cloned());
                if let Err(error) = Cli::try_parse_from(arguments) {
                    panic!("{example:?}: {error}");
                }
            }
        }
    }

    #[test]
    fn the_first_lines_of_helps_are_short() {
        for_each_command(&Cli::command(), &mut |command| {
            for argument in command.get_arguments() {
                let help = argument.get_help().map(ToString::to_string).unwrap_or_default();
                let name = format!("{} {}", command.get_name(), argument.get_id());
                assert!(!help.is_empty() && help.len() <= 90, "{name}: {help:?}");
            }
        });
    }
}
