//! Classes, the effect of operations on tables, and texts of limited length.

use std::fmt::{self, Write};

use procmon_parser::Event;
use procmon_parser::analysis::{TableColumn, counted_as, is_timed};
use procmon_parser::code::{Category, EventClass, Operation};

use crate::data::{Access, Counted, Traits};

/// The names of the classes, in the order of the page.
pub(crate) const CLASSES: [&str; 7] = ["Process", "File System", "Registry", "Network", "Profiling", "IPC", "Other"];
/// The number of classes that a page always shows.
pub(crate) const USUAL_CLASSES: usize = 5;
pub(crate) const FILE_SYSTEM: usize = 1;
pub(crate) const REGISTRY: usize = 2;
pub(crate) const NETWORK: usize = 3;
pub(crate) const IPC: usize = 5;

/// Returns the position of a class in [`CLASSES`].
pub(crate) fn class_number(class: EventClass) -> usize {
    match class {
        EventClass::PROCESS => 0,
        EventClass::FILE_SYSTEM => FILE_SYSTEM,
        EventClass::REGISTRY => REGISTRY,
        EventClass::NETWORK => NETWORK,
        EventClass::PROFILING => 4,
        EventClass::IPC => IPC,
        _ => 6,
    }
}

/// Returns the effect of an event on the tables, as the analyses of the library count it.
pub(crate) fn traits(event: &Event<'_>) -> Traits {
    let is_file_or_key = matches!(event.operation(), Operation::File(_) | Operation::Registry(_));
    let counted = counted_as(event).and_then(|column| match column {
        TableColumn::Opens => Some(Counted::Open),
        TableColumn::Reads => Some(Counted::Read),
        TableColumn::Writes => Some(Counted::Write),
        TableColumn::Connects => Some(Counted::Connect),
        TableColumn::Sends => Some(Counted::Send),
        TableColumn::Receives => Some(Counted::Receive),
        _ => None,
    });
    let access = match event.category().filter(|_| is_file_or_key) {
        Some(Category::Read) => Some(Access::Read),
        Some(Category::Write) => Some(Access::Write),
        _ => None,
    };
    Traits { counted, access, timed: is_timed(event) }
}

/// Replaces the contents of a buffer with a text of at most `limit` bytes. A longer text is cut and gets a mark at its
/// end.
pub(crate) fn write_limited(buffer: &mut String, limit: usize, text: impl fmt::Display) {
    buffer.clear();
    let mut limited = Limited { buffer, limit };
    if write!(limited, "{text}").is_err() {
        buffer.push_str(CUT);
    }
}

/// Returns a text of at most `limit` bytes.
pub(crate) fn limited(limit: usize, text: impl fmt::Display) -> String {
    let mut buffer = String::new();
    write_limited(&mut buffer, limit, text);
    buffer
}

/// The end of a text that was cut.
const CUT: &str = " … (cut)";

/// A text that returns an error if it would exceed its limit.
struct Limited<'b> {
    buffer: &'b mut String,
    limit: usize,
}

impl Write for Limited<'_> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        let room = self.limit - self.buffer.len();
        if text.len() <= room {
            self.buffer.push_str(text);
            return Ok(());
        }
        let end = (0..=room).rev().find(|&end| text.is_char_boundary(end)).unwrap_or_default();
        self.buffer.push_str(&text[..end]);
        Err(fmt::Error)
    }
}

/// Returns the file name of a path: the text after its last backslash.
pub(crate) fn file_name(path: &str) -> &str {
    path.rsplit_once('\\').map_or(path, |(_, name)| name)
}

/// Returns a number with its thousands separated by commas.
pub(crate) fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// The largest integer that the page represents exactly.
pub(crate) const MAX_INTEGER: u64 = (1 << 53) - 1;

/// Clamps a number to the largest integer that the page represents exactly.
pub(crate) fn exact(number: u64) -> u64 {
    number.min(MAX_INTEGER)
}

#[cfg(test)]
mod tests {
    use super::{grouped, limited};

    #[test]
    fn long_texts_are_cut_between_characters() {
        assert_eq!(limited(8, "abcdef"), "abcdef");
        assert_eq!(limited(4, "abcäef"), "abc … (cut)");
        assert_eq!(limited(0, "a"), " … (cut)");
    }

    #[test]
    fn thousands_are_separated() {
        assert_eq!([grouped(0), grouped(999), grouped(1_234_567)], ["0", "999", "1,234,567"]);
    }
}
