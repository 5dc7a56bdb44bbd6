//! `pml`: exports, filters, splits, joins, repairs and summarizes Process Monitor logs.
//!
//! A module imports only from its own row or from a row below it:
//!
//! | Modules | Contents |
//! |---|---|
//! | [`commands`] | the command line: one module per command, and the dispatch |
//! | [`view`] | output shared by several commands: statistics, exports, reports |
//! | [`io`] | opening logs, replacing files atomically, compression, escapes, progress bars |
//! | [`args`] | command-line types shared by several commands |
//! | [`term`], [`error`], [`help`] | messages; failures and exit codes; examples in the help |

#![warn(
    clippy::cast_possible_truncation,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "no input may make this code panic"
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
    let arguments = match Cli::try_parse() {
        Ok(arguments) => arguments,
        Err(error) => return usage(&error),
    };
    let exit = match arguments.run() {
        Ok(outcome) => outcome.into(),
        Err(failure) if failure.is_broken_pipe() => Exit::Done,
        Err(failure) => {
            term::error(&failure.message());
            failure.exit()
        }
    };
    exit.into()
}

/// Prints the message about invalid arguments, or the help. A message that quotes an argument with hidden characters,
/// such as the name of a file that a shell has inserted, has no colors.
fn usage(error: &clap::Error) -> ExitCode {
    let message = error.render().to_string();
    let shown = term::printable_lines(&message);
    if shown == message {
        error.exit();
    }
    term::note(shown.trim_end());
    Exit::Usage.into()
}
