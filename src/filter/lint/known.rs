//! The names that certain columns can show, such as those of operations and results.

use std::borrow::Cow;
use std::cell::Cell;
use std::collections::BTreeSet;
use std::sync::LazyLock;

use crate::code::{Column, EventClass, NtStatus};
use crate::filter::similar;
use crate::text::{Compat, Style};

/// The names of operations in all versions of Procmon, in normal and advanced mode, and the empty text of operations
/// without a name.
static OPERATIONS: LazyLock<Vec<&str>> = LazyLock::new(|| {
    let styles = Compat::ALL
        .into_iter()
        .flat_map(|compat| [false, true].map(|advanced| Style::new().compat(compat).advanced_names(advanced)));
    let names: BTreeSet<_> = styles.flat_map(|style| style.operation_names()).chain([""]).collect();
    names.into_iter().collect()
});

/// The names of results, and the empty text of operations that were not completed.
static RESULTS: LazyLock<Vec<&str>> =
    LazyLock::new(|| NtStatus::ALL.iter().filter_map(|status| status.name()).chain([""]).collect());

/// Returns all names that a column shows, or `None` if their number is not limited.
pub(super) fn names(column: Column) -> Option<Cow<'static, [&'static str]>> {
    Some(match column {
        Column::OPERATION => OPERATIONS.as_slice().into(),
        Column::RESULT => RESULTS.as_slice().into(),
        Column::EVENT_CLASS => EventClass::ALL.iter().filter_map(|class| class.name()).collect::<Vec<_>>().into(),
        Column::CATEGORY => (&["", "Read", "Write", "Read Metadata", "Write Metadata"][..]).into(),
        Column::VIRTUALIZED => (&["True", "False", "n/a"][..]).into(),
        Column::ARCHITECTURE => (&["64-bit", "32-bit"][..]).into(),
        _ => return None,
    })
}

/// Returns true if a folded value may be a part of a result without a name, such as `0xc1234567`.
pub(super) fn is_part_of_a_code(value: &[u8]) -> bool {
    value.len() <= 10 && value.iter().all(|byte| byte.is_ascii_hexdigit() || *byte == b'x')
}

/// Finds similar names for the first 100 misspelled values. A long list may have thousands of them, and each search is
/// slow.
#[derive(Debug)]
pub(super) struct Suggestions {
    left: Cell<u32>,
}

impl Default for Suggestions {
    fn default() -> Self {
        Self { left: Cell::new(100) }
    }
}

impl Suggestions {
    /// Returns the name that is most similar to a value; `None` if there is no such name, or after too many searches.
    pub(super) fn most_similar<'n>(&self, value: &str, names: impl IntoIterator<Item = &'n str>) -> Option<String> {
        self.left.set(self.left.get().checked_sub(1)?);
        similar::most_similar(value, names).map(str::to_owned)
    }
}
