//! `pml pmc lint`.

use std::io::{self, BufWriter, Write};

use procmon_parser::Filter;
use procmon_parser::filter::{self, Lint};
use serde_json::json;

use super::document::Document;
use super::file::FileArgs;
use crate::error::{Failure, Outcome};
use crate::io::output::print_json;

/// A list of rules with its problems.
struct Linted {
    list: &'static str,
    filter: Filter,
    lints: Vec<Lint>,
}

impl Linted {
    fn new(list: &'static str, filter: Filter) -> Self {
        Self { list, lints: filter::lint(filter.rules()), filter }
    }
}

pub(super) fn run(args: &FileArgs) -> Result<Outcome, Failure> {
    let (document, outcome) = Document::open(&args.file)?;
    let mut lists = vec![Linted::new("filter", document.filter())];
    if let Document::Configuration(configuration) = &document {
        lists.push(Linted::new("highlighting", configuration.highlight_filter()));
    }
    let written = if args.json { write_json(&lists) } else { write_text(&lists) };
    written.map_err(Failure::stdout)?;
    Ok(if lists.iter().all(|list| list.lints.is_empty()) { outcome } else { Outcome::Found })
}

fn write_text(lists: &[Linted]) -> io::Result<()> {
    let mut out = BufWriter::new(io::stdout().lock());
    for Linted { list, filter, lints } in lists {
        for lint in lints {
            let Some(rule) = filter.rules().get(lint.rule) else { continue };
            writeln!(out, "{list}, rule {}: {rule}\n  {lint}", lint.rule + 1)?;
        }
    }
    out.flush()
}

fn write_json(lists: &[Linted]) -> io::Result<()> {
    let all = lists.iter().flat_map(|Linted { list, filter, lints }| {
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
    print_json(&all.collect::<Vec<_>>())
}

/// Returns the name of the kind of a lint, without its fields.
fn kind(lint: &Lint) -> String {
    format!("{:?}", lint.kind).chars().take_while(char::is_ascii_alphanumeric).collect()
}
