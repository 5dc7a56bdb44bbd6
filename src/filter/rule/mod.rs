//! Rules, with their builders, their sentences and their numbers.

pub(super) mod build;
mod clock;
pub(super) mod column;
pub(super) mod date;
pub(super) mod number;
pub(super) mod sentence;

pub use build::{BoolColumn, Condition, LuidColumn, NumberColumn, TextColumn, TicksColumn, TimeColumn};
pub use clock::Clock;

use std::fmt;

use crate::code::{Action, Column, Relation};

/// A rule of a filter: column, relation, value, action, and the number that Procmon stores with the value.
///
/// `Display` and `FromStr` use a sentence that reads like the filter dialog: the column, the relation, the value,
/// `then`, the action.
///
/// ```
/// use procmon_parser::Rule;
/// use procmon_parser::code::{Action, Column, Relation};
///
/// let rule: Rule = r"Path begins with C:\Windows then Exclude".parse()?;
/// assert_eq!(rule, Rule::new(Column::PATH, Relation::BEGINS_WITH, r"C:\Windows", Action::EXCLUDE));
/// assert_eq!(rule, Rule::path().begins_with(r"C:\Windows").exclude());
/// assert_eq!(rule.to_string(), r"Path begins with C:\Windows then Exclude");
/// # Ok::<(), procmon_parser::Error>(())
/// ```
///
/// # The sentence
/// Names are matched without regard to ASCII case; codes without a name are hexadecimal numbers (`0x9C40 is a then
/// Include`). A value is written as it is, up to the last ` then ` of the sentence, or in quotation marks. It needs
/// quotation marks if it is empty, begins or ends with a blank, begins with a quotation mark, or has invisible
/// characters. Within quotation marks, `""` is one quotation mark, and `<U+000A>` is the character or unpaired
/// surrogate with this number. A backslash has no special meaning.
///
/// ```
/// use procmon_parser::Rule;
///
/// let rule: Rule = r#"Detail contains "say ""then"" <U+000D><U+000A>" then Include"#.parse()?;
/// assert_eq!(rule.value(), "say \"then\" \r\n");
/// assert_eq!(rule.to_string().parse::<Rule>()?, rule);
/// # Ok::<(), procmon_parser::Error>(())
/// ```
///
/// A number other than the one that Procmon computes from the value follows the value:
/// `PID is 99 with number 12 then Include`. Dates in values are read as UTC.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Rule {
    column: Column,
    relation: Relation,
    action: Action,
    /// Without NUL: Procmon ignores a value from its first NUL on.
    value: Box<[u16]>,
    number: i64,
}

impl Rule {
    /// Creates the rule that the filter dialog creates from a value typed in UTC, including its [number](Self::number).
    /// The value ends at its first NUL.
    #[must_use]
    pub fn new(column: Column, relation: Relation, value: &str, action: Action) -> Self {
        Self::without_number(column, relation, value.encode_utf16(), action).typed_at(Clock::utc_now())
    }

    /// Like [`new`](Self::new), with a value of UTF-16 code units, which may include unpaired surrogates.
    ///
    /// ```
    /// use procmon_parser::code::{Action, Relation};
    /// use procmon_parser::{Column, Rule};
    ///
    /// let rule = Rule::from_units(Column::PATH, Relation::CONTAINS, &[0xD800], Action::INCLUDE);
    /// assert_eq!(rule.to_string(), r#"Path contains "<U+D800>" then Include"#);
    /// ```
    #[must_use]
    pub fn from_units(column: Column, relation: Relation, value: &[u16], action: Action) -> Self {
        Self::without_number(column, relation, value.iter().copied(), action).typed_at(Clock::utc_now())
    }

    pub(crate) fn without_number(
        column: Column,
        relation: Relation,
        value: impl IntoIterator<Item = u16>,
        action: Action,
    ) -> Self {
        let value = value.into_iter().take_while(|&unit| unit != 0).collect();
        Self { column, relation, action, value, number: 0 }
    }

    /// Returns the rule with the given number.
    #[must_use]
    pub fn with_number(self, number: i64) -> Self {
        Self { number, ..self }
    }

    /// Returns the rule with the given action.
    #[must_use]
    pub fn with_action(self, action: Action) -> Self {
        Self { action, ..self }
    }

    /// Returns the rule with the number that Procmon computes when the value is typed at this time: a time in the value
    /// is local, and a date without a year is in the current year.
    ///
    /// ```
    /// use procmon_parser::filter::Clock;
    /// use procmon_parser::{FileTime, Rule};
    ///
    /// let july_2020 = FileTime(132_390_000_000_000_000);
    /// let clock = Clock::new(july_2020, "+02:00".parse()?);
    /// let rule: Rule = "Date & Time more than 7/12 2:00 AM then Include".parse()?;
    /// assert_eq!(rule.typed_at(clock).number(), 132_389_856_000_000_000); // 2020-07-12, midnight UTC
    /// # Ok::<(), procmon_parser::Error>(())
    /// ```
    #[must_use]
    pub fn typed_at(self, clock: Clock) -> Self {
        let number = self.typed_number(clock);
        self.with_number(number)
    }

    /// Returns the column that the rule compares.
    #[must_use]
    pub fn column(&self) -> Column {
        self.column
    }

    /// Returns the relation by which the column is compared with the value.
    #[must_use]
    pub fn relation(&self) -> Relation {
        self.relation
    }

    /// Returns the action on the events that the rule matches: include or exclude.
    #[must_use]
    pub fn action(&self) -> Action {
        self.action
    }

    /// Returns the value as text, with U+FFFD for each unpaired surrogate.
    #[must_use]
    pub fn value(&self) -> String {
        String::from_utf16_lossy(&self.value)
    }

    /// Returns the UTF-16 code units of the value, without NUL.
    #[must_use]
    pub fn value_units(&self) -> &[u16] {
        &self.value
    }

    /// Returns the number that is stored with the value: for columns that hold numbers, an id, a span in 100-ns ticks,
    /// or a time in 100-ns ticks since 1601 (UTC). On these columns, the relations `is`, `is not`, `less than` and
    /// `more than` compare this number and ignore the value.
    #[must_use]
    pub fn number(&self) -> i64 {
        self.number
    }

    /// Returns the number that Procmon computes from the value when it is typed at this time.
    #[must_use]
    pub fn typed_number(&self, clock: Clock) -> i64 {
        number::typed(self.column, &self.value(), clock)
    }

    /// Returns true if Procmon knows the relation, and its rules on the column can match. Other rules match no event.
    pub(super) fn can_match(&self) -> bool {
        column::can_match(self.column) && self.relation.name().is_some()
    }

    /// Returns true if the rule compares its number instead of its value.
    pub(super) fn compares_number(&self) -> bool {
        column::is_number(self.column) && !self.relation.is_textual()
    }
}

impl fmt::Debug for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Rule({self})")
    }
}

#[cfg(feature = "serde")]
impl serde::Serialize for Rule {
    /// Serializes the sentence and its parts, with names as text.
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        use serde::ser::SerializeStruct;
        let mut fields = serializer.serialize_struct("Rule", 6)?;
        fields.serialize_field("rule", &format_args!("{self}"))?;
        fields.serialize_field("column", &format_args!("{}", self.column))?;
        fields.serialize_field("relation", &format_args!("{}", self.relation))?;
        fields.serialize_field("value", &self.value())?;
        fields.serialize_field("action", &format_args!("{}", self.action))?;
        fields.serialize_field("number", &self.number)?;
        fields.end()
    }
}
