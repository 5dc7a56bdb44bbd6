//! The texts of tables. They are kept in the encoding of [`exact`], which has unpaired surrogates.

use std::borrow::Cow;
use std::cmp::Ordering;

use crate::code::Column;
use crate::event::Event;
use crate::text::{Style, exact};

/// Returns the Path column of an event, without a limit of length. Copies it into `buffer` only if the event does not
/// store it as ASCII.
#[inline]
pub(super) fn path<'t>(event: &Event<'t>, style: &Style, buffer: &'t mut String) -> &'t str {
    let text = event.text_in(Column::PATH, style);
    match text.plain_path().and_then(|path| path.as_plain_str()) {
        Some(path) => path,
        None => {
            buffer.clear();
            // Writing to a string does not fail.
            let _ = text.write_exact(buffer);
            buffer
        }
    }
}

/// Returns the text with U+FFFD for each unpaired surrogate.
pub(super) fn shown(text: &str) -> Cow<'_, str> {
    if is_plain(text) {
        return Cow::Borrowed(text);
    }
    let units: Vec<u16> = exact::units(text).collect();
    Cow::Owned(String::from_utf16_lossy(&units))
}

/// Returns true if the text has no character of four bytes, so no encoded surrogate.
fn is_plain(text: &str) -> bool {
    text.bytes().all(|byte| byte < 0xF0)
}

/// Compares the UTF-16 units of two texts.
pub(super) fn compare(one: &str, other: &str) -> Ordering {
    /// The first bytes of characters from which on the order of UTF-8 can differ from that of UTF-16.
    const HIGH: u8 = 0xEE;
    match one.bytes().zip(other.bytes()).find(|(one, other)| one != other) {
        None => one.len().cmp(&other.len()),
        Some((one, other)) if one < HIGH && other < HIGH => one.cmp(&other),
        Some(_) => exact::units(one).cmp(exact::units(other)),
    }
}

/// Returns the text with A to Z, but no other letters, in lower case, as Procmon's dialogs compare text.
pub(super) fn ascii_lower(text: &str) -> Cow<'_, str> {
    match text.bytes().any(|byte| byte.is_ascii_uppercase()) {
        true => Cow::Owned(text.to_ascii_lowercase()),
        false => Cow::Borrowed(text),
    }
}

/// Returns the text in lower case.
pub(super) fn lower(text: &str) -> Cow<'_, str> {
    if text.is_ascii() {
        return ascii_lower(text);
    }
    let mut small = String::with_capacity(text.len());
    // Writing to a string does not fail.
    let _ = exact::write_units(&mut small, exact::units(text).map(exact::lower));
    Cow::Owned(small)
}

/// Returns the first `len` UTF-16 units of a text. Half of a pair becomes an unpaired surrogate.
pub(super) fn prefix(text: &str, len: usize) -> Cow<'_, str> {
    if text.len() <= len {
        return Cow::Borrowed(text);
    }
    let mut start = String::new();
    let _ = exact::write_units(&mut start, exact::units(text).take(len));
    Cow::Owned(start)
}

/// Returns the parts of a path between backslashes, each with the offset of its end. Backslashes at the start belong to
/// the first part.
pub(super) fn parts(path: &str) -> impl Iterator<Item = (&str, usize)> {
    let leading = path.bytes().take_while(|&byte| byte == b'\\').count();
    let mut start = Some(0);
    std::iter::from_fn(move || {
        let from = start?;
        let search = from.max(leading);
        let end = memchr::memchr(b'\\', path.get(search..)?.as_bytes()).map(|at| search + at);
        start = end.map(|end| end + 1);
        let end = end.unwrap_or(path.len());
        Some((path.get(from..end)?, end))
    })
}

#[cfg(test)]
mod tests {
    use super::{compare, lower, parts, prefix, shown};
    use crate::text::exact;

    fn encoded(units: &[u16]) -> String {
        let mut text = String::new();
        exact::write_units(&mut text, units.iter().copied()).unwrap();
        text
    }

    #[test]
    fn texts_have_the_order_of_their_units() {
        let texts: [&[u16]; 8] = [
            &[],
            &[0x41],
            &[0x41, 0xD800],
            &[0x41, 0xD800, 0x42],
            &[0x41, 0xD83D, 0xDE00],
            &[0x41, 0xDFFF],
            &[0x41, 0xE000],
            &[0x41, 0xFFFD],
        ];
        for one in texts {
            for other in texts {
                assert_eq!(compare(&encoded(one), &encoded(other)), one.cmp(other), "{one:x?} {other:x?}");
            }
        }
    }

    #[test]
    fn units_become_small_and_visible() {
        assert_eq!(lower("C:\\ÄΩ"), "c:\\äω");
        assert_eq!(shown(&encoded(&[0x41, 0xD800, 0x42])), "A\u{FFFD}B");
        assert_eq!(lower(&encoded(&[0x41, 0xD800])), encoded(&[0x61, 0xD800]));
        assert_eq!(prefix("a\u{1F600}b", 2), encoded(&[0x61, 0xD83D]));
    }

    #[test]
    fn leading_backslashes_belong_to_the_first_part() {
        let of = |path| parts(path).collect::<Vec<_>>();
        assert_eq!(of("C:\\a"), [("C:", 2), ("a", 4)]);
        assert_eq!(of("C:\\"), [("C:", 2), ("", 3)]);
        assert_eq!(of("\\\\server\\x\\"), [("\\\\server", 8), ("x", 10), ("", 11)]);
        assert_eq!(of(""), [("", 0)]);
        assert_eq!(of("\\"), [("\\", 1)]);
    }
}
