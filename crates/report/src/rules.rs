//! The rules of "What stands out", which are data: `rules/rules.json`, described in `docs/FINDINGS.md`.

use procmon_parser::filter::{Matcher, Query};
use procmon_parser::{Index, Result, Style};
use serde::Deserialize;

/// The rules, in the order of display.
const RULES: &str = include_str!("../rules/rules.json");

/// A rule.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct Rule {
    pub(crate) id: String,
    pub(crate) title: String,
    pub(crate) level: Level,
    pub(crate) explanation: String,
    /// Alternative queries. An event matches the rule if it matches one of them.
    query: Vec<String>,
    pub(crate) group: Group,
    /// True if the events of different processes are different findings.
    pub(crate) by_process: bool,
    #[serde(default)]
    then: Option<Then>,
}

#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Level {
    High,
    Medium,
    Low,
    Info,
}

impl Level {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::High => "high",
            Self::Medium => "medium",
            Self::Low => "low",
            Self::Info => "info",
        }
    }
}

/// The text that events of a finding have in common.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Group {
    /// The path.
    Path,
    /// The file name of the path.
    Name,
    /// The remote endpoint of a connection.
    Remote,
}

/// A condition of a rule: a later event with the same text.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Then {
    query: Vec<String>,
}

/// A rule that was compiled for a log.
#[derive(Debug)]
pub(crate) struct Compiled {
    pub(crate) rule: Rule,
    pub(crate) matcher: Matcher,
    pub(crate) then: Option<Matcher>,
}

/// Compiles the rules for the events of files. Queries compare complete text, whatever the style of the report.
pub(crate) fn compile(indexes: &[Index]) -> Result<Vec<Compiled>> {
    let rules: Vec<Rule> = serde_json::from_str(RULES).map_err(std::io::Error::other)?;
    let style = Style::new();
    let any = |queries: &[String]| -> Result<Matcher> {
        let queries = queries.iter().map(|query| query.parse::<Query>()).collect::<Result<Vec<_>>>()?;
        Ok(Matcher::any(queries.iter().map(|query| query.compile_with(indexes, &style))))
    };
    rules
        .into_iter()
        .map(|rule| {
            let matcher = any(&rule.query)?;
            let then = rule.then.as_ref().map(|then| any(&then.query)).transpose()?;
            Ok(Compiled { rule, matcher, then })
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::compile;

    #[test]
    fn all_rules_can_be_compiled_and_have_their_own_name() {
        let rules = compile(&[]).unwrap();
        let mut names: Vec<_> = rules.iter().map(|compiled| compiled.rule.id.as_str()).collect();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), rules.len());
        assert!(names.len() >= 8);
    }
}
