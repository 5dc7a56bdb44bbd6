//! `pml completions` and `pml man`, generated from the definition of the command line.

use std::fs;
use std::io::{self, Write};
use std::path::PathBuf;

use clap::{Args, Command};
use clap_complete::Shell;
use clap_mangen::Man;

use crate::error::{Failure, Outcome};

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
pub(crate) fn completions(args: &CompletionsArgs, mut command: Command) -> Result<Outcome, Failure> {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut command, "pml", &mut script);
    print(&script)
}

/// Writes manual pages: those of all commands to a folder, or that of the program to standard output.
pub(crate) fn man(args: &ManArgs, command: Command) -> Result<Outcome, Failure> {
    if let Some(folder) = &args.folder {
        let written = fs::create_dir_all(folder).and_then(|()| clap_mangen::generate_to(command, folder));
        return match written {
            Ok(()) => Ok(Outcome::Done),
            Err(error) => Err(Failure::file(folder, error)),
        };
    }
    let mut page = Vec::new();
    Man::new(command).render(&mut page).map_err(|error| Failure::Io("manual page".into(), error))?;
    print(&page)
}

fn print(text: &[u8]) -> Result<Outcome, Failure> {
    let written = io::stdout().lock().write_all(text);
    written.map(|()| Outcome::Done).map_err(Failure::stdout)
}
