//! A rule: column, relation, value, action, and the number that Procmon keeps beside the value.

use std::fmt;
use std::time::SystemTime;

use chrono::{DateTime, FixedOffset, Utc};

use super::number;
use crate::code::{Action, Column, Relation};

/// A rule of a filter.
///
/// `Display` and `FromStr` have it as a sentence that reads like the filter dialog: the column, the relation, the
/// value, `then`, the action.
///
/// ```
/// use procmon_parser::Rule;
/// use procmon_parser::code::{Action, Column, Relation};
///
/// let rule: Rule = r"Path begins with C:\Windows then Exclude".parse().unwrap();
/// assert_eq!(rule, Rule::new(Column::PATH, Relation::BEGINS_WITH, r"C:\Windows", Action::EXCLUDE));
/// assert_eq!(rule.to_string(), r"Path begins with C:\Windows then Exclude");
/// ```
///
/// # The sentence
/// Names are read without regard to ASCII case; codes without a name are hexadecimal numbers (`0x9C40 is a then
/// Include`). A value stands as it is, up to the last ` then ` of the sentence, or in quotation marks. It needs them
/// where it is empty, begins or ends with a blank, begins with a quotation mark, or has characters that cannot be
/// seen. Within quotation marks `""` is one quotation mark, and `<U+000A>` is the character (or the half of a surrogate
/// pair) with this number; a backslash is a backslash.
///
/// ```
/// use procmon_parser::Rule;
///
/// let rule: Rule = r#"Detail contains "say ""then"" <U+000D><U+000A>" then Include"#.parse().unwrap();
/// assert_eq!(rule.value(), "say \"then\" \r\n");
/// assert_eq!(rule.to_string().parse::<Rule>().unwrap(), rule);
/// ```
///
/// A number that is not the one that Procmon computes of the value is told behind it:
/// `PID is 99 with number 12 then Include`. Dates in values are taken for UTC.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Rule {
    column: Column,
    relation: Relation,
    action: Action,
    value: Box<[u16]>,
    number: i64,
}

impl Rule {
    /// A rule as it is typed into the filter dialog by someone in UTC; its [number](Self::number) is computed of the
    /// value as Procmon computes it.
    #[must_use]
    pub fn new(column: Column, relation: Relation, value: &str, action: Action) -> Self {
        Self::typed_at(column, relation, value, action, utc_now())
    }

    /// A rule as it is typed into the filter dialog when the clock of the computer says `now`: a time in the value is
    /// one of its zone, and a date without a year is one of its year.
    ///
    /// ```
    /// use procmon_parser::Rule;
    /// use procmon_parser::code::{Action, Column, Relation};
    ///
    /// let now = "2020-07-12T09:00:00+02:00".parse().unwrap();
    /// let since = |value| Rule::typed_at(Column::DATE_AND_TIME, Relation::MORE_THAN, value, Action::INCLUDE, now);
    /// assert_eq!(since("7/12 2:00 AM").number(), 132_389_856_000_000_000); // 2020-07-12, midnight UTC
    /// ```
    #[must_use]
    pub fn typed_at(
        column: Column,
        relation: Relation,
        value: &str,
        action: Action,
        now: DateTime<FixedOffset>,
    ) -> Self {
        let number = number::typed(column, value, now);
        Self::from_units(column, relation, value.encode_utf16().collect(), action, number)
    }

    /// A rule as it is stored: any UTF-16 code units, unpaired surrogates included, and any number.
    #[must_use]
    pub fn from_units(column: Column, relation: Relation, value: Box<[u16]>, action: Action, number: i64) -> Self {
        Self { column, relation, action, value, number }
    }

    /// The rule with another number.
    #[must_use]
    pub fn with_number(self, number: i64) -> Self {
        Self { number, ..self }
    }

    /// The column that is looked at.
    #[must_use]
    pub fn column(&self) -> Column {
        self.column
    }

    /// How it is compared with the value.
    #[must_use]
    pub fn relation(&self) -> Relation {
        self.relation
    }

    /// What becomes of the events that the rule matches.
    #[must_use]
    pub fn action(&self) -> Action {
        self.action
    }

    /// The value as text, with U+FFFD for each unpaired surrogate.
    #[must_use]
    pub fn value(&self) -> String {
        String::from_utf16_lossy(&self.value)
    }

    /// The UTF-16 code units of the value. Procmon looks at those before the first NUL.
    #[must_use]
    pub fn value_units(&self) -> &[u16] {
        &self.value
    }

    /// The number that is stored beside the value, for the columns that hold numbers: an id, or ticks of 100 ns, or a
    /// time as ticks since 1601 in UTC. Their relations `is`, `is not`, `less than` and `more than` look at it only,
    /// and never at the value.
    #[must_use]
    pub fn number(&self) -> i64 {
        self.number
    }

    /// The number that Procmon computes of the value when it is typed while the clock says `now`.
    #[must_use]
    pub fn typed_number(&self, now: DateTime<FixedOffset>) -> i64 {
        number::typed(self.column, &self.value(), now)
    }
}

impl fmt::Debug for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Rule({self})")
    }
}

/// The clock, in UTC.
pub(super) fn utc_now() -> DateTime<FixedOffset> {
    DateTime::<Utc>::from(SystemTime::now()).fixed_offset()
}
