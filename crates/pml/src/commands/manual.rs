//! `pml completions` and `pml man`, generated from the definition of the command line.

use std::fs;
use std::io::{self, Write};
use std::path::PathBuf;

use clap::builder::PossibleValuesParser;
use clap::{Args, Command};
use clap_complete::Shell;
use clap_mangen::Man;

use crate::error::{Failure, Outcome};
use crate::help::TOPICS;

#[derive(Debug, Args)]
pub(crate) struct CompletionsArgs {
    /// Shell to generate the script for.
    shell: Shell,
}

#[derive(Debug, Args)]
pub(crate) struct ManArgs {
    /// Folder for the pages of all commands [default: one page, to standard output].
    folder: Option<PathBuf>,
}

/// Writes a completion script.
pub(crate) fn completions(args: &CompletionsArgs, command: Command) -> Result<Outcome, Failure> {
    let commands = command.get_subcommands().map(|command| command.get_name().to_owned());
    let names: Vec<_> = commands.chain(TOPICS.map(|(topic, _)| topic.to_owned())).collect();
    let mut command = command.mut_subcommand("help", |help| {
        help.mut_arg("names", |argument| argument.value_parser(PossibleValuesParser::new(names)))
    });
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut command, "pml", &mut script);
    print(&script)
}

/// Writes manual pages: those of all commands to a folder, or that of the program to standard output.
pub(crate) fn man(args: &ManArgs, command: Command) -> Result<Outcome, Failure> {
    if let Some(folder) = &args.folder {
        let topics = || {
            TOPICS
                .iter()
                .try_for_each(|(topic, text)| fs::write(folder.join(format!("pml-{topic}.1")), topic_page(topic, text)))
        };
        let written = fs::create_dir_all(folder).and_then(|()| clap_mangen::generate_to(command, folder));
        let written = written.and_then(|()| topics());
        return match written {
            Ok(()) => Ok(Outcome::Done),
            Err(error) => Err(Failure::file(folder, error)),
        };
    }
    let mut page = Vec::new();
    Man::new(command).render(&mut page).map_err(|error| Failure::Io("manual page".into(), error))?;
    print(&page)
}

/// Returns the manual page of a topic. The page keeps the line breaks of the text.
fn topic_page(topic: &str, text: &str) -> String {
    let (summary, text) = text.split_once('\n').unwrap_or((text, ""));
    let escaped =
        |text: &str| text.replace('\\', "\\e").replace('-', "\\-").replace("\n.", "\n\\&.").replace("\n'", "\n\\&'");
    let (summary, text) = (escaped(summary), escaped(text));
    format!(".TH pml-{topic} 1\n.SH NAME\npml\\-{topic} \\- {summary}\n.SH DESCRIPTION\n.nf\n{text}.fi\n")
}

fn print(text: &[u8]) -> Result<Outcome, Failure> {
    let written = io::stdout().lock().write_all(text);
    written.map(|()| Outcome::Done).map_err(Failure::stdout)
}
