//! `pml pmc edit`.

use std::path::PathBuf;

use clap::Args;
use procmon_parser::{Filter, Rule};

use super::document::{self, Document};
use super::settings::Settings;
use crate::error::{Failure, Outcome};
use crate::help;
use crate::io::output;

#[derive(Debug, Args)]
#[command(after_help = help::FOUND_CODES)]
pub(crate) struct EditArgs {
    /// A configuration (PMC) or an exported filter (PMF).
    file: PathBuf,
    /// The file to write, whole or not at all; "-" for standard output. If its name ends in .pmf it gets the rules
    /// alone.
    #[arg(short, long, value_name = "FILE", required_unless_present = "in_place")]
    output: Option<PathBuf>,
    /// Replace the file that is read, when all is written.
    #[arg(long, conflicts_with = "output")]
    in_place: bool,
    /// Take rules out that equal this one; any number of times.
    #[arg(long, value_name = "RULE")]
    remove_rule: Vec<Rule>,
    /// Put the rules in the order of Procmon's dialog: includes first, then by column.
    #[arg(long)]
    sort_rules: bool,
    /// Take out an option by its name in the file, so that Procmon takes its default; any number of times.
    #[arg(long, value_name = "NAME")]
    remove: Vec<String>,
    #[command(flatten)]
    settings: Settings,
}

pub(super) fn run(args: &EditArgs) -> Result<Outcome, Failure> {
    if let Some(output) = args.output.as_deref().filter(|output| output::is_same(&args.file, output)) {
        return Err(Failure::Usage(format!("{} is read; --in-place replaces it", output.display())));
    }
    let (mut document, outcome) = Document::open(&args.file)?;
    if document::is_filter_name(args.output.as_deref()) {
        document = document.into_filter();
    }
    for name in &args.remove {
        document.remove_option(name)?;
    }
    for rule in &args.remove_rule {
        document.remove_rule(rule)?;
    }
    if args.sort_rules {
        document.change_filter(Filter::sort);
    }
    document.apply(&args.settings)?;
    let output = if args.in_place { Some(&args.file) } else { args.output.as_ref() };
    document.write(output.map(PathBuf::as_path))?;
    Ok(outcome)
}
