//! `pml pmc new`.

use std::path::PathBuf;

use clap::Args;
use clap::builder::{PossibleValuesParser, TypedValueParser};
use procmon_parser::Configuration;
use procmon_parser::pmc::Release;

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
    /// Write the options of a version of Procmon: 3.5 has 20, 3.94 all 24, and 4.04 has 22, without the paths of dbghelp
    /// and symbols. Every version loads all of them.
    #[arg(long = "for", value_name = "VERSION", default_value_t, conflicts_with = "minimal", value_parser = release())]
    release: Release,
    /// Write only the options that are asked for; for the others Procmon takes its defaults when it loads the file.
    #[arg(long)]
    minimal: bool,
    #[command(flatten)]
    settings: Settings,
}

/// Parses the version of Procmon; the help lists those that there are.
fn release() -> impl TypedValueParser<Value = Release> {
    PossibleValuesParser::new(Release::ALL.map(Release::name)).try_map(|name| name.parse::<Release>())
}

pub(super) fn run(args: &NewArgs) -> Result<Outcome, Failure> {
    let mut configuration =
        if args.minimal { Configuration::new() } else { Configuration::procmon_default_of(args.release) };
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
