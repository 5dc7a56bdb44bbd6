//! Parses filters from text: lists of values and lists of rules.

use std::str::FromStr;

use super::{Clock, Filter, Rule};
use crate::code::{Action, Column, Relation};
use crate::error::{Error, Result};

impl Filter {
    /// Creates a filter with a rule for each line of `text`, such as a list of indicators. Lines are trimmed. Empty
    /// lines, lines that begin with `#` and a byte-order mark are ignored. Equal lines give one rule.
    ///
    /// An event is tested against thousands of such rules in about the time of one.
    ///
    /// ```
    /// use procmon_parser::Filter;
    /// use procmon_parser::code::{Action, Column, Relation};
    ///
    /// let list = "# dropped files\nmimikatz\n\\Temp\\svc.exe\n";
    /// let filter = Filter::from_values(list, Column::PATH, Relation::CONTAINS, Action::INCLUDE);
    /// assert_eq!(filter.rules()[1].to_string(), r"Path contains \Temp\svc.exe then Include");
    /// ```
    #[must_use]
    pub fn from_values(text: &str, column: Column, relation: Relation, action: Action) -> Self {
        let mut filter = Self::new();
        filter.add_all(lines(text).map(|(_, value)| Rule::new(column, relation, value, action)));
        filter
    }

    /// Parses text that has the [sentence](Rule#the-sentence) of a rule on each line, as if typed at the time of
    /// `clock`. Empty lines, lines that begin with `#` and a byte-order mark are ignored. The rules keep their order.
    ///
    /// # Errors
    /// If a line is not a rule. The error has the number of the line.
    pub fn parse_at(text: &str, clock: Clock) -> Result<Self> {
        lines(text).map(|(number, line)| Rule::parse_at(line, clock).map_err(|error| error.in_line(number))).collect()
    }
}

impl FromStr for Filter {
    type Err = Error;

    /// Parses a sentence on each line; see [`parse_at`](Self::parse_at). Dates are in UTC. Dates without a year are in
    /// the current year.
    fn from_str(text: &str) -> Result<Self> {
        Self::parse_at(text, Clock::utc_now())
    }
}

/// Returns the lines that have a value, trimmed, with their numbers from 1.
pub(super) fn lines(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let lines = text.trim_start_matches('\u{FEFF}').lines().map(str::trim);
    (1..).zip(lines).filter(|(_, line)| !line.is_empty() && !line.starts_with('#'))
}

#[cfg(test)]
mod tests {
    use crate::code::{Action, Column, Relation};
    use crate::filter::{Filter, Rule};

    #[test]
    fn lists_of_values() {
        let text = "\u{FEFF}a\r\n\n # comment\n  b c  \na\n#\nthen Include";
        let filter = Filter::from_values(text, Column::PATH, Relation::CONTAINS, Action::EXCLUDE);
        assert_eq!(filter, ["a", "b c", "then Include"].map(|value| Rule::path().contains(value).exclude()).into());
        assert!(Filter::from_values("", Column::PATH, Relation::IS, Action::INCLUDE).is_empty());
    }

    #[test]
    fn lists_of_rules() {
        let text = "# rules\n\nPath contains b then Include\r\nPID is 4 then Exclude\nPath contains a then Include";
        let sentences: Vec<_> = text.parse::<Filter>().unwrap().iter().map(ToString::to_string).collect();
        assert_eq!(
            sentences,
            ["Path contains b then Include", "PID is 4 then Exclude", "Path contains a then Include"]
        );
        let error = "\n# c\nPath is a then Include\nPath is b".parse::<Filter>().unwrap_err();
        assert!(error.to_string().starts_with("line 4: invalid rule \"Path is b\""), "{error}");
    }
}
