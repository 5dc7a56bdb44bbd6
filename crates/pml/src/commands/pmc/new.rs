//! `pml pmc new`.

use std::path::PathBuf;

use clap::Args;
use clap::builder::{PossibleValuesParser, TypedValueParser};
use procmon_parser::Configuration;
use procmon_parser::pmc::Release;

use super::document::Document;
use super::settings::Settings;
use crate::args::rules;
use crate::error::{Failure, Outcome};

#[derive(Debug, Args)]
pub(crate) struct NewArgs {
    /// Output file [default: standard output]. A .pmf file gets only the filter rules.
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
    /// Write the options of a version of Procmon; every version loads all of them.
    ///
    /// Version 3.5 has 20 options, 3.94 has 24, and 4.04 has 22: it lacks the paths of dbghelp.dll and of symbols.
    #[arg(long = "for", value_name = "VERSION", default_value_t, conflicts_with = "minimal", value_parser = release())]
    release: Release,
    /// Write only the given settings; Procmon uses its defaults for the others.
    #[arg(long)]
    minimal: bool,
    #[command(flatten)]
    settings: Settings,
}

/// Returns a parser of Procmon versions. The help lists them.
fn release() -> impl TypedValueParser<Value = Release> {
    PossibleValuesParser::new(Release::ALL.map(Release::name)).try_map(|name| name.parse::<Release>())
}

pub(super) fn run(args: &NewArgs) -> Result<Outcome, Failure> {
    let mut configuration =
        if args.minimal { Configuration::new() } else { Configuration::procmon_default_of(args.release) };
    let document = if args.output.as_deref().is_some_and(rules::is_filter_name) {
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
