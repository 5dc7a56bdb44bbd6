//! `pml pmc diff`.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::io::{self, BufWriter, Write};
use std::path::PathBuf;

use clap::Args;
use procmon_parser::pmc::{Key, Value};
use procmon_parser::{Configuration, Filter, Rule};
use serde_json::{Value as Json, json};

use super::document::Document;
use crate::error::{Failure, Outcome};
use crate::io::output::print_json;
use crate::term::printable;

#[derive(Debug, Args)]
pub(crate) struct DiffArgs {
    /// Configuration (PMC) or exported filter (PMF).
    before: PathBuf,
    /// Configuration or exported filter to compare with.
    after: PathBuf,
    /// Write JSON: an array with an object for each difference.
    #[arg(long)]
    json: bool,
}

/// An option that has different values in the two files.
#[derive(Debug)]
struct Difference {
    option: String,
    change: Change,
}

#[derive(Debug)]
enum Change {
    /// A value other than a list of rules, as text and as JSON.
    Value {
        before: (String, Json),
        after: (String, Json),
    },
    Rules {
        removed: Vec<Rule>,
        added: Vec<Rule>,
    },
    /// The same rules in a different order.
    Order,
}

pub(super) fn run(args: &DiffArgs) -> Result<Outcome, Failure> {
    let ((before, outcome), (after, other)) = (Document::open(&args.before)?, Document::open(&args.after)?);
    let differences = differences(&before, &after);
    print(&differences, args.json).map_err(Failure::stdout)?;
    // If there are differences, they decide the exit code, even if a file is damaged. Otherwise, damage in either file
    // decides it.
    Ok(match (differences.is_empty(), outcome, other) {
        (false, ..) => Outcome::Found,
        (true, Outcome::Done, other) => other,
        (true, outcome, _) => outcome,
    })
}

fn differences(before: &Document, after: &Document) -> Vec<Difference> {
    let (Document::Configuration(before), Document::Configuration(after)) = (before, after) else {
        // An exported filter has only rules, so only the rules are compared.
        return rules(Key::FilterRules, &before.filter(), &after.filter()).into_iter().collect();
    };
    let known = Key::ALL.iter().filter_map(|&key| difference(key, before, after));
    known.chain(unknown(before, after)).collect()
}

fn difference(key: Key, before: &Configuration, after: &Configuration) -> Option<Difference> {
    match (before.value(key), after.value(key)) {
        (Ok(Value::Rules(before)), Ok(Value::Rules(after))) => rules(key, &before, &after),
        (Ok(before), Ok(after)) if before == after => None,
        (before, after) => {
            let shown = |value: procmon_parser::Result<Value>| match value {
                Ok(value) => (value.to_string(), json!(value)),
                Err(error) => (error.to_string(), json!({ "error": error.to_string() })),
            };
            let (before, after) = (shown(before), shown(after));
            (before != after).then(|| Difference { option: key.to_string(), change: Change::Value { before, after } })
        }
    }
}

fn rules(key: Key, before: &Filter, after: &Filter) -> Option<Difference> {
    let mut surplus = HashMap::<Rule, usize>::new();
    before.iter().for_each(|rule| *surplus.entry(rule.clone()).or_default() += 1);
    let take = |surplus: &mut HashMap<Rule, usize>, rule: &Rule| match surplus.get_mut(rule) {
        Some(count @ 1..) => {
            *count -= 1;
            true
        }
        _ => false,
    };
    // `surplus` counts each rule of `before`, because a rule can occur several times. The rules that remain in it after
    // `added` is computed were removed.
    let added: Vec<_> = after.iter().filter(|rule| !take(&mut surplus, rule)).cloned().collect();
    let removed: Vec<_> = before.iter().filter(|rule| take(&mut surplus, rule)).cloned().collect();
    let change = if !added.is_empty() || !removed.is_empty() {
        Change::Rules { removed, added }
    } else if before != after {
        Change::Order
    } else {
        return None;
    };
    Some(Difference { option: key.to_string(), change })
}

/// Compares the bytes of options that Procmon does not know. If several have the same name, the first one counts.
fn unknown(before: &Configuration, after: &Configuration) -> Vec<Difference> {
    let bytes = |configuration: &Configuration| {
        // If several options have the same name, the map keeps the last one that is inserted.
        let options = configuration.options().iter().rev().filter(|option| option.key().is_none());
        options.map(|option| (option.name().to_owned(), option.value().to_vec())).collect::<BTreeMap<_, _>>()
    };
    let (before, after) = (bytes(before), bytes(after));
    let names: BTreeSet<_> = before.keys().chain(after.keys()).collect();
    let shown = |bytes: Option<&Vec<u8>>| match bytes {
        Some(bytes) => (format!("{bytes:02x?}"), json!(bytes)),
        None => ("missing".to_owned(), Json::Null),
    };
    let differs = |name: &&String| before.get(*name) != after.get(*name);
    let changes = names.into_iter().filter(differs).map(|name| {
        let change = Change::Value { before: shown(before.get(name)), after: shown(after.get(name)) };
        Difference { option: name.clone(), change }
    });
    changes.collect()
}

fn print(differences: &[Difference], as_json: bool) -> io::Result<()> {
    if as_json {
        return print_json(&differences.iter().map(Difference::to_json).collect::<Vec<_>>());
    }
    let mut out = BufWriter::new(io::stdout().lock());
    differences.iter().try_for_each(|difference| difference.write(&mut out))?;
    out.flush()
}

impl Difference {
    fn to_json(&self) -> Json {
        match &self.change {
            Change::Value { before, after } => json!({ "option": self.option, "before": before.1, "after": after.1 }),
            Change::Rules { removed, added } => {
                json!({ "option": self.option, "removed": removed, "added": added })
            }
            Change::Order => json!({ "option": self.option, "order": true }),
        }
    }

    fn write(&self, out: &mut impl Write) -> io::Result<()> {
        let option = printable(&self.option);
        match &self.change {
            Change::Value { before, after } => {
                writeln!(out, "{option}: {} -> {}", printable(&before.0), printable(&after.0))
            }
            Change::Order => writeln!(out, "{option}: same rules in a different order"),
            Change::Rules { removed, added } => {
                writeln!(out, "{option}:")?;
                removed.iter().try_for_each(|rule| writeln!(out, "  - {}", printable(&rule.to_string())))?;
                added.iter().try_for_each(|rule| writeln!(out, "  + {}", printable(&rule.to_string())))
            }
        }
    }
}
