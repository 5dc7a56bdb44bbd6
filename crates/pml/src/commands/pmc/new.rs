//! `pml pmc new`.

use std::path::PathBuf;

use clap::Args;
use procmon_parser::Configuration;

use super::document::{self, Document};
use super::settings::Settings;
use crate::error::{Failure, Outcome};
use crate::help;

#[derive(Debug, Args)]
#[command(after_help = help::FOUND_CODES)]
pub(crate) struct NewArgs {
    /// The file to write; standard output if there is none, or if it is "-". If its name ends in .pmf it gets the rules
    /// alone.
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
    /// Write the 20 options of Procmon up to version 3.5x, in place of the 24 of newer ones.
    #[arg(long, conflicts_with = "minimal")]
    old_form: bool,
    /// Write only the options that are asked for; for the others Procmon takes its defaults when it loads the file.
    #[arg(long)]
    minimal: bool,
    #[command(flatten)]
    settings: Settings,
}

pub(super) fn run(args: &NewArgs) -> Result<Outcome, Failure> {
    let mut configuration = match (args.old_form, args.minimal) {
        (true, _) => Configuration::procmon_default_old(),
        (_, true) => Configuration::new(),
        _ => Configuration::procmon_default(),
    };
    let document = if document::is_filter_name(args.output.as_deref()) {
        let mut document = Document::filter_of(&configuration);
        document.apply(&args.settings)?;
        document
    } else {
        args.settings.apply(&mut configuration)?;
        if configuration.options().is_empty() {
            return Err(Failure::Usage(
                "there is no option to write, and Procmon cannot open an empty file".to_owned(),
            ));
        }
        Document::Configuration(configuration)
    };
    document.write(args.output.as_deref())?;
    Ok(Outcome::Done)
}
