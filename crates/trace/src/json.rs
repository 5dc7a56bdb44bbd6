//! Writes JSON piece by piece.

use std::fmt::{self, Write};

/// A buffer for JSON.
#[derive(Debug, Default)]
pub(crate) struct Json {
    pub(crate) text: String,
}

impl Json {
    /// Appends text that is already JSON.
    pub(crate) fn raw(&mut self, text: &str) {
        self.text.push_str(text);
    }

    pub(crate) fn number(&mut self, number: u64) {
        self.text.push_str(itoa::Buffer::new().format(number));
    }

    /// Appends a number of ticks as microseconds.
    pub(crate) fn micros(&mut self, ticks: u64) {
        let fraction = ticks % 10;
        self.number(ticks / 10);
        if fraction > 0 {
            self.raw(".");
            self.number(fraction);
        }
    }

    /// Appends a time of a trace, in microseconds.
    ///
    /// Perfetto multiplies the double by 1000 and drops the fraction. Where this would yield a nanosecond less, so that
    /// a call could end after the one that contains it, 0.4 ns are added.
    pub(crate) fn time(&mut self, ticks: u64) {
        self.micros(ticks);
        if !ticks.is_multiple_of(10) && !is_exact(ticks) {
            self.raw("004");
        }
    }

    /// Appends a string. `write` writes its text.
    pub(crate) fn string(&mut self, write: impl FnOnce(&mut Escaped<'_>) -> fmt::Result) {
        self.text.push('"');
        // Writing to a string does not fail.
        let _ = write(&mut Escaped(&mut self.text));
        self.text.push('"');
    }

    /// Appends a text as a string.
    pub(crate) fn text(&mut self, text: &str) {
        self.string(|out| out.write_str(text));
    }
}

/// Returns true if Perfetto computes the right number of nanoseconds: it multiplies the microseconds, as a double, by
/// 1000 and drops the fraction.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_precision_loss,
    clippy::cast_sign_loss,
    reason = "computes as a reader of the number does"
)]
fn is_exact(ticks: u64) -> bool {
    (ticks as f64 / 10.0 * 1000.0) as u64 == ticks.saturating_mul(100)
}

/// The text of a JSON string. Escapes what JSON requires, and DEL, which Perfetto refuses.
#[derive(Debug)]
pub(crate) struct Escaped<'b>(&'b mut String);

impl Write for Escaped<'_> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        let is_special = |byte: u8| byte < 0x20 || matches!(byte, b'"' | b'\\' | 0x7F);
        let mut rest = text;
        while let Some(at) = rest.bytes().position(is_special) {
            let (plain, special) = rest.split_at(at);
            self.0.push_str(plain);
            match special.as_bytes().first() {
                Some(b'"') => self.0.push_str("\\\""),
                Some(b'\\') => self.0.push_str("\\\\"),
                Some(b'\n') => self.0.push_str("\\n"),
                Some(byte) => write!(self.0, "\\u{byte:04x}")?,
                None => {}
            }
            rest = special.get(1..).unwrap_or_default();
        }
        self.0.push_str(rest);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::Json;

    #[test]
    fn strings_survive_a_round_trip() {
        let all: String =
            (0..0x100_u32).chain([0x2028, 0x202E, 0xFFFD, 0xFFFF, 0x1F600]).filter_map(char::from_u32).collect();
        let mut json = Json::default();
        json.text(&all);
        assert_eq!(serde_json::from_str::<String>(&json.text).unwrap(), all);
        assert!(!json.text.bytes().any(|byte| byte < 0x20 || byte == 0x7F));
    }

    #[test]
    fn times_have_the_right_number_of_nanoseconds() {
        let mut ticks = 1_u64;
        while ticks < 1 << 43 {
            let mut json = Json::default();
            json.time(ticks);
            let micros: f64 = json.text.parse().unwrap();
            assert_eq!(format!("{:.0}", (micros * 1000.0).floor()), (ticks * 100).to_string(), "{}", json.text);
            ticks += ticks / 1013 + 1;
        }
        for ticks in [u64::MAX, u64::MAX - 5, 1 << 60] {
            let mut json = Json::default();
            json.time(ticks);
            let ratio = json.text.parse::<f64>().unwrap() * 10.0 / ticks as f64;
            assert!((ratio - 1.0).abs() < 1e-9, "{}", json.text);
        }
    }
}
