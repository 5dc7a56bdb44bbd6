//! Runs of rules: adjacent rules of the same column and action. At least one rule of an including run must match,
//! and no rule of an excluding run may match.

use super::addresses::Addresses;
use super::needle::Needle;
use super::numbers::Numbers;
use super::path::PathNeedles;
use super::set::NeedleSet;
use super::statuses::Statuses;
use crate::code::{Action, Category, Column};
use crate::event::Event;
use crate::filter::rule::{Rule, column};
use crate::index::{Index, Process};
use crate::text::{ColumnText, ProcessText, Style, exact};

/// The compiled rules of a run.
#[derive(Clone, Debug)]
pub(super) struct Run {
    column: Column,
    /// True to show the events that one of the rules matches, false to show those that none matches.
    includes: bool,
    tests: Tests,
    /// The styles of both texts of a network path, if rules on paths are compared with both.
    addresses: Option<Box<Addresses>>,
}

#[derive(Clone, Debug)]
enum Tests {
    /// None of the rules ever matches.
    Never,
    Numbers(Numbers),
    Text(NeedleSet),
    /// A few rules on paths.
    Path(PathNeedles),
    /// Many rules on paths.
    Paths(NeedleSet),
    Result(Statuses, NeedleSet),
    /// True if a rule matches: first for events without a category, then for each category.
    Category([bool; 5]),
}

/// The part of an event that decides the content of a column.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Dependency {
    /// The process of the event.
    Process,
    /// Class, operation, minor function and origin.
    Operation,
    /// The event itself.
    Event,
}

impl Run {
    /// Splits rules into runs. Returns `None` if a rule has an unknown action, which hides all events. `addresses` has
    /// the styles of network paths, if rules compare both names and numbers.
    pub(super) fn split(rules: &[Rule], style: &Style, addresses: Option<&Addresses>) -> Option<Vec<Self>> {
        let runs = rules.chunk_by(|a, b| (a.column(), a.action()) == (b.column(), b.action()));
        runs.map(|rules| Self::of(rules, style, addresses)).collect()
    }

    fn of(rules: &[Rule], style: &Style, addresses: Option<&Addresses>) -> Option<Self> {
        let first = rules.first()?;
        let includes = match first.action() {
            Action::EXCLUDE => false,
            Action::INCLUDE => true,
            _ => return None,
        };
        let column = first.column();
        let addresses = addresses.filter(|_| column == Column::PATH).cloned().map(Box::new);
        Some(Self { column, includes, tests: Tests::of(column, rules, style), addresses })
    }

    pub(super) fn dependency(&self) -> Dependency {
        match self.column {
            Column::OPERATION | Column::EVENT_CLASS => Dependency::Operation,
            column if column.is_of_process() => Dependency::Process,
            _ => Dependency::Event,
        }
    }

    pub(super) fn column(&self) -> Column {
        self.column
    }

    /// Returns the relative cost of evaluating the run for an event. Cheap runs are evaluated first.
    pub(super) fn cost(&self) -> u8 {
        match &self.tests {
            Tests::Never => 0,
            Tests::Numbers(_) => 1,
            Tests::Result(..) => 2,
            Tests::Category(_) => 3,
            Tests::Path(_) | Tests::Paths(_) => 4,
            Tests::Text(_) => 5,
        }
    }

    /// Returns true if the run shows the events of `process`, which is `None` for events whose process is not in the
    /// table.
    pub(super) fn shows_process(&self, index: &Index, process: Option<Process<'_>>, style: &Style) -> bool {
        let matches = match &self.tests {
            Tests::Numbers(tests) => {
                let number = process.map_or(0, |process| number_of_process(process, self.column));
                tests.any(number, style)
            }
            Tests::Text(needles) => {
                needles.any(|out| ProcessText { index, process, style }.write_exact(self.column, out))
            }
            _ => false,
        };
        matches == self.includes
    }

    /// Returns true if the run shows events whose column has this text.
    pub(super) fn shows_text(&self, text: &str) -> bool {
        let matches = match &self.tests {
            Tests::Text(needles) => needles.any(|out| exact::write_str(out, text)),
            _ => false,
        };
        matches == self.includes
    }

    /// Returns true if the run, which must be on Event Class, shows the events of a class. `name` is empty for a class
    /// without a name, which these rules never match in Procmon.
    pub(super) fn shows_class(&self, name: &str) -> bool {
        if name.is_empty() { !self.includes } else { self.shows_text(name) }
    }

    /// Returns true if the run shows an event.
    #[inline]
    pub(super) fn shows(&self, event: Event<'_>, style: &Style) -> bool {
        let text = event.text_in(self.column, style);
        let write = |out: &mut String| text.write_exact(out);
        let matches = match &self.tests {
            Tests::Never => false,
            Tests::Numbers(tests) => tests.any(number(event, self.column), style),
            Tests::Category(matches) => {
                let index = style.category(&event).map_or(0, category_index);
                matches.get(index).copied().unwrap_or_default()
            }
            Tests::Result(statuses, needles) => statuses.get(event.status()).unwrap_or_else(|| needles.any(write)),
            Tests::Path(needles) => {
                let quick = stored_path(text).and_then(|path| needles.any_in_ascii(path));
                quick
                    .or_else(|| self.addresses.as_ref()?.with(event, |a, b| needles.any_in_either(a, b)))
                    .unwrap_or_else(|| needles.any_in_text(write))
            }
            Tests::Paths(needles) => {
                let quick = stored_path(text).and_then(|path| needles.any_in_ascii(path));
                quick
                    .or_else(|| self.addresses.as_ref()?.with(event, |a, b| needles.matches_either(a, b)))
                    .unwrap_or_else(|| needles.any(write))
            }
            Tests::Text(needles) => needles.any(write),
        };
        matches == self.includes
    }
}

impl Tests {
    fn of(column: Column, rules: &[Rule], style: &Style) -> Self {
        if !column::can_match(column) || !style.has_column(column) {
            return Self::Never;
        }
        let rules = rules.iter().filter(|rule| rule.can_match());
        if column::is_number(column) {
            return Self::Numbers(Numbers::new(rules));
        }
        let needles: Vec<_> = rules.filter_map(|rule| Needle::new(rule.relation(), rule.value_units())).collect();
        if column == Column::PATH && PathNeedles::are_fast_for(&needles) {
            return Self::Path(PathNeedles::new(needles));
        }
        let needles = NeedleSet::new(needles);
        match column {
            Column::PATH => Self::Paths(needles),
            Column::RESULT => {
                let matches = |name: &str| needles.any(|out| exact::write_str(out, name));
                Self::Result(Statuses::new(style, matches), needles)
            }
            Column::CATEGORY => {
                let mut matches = [needles.matches(b""); 5];
                for category in CATEGORIES {
                    if let Some(slot) = matches.get_mut(category_index(category)) {
                        *slot = needles.any(|out| exact::write_str(out, category.name()));
                    }
                }
                Self::Category(matches)
            }
            _ => Self::Text(needles),
        }
    }
}

const CATEGORIES: [Category; 4] = [Category::Read, Category::Write, Category::ReadMetadata, Category::WriteMetadata];

const fn category_index(category: Category) -> usize {
    match category {
        Category::Read => 1,
        Category::Write => 2,
        Category::ReadMetadata => 3,
        Category::WriteMetadata => 4,
    }
}

/// Returns the number that rules compare, for a column of the event itself.
#[inline]
fn number(event: Event<'_>, column: Column) -> i64 {
    const TICKS_PER_DAY: u64 = 864_000_000_000;
    let number = match column {
        Column::TID => event.thread_id().into(),
        Column::RELATIVE_TIME => event.time().since(event.index().origin()).0,
        Column::DURATION => event.duration().unwrap_or_default().0,
        Column::TIME_OF_DAY => event.time().0 % TICKS_PER_DAY,
        Column::COMPLETION_TIME => event.completion_time().unwrap_or(event.time()).0,
        _ => event.time().0,
    };
    number.cast_signed()
}

/// Returns the number that rules compare, for a column of the process.
fn number_of_process(process: Process<'_>, column: Column) -> i64 {
    match column {
        Column::PID => process.pid().into(),
        Column::PARENT_PID => process.parent_pid().into(),
        Column::PROCESS_START | Column::HIGH_RESOLUTION_PROCESS_START => process.start_time().0.cast_signed(),
        _ => process.session().into(),
    }
}

/// Returns the bytes of a path that is shown as it is stored, if they may be ASCII.
#[inline]
fn stored_path<'a>(text: ColumnText<'a, '_>) -> Option<&'a [u8]> {
    let path = text.plain_path().filter(|path| !path.is_utf16() || path.as_bytes().is_empty())?;
    Some(path.as_bytes())
}
