//! Compares numbers with many rules at once.

use super::needle::Needle;
use super::set::NeedleSet;
use crate::code::Relation;
use crate::filter::Rule;
use crate::text::Style;

/// The rules of a run on a column of numbers. One match is enough.
#[derive(Clone, Debug)]
pub(super) struct Numbers {
    /// The numbers of the rules with `is`, sorted.
    is: Vec<i64>,
    /// The number of the rules with `is not`. If they have two numbers, one of them always matches: see `matches_all`.
    is_not: Option<i64>,
    /// The largest number of the rules with `less than`.
    less_than: i64,
    /// The smallest number of the rules with `more than`.
    more_than: i64,
    /// True if every number matches.
    matches_all: bool,
    /// The rules with other relations, which compare the text into which Procmon formats the number.
    texts: Option<NeedleSet>,
}

impl Numbers {
    pub(super) fn new<'r>(rules: impl Iterator<Item = &'r Rule>) -> Self {
        let (mut is, mut texts) = (Vec::new(), Vec::new());
        let (mut is_not, mut less_than, mut more_than, mut matches_all) = (None, i64::MIN, i64::MAX, false);
        for rule in rules {
            let number = rule.number();
            match rule.relation() {
                Relation::IS => is.push(number),
                Relation::IS_NOT => matches_all |= *is_not.get_or_insert(number) != number,
                Relation::LESS_THAN => less_than = less_than.max(number),
                Relation::MORE_THAN => more_than = more_than.min(number),
                relation => texts.extend(Needle::new(relation, rule.value_units())),
            }
        }
        is.sort_unstable();
        let texts = (!texts.is_empty()).then(|| NeedleSet::new(texts));
        Self { is, is_not, less_than, more_than, matches_all, texts }
    }

    /// Returns true if one of the rules matches a number.
    #[inline]
    pub(super) fn any(&self, number: i64, style: &Style) -> bool {
        self.matches_all
            || number < self.less_than
            || number > self.more_than
            || self.is_not.is_some_and(|not| number != not)
            || self.is.binary_search(&number).is_ok()
            || self.texts.as_ref().is_some_and(|texts| texts.any(|out| style.write_ticks(number, out)))
    }
}
