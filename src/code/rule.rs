//! The relations and actions of filter rules.

use crate::wire::macros::codes;

codes! {
    /// The relation that a rule tests between a column and its value, with the name in Procmon's filter dialog.
    ///
    /// Comparisons of text ignore ASCII case.
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
        /// The column is less than the value: as a number, or in the order of UTF-16 code units if the column holds
        /// text.
        LESS_THAN = 2 => "less than",
        /// The column is greater than the value, in the same order.
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
    /// Returns true if the relation compares text even for a column that holds numbers.
    #[must_use]
    pub const fn is_textual(self) -> bool {
        matches!(self, Self::BEGINS_WITH | Self::ENDS_WITH | Self::CONTAINS | Self::EXCLUDES)
    }
}

codes! {
    /// The effect of a rule on the events of a log.
    ///
    /// ```
    /// use procmon_parser::code::Action;
    ///
    /// assert_eq!("include".parse::<Action>()?, Action::INCLUDE);
    /// # Ok::<(), procmon_parser::Error>(())
    /// ```
    pub struct Action(u8) {
        /// Hides the events that match the rule.
        EXCLUDE = 0 => "Exclude",
        /// Hides the events that do not match the rule. Adjacent include rules for the same column are alternatives:
        /// they hide the events that match none of them.
        INCLUDE = 1 => "Include",
    }
}
