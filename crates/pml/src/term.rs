//! Text for terminals: colors, messages on standard error, headings, counts.

use std::io::{self, Write};

use anstyle::{AnsiColor, Style};
use indicatif::HumanCount;
use procmon_parser::Error;

/// The style of the prefix `error:`.
const ERROR: Style = AnsiColor::Red.on_default().bold();
/// The style of the prefix `warning:`.
const WARNING: Style = AnsiColor::Yellow.on_default().bold();
/// The style of headings.
const HEADING: Style = Style::new().bold();

/// Prints the message of a failure.
pub(crate) fn error(message: &str) {
    note(&format!("{ERROR}error:{ERROR:#} {}", printable_lines(message)));
}

/// Prints a warning.
pub(crate) fn warn(message: &str) {
    note(&format!("{WARNING}warning:{WARNING:#} {}", printable_lines(message)));
}

/// Prints a line on standard error. Does nothing if standard error is closed.
pub(crate) fn note(message: &str) {
    let _ = writeln!(anstream::stderr(), "{message}");
}

/// Warns that some events could not be read.
pub(crate) fn report_unreadable(unreadable: u64, events: u64, first: &Error) {
    let events = counted(events, "event", "events");
    warn(&format!("{} of {events} could not be read; first error: {first}", HumanCount(unreadable)));
}

/// Returns a number with its noun: `1 event`, `12,345 events`.
pub(crate) fn counted(number: u64, singular: &str, plural: &str) -> String {
    format!("{} {}", HumanCount(number), if number == 1 { singular } else { plural })
}

/// Writes a heading on its own line.
pub(crate) fn heading(out: &mut impl Write, text: &str) -> io::Result<()> {
    writeln!(out, "{HEADING}{text}{HEADING:#}")
}

/// Writes a heading that is followed by text on the same line.
pub(crate) fn heading_with(out: &mut impl Write, title: &str, text: &str) -> io::Result<()> {
    writeln!(out, "{HEADING}{title}:{HEADING:#} {text}")
}

/// Writes a line with a label and a value.
pub(crate) fn fact(out: &mut impl Write, label: &str, value: &str) -> io::Result<()> {
    writeln!(out, "{HEADING}{label:<10}{HEADING:#}{value}")
}

/// Replaces characters that would move the cursor or change colors with visible symbols.
pub(crate) fn printable(text: &str) -> String {
    text.chars().map(symbol).collect()
}

/// Replaces control characters except for line feeds with visible symbols.
fn printable_lines(text: &str) -> String {
    text.chars().map(|c| if c == '\n' { c } else { symbol(c) }).collect()
}

/// Returns the visible symbol of a control character, and any other character unchanged.
pub(crate) fn symbol(c: char) -> char {
    match c {
        '\0'..='\x1F' => char::from_u32(0x2400 + u32::from(c)).unwrap_or(char::REPLACEMENT_CHARACTER),
        '\x7F' => '\u{2421}',
        c if c.is_control() => char::REPLACEMENT_CHARACTER,
        c => c,
    }
}

#[cfg(test)]
mod tests {
    use super::{counted, printable};

    #[test]
    fn control_characters_become_symbols() {
        assert_eq!(printable("a\x1B[31m\0\r\n\u{9B}é"), "a␛[31m␀␍␊\u{FFFD}é");
    }

    #[test]
    fn counts_have_singular_and_plural() {
        let texts = [0, 1, 12_345].map(|number| counted(number, "entry", "entries"));
        assert_eq!(texts, ["0 entries", "1 entry", "12,345 entries"]);
    }
}
