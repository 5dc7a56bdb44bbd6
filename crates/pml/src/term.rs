//! Text for terminals: colors, messages on standard error, headings, counts.

use std::io::{self, Write};

use anstyle::{AnsiColor, Style};
use indicatif::HumanCount;
use procmon_parser::Error;
use procmon_parser::write::Summary;

/// The style of the prefix `error:`.
const ERROR: Style = AnsiColor::Red.on_default().bold();
/// The style of the prefix `warning:`.
const WARNING: Style = AnsiColor::Yellow.on_default().bold();
/// The style of headings.
const HEADING: Style = Style::new().bold();

/// Sets when the output and messages have colors.
pub(crate) fn set_color(choice: clap::ColorChoice) {
    let choice = match choice {
        clap::ColorChoice::Auto => anstream::ColorChoice::Auto,
        clap::ColorChoice::Always => anstream::ColorChoice::Always,
        clap::ColorChoice::Never => anstream::ColorChoice::Never,
    };
    choice.write_global();
}

/// Prints the message of a failure.
pub(crate) fn error(message: &str) {
    print(&format!("{ERROR}error:{ERROR:#} {}", printable_lines(message)));
}

/// Prints a warning.
pub(crate) fn warn(message: &str) {
    print(&format!("{WARNING}warning:{WARNING:#} {}", printable_lines(message)));
}

/// Prints a message.
pub(crate) fn note(message: &str) {
    print(&printable_lines(message));
}

/// Prints a line on standard error. Does nothing if standard error is closed.
fn print(line: &str) {
    let _ = writeln!(anstream::stderr(), "{line}");
}

/// Warns that some events could not be read.
pub(crate) fn report_unreadable(unreadable: u64, events: u64, first: &Error) {
    let events = counted(events, "event", "events");
    warn(&format!("{} of {events} could not be read; first error: {first}", HumanCount(unreadable)));
}

/// Warns that some events were left out of a copy because they overlap others.
pub(crate) fn report_overlaps(summary: &Summary) {
    if let Some(first) = &summary.first_overlap {
        let events = counted(summary.overlapping, "event was", "events were");
        warn(&format!("{events} left out, because events overlap; first: {first}"));
    }
}

/// Returns a number with its noun: `1 event`, `12,345 events`.
pub(crate) fn counted(number: u64, singular: &str, plural: &str) -> String {
    format!("{} {}", HumanCount(number), if number == 1 { singular } else { plural })
}

/// Writes a heading on its own line.
pub(crate) fn heading(out: &mut (impl Write + ?Sized), text: &str) -> io::Result<()> {
    writeln!(out, "{HEADING}{}{HEADING:#}", printable(text))
}

/// Writes a heading that is followed by text on the same line.
pub(crate) fn heading_with(out: &mut (impl Write + ?Sized), title: &str, text: &str) -> io::Result<()> {
    writeln!(out, "{HEADING}{title}:{HEADING:#} {}", printable(text))
}

/// Writes a line with a label and a value.
pub(crate) fn fact(out: &mut (impl Write + ?Sized), label: &str, value: &str) -> io::Result<()> {
    writeln!(out, "{HEADING}{label:<10}{HEADING:#}{}", printable(value))
}

/// Returns a text with a visible form of each [hidden](is_hidden) character. The result has no hidden characters, so it
/// does not change if it is passed to this function again.
pub(crate) fn printable(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    text.chars().for_each(|c| push_visible(&mut shown, c));
    shown
}

/// Returns a text like [`printable`], but keeps its line feeds.
pub(crate) fn printable_lines(text: &str) -> String {
    text.split('\n').map(printable).collect::<Vec<_>>().join("\n")
}

/// Appends a character, or its visible form if it is [hidden](is_hidden): a symbol for an ASCII control character, an
/// escape such as `\u{202e}` for any other.
pub(crate) fn push_visible(out: &mut String, c: char) {
    match c {
        '\0'..='\x1F' => out.push(char::from_u32(0x2400 + u32::from(c)).unwrap_or(char::REPLACEMENT_CHARACTER)),
        '\x7F' => out.push('\u{2421}'),
        c if is_hidden(c) => out.extend(c.escape_unicode()),
        c => out.push(c),
    }
}

/// Returns true for a character that a terminal interprets or does not show: a control character, a mark that changes
/// the order of the text, a separator of lines, or an invisible character, with which different names look equal.
fn is_hidden(c: char) -> bool {
    matches!(
        c,
        '\u{AD}'
            | '\u{34F}'
            | '\u{61C}'
            | '\u{115F}'..='\u{1160}'
            | '\u{17B4}'..='\u{17B5}'
            | '\u{180B}'..='\u{180F}'
            | '\u{200B}'..='\u{200F}'
            | '\u{2028}'..='\u{202E}'
            | '\u{2060}'..='\u{206F}'
            | '\u{2800}'
            | '\u{3164}'
            | '\u{FE00}'..='\u{FE0F}'
            | '\u{FEFF}'
            | '\u{FFA0}'
            | '\u{FFF0}'..='\u{FFFB}'
            | '\u{1BCA0}'..='\u{1BCA3}'
            | '\u{1D173}'..='\u{1D17A}'
            | '\u{E0000}'..='\u{E0FFF}'
    ) || c.is_control()
}

#[cfg(test)]
mod tests {
    use super::{counted, printable, printable_lines};

    #[test]
    fn hidden_characters_become_visible() {
        assert_eq!(printable("a\x1B[31m\0\r\n\u{9B}é"), "a␛[31m␀␍␊\\u{9b}é");
        assert_eq!(printable_lines("a\x1B\nb\n"), "a␛\nb\n");
        let hidden = "\u{202A}\u{202B}\u{202C}\u{202D}\u{202E}\u{2066}\u{2067}\u{2068}\u{2069}\u{200E}\u{200F}\u{61C}\
                      \u{200B}\u{200C}\u{200D}\u{2060}\u{FEFF}\u{AD}\u{E0001}\u{E0041}\u{E007F}\u{2028}\u{2029}\u{180E}";
        let shown = printable(hidden);
        assert!(shown.is_ascii() && shown.matches("\\u{").count() == hidden.chars().count(), "{shown}");
        assert_eq!(printable(&shown), shown);
        let visible = "C:\\Users\\Zoë\u{308}\\日本語\\עברית\\العربية\\🦀\u{A0}.txt";
        assert_eq!(printable(visible), visible);
    }

    #[test]
    fn counts_have_singular_and_plural() {
        let texts = [0, 1, 12_345].map(|number| counted(number, "entry", "entries"));
        assert_eq!(texts, ["0 entries", "1 entry", "12,345 entries"]);
    }
}
