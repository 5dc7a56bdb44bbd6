//! Rules as they lie in configurations, and the files of single filters (PMF).
//!
//! ```text
//! u8 lead, u32 count | u32 column, u32 relation, u8 action, u32 value_size, value, i64 number | ...
//! ```

use std::cmp::Reverse;
use std::collections::{BTreeMap, HashSet};
use std::fmt;
use std::fs;
use std::path::Path;

use binrw::{BinRead, BinWrite, binrw};

use crate::code::{Action, Column, Relation};
use crate::error::{Error, Result};
use crate::filter::{Filter, Rule};
use crate::wire::PmlStr;
use crate::wire::cursor::Cursor;

/// The head of a rule; its value follows, and the number.
#[binrw]
#[brw(little)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct RuleHead {
    #[br(map = Column)]
    #[bw(map = |column| column.0)]
    column: Column,
    #[br(map = Relation)]
    #[bw(map = |relation| relation.0)]
    relation: Relation,
    #[br(map = Action)]
    #[bw(map = |action| action.0)]
    action: Action,
    value_size: u32,
}

impl RuleHead {
    const SIZE: usize = 13;
}

/// Bytes of the shortest rule.
const SHORTEST: usize = RuleHead::SIZE + size_of::<i64>();

/// A rule as it is stored: with the bytes of its value, which need not end in a NUL nor be whole UTF-16 units.
#[derive(Clone, PartialEq, Eq)]
pub struct StoredRule {
    /// The column that is looked at.
    pub column: Column,
    /// How it is compared with the value.
    pub relation: Relation,
    /// What becomes of the events that the rule matches.
    pub action: Action,
    /// The value, UTF-16LE with a NUL; no bytes at all where it is empty.
    pub value: Vec<u8>,
    /// The value as a number, see [`Rule::number`].
    pub number: i64,
}

impl StoredRule {
    fn read(cursor: &mut Cursor<'_>) -> Result<Self> {
        let mut head = std::io::Cursor::new(cursor.bytes(RuleHead::SIZE, "rule.head")?);
        let head = RuleHead::read_le(&mut head).map_err(|_| Error::truncated(0, "rule.head", 13, 0))?;
        let value = cursor.bytes(head.value_size as usize, "rule.value")?.to_vec();
        let number = cursor.read::<u64>("rule.number")?.cast_signed();
        Ok(Self { column: head.column, relation: head.relation, action: head.action, value, number })
    }

    fn append_to(&self, bytes: &mut Vec<u8>) {
        let value_size = u32::try_from(self.value.len()).unwrap_or(u32::MAX);
        let head = RuleHead { column: self.column, relation: self.relation, action: self.action, value_size };
        let mut out = std::io::Cursor::new(Vec::with_capacity(RuleHead::SIZE));
        // Writing into memory does not fail.
        let _ = head.write_le(&mut out);
        bytes.extend(out.into_inner());
        bytes.extend_from_slice(&self.value);
        bytes.extend_from_slice(&self.number.to_le_bytes());
    }

    /// The rule. Its value is what Procmon takes for it: the units before the first NUL.
    #[must_use]
    pub fn to_rule(&self) -> Rule {
        let value = PmlStr::utf16(&self.value).until_nul().units().collect();
        Rule::from_units(self.column, self.relation, value, self.action, self.number)
    }

    fn place(&self) -> Place {
        (Reverse(self.action), self.column)
    }
}

/// Where the filter dialog puts a rule: those that include first, then by the id of the column.
type Place = (Reverse<Action>, Column);

impl From<&Rule> for StoredRule {
    fn from(rule: &Rule) -> Self {
        let units = rule.value_units();
        let end: &[u16] = if units.is_empty() { &[] } else { &[0] };
        Self {
            column: rule.column(),
            relation: rule.relation(),
            action: rule.action(),
            value: units.iter().chain(end).copied().flat_map(u16::to_le_bytes).collect(),
            number: rule.number(),
        }
    }
}

impl fmt::Debug for StoredRule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.to_rule().fmt(f)
    }
}

/// The rules of a configuration, in their order: those that filter, or those that highlight.
///
/// Rules that come from a file keep their bytes, whatever is added to them or taken away.
///
/// Procmon asks runs of adjacent rules of one column and action as one question, so the order counts. Rules that are
/// added are therefore put with their like, and else where the filter dialog puts them: those that include first, by
/// the id of their columns. A list that was stored in another order stays in it until it is [sorted](Self::sort).
///
/// ```
/// use procmon_parser::Rule;
/// use procmon_parser::pmc::RuleList;
///
/// let mut rules = RuleList::new();
/// rules.add(&Rule::path().contains("python").include());
/// rules.add(&Rule::process_name().is("System").exclude());
/// rules.add(&Rule::path().ends_with(".py").include());
/// let sentences: Vec<_> = rules.rules().map(|rule| rule.to_string()).collect();
/// assert_eq!(sentences[1], "Path ends with .py then Include");
/// ```
#[derive(Clone, Default, PartialEq, Eq)]
pub struct RuleList {
    /// A byte that Procmon writes as 1 and does not look at; `None` in a value without bytes.
    lead: Option<u8>,
    rules: Vec<StoredRule>,
    /// What stands behind the last rule.
    trailing: Vec<u8>,
}

impl RuleList {
    /// No rules.
    #[must_use]
    pub fn new() -> Self {
        Self { lead: Some(1), ..Self::default() }
    }

    /// Reads the value of FilterRules or HighlightRules.
    ///
    /// # Errors
    /// If there are fewer rules than the list says, or if the last one is cut short: Procmon reads on behind the value
    /// then, and crashes or hangs.
    pub fn parse(bytes: &[u8]) -> Result<Self> {
        Self::read(bytes, 0)
    }

    pub(super) fn read(bytes: &[u8], offset: u64) -> Result<Self> {
        if bytes.is_empty() {
            return Ok(Self::default());
        }
        let mut cursor = Cursor::new(bytes, offset);
        let lead = Some(cursor.read::<u8>("rules.lead")?);
        let count = cursor.read::<u32>("rules.count")?;
        if count as usize > cursor.rest().len() / SHORTEST {
            return Err(Error::bad_value(
                offset + 1,
                "rules.count",
                count.into(),
                "as many rules as there are bytes for",
            ));
        }
        let rules = (0..count).map(|_| StoredRule::read(&mut cursor)).collect::<Result<_>>()?;
        Ok(Self { lead, rules, trailing: cursor.rest().to_vec() })
    }

    /// The value for a configuration. Of a list that was parsed and not changed, the same bytes.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let Some(lead) = self.lead.or_else(|| (!self.rules.is_empty()).then_some(1)) else { return Vec::new() };
        let mut bytes = vec![lead];
        bytes.extend_from_slice(&u32::try_from(self.rules.len()).unwrap_or(u32::MAX).to_le_bytes());
        self.rules.iter().for_each(|rule| rule.append_to(&mut bytes));
        bytes.extend_from_slice(&self.trailing);
        bytes
    }

    /// The rules as they are stored.
    #[must_use]
    pub fn stored(&self) -> &[StoredRule] {
        &self.rules
    }

    /// The rules.
    pub fn rules(&self) -> impl DoubleEndedIterator<Item = Rule> + ExactSizeIterator {
        self.rules.iter().map(StoredRule::to_rule)
    }

    /// The filter that the rules are.
    #[must_use]
    pub fn to_filter(&self) -> Filter {
        self.rules().collect()
    }

    /// Number of rules.
    #[must_use]
    pub fn len(&self) -> usize {
        self.rules.len()
    }

    /// Whether there are no rules, so that every event is shown.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.rules.is_empty()
    }

    /// Adds a rule behind those of its column and action; if there are none, where the filter dialog puts it. One that
    /// is there already is not added again.
    pub fn add(&mut self, rule: &Rule) {
        self.extend([rule.clone()]);
    }

    /// Puts new rules of one column and action behind those that are there.
    fn insert(&mut self, place: Place, rules: Vec<StoredRule>) {
        let like = self.rules.iter().rposition(|there| there.place() == place);
        let at = match like {
            Some(last) => last + 1,
            None => self.rules.iter().position(|there| there.place() > place).unwrap_or(self.rules.len()),
        };
        self.rules.splice(at..at, rules);
    }

    /// Takes out all rules that equal this one; returns how many they were.
    pub fn remove(&mut self, rule: &Rule) -> usize {
        let before = self.rules.len();
        self.rules.retain(|there| there.to_rule() != *rule);
        before - self.rules.len()
    }

    /// Takes out all rules.
    pub fn clear(&mut self) {
        self.rules.clear();
    }

    /// Puts the rules in the order in which the filter dialog stores them: those that include first, then by the id of
    /// the column; of one column and action, as they are. This can change what the filter means: see [`RuleList`].
    pub fn sort(&mut self) {
        self.rules.sort_by_key(StoredRule::place);
    }
}

/// Sorted as by [`RuleList::sort`].
impl FromIterator<Rule> for RuleList {
    fn from_iter<I: IntoIterator<Item = Rule>>(rules: I) -> Self {
        let rules = rules.into_iter().map(|rule| StoredRule::from(&rule)).collect();
        let mut list = Self { rules, ..Self::new() };
        list.sort();
        list
    }
}

/// Sorted as by [`RuleList::sort`].
impl From<Filter> for RuleList {
    fn from(filter: Filter) -> Self {
        filter.into_iter().collect()
    }
}

/// Sorted as by [`RuleList::sort`].
impl<const N: usize> From<[Rule; N]> for RuleList {
    fn from(rules: [Rule; N]) -> Self {
        rules.into_iter().collect()
    }
}

/// Sorted as by [`RuleList::sort`].
impl From<Vec<Rule>> for RuleList {
    fn from(rules: Vec<Rule>) -> Self {
        rules.into_iter().collect()
    }
}

impl Extend<Rule> for RuleList {
    /// Adds rules, each as [`RuleList::add`] does.
    fn extend<I: IntoIterator<Item = Rule>>(&mut self, rules: I) {
        let mut known: HashSet<_> = self.rules().collect();
        let mut groups = BTreeMap::<Place, Vec<StoredRule>>::new();
        for rule in rules {
            let stored = StoredRule::from(&rule);
            if known.insert(rule) {
                groups.entry(stored.place()).or_default().push(stored);
            }
        }
        for (place, rules) in groups {
            self.insert(place, rules);
        }
    }
}

impl fmt::Debug for RuleList {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(&self.rules).finish()
    }
}

/// A filter as Procmon exports it (PMF): the rules of one named filter; the name is that of the file.
///
/// ```
/// use procmon_parser::Rule;
/// use procmon_parser::pmc::FilterSet;
///
/// let set = FilterSet::new([Rule::process_name().is("python.exe").include()]);
/// assert_eq!(FilterSet::parse(&set.to_bytes()).unwrap(), set);
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FilterSet {
    /// The rules.
    pub rules: RuleList,
    /// What stands behind the size that the file tells of itself.
    trailing: Vec<u8>,
}

impl FilterSet {
    /// A set of rules, sorted as by [`RuleList::sort`] unless they are a list already.
    #[must_use]
    pub fn new(rules: impl Into<RuleList>) -> Self {
        Self { rules: rules.into(), trailing: Vec::new() }
    }

    /// Reads a PMF file into memory and parses it.
    ///
    /// # Errors
    /// If it cannot be read, or as [`parse`](Self::parse).
    pub fn open(path: impl AsRef<Path>) -> Result<Self> {
        let path = path.as_ref();
        let bytes = fs::read(path).map_err(|error| Error::from(error).in_file(path))?;
        Self::parse(&bytes).map_err(|error| error.in_file(path))
    }

    /// Parses the bytes of a PMF file: its size without this number, and the rules.
    ///
    /// # Errors
    /// If the file is shorter than it says, or its rules are cut short.
    pub fn parse(bytes: &[u8]) -> Result<Self> {
        let mut cursor = Cursor::new(bytes, 0);
        let size = cursor.read::<u32>("filter.size")?;
        let rules = RuleList::read(cursor.bytes(size as usize, "filter.rules")?, 4)?;
        Ok(Self { rules, trailing: cursor.rest().to_vec() })
    }

    /// The file. Of a set that was parsed and not changed, the same bytes.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let rules = self.rules.to_bytes();
        let size = u32::try_from(rules.len()).unwrap_or(u32::MAX).to_le_bytes();
        [&size, rules.as_slice(), &self.trailing].concat()
    }
}
