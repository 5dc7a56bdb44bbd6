//! `pml pmc`: configurations and exported filters.

mod diff;
mod document;
mod lint;
mod settings;
mod show;

use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};
use procmon_parser::{Configuration, Filter, Rule};
use serde::Serialize;

use crate::output::{self, Output};
use crate::{Failure, Outcome};
use document::Document;
use settings::Settings;

const EXIT_CODES: &str = "Exit codes: 0 done; 1 failed; 2 wrong usage; 3 done, but a file could not be read to its end; \
                          4 lint found something, or diff a difference.";

#[derive(Debug, Args)]
pub(crate) struct PmcArgs {
    #[command(subcommand)]
    pub(crate) command: PmcCommand,
}

#[derive(Debug, Subcommand)]
pub(crate) enum PmcCommand {
    /// Tells what is in a configuration or an exported filter.
    Show(FileArgs),
    /// Writes a new configuration: Procmon's defaults, and what is asked for.
    New(NewArgs),
    /// Writes a configuration or exported filter with changes; all other bytes stay as they are.
    Edit(EditArgs),
    /// Looks for rules that do not do what they seem to.
    Lint(FileArgs),
    /// Tells how two configurations or exported filters differ.
    Diff(DiffArgs),
}

#[derive(Debug, Args)]
#[command(after_help = EXIT_CODES)]
pub(crate) struct FileArgs {
    /// A configuration (PMC) or an exported filter (PMF).
    pub(crate) file: PathBuf,
    /// Write JSON.
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, Args)]
#[command(after_help = EXIT_CODES)]
pub(crate) struct NewArgs {
    /// The file to write; standard output if there is none, or if it is "-". If its name ends in .pmf it gets the rules
    /// alone.
    #[arg(short, long, value_name = "FILE")]
    pub(crate) output: Option<PathBuf>,
    /// Write the 20 options of Procmon up to version 3.5x, in place of the 24 of newer ones.
    #[arg(long, conflicts_with = "minimal")]
    pub(crate) old_form: bool,
    /// Write only the options that are asked for; for the others Procmon takes its defaults when it loads the file.
    #[arg(long)]
    pub(crate) minimal: bool,
    #[command(flatten)]
    pub(crate) settings: Settings,
}

#[derive(Debug, Args)]
#[command(after_help = EXIT_CODES)]
pub(crate) struct EditArgs {
    /// A configuration (PMC) or an exported filter (PMF).
    pub(crate) file: PathBuf,
    /// The file to write, whole or not at all; "-" for standard output. If its name ends in .pmf it gets the rules
    /// alone.
    #[arg(short, long, value_name = "FILE", required_unless_present = "in_place")]
    pub(crate) output: Option<PathBuf>,
    /// Replace the file that is read, when all is written.
    #[arg(long, conflicts_with = "output")]
    pub(crate) in_place: bool,
    /// Take rules out that equal this one; any number of times.
    #[arg(long, value_name = "RULE")]
    pub(crate) remove_rule: Vec<Rule>,
    /// Put the rules in the order of Procmon's dialog: includes first, then by column.
    #[arg(long)]
    pub(crate) sort_rules: bool,
    /// Take out an option by its name in the file, so that Procmon takes its default; any number of times.
    #[arg(long, value_name = "NAME")]
    pub(crate) remove: Vec<String>,
    #[command(flatten)]
    pub(crate) settings: Settings,
}

#[derive(Debug, Args)]
#[command(after_help = EXIT_CODES)]
pub(crate) struct DiffArgs {
    /// A configuration (PMC) or an exported filter (PMF).
    pub(crate) before: PathBuf,
    /// Another.
    pub(crate) after: PathBuf,
    /// Write JSON.
    #[arg(long)]
    pub(crate) json: bool,
}

pub(crate) fn run(command: &PmcCommand) -> Result<Outcome, Failure> {
    match command {
        PmcCommand::Show(args) => show::run(args),
        PmcCommand::New(args) => new(args),
        PmcCommand::Edit(args) => edit(args),
        PmcCommand::Lint(args) => lint::run(args),
        PmcCommand::Diff(args) => diff::run(args),
    }
}

fn new(args: &NewArgs) -> Result<Outcome, Failure> {
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
    write(&document, args.output.as_deref())?;
    Ok(Outcome::Done)
}

fn edit(args: &EditArgs) -> Result<Outcome, Failure> {
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
    write(&document, output.map(PathBuf::as_path))?;
    Ok(outcome)
}

/// Writes JSON to standard output.
fn write_json(value: &impl Serialize) -> io::Result<()> {
    let mut out = BufWriter::new(io::stdout().lock());
    serde_json::to_writer_pretty(&mut out, value)?;
    writeln!(out)?;
    out.flush()
}

/// A text of a file as one line that does nothing to a terminal.
fn visible(text: &str) -> String {
    let mut line = String::with_capacity(text.len());
    for c in text.chars() {
        if c.is_control() { line.extend(c.escape_default()) } else { line.push(c) }
    }
    line
}

fn write(document: &Document, path: Option<&Path>) -> Result<(), Failure> {
    let mut output = Output::replace(path)?;
    let name = || path.map_or("standard output".into(), |path| path.display().to_string());
    output.write_all(&document.to_bytes()).and_then(|()| output.flush()).map_err(|error| Failure::Io(name(), error))?;
    output.finish()
}
