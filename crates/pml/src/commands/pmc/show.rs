//! `pml pmc show`.

use std::io::{self, BufWriter, Write};

use procmon_parser::pmc::{Key, Value};
use procmon_parser::{Configuration, Filter};

use super::document::Document;
use super::file::FileArgs;
use crate::error::{Failure, Outcome};
use crate::io::output::print_json;
use crate::term::{counted, heading_with, printable};

pub(super) fn run(args: &FileArgs) -> Result<Outcome, Failure> {
    let (document, outcome) = Document::open(&args.file)?;
    let written = if args.json { print_json(&document) } else { write_text(&document) };
    written.map_err(Failure::stdout)?;
    Ok(outcome)
}

fn write_text(document: &Document) -> io::Result<()> {
    let mut out = BufWriter::new(anstream::stdout().lock());
    match document {
        Document::Configuration(configuration) => write_configuration(&mut out, configuration)?,
        Document::Filter(saved) => write_rules(&mut out, "Filter", &saved.filter)?,
    }
    out.flush()
}

fn write_configuration(out: &mut impl Write, configuration: &Configuration) -> io::Result<()> {
    heading_with(out, "Columns", &format!("{} shown", configuration.columns().len()))?;
    for (column, width) in configuration.columns_with_widths() {
        writeln!(out, "  {:<18} {width:>5} pixels", column.to_string())?;
    }
    writeln!(out)?;
    heading_with(out, "Options", &format!("{} in the file", configuration.options().len()))?;
    for &key in Key::ALL {
        if matches!(key, Key::Columns | Key::ColumnCount | Key::ColumnMap | Key::FilterRules | Key::HighlightRules) {
            continue;
        }
        let value = configuration.value(key).map_or_else(|error| error.to_string(), |value| value.to_string());
        let default = if configuration.option(key).is_none() { "(default) " } else { "" };
        let line = format!("  {:<18} {default}{}", key.name(), printable(&value));
        writeln!(out, "{}", line.trim_end())?;
    }
    for option in configuration.ignored_options() {
        let size = counted(option.value().len() as u64, "byte", "bytes");
        writeln!(out, "  {:<18} {size}, ignored by Procmon", printable(option.name()))?;
    }
    for (title, key) in [("Filter", Key::FilterRules), ("Highlighting", Key::HighlightRules)] {
        writeln!(out)?;
        match configuration.value(key) {
            Ok(Value::Rules(rules)) => write_rules(out, title, &rules)?,
            Ok(value) => heading_with(out, title, &value.to_string())?,
            Err(error) => heading_with(out, title, &error.to_string())?,
        }
    }
    Ok(())
}

fn write_rules(out: &mut impl Write, title: &str, filter: &Filter) -> io::Result<()> {
    heading_with(out, title, &counted(filter.len() as u64, "rule", "rules"))?;
    filter.iter().try_for_each(|rule| writeln!(out, "  {}", printable(&rule.to_string())))
}
