//! Configurations as JSON.

use procmon_parser::pmc::{Key, StoredOption, Value};
use procmon_parser::{Configuration, Rule};
use serde_json::{Value as Json, json};

/// A rule: its sentence, and its parts.
pub(super) fn rule(rule: &Rule) -> Json {
    json!({
        "rule": rule.to_string(),
        "column": rule.column().to_string(),
        "relation": rule.relation().to_string(),
        "value": rule.value(),
        "action": rule.action().to_string(),
        "number": rule.number(),
    })
}

/// A value as the matching type of JSON.
pub(super) fn value(value: &Value) -> Json {
    match value {
        Value::Switch(on) => json!(on),
        Value::Number(number) => json!(number),
        Value::Rules(rules) => rules.rules().map(|each| rule(&each)).collect(),
        Value::Columns(columns) => {
            columns.iter().filter(|column| column.0 != 0).map(|column| json!(column.to_string())).collect()
        }
        Value::Widths(widths) => widths.iter().filter(|&&width| width != 0).map(|width| json!(width)).collect(),
        other => json!(other.to_string()),
    }
}

/// All options of Procmon as it loads them, then the options of the file that it ignores.
pub(super) fn options(configuration: &Configuration) -> Json {
    let known = Key::ALL.iter().map(|&key| {
        let is_stored = configuration.option(key).is_some();
        match configuration.value(key) {
            Ok(found) => json!({ "name": key.name(), "value": value(&found), "stored": is_stored }),
            Err(error) => json!({ "name": key.name(), "error": error.to_string(), "stored": is_stored }),
        }
    });
    let ignored = ignored(configuration).map(|option| {
        let bytes: String = option.value().iter().map(|byte| format!("{byte:02x}")).collect();
        json!({ "name": option.name(), "bytes": bytes, "stored": true })
    });
    known.chain(ignored).collect()
}

/// The options that Procmon ignores: unknown ones, and all but the first of the same name.
pub(super) fn ignored(configuration: &Configuration) -> impl Iterator<Item = &StoredOption> {
    let loaded: Vec<_> = Key::ALL.iter().filter_map(|&key| configuration.option(key)).collect();
    configuration.options().iter().filter(move |&option| !loaded.iter().any(|&first| std::ptr::eq(first, option)))
}
