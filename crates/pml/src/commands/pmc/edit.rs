//! `pml pmc edit`.

use std::path::PathBuf;

use clap::Args;
use procmon_parser::{Filter, Rule};

use super::document::Document;
use super::settings::Settings;
use crate::args::rules;
use crate::error::{Failure, Outcome};
use crate::io::output;

#[derive(Debug, Args)]
pub(crate) struct EditArgs {
    /// Configuration (PMC) or exported filter (PMF).
    file: PathBuf,
    /// Output file; "-" is standard output. A .pmf file gets only the filter rules.
    #[arg(short, long, value_name = "FILE", required_unless_present = "in_place")]
    output: Option<PathBuf>,
    /// Replace the input file.
    #[arg(long, conflicts_with = "output")]
    in_place: bool,
    /// Remove all rules equal to this one; can be repeated.
    #[arg(long, value_name = "RULE")]
    remove_rule: Vec<Rule>,
    /// Sort the rules as Procmon's dialog does: includes first, then by column.
    #[arg(long)]
    sort_rules: bool,
    /// Remove the named option from the file, so that its default applies; can be repeated.
    #[arg(long, value_name = "NAME")]
    remove: Vec<String>,
    #[command(flatten)]
    settings: Settings,
}

pub(super) fn run(args: &EditArgs) -> Result<Outcome, Failure> {
    if let Some(output) = args.output.as_deref().filter(|output| output::is_same(&args.file, output)) {
        return Err(Failure::Usage(format!("{} is the input; use --in-place to replace it", output.display())));
    }
    let (mut document, outcome) = Document::open(&args.file)?;
    if args.output.as_deref().is_some_and(rules::is_filter_name) {
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
