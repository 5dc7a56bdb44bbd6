//! Parses queries.

use std::str::FromStr;

use super::{Comparison, Node, Query};
use crate::code::{Column, Relation};
use crate::error::{Error, Result};
use crate::filter::rule::sentence::{split_column, split_relation, split_word, unquote};
use crate::filter::{list, similar};

/// The maximum depth of nested parentheses and negations. A message repeats the number.
const MAX_DEPTH: usize = 64;

/// The expected start of a comparison, for messages.
const A_COLUMN: &str = "a column such as `Process Name`, or `any`";
const A_RELATION: &str = "a relation such as `is` or `begins with`";

impl FromStr for Query {
    type Err = Error;

    /// Parses a query without reading files: a list in a file (`@NAME`) is an error. See [`Query::parse_with`].
    fn from_str(text: &str) -> Result<Self> {
        let no_files = |name: &str| {
            let at = text.find(&format!("@{name}")).unwrap_or_default();
            Err(Error::bad_query(text, at, "values in parentheses: files of values cannot be read here", None))
        };
        Self::parse_with(text, no_files)
    }
}

impl Query {
    /// Parses a query that can take lists of values from files: `Path in @paths.txt`. `read` returns the text of the
    /// file with the given name. It has a value on each line, as for
    /// [`Filter::from_values`](crate::Filter::from_values).
    ///
    /// ```
    /// use procmon_parser::filter::Query;
    ///
    /// let read = |name: &str| Ok(std::fs::read_to_string(name)?);
    /// let query = Query::parse_with("PID is 4 and Path in (C:\\a.txt, C:\\b.txt)", read)?;
    /// assert!(Query::parse_with("Path contains any of @no-such-file.txt", read).is_err());
    /// # assert_eq!(query.comparisons().count(), 2);
    /// # Ok::<(), procmon_parser::Error>(())
    /// ```
    ///
    /// # Errors
    /// If the text is not a valid query, or if `read` fails.
    pub fn parse_with(text: &str, mut read: impl FnMut(&str) -> Result<String>) -> Result<Self> {
        let mut parser = Parser { text, rest: text.trim_start(), depth: 0, read: &mut read };
        let node = parser.any()?;
        if parser.rest.is_empty() { Ok(Self(node)) } else { Err(parser.bad("`and` or `or`, or the end of the query")) }
    }
}

/// Parses a query from left to right.
struct Parser<'t, 'r> {
    text: &'t str,
    rest: &'t str,
    depth: usize,
    /// Returns the text of the file with a list.
    read: &'r mut dyn FnMut(&str) -> Result<String>,
}

impl Parser<'_, '_> {
    fn bad(&self, expected: &'static str) -> Error {
        self.unknown(expected, None)
    }

    fn unknown(&self, expected: &'static str, suggestion: Option<&'static str>) -> Error {
        Error::bad_query(self.text, self.text.len() - self.rest.len(), expected, suggestion)
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
        let column = self.column()?;
        #[cfg(feature = "regex")]
        if self.word("matches") {
            let pattern = self.value()?;
            let regex = regex::RegexBuilder::new(&pattern).case_insensitive(true).build();
            let regex = regex.map_err(|error| self.bad_regex(error))?;
            return Ok(match column {
                Some(column) => Comparison::Regex(column, regex),
                None => Comparison::any_regex(&regex),
            });
        }
        let is_list = self.word("in");
        let relation = if is_list { Relation::IS } else { self.relation()? };
        if is_list || (self.word("any") && self.expect_word("of")?) {
            return self.any_of(column, relation);
        }
        self.compare(column, relation)
    }

    /// Parses a column; returns `None` for `any`.
    fn column(&mut self) -> Result<Option<Column>> {
        if self.word("any") {
            return Ok(None);
        }
        let (column, rest) = split_column(self.rest).ok_or_else(|| {
            // The name ends before the first relation, if there is one.
            let relations = Relation::ALL.iter().filter_map(|relation| relation.name()).chain(["in", "matches"]);
            let ends = relations.filter_map(|name| self.rest.to_ascii_lowercase().find(&format!(" {name} ")));
            let end = ends.min().or_else(|| self.rest.find(' ')).unwrap_or(self.rest.len());
            let name = self.rest.get(..end).unwrap_or_default();
            let known = Column::ALL.iter().filter_map(|column| column.name());
            self.unknown(A_COLUMN, similar::most_similar(name, known))
        })?;
        self.rest = rest;
        Ok(Some(column))
    }

    fn relation(&mut self) -> Result<Relation> {
        let (relation, rest) = split_relation(self.rest).ok_or_else(|| {
            let mut words = self.rest.split_whitespace();
            let [first, second] = [words.next().unwrap_or_default(), words.next().unwrap_or_default()];
            let known = || Relation::ALL.iter().filter_map(|relation| relation.name());
            let two = similar::most_similar(&format!("{first} {second}"), known());
            self.unknown(A_RELATION, two.or_else(|| similar::most_similar(first, known())))
        })?;
        self.rest = rest;
        Ok(relation)
    }

    fn expect_word(&mut self, word: &'static str) -> Result<bool> {
        if self.word(word) { Ok(true) } else { Err(self.bad("`of` after `any`; a value `any` needs quotation marks")) }
    }

    /// Parses the value of a comparison.
    fn compare(&mut self, column: Option<Column>, relation: Relation) -> Result<Comparison> {
        let before = self.rest;
        let value = self.value()?;
        let Some(column) = column else { return self.any_column(relation, value) };
        Comparison::new(column, relation, &value).ok_or_else(|| {
            self.rest = before;
            self.bad(type_of_values(column))
        })
    }

    fn any_column(&self, relation: Relation, value: String) -> Result<Comparison> {
        match relation {
            Relation::LESS_THAN | Relation::MORE_THAN => {
                Err(self.bad("a relation that compares text before this value"))
            }
            _ => Ok(Comparison::any_column(relation, &value)),
        }
    }

    /// Parses the list of a comparison with several values. One of them must match; `is not` and `excludes` must hold
    /// for all of them.
    fn any_of(&mut self, column: Option<Column>, relation: Relation) -> Result<Comparison> {
        let at = self.text.len() - self.rest.len();
        let values = self.list()?;
        let compare = |relation| {
            let compare = |value: &String| match column {
                Some(column) => Comparison::new(column, relation, value),
                None => Some(Comparison::any_column(relation, value)),
            };
            values.iter().map(compare).collect()
        };
        Comparison::alternatives(relation, compare)
            .ok_or_else(|| Error::bad_query(self.text, at, column.map_or("text", type_of_values), None))
    }

    /// Parses `@FILE` or values in parentheses, separated by commas, which can include `@FILE`.
    fn list(&mut self) -> Result<Vec<String>> {
        let mut values = Vec::new();
        let Some(inside) = self.rest.strip_prefix('(') else {
            if !self.rest.starts_with('@') {
                return Err(self.bad("a list of values in parentheses, or `@FILE`"));
            }
            self.rest = self.rest.get(1..).unwrap_or_default();
            let name = self.value()?;
            return self.read_values(&name);
        };
        self.rest = inside.trim_start();
        loop {
            match self.rest.strip_prefix('@') {
                Some(name) => {
                    self.rest = name;
                    let name = self.value_until(&[',', ')'])?;
                    values.extend(self.read_values(&name)?);
                }
                None => values.push(self.value_until(&[',', ')'])?),
            }
            if let Some(rest) = self.rest.strip_prefix(')') {
                self.rest = rest.trim_start();
                return Ok(values);
            }
            self.rest = self.rest.strip_prefix(',').ok_or_else(|| self.bad("a comma or a closing parenthesis"))?;
            self.rest = self.rest.trim_start();
        }
    }

    #[cfg(feature = "regex")]
    fn bad_regex(&self, error: regex::Error) -> Error {
        Error::new(crate::error::ErrorKind::InvalidRegex { message: error.to_string() })
    }

    fn read_values(&mut self, name: &str) -> Result<Vec<String>> {
        let text = (self.read)(name)?;
        Ok(list::lines(&text).map(|(_, value)| value.to_owned()).collect())
    }

    /// Parses a value in quotation marks, or one that ends before `and`, `or`, an unpaired closing parenthesis, or the
    /// end of the query.
    fn value(&mut self) -> Result<String> {
        self.value_until(&[])
    }

    /// Parses a value. If there are `ends`, a value without quotation marks ends before one of these characters, and
    /// can contain `and` and `or`.
    fn value_until(&mut self, ends: &[char]) -> Result<String> {
        let (value, rest) = match self.rest.strip_prefix('"') {
            Some(quoted) => {
                let (units, rest) = unquote(quoted).ok_or_else(|| self.bad("a quotation mark after the value"))?;
                (String::from_utf16_lossy(&units), rest)
            }
            None => {
                let (bare, rest) = self.rest.split_at_checked(end_of_bare(self.rest, ends)).unwrap_or_default();
                (bare.trim_end().to_owned(), rest)
            }
        };
        if rest.len() == self.rest.len() {
            return Err(self.bad("a value (an empty one is `\"\"`)"));
        }
        self.rest = rest.trim_start();
        Ok(value)
    }
}

/// Returns the length of the value at the start of the text.
fn end_of_bare(text: &str, ends: &[char]) -> usize {
    let mut open = 0_usize;
    for (at, character) in text.char_indices() {
        match character {
            '(' => open += 1,
            ')' if open == 0 => return at,
            ')' => open -= 1,
            _ if open == 0 && ends.contains(&character) => return at,
            _ if ends.is_empty() && character.is_whitespace() => {
                let following = text.get(at..).unwrap_or_default().trim_start();
                if ["and", "or"].into_iter().any(|word| split_word(following, word).is_some() || opens(following, word))
                {
                    return at;
                }
            }
            _ => {}
        }
    }
    text.len()
}

/// Returns true if the text starts with a word and an opening parenthesis.
fn opens(text: &str, word: &str) -> bool {
    let split = text.split_at_checked(word.len());
    split.is_some_and(|(start, rest)| start.eq_ignore_ascii_case(word) && rest.starts_with('('))
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
        for text in
            ["any less than 4", "Path in", "Path in (a", "Path in (a,", "Path in @a", "PID in (4, x)", "Path is any a"]
        {
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

    #[test]
    fn misspelled_names_are_suggested() {
        for (text, expected) in [
            ("Proces Name is a", "Process Name"),
            ("pth contains a", "Path"),
            ("PID is 4 and Operaton is CreateFile", "Operation"),
            ("Path containes a", "contains"),
            ("Path begin with a", "begins with"),
            ("Path equals a", ""),
        ] {
            let message = text.parse::<Query>().unwrap_err().to_string();
            let suggestion = message.split("did you mean `").nth(1).unwrap_or_default();
            assert_eq!(suggestion.split('`').next(), Some(expected), "{text}: {message}");
        }
    }

    #[test]
    fn values_can_have_blanks_and_parentheses() {
        for (text, expected) in [
            ("Path is C:\\Program Files (x86)\\a b", &["Path is C:\\Program Files (x86)\\a b"][..]),
            (
                "Result is NAME NOT FOUND and (Path is a b) or Path is c",
                &["Result is NAME NOT FOUND", "Path is a b", "Path is c"],
            ),
            ("not (Path is and and(Path contains or))", &["Path is and", "Path contains or"]),
            (
                "Path in (a b, \"c, d\", e (f, g)) and PID in (4, 8)",
                &["Path in (a b, \"c, d\", e (f, g))", "PID in (4, 8)"],
            ),
            ("any contains a b", &["any contains a b"]),
        ] {
            let query: Query = text.parse().unwrap();
            assert_eq!(query.comparisons().collect::<Vec<_>>(), expected, "{text}");
        }
    }

    #[test]
    fn lists_can_be_in_files() {
        let mut names = Vec::new();
        let read = |name: &str| {
            names.push(name.to_owned());
            Ok("# values\na\nb".to_owned())
        };
        Query::parse_with("Path in @one.txt and Path contains any of (@two words.txt, c)", read).unwrap();
        assert_eq!(names, ["one.txt", "two words.txt"]);
    }
}
