//! `pml`: exports, describes and saves the logs of Process Monitor.
//!
//! - [`cli`] declares the command line.
//! - [`export`], [`info`], [`statistics`], [`capture`], [`report`], [`pmc`], [`save`], [`recover`]: a module for each
//!   command; [`manual`] has completions and manual pages, [`help`] the examples.
//! - [`select`] is what commands share that choose events; [`words`] writes numbers and times; [`exit`] has the codes.
//! - [`input`] opens logs, [`output`] replaces files whole or not at all, [`compress`] makes them small, [`progress`]
//!   draws bars.

#![warn(
    clippy::cast_possible_truncation,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "no input may bring this code down"
)]

mod capture;
mod cli;
mod compress;
mod exit;
mod export;
mod help;
mod info;
mod input;
mod manual;
mod output;
mod pmc;
mod progress;
mod recover;
mod redact;
mod report;
mod save;
mod select;
mod statistics;
mod words;

use std::io;
use std::path::Path;
use std::process::ExitCode;

use clap::Parser;

use cli::{Cli, Command};
use exit::Exit;

/// How a command ended that did its work.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Outcome {
    /// Done.
    Done,
    /// Done, but some events could not be read.
    Incomplete,
    /// `lint` found something, or `diff` a difference.
    Found,
    /// Done, with what could be read of a log that was not closed.
    NotClosed,
}

/// Why a command could not do its work.
#[derive(Debug)]
enum Failure {
    /// The log.
    Log(procmon_parser::Error),
    /// Reading or writing, and what of it.
    Io(String, io::Error),
    /// What was asked for makes no sense.
    Usage(String),
    /// Capturing, with the code that tells why.
    Capture(Exit, String),
}

impl From<procmon_parser::Error> for Failure {
    fn from(error: procmon_parser::Error) -> Self {
        Self::Log(error)
    }
}

impl Failure {
    /// Of writing a log into a file: names the file, unless the log that is read is at fault.
    fn of_writing(path: &Path, error: procmon_parser::Error) -> Self {
        if error.is_io() { Self::Io(path.display().to_string(), error.into()) } else { Self::Log(error) }
    }

    /// Whether the reader of our output went away, as `head` does: no failure worth a word.
    fn is_broken_pipe(&self) -> bool {
        let kind = match self {
            Self::Log(error) => match error.kind() {
                procmon_parser::ErrorKind::Io(error) => error.kind(),
                _ => return false,
            },
            Self::Io(_, error) => error.kind(),
            Self::Usage(_) | Self::Capture(..) => return false,
        };
        kind == io::ErrorKind::BrokenPipe
    }

    fn message(&self) -> String {
        match self {
            Self::Log(error) => error.to_string(),
            Self::Io(what, error) => format!("{what}: {error}"),
            Self::Usage(message) | Self::Capture(_, message) => message.clone(),
        }
    }

    fn exit(&self) -> Exit {
        match self {
            Self::Log(_) | Self::Io(..) => Exit::Failed,
            Self::Usage(_) => Exit::Usage,
            Self::Capture(exit, _) => *exit,
        }
    }
}

impl From<Outcome> for Exit {
    fn from(outcome: Outcome) -> Self {
        match outcome {
            Outcome::Done => Self::Done,
            Outcome::Incomplete => Self::Incomplete,
            Outcome::Found => Self::Found,
            Outcome::NotClosed => Self::NotClosed,
        }
    }
}

fn main() -> ExitCode {
    let result = match Cli::parse().command {
        Command::Export(args) => export::run(&args),
        Command::Info(args) => info::run(&args),
        Command::Statistics(args) => statistics::run(&args),
        Command::Capture(args) => capture::run(&args),
        Command::Report(args) => report::run(&args),
        Command::Pmc(args) => pmc::run(&args.command),
        Command::Save(args) => save::run(&args),
        Command::Recover(args) => recover::run(&args),
        Command::Completions(args) => manual::completions(&args),
        Command::Man(args) => manual::man(&args),
    };
    let exit = match result {
        Ok(outcome) => outcome.into(),
        Err(failure) if failure.is_broken_pipe() => Exit::Done,
        Err(failure) => {
            anstream::eprintln!("{}error:{} {}", cli::ERROR.render(), cli::ERROR.render_reset(), failure.message());
            failure.exit()
        }
    };
    exit.into()
}
