//! The relations and actions of filter rules.

use crate::wire::macros::codes;

codes! {
    /// The comparison of a column with the value of a rule; the name is that of the filter dialog.
    ///
    /// ```
    /// use procmon_parser::code::Relation;
    ///
    /// assert_eq!("begins with".parse::<Relation>()?, Relation::BEGINS_WITH);
    /// assert_eq!(Relation(8).name(), None);
    /// # Ok::<(), procmon_parser::Error>(())
    /// ```
    pub struct Relation(u32) {
        /// Equal.
        IS = 0 => "is",
        /// Not equal.
        IS_NOT = 1 => "is not",
        /// Sorts before the value.
        LESS_THAN = 2 => "less than",
        /// Sorts after the value.
        MORE_THAN = 3 => "more than",
        /// Begins with the value.
        BEGINS_WITH = 4 => "begins with",
        /// Ends with the value.
        ENDS_WITH = 5 => "ends with",
        /// Contains the value.
        CONTAINS = 6 => "contains",
        /// Does not contain the value.
        EXCLUDES = 7 => "excludes",
    }
}

impl Relation {
    /// Returns true if the relation compares text even on columns that hold numbers.
    #[must_use]
    pub const fn is_textual(self) -> bool {
        matches!(self, Self::BEGINS_WITH | Self::ENDS_WITH | Self::CONTAINS | Self::EXCLUDES)
    }
}

codes! {
    /// The action on events that a rule matches.
    ///
    /// ```
    /// use procmon_parser::code::Action;
    ///
    /// assert_eq!("include".parse::<Action>()?, Action::INCLUDE);
    /// # Ok::<(), procmon_parser::Error>(())
    /// ```
    pub struct Action(u8) {
        /// They are hidden.
        EXCLUDE = 0 => "Exclude",
        /// They are shown, if the other rules agree.
        INCLUDE = 1 => "Include",
    }
}
