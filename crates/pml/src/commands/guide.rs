//! `pml help`.

use std::io::Write;

use clap::error::ErrorKind;
use clap::{Args, Command};

use crate::error::{Failure, Outcome};
use crate::help::TOPICS;
use crate::term::printable;

#[derive(Debug, Args)]
pub(crate) struct HelpArgs {
    /// Command or topic: query, filters.
    #[arg(value_name = "COMMAND|TOPIC")]
    names: Vec<String>,
}

/// Prints the help of a command, or a topic.
pub(crate) fn run(args: &HelpArgs, program: Command) -> Result<Outcome, Failure> {
    let mut out = anstream::stdout().lock();
    if let [name] = args.names.as_slice()
        && let Some((_, text)) = TOPICS.iter().find(|(topic, _)| topic == name)
    {
        out.write_all(text.as_bytes()).map_err(Failure::stdout)?;
        return Ok(Outcome::Done);
    }
    let arguments = ["pml"].into_iter().chain(args.names.iter().map(String::as_str)).chain(["--help"]);
    match program.try_get_matches_from(arguments) {
        Err(help) if help.kind() == ErrorKind::DisplayHelp => {
            write!(out, "{}", help.render().ansi()).map_err(Failure::stdout)?;
            Ok(Outcome::Done)
        }
        _ => Err(Failure::Usage(format!("no command or topic is named {}", printable(&args.names.join(" "))))),
    }
}
