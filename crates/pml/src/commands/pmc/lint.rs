//! `pml pmc lint`.

use std::io::{self, BufWriter, Write};
use std::path::PathBuf;

use clap::Args;
use procmon_parser::filter::Lint;
use procmon_parser::pmc::Key;
use procmon_parser::{Configuration, Filter};
use serde_json::json;

use super::document::Document;
use super::file::FileArgs;
use crate::args::input::InputArgs;
use crate::error::{Failure, Outcome};
use crate::io::input::{self, Input};
use crate::io::output::print_json;
use crate::term::{printable, printable_lines};

#[derive(Debug, Args)]
pub(crate) struct LintArgs {
    #[command(flatten)]
    file: FileArgs,
    /// Also find Include rules on processes that are not in this log; can be repeated.
    #[arg(long, value_name = "LOG")]
    log: Vec<PathBuf>,
}

/// A list of rules, and the problems found in it.
struct Linted {
    list: &'static str,
    filter: Filter,
    lints: Vec<Lint>,
}

impl Linted {
    fn new(list: &'static str, filter: Filter, logs: &[Input]) -> Self {
        Self { list, lints: filter.lint(input::indexes(logs)), filter }
    }
}

pub(super) fn run(args: &LintArgs) -> Result<Outcome, Failure> {
    let (document, outcome) = Document::open(&args.file.file)?;
    let logs = InputArgs { logs: args.log.clone(), single_file: false, no_progress: true };
    let (logs, opened) = input::open(&logs)?;
    let mut lists = vec![Linted::new("filter", document.filter(), &logs)];
    let mut options = Vec::new();
    if let Document::Configuration(configuration) = &document {
        lists.push(Linted::new("highlighting", configuration.highlight_filter(), &logs));
        options = unknown_values(configuration);
    }
    let written = if args.file.json { write_json(&options, &lists) } else { write_text(&options, &lists) };
    written.map_err(Failure::stdout)?;
    let is_sound = options.is_empty() && lists.iter().all(|list| list.lints.is_empty());
    Ok(match (is_sound, opened) {
        (false, _) => Outcome::Found,
        (true, Outcome::Done) => outcome,
        (true, incomplete) => incomplete,
    })
}

/// Returns the options whose value Procmon does not know, with their values.
fn unknown_values(configuration: &Configuration) -> Vec<(Key, String)> {
    let value = |key| configuration.value(key).map_or_else(|_| String::new(), |value| value.to_string());
    configuration.unknown_values().map(|key| (key, value(key))).collect()
}

fn write_text(options: &[(Key, String)], lists: &[Linted]) -> io::Result<()> {
    let mut out = BufWriter::new(io::stdout().lock());
    for (key, value) in options {
        writeln!(out, "option {key}: {}\n  {UNKNOWN_VALUE}", printable(value))?;
    }
    for Linted { list, filter, lints } in lists {
        for lint in lints {
            let Some(rule) = filter.rules().get(lint.rule) else { continue };
            let (rule, reason) = (printable(&rule.to_string()), printable_lines(&lint.to_string()));
            writeln!(out, "{list}, rule {}: {rule}\n  {reason}", lint.rule + 1)?;
        }
    }
    out.flush()
}

fn write_json(options: &[(Key, String)], lists: &[Linted]) -> io::Result<()> {
    let options = options.iter().map(
        |(key, value)| json!({ "option": key.name(), "value": value, "kind": "UnknownValue", "reason": UNKNOWN_VALUE }),
    );
    let rules = lists.iter().flat_map(|Linted { list, filter, lints }| {
        lints.iter().map(move |lint| {
            json!({
                "list": list,
                "position": lint.rule + 1,
                "rule": filter.rules().get(lint.rule),
                "kind": kind(lint),
                "reason": lint.to_string(),
            })
        })
    });
    print_json(&options.chain(rules).collect::<Vec<_>>())
}

/// The reason for a problem with the value of an option.
const UNKNOWN_VALUE: &str = "Procmon does not know the value";

/// Returns the name of the kind of a lint, without its fields.
fn kind(lint: &Lint) -> String {
    format!("{:?}", lint.kind).chars().take_while(char::is_ascii_alphanumeric).collect()
}
