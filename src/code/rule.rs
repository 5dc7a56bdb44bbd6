//! The relations and actions of filter rules.

use crate::wire::macros::codes;

codes! {
    /// The comparison of a column with the value of a rule. The name is that of Procmon's filter dialog.
    ///
    /// ```
    /// use procmon_parser::code::Relation;
    ///
    /// assert_eq!("begins with".parse::<Relation>()?, Relation::BEGINS_WITH);
    /// assert_eq!(Relation(8).name(), None);
    /// # Ok::<(), procmon_parser::Error>(())
    /// ```
    pub struct Relation(u32) {
        /// The column equals the value.
        IS = 0 => "is",
        /// The column does not equal the value.
        IS_NOT = 1 => "is not",
        /// The column sorts before the value.
        LESS_THAN = 2 => "less than",
        /// The column sorts after the value.
        MORE_THAN = 3 => "more than",
        /// The column begins with the value.
        BEGINS_WITH = 4 => "begins with",
        /// The column ends with the value.
        ENDS_WITH = 5 => "ends with",
        /// The column contains the value.
        CONTAINS = 6 => "contains",
        /// The column does not contain the value.
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
        /// Hides the events.
        EXCLUDE = 0 => "Exclude",
        /// Shows the events, unless another rule hides them.
        INCLUDE = 1 => "Include",
    }
}
