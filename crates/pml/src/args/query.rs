//! Queries.

use std::path::{Path, PathBuf};

use procmon_parser::ErrorKind;
use procmon_parser::filter::Query;

use crate::args::list::read_text;

/// A query, and the files with its lists.
#[derive(Clone, Debug)]
pub(crate) struct QueryArg {
    pub(crate) query: Query,
    files: Vec<PathBuf>,
}

impl QueryArg {
    /// Parses a query, and reads the files that it names.
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        let mut files = Vec::new();
        let mut failure = None;
        let parsed = Query::parse_with(text, |name| {
            files.push(PathBuf::from(name));
            Ok(read_text(Path::new(name)).unwrap_or_else(|error| {
                failure = Some(error);
                String::new()
            }))
        });
        match (parsed, failure) {
            (_, Some(failure)) => Err(failure.message()),
            (Ok(query), None) => Ok(Self { query, files }),
            (Err(error), None) => Err(with_place(text, &error)),
        }
    }

    /// Returns the files with the lists.
    pub(crate) fn files(&self) -> impl Iterator<Item = &Path> {
        self.files.iter().map(PathBuf::as_path)
    }
}

/// Returns the message for an invalid query, with a mark under the place of the error.
fn with_place(text: &str, error: &procmon_parser::Error) -> String {
    let ErrorKind::InvalidQuery { at, expected, suggestion, .. } = error.kind() else { return error.to_string() };
    let suggestion = suggestion.map_or_else(String::new, |name| format!("; did you mean `{name}`?"));
    // A line feed in the query would separate the mark from its place.
    let shown: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    format!("expected {expected}{suggestion}\n\n    {shown}\n    {:at$}^", "")
}
