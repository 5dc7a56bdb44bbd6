//! What the rules of filters are made of, beside columns.

use crate::wire::macros::codes;

codes! {
    /// How a rule compares the text or number of a column with its value; the name is that of the filter dialog.
    ///
    /// ```
    /// use procmon_parser::code::Relation;
    ///
    /// assert_eq!("begins with".parse::<Relation>().unwrap(), Relation::BEGINS_WITH);
    /// assert_eq!(Relation(8).name(), None);
    /// ```
    pub struct Relation(u32) {
        /// Equal.
        IS = 0 => "is",
        /// Not equal.
        IS_NOT = 1 => "is not",
        /// Sorts before the value.
        LESS_THAN = 2 => "less than",
        /// Sorts behind the value.
        MORE_THAN = 3 => "more than",
        /// The value is the beginning.
        BEGINS_WITH = 4 => "begins with",
        /// The value is the end.
        ENDS_WITH = 5 => "ends with",
        /// The value is a part.
        CONTAINS = 6 => "contains",
        /// The value is no part.
        EXCLUDES = 7 => "excludes",
    }
}

codes! {
    /// What becomes of the events that a rule matches.
    ///
    /// ```
    /// use procmon_parser::code::Action;
    ///
    /// assert_eq!("include".parse::<Action>().unwrap(), Action::INCLUDE);
    /// ```
    pub struct Action(u8) {
        /// They are not shown.
        EXCLUDE = 0 => "Exclude",
        /// They are shown, if the other rules let them.
        INCLUDE = 1 => "Include",
    }
}
