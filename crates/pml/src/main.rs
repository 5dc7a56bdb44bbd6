//! `pml`: exports, filters, cuts, repairs and summarizes the logs of Process Monitor.
//!
//! Modules import from their own row or from a row below:
//!
//! | Modules | Contents |
//! |---|---|
//! | [`commands`] | the command line: a module for each command, and the dispatch |
//! | [`view`] | output that several commands share: statistics, exports, reports |
//! | [`io`] | opens logs, replaces files atomically, compresses, draws progress bars |
//! | [`args`] | types of the command line that several commands share |
//! | [`term`], [`error`], [`help`] | messages, failures and exit codes, texts below the help |

#![warn(
    clippy::cast_possible_truncation,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "no input may bring this code down"
)]

mod args;
mod commands;
mod error;
mod help;
mod io;
mod term;
mod view;

use std::process::ExitCode;

use clap::Parser;

use commands::Cli;
use error::Exit;

fn main() -> ExitCode {
    let exit = match Cli::parse().run() {
        Ok(outcome) => outcome.into(),
        Err(failure) if failure.is_broken_pipe() => Exit::Done,
        Err(failure) => {
            term::error(&failure.message());
            failure.exit()
        }
    };
    exit.into()
}
