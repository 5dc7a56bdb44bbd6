//! `pml help`.

use std::io::Write;

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
pub(crate) fn run(args: &HelpArgs, mut program: Command) -> Result<Outcome, Failure> {
    let mut out = anstream::stdout().lock();
    if let [name] = args.names.as_slice()
        && let Some((_, text)) = TOPICS.iter().find(|(topic, _)| topic == name)
    {
        out.write_all(text.as_bytes()).map_err(Failure::stdout)?;
        return Ok(Outcome::Done);
    }
    program.build();
    let mut command = &mut program;
    for name in &args.names {
        let unknown = || Failure::Usage(format!("no command or topic is named {}", printable(&args.names.join(" "))));
        command = command.find_subcommand_mut(name).ok_or_else(unknown)?;
    }
    write!(out, "{}", command.render_long_help().ansi()).map_err(Failure::stdout)?;
    Ok(Outcome::Done)
}
