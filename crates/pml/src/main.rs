//! `pml`: exports, describes and saves the logs of Process Monitor.
//!
//! - [`cli`] declares the command line.
//! - [`export`], [`info`], [`pmc`], [`save`], [`recover`]: a module for each command; [`select`] is what commands share
//!   that choose events.
//! - [`input`] maps logs into memory, [`output`] replaces files whole or not at all, [`progress`] draws bars.

#![warn(
    clippy::cast_possible_truncation,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "no input may bring this code down"
)]

mod cli;
mod export;
mod info;
mod input;
mod output;
mod pmc;
mod progress;
mod recover;
mod redact;
mod save;
mod select;

use std::io;
use std::process::ExitCode;

use clap::Parser;

use cli::{Cli, Command};

/// How a command ended; the doc of each is what the help says of the exit code.
#[derive(Debug)]
enum Outcome {
    /// 0: done.
    Done,
    /// 3: done, but some events could not be read.
    Incomplete,
    /// 4: `lint` found something, or `diff` a difference.
    Found,
}

/// Why a command could not do its work; exit code 1.
#[derive(Debug)]
enum Failure {
    /// The log.
    Log(procmon_parser::Error),
    /// Reading or writing, and what of it.
    Io(String, io::Error),
    /// What was asked for makes no sense; exit code 2, as for arguments that cannot be parsed.
    Usage(String),
}

impl From<procmon_parser::Error> for Failure {
    fn from(error: procmon_parser::Error) -> Self {
        Self::Log(error)
    }
}

impl Failure {
    /// Whether the reader of our output went away, as `head` does: no failure worth a word.
    fn is_broken_pipe(&self) -> bool {
        let kind = match self {
            Self::Log(error) => match error.kind() {
                procmon_parser::ErrorKind::Io(error) => error.kind(),
                _ => return false,
            },
            Self::Io(_, error) => error.kind(),
            Self::Usage(_) => return false,
        };
        kind == io::ErrorKind::BrokenPipe
    }

    fn message(&self) -> String {
        match self {
            Self::Log(error) => error.to_string(),
            Self::Io(what, error) => format!("{what}: {error}"),
            Self::Usage(message) => message.clone(),
        }
    }
}

fn main() -> ExitCode {
    let result = match Cli::parse().command {
        Command::Export(args) => export::run(&args),
        Command::Info(args) => info::run(&args),
        Command::Pmc(args) => pmc::run(&args.command),
        Command::Save(args) => save::run(&args),
        Command::Recover(args) => recover::run(&args),
    };
    match result {
        Ok(Outcome::Done) => ExitCode::SUCCESS,
        Ok(Outcome::Incomplete) => ExitCode::from(3),
        Ok(Outcome::Found) => ExitCode::from(4),
        Err(failure) if failure.is_broken_pipe() => ExitCode::SUCCESS,
        Err(failure) => {
            anstream::eprintln!("{}error:{} {}", cli::ERROR.render(), cli::ERROR.render_reset(), failure.message());
            ExitCode::from(if matches!(failure, Failure::Usage(_)) { 2 } else { 1 })
        }
    }
}
