//! `pml pmc new`.

use std::path::PathBuf;

use clap::Args;
use procmon_parser::Configuration;

use super::document::{self, Document};
use super::settings::Settings;
use crate::error::{Failure, Outcome};

#[derive(Debug, Args)]
pub(crate) struct NewArgs {
    /// Output file [default: standard output]. A .pmf file gets only the filter rules.
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
    /// Write the 20 options of Procmon up to version 3.5x instead of the current 24.
    #[arg(long, conflicts_with = "minimal")]
    old_form: bool,
    /// Write only the given settings; Procmon uses its defaults for the others.
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
            let message = "no options to write, and Procmon cannot open an empty configuration; add a setting";
            return Err(Failure::Usage(message.to_owned()));
        }
        Document::Configuration(configuration)
    };
    document.write(args.output.as_deref())?;
    Ok(Outcome::Done)
}
