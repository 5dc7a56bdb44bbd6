//! The two texts of the path of a network event: one with the names of hosts and ports, and one with numbers.

use super::needle::Haystack;
use crate::code::{Column, EventClass};
use crate::event::Event;
use crate::text::Style;

/// The styles of the two texts.
#[derive(Clone, Debug)]
pub(super) struct Addresses {
    named: Style,
    numeric: Style,
}

impl Addresses {
    pub(super) fn new(style: &Style) -> Self {
        let [named, numeric] = [true, false].map(|resolve| style.clone().resolve_addresses(resolve));
        Self { named, numeric }
    }

    /// Returns the styles of the texts of a column; `None` if it does not show the addresses of the event.
    #[cfg(feature = "regex")]
    pub(super) fn styles(&self, event: &Event<'_>, column: Column) -> Option<[&Style; 2]> {
        (column == Column::PATH && event.class() == EventClass::NETWORK).then_some([&self.named, &self.numeric])
    }

    /// Calls `look` with the folded bytes of both paths of a network event; returns `None` for other events.
    pub(super) fn with<T>(&self, event: Event<'_>, look: impl FnOnce(&[u8], &[u8]) -> T) -> Option<T> {
        if event.class() != EventClass::NETWORK {
            return None;
        }
        // The text with numbers has no NUL, so the last one separates the texts.
        let write = |out: &mut String| {
            event.text_in(Column::PATH, &self.named).write_exact(out)?;
            out.push('\0');
            event.text_in(Column::PATH, &self.numeric).write_exact(out)
        };
        Some(Haystack::with(write, |text| {
            let end = memchr::memrchr(0, text).unwrap_or_default();
            let (named, numeric) = text.split_at_checked(end).unwrap_or_default();
            look(named, numeric.get(1..).unwrap_or_default())
        }))
    }
}
