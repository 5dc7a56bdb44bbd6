//! Parses queries.

use std::str::FromStr;

use super::{Comparison, Node, Query};
use crate::code::Column;
use crate::error::{Error, Result};
use crate::filter::rule::sentence::{split_column, split_relation, split_word, unquote};

/// The greatest depth of nested parentheses and negations. A message names it.
const MAX_DEPTH: usize = 64;

impl FromStr for Query {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        let mut parser = Parser { text, rest: text.trim_start(), depth: 0 };
        let node = parser.any()?;
        if parser.rest.is_empty() { Ok(Self(node)) } else { Err(parser.bad("`and` or `or`, or the end of the query")) }
    }
}

/// Parses a query from left to right.
struct Parser<'t> {
    text: &'t str,
    rest: &'t str,
    depth: usize,
}

impl<'t> Parser<'t> {
    fn bad(&self, expected: &'static str) -> Error {
        Error::bad_query(self.text, self.text.len() - self.rest.len(), expected)
    }

    fn word(&mut self, word: &str) -> bool {
        let rest = split_word(self.rest, word).or_else(|| {
            let (start, rest) = self.rest.split_at_checked(word.len())?;
            (start.eq_ignore_ascii_case(word) && rest.starts_with(['(', '"'])).then_some(rest)
        });
        self.rest = rest.unwrap_or(self.rest);
        rest.is_some()
    }

    fn any(&mut self) -> Result<Node> {
        let mut nodes = vec![self.all()?];
        while self.word("or") {
            nodes.push(self.all()?);
        }
        Ok(one_or(nodes, Node::Any))
    }

    fn all(&mut self) -> Result<Node> {
        let mut nodes = vec![self.one()?];
        while self.word("and") {
            nodes.push(self.one()?);
        }
        Ok(one_or(nodes, Node::All))
    }

    fn one(&mut self) -> Result<Node> {
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            return Err(self.bad("at most 64 levels of parentheses and `not`"));
        }
        let node = if self.word("not") {
            Node::Not(Box::new(self.one()?))
        } else if let Some(inside) = self.rest.strip_prefix('(') {
            self.rest = inside.trim_start();
            let node = self.any()?;
            self.rest = self.rest.strip_prefix(')').ok_or_else(|| self.bad("a closing parenthesis"))?.trim_start();
            node
        } else {
            let before = self.rest;
            let comparison = self.comparison()?;
            let text = before.strip_suffix(self.rest).unwrap_or(before).trim_end();
            Node::Is(comparison, text.to_owned())
        };
        self.depth -= 1;
        Ok(node)
    }

    fn comparison(&mut self) -> Result<Comparison> {
        let (column, rest) = split_column(self.rest).ok_or_else(|| self.bad("a column such as `Process Name`"))?;
        self.rest = rest;
        #[cfg(feature = "regex")]
        if self.word("matches") {
            let pattern = self.value()?;
            let regex = regex::RegexBuilder::new(&pattern).case_insensitive(true).build();
            return regex.map(|regex| Comparison::Regex(column, regex)).map_err(|error| self.bad_regex(error));
        }
        let (relation, rest) =
            split_relation(rest).ok_or_else(|| self.bad("a relation such as `is` or `begins with`"))?;
        self.rest = rest;
        let before = self.rest;
        let value = self.value()?;
        Comparison::new(column, relation, &value).ok_or_else(|| {
            self.rest = before;
            self.bad(type_of_values(column))
        })
    }

    #[cfg(feature = "regex")]
    fn bad_regex(&self, error: regex::Error) -> Error {
        Error::new(crate::error::ErrorKind::InvalidRegex { message: error.to_string() })
    }

    fn value(&mut self) -> Result<String> {
        let (value, rest) = match self.rest.strip_prefix('"') {
            Some(quoted) => {
                let (units, rest) = unquote(quoted).ok_or_else(|| self.bad("a quotation mark after the value"))?;
                (String::from_utf16_lossy(&units), rest)
            }
            None => {
                let end = self.rest.find(|c: char| c.is_whitespace() || c == ')').unwrap_or(self.rest.len());
                let (bare, rest) = self.rest.split_at_checked(end).unwrap_or_default();
                (bare.to_owned(), rest)
            }
        };
        if rest.len() == self.rest.len() {
            return Err(self.bad("a value (an empty one is `\"\"`)"));
        }
        self.rest = rest.trim_start();
        Ok(value)
    }
}

fn one_or(mut nodes: Vec<Node>, several: fn(Vec<Node>) -> Node) -> Node {
    match nodes.pop() {
        Some(only) if nodes.is_empty() => only,
        Some(last) => {
            nodes.push(last);
            several(nodes)
        }
        None => several(nodes),
    }
}

/// Returns the kind of value that a comparison on a column requires, for messages.
fn type_of_values(column: Column) -> &'static str {
    match column {
        Column::DURATION | Column::RELATIVE_TIME => "a span of time such as `250ms`",
        Column::TIME_OF_DAY => "a time of day such as `9:30 AM`",
        Column::DATE_AND_TIME
        | Column::COMPLETION_TIME
        | Column::PROCESS_START
        | Column::HIGH_RESOLUTION_PROCESS_START => "a date with a year, such as `2020-07-12T09:30:00`",
        Column::SESSION => "a number as the column shows it, such as `1` or `-1`",
        _ => "a number",
    }
}

#[cfg(test)]
mod tests {
    use super::Query;

    #[test]
    fn invalid_queries_are_rejected() {
        for text in [
            "",
            "Path",
            "Path is",
            "Path is a or",
            "Path is a b",
            "(Path is a",
            "Path is a)",
            "Path is \"a",
            "not",
            "PID is python",
            "Duration more than soon",
            "Date & Time less than 9:00",
            "Date & Time less than 4/17",
            "Process Start less than soon",
            "High Resolution Process Start less than soon",
            "Session is 4294967295",
        ] {
            assert!(text.parse::<Query>().is_err(), "{text}");
        }
        let deep = "(".repeat(100_000);
        assert!(deep.parse::<Query>().is_err());
        assert!("not ".repeat(100_000).parse::<Query>().is_err());
        assert_eq!(
            "PID is 4 and Path was a".parse::<Query>().unwrap_err().to_string(),
            "invalid query \"PID is 4 and Path was a\" at character 19: expected a relation such as `is` or `begins with`"
        );
    }
}
