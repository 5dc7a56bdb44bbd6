//! How numbers, times and names are written for people.

use procmon_parser::{FileTime, Ticks};

/// A number with commas between thousands.
pub(crate) fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::with_capacity(digits.len() * 4 / 3 + 1);
    for (i, digit) in digits.char_indices() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// ISO 8601 in UTC, to 100 ns.
pub(crate) fn iso(time: FileTime) -> Option<String> {
    (time <= FileTime::MAX).then(|| time.to_string())
}

/// Seconds, exact to the 100 ns of the log.
pub(crate) fn seconds(span: Ticks) -> String {
    format!("{}.{:07}", grouped(span.0 / 10_000_000), span.0 % 10_000_000)
}

/// Text of a log for a terminal: what would move the cursor or change colours is shown as a symbol.
pub(crate) fn printable(text: &str) -> String {
    let symbol = |c: char| match c {
        '\0'..='\x1F' => char::from_u32(0x2400 + u32::from(c)).unwrap_or(char::REPLACEMENT_CHARACTER),
        '\x7F' => '\u{2421}',
        c if c.is_control() => char::REPLACEMENT_CHARACTER,
        c => c,
    };
    text.chars().map(symbol).collect()
}

#[cfg(test)]
mod tests {
    use procmon_parser::{FileTime, Ticks};

    use super::{grouped, iso, printable, seconds};

    #[test]
    fn numbers_and_times() {
        assert_eq!([0, 999, 1000, 1_234_567].map(grouped), ["0", "999", "1,000", "1,234,567"]);
        assert_eq!(seconds(Ticks(74)), "0.0000074");
        assert_eq!(seconds(Ticks(123_450_000_001)), "12,345.0000001");
        assert_eq!(iso(FileTime(132_389_902_907_752_429)).unwrap(), "2020-07-12T01:18:10.7752429Z");
        assert_eq!(iso(FileTime(u64::MAX)), None);
    }

    #[test]
    fn nothing_moves_the_cursor() {
        assert_eq!(printable("a\x1B[31m\0\r\n\u{9B}é"), "a␛[31m␀␍␊\u{FFFD}é");
    }
}
