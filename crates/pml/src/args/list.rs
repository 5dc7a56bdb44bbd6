//! Rules and lists of values in text files.

use std::fs;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use clap::Args;
use procmon_parser::code::{Action, Relation};
use procmon_parser::{Column, Filter, Rule};

use crate::error::Failure;

/// The options for lists of values.
#[derive(Debug, Args)]
pub(crate) struct ListArgs {
    /// Add an Include rule for each line of a text file; can be repeated.
    ///
    /// The rules match events whose path contains the line. For a different column or relation, write it before the
    /// file: "Process Name is @names.txt". Empty lines and lines that start with # are ignored. Thousands of lines take
    /// about as long as one.
    #[arg(long, value_name = "[COLUMN RELATION @]FILE")]
    include_list: Vec<List>,
    /// Add an Exclude rule for each line of a text file; can be repeated.
    ///
    /// The file and the condition are written as for --include-list.
    #[arg(long, value_name = "[COLUMN RELATION @]FILE")]
    exclude_list: Vec<List>,
}

/// A file with a value on each line, and the condition that compares the values.
#[derive(Clone, Debug)]
struct List {
    column: Column,
    relation: Relation,
    path: PathBuf,
}

/// A rule, or a file with a rule on each line.
#[derive(Clone, Debug)]
pub(crate) enum Rules {
    Rule(Box<Rule>),
    File(PathBuf),
}

impl FromStr for List {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let Some((condition, path)) = text.split_once('@') else {
            return Ok(Self { column: Column::PATH, relation: Relation::CONTAINS, path: text.into() });
        };
        let (column, relation) = match condition.trim() {
            "" => (Column::PATH, Relation::CONTAINS),
            condition => {
                let rule: Rule = format!("{condition} x then Include").parse().map_err(|_| {
                    format!(
                        "invalid condition {condition:?}; expected a column and a relation, such as \"Path contains\""
                    )
                })?;
                (rule.column(), rule.relation())
            }
        };
        Ok(Self { column, relation, path: path.trim_start().into() })
    }
}

impl FromStr for Rules {
    type Err = procmon_parser::Error;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text.strip_prefix('@') {
            Some(path) => Ok(Self::File(path.into())),
            None => text.parse().map(|rule| Self::Rule(Box::new(rule))),
        }
    }
}

impl ListArgs {
    /// Returns true if there are no lists.
    pub(crate) fn is_empty(&self) -> bool {
        self.include_list.is_empty() && self.exclude_list.is_empty()
    }

    /// Returns the files with the lists.
    pub(crate) fn files(&self) -> impl Iterator<Item = &Path> {
        self.include_list.iter().chain(&self.exclude_list).map(|list| list.path.as_path())
    }

    /// Reads the rules of all lists.
    pub(crate) fn read(&self) -> Result<Vec<Rule>, Failure> {
        let mut rules = Vec::new();
        for (lists, action) in [(&self.include_list, Action::INCLUDE), (&self.exclude_list, Action::EXCLUDE)] {
            for list in lists {
                let text = read_text(&list.path)?;
                rules.extend(Filter::from_values(&text, list.column, list.relation, action));
            }
        }
        Ok(rules)
    }
}

impl Rules {
    /// Returns the file that contains the rules; `None` for a rule that was given directly.
    pub(crate) fn file(&self) -> Option<&Path> {
        match self {
            Self::Rule(_) => None,
            Self::File(path) => Some(path),
        }
    }

    /// Reads the rules of all arguments, in order.
    pub(crate) fn read(arguments: &[Self]) -> Result<Vec<Rule>, Failure> {
        let mut rules = Vec::new();
        for argument in arguments {
            match argument {
                Self::Rule(rule) => rules.push(Rule::clone(rule)),
                Self::File(path) => {
                    let filter: procmon_parser::Result<Filter> = read_text(path)?.parse();
                    rules.extend(filter.map_err(|error| Failure::Usage(format!("{}: {error}", path.display())))?);
                }
            }
        }
        Ok(rules)
    }
}

/// Reads a text file in UTF-8, or in UTF-16 with a byte-order mark, as PowerShell writes it.
pub(crate) fn read_text(path: &Path) -> Result<String, Failure> {
    let bytes = fs::read(path).map_err(|error| Failure::file(path, error))?;
    let text = match bytes.split_first_chunk() {
        Some((&[0xFF, 0xFE], rest)) => utf16(rest, u16::from_le_bytes),
        Some((&[0xFE, 0xFF], rest)) => utf16(rest, u16::from_be_bytes),
        _ => String::from_utf8(bytes).ok(),
    };
    text.ok_or_else(|| Failure::Usage(format!("{}: not a text file in UTF-8 or UTF-16", path.display())))
}

/// Decodes UTF-16; `None` if it is invalid.
fn utf16(bytes: &[u8], unit: fn([u8; 2]) -> u16) -> Option<String> {
    let (units, rest) = bytes.as_chunks();
    let text = String::from_utf16(&units.iter().copied().map(unit).collect::<Vec<_>>()).ok();
    text.filter(|_| rest.is_empty())
}
