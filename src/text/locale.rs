//! Regional settings of Windows: the formats of dates, times of day and grouped numbers.

mod parse;
mod pattern;
mod presets;

use std::borrow::Cow;
use std::sync::Arc;

use chrono::NaiveDate;

use crate::error::{Error, Result};
use crate::wire::FrontText;

use pattern::{DatePattern, TimePattern};
use presets::{PRESETS, Preset};

/// Regional settings of Windows, with the formats in which Procmon prints dates, times of day and grouped numbers.
///
/// Procmon takes them from the user who runs it. The default is English (United States). Spans of time such as Duration and Relative Time, addresses, ids and
/// numbers without groups are the same under all settings.
///
/// `FromStr` accepts the tag of a language and country, such as `de-DE`, with Windows' own patterns of that locale, or
/// a language alone, such as `de`. Parts that a user has changed follow the tag. Patterns are those of Windows, as the
/// values `sShortDate` and `sTimeFormat` in the registry under `HKCU\Control Panel\International` hold them:
///
/// ```
/// use procmon_parser::Locale;
///
/// let german: Locale = "de-DE".parse()?;
/// assert_eq!(german.tag(), "de-DE");
/// let changed: Locale = "de-DE;date=yyyy-MM-dd;thousands=".parse()?;
/// assert_eq!(changed, german.date_pattern("yyyy-MM-dd")?.thousands_separator("")?);
/// # Ok::<(), procmon_parser::Error>(())
/// ```
///
/// | Part | Value in the registry | Setter |
/// |---|---|---|
/// | `date` | `sShortDate` | [`date_pattern`](Self::date_pattern) |
/// | `time` | `sTimeFormat` | [`time_pattern`](Self::time_pattern) |
/// | `am`, `pm` | `s1159`, `s2359` | [`day_halves`](Self::day_halves) |
/// | `decimal` | `sDecimal` | [`decimal_separator`](Self::decimal_separator) |
/// | `thousands` | `sThousand` | [`thousands_separator`](Self::thousands_separator) |
#[derive(Clone, Debug, Default)]
pub struct Locale {
    /// The settings; `None` for those of English (United States).
    settings: Option<Arc<Settings>>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Settings {
    tag: &'static str,
    date: DatePattern,
    time: TimePattern,
    /// The text of the hours before noon, and of those after it.
    day_halves: [Cow<'static, str>; 2],
    decimal: Cow<'static, str>,
    thousands: Cow<'static, str>,
}

/// The settings of the preset `en-US`, without parsing its patterns.
static ENGLISH: Settings = Settings {
    tag: "en-US",
    date: DatePattern::ENGLISH,
    time: TimePattern::ENGLISH,
    day_halves: [Cow::Borrowed("AM"), Cow::Borrowed("PM")],
    decimal: Cow::Borrowed("."),
    thousands: Cow::Borrowed(","),
};

/// The buffer for a date with a time, or a grouped number. Setters make sure that the longest text fits.
pub(super) type LocalText = FrontText<LOCAL_TEXT>;

const LOCAL_TEXT: usize = 128;

/// The greatest number of bytes of a separator. Windows accepts three characters.
const MAX_SEPARATOR: usize = 9;

/// The number of decimals of a second.
const DECIMALS: usize = 7;

impl Locale {
    /// Returns the tags that `FromStr` accepts, by language. A language alone, such as `de`, stands for its first tag.
    pub fn tags() -> impl ExactSizeIterator<Item = &'static str> + DoubleEndedIterator {
        PRESETS.iter().map(|preset| preset.tag)
    }

    /// Returns the tag of the language and country.
    #[must_use]
    pub fn tag(&self) -> &'static str {
        self.settings().tag
    }

    /// Sets the pattern of dates. `d`, `M` and `y` are day, month and year; `dd` and `MM` have two digits, `yy` is the
    /// year in its century, and `yyyy` the whole year. Other characters are text, and so is everything in apostrophes.
    /// Names of months and days are not supported.
    ///
    /// # Errors
    /// If the pattern has a name (`ddd`, `MMM`), an apostrophe without a second one, or is too long.
    pub fn date_pattern(self, pattern: &str) -> Result<Self> {
        let date = DatePattern::parse(pattern)?;
        self.with(|settings| settings.date = date)
    }

    /// Sets the pattern of times of day. `h` is the hour of the 12-hour clock, `H` of the 24-hour clock; `m` and `s`
    /// are minute and second; a doubled letter prints two digits; `tt` is the half of the day, and `t` its first
    /// character. Other characters are text, and so is everything in apostrophes.
    ///
    /// # Errors
    /// If the pattern has an apostrophe without a second one, or is too long.
    pub fn time_pattern(self, pattern: &str) -> Result<Self> {
        let time = TimePattern::parse(pattern)?;
        self.with(|settings| settings.time = time)
    }

    /// Sets the text of the hours before noon and of those after it, such as `AM` and `PM`.
    ///
    /// # Errors
    /// If one of them is too long, or has a digit or a control character.
    pub fn day_halves(self, am: &str, pm: &str) -> Result<Self> {
        if let Some(half) = [am, pm].into_iter().find(|half| half.contains(|c: char| c.is_ascii_digit())) {
            // Procmon prints the decimals of a second after the last digit.
            return Err(Error::invalid_text("a half of the day without digits", half));
        }
        let halves = [text(am, LOCAL_TEXT)?, text(pm, LOCAL_TEXT)?];
        self.with(|settings| settings.day_halves = halves)
    }

    /// Sets the text between a time of day and the decimals of its second.
    ///
    /// # Errors
    /// If the text is too long or has a control character.
    pub fn decimal_separator(self, separator: &str) -> Result<Self> {
        let separator = text(separator, MAX_SEPARATOR)?;
        self.with(|settings| settings.decimal = separator)
    }

    /// Sets the text between groups of three digits.
    ///
    /// # Errors
    /// If the text is too long or has a control character.
    pub fn thousands_separator(self, separator: &str) -> Result<Self> {
        let separator = text(separator, MAX_SEPARATOR)?;
        self.with(|settings| settings.thousands = separator)
    }

    #[inline]
    fn settings(&self) -> &Settings {
        self.settings.as_deref().unwrap_or(&ENGLISH)
    }

    /// Changes the settings. Fails if a date with a time may become longer than the buffer.
    fn with(self, change: impl FnOnce(&mut Settings)) -> Result<Self> {
        let mut settings = self.settings.unwrap_or_else(|| Arc::new(ENGLISH.clone()));
        change(Arc::make_mut(&mut settings));
        if settings.max_len() > LOCAL_TEXT {
            return Err(Error::invalid_text("shorter patterns of dates and times", settings.tag));
        }
        Ok(Self { settings: Some(settings) })
    }

    /// Adds a date at the front.
    #[inline]
    pub(super) fn push_date(&self, text: &mut LocalText, date: NaiveDate) {
        match self.settings.as_deref() {
            None => ENGLISH.date.push(text, date),
            Some(settings) => settings.date.push(text, date),
        }
    }

    /// Adds a time of day at the front.
    #[inline]
    pub(super) fn push_time(&self, text: &mut LocalText, second_of_day: u64) {
        match self.settings.as_deref() {
            None => ENGLISH.push_time(text, second_of_day, |_| {}),
            Some(settings) => settings.push_time(text, second_of_day, |_| {}),
        }
    }

    /// Adds a time of day with the decimals of its second at the front.
    #[inline]
    pub(super) fn push_exact_time(&self, text: &mut LocalText, second_of_day: u64, ticks: u64) {
        match self.settings.as_deref() {
            None => ENGLISH.push_exact_time(text, second_of_day, ticks),
            Some(settings) => settings.push_exact_time(text, second_of_day, ticks),
        }
    }

    /// Adds the separator of groups of digits at the front.
    #[inline]
    pub(super) fn push_thousands_separator(&self, text: &mut LocalText) {
        text.push_str_front(&self.settings().thousands);
    }
}

/// Adding text at the front. These methods are always inlined, because the compiler unrolls the loops over the patterns
/// of [`ENGLISH`], which are constants. That halves the time of the default settings.
impl Settings {
    #[inline(always)]
    fn push_time(&self, text: &mut LocalText, second_of_day: u64, push_decimals: impl Fn(&mut LocalText)) {
        self.time.push(text, second_of_day, &self.day_halves, push_decimals);
    }

    #[inline(always)]
    fn push_exact_time(&self, text: &mut LocalText, second_of_day: u64, ticks: u64) {
        self.push_time(text, second_of_day, |text| {
            text.push_digits(ticks, DECIMALS);
            text.push_str_front(&self.decimal);
        });
    }
}

impl Settings {
    fn of(preset: &Preset) -> Result<Self> {
        Ok(Self {
            tag: preset.tag,
            date: DatePattern::parse(preset.date)?,
            time: TimePattern::parse(preset.time)?,
            day_halves: preset.day_halves.map(Cow::Borrowed),
            decimal: preset.decimal.into(),
            thousands: preset.thousands.into(),
        })
    }

    /// Returns the number of bytes of the longest date with a time.
    fn max_len(&self) -> usize {
        let half = self.day_halves.iter().map(|half| half.len()).max().unwrap_or(0);
        self.date.max_len() + 1 + self.time.max_len(half) + self.decimal.len() + DECIMALS
    }
}

impl PartialEq for Locale {
    fn eq(&self, other: &Self) -> bool {
        self.settings() == other.settings()
    }
}

impl Eq for Locale {}

/// Checks a string of the settings.
fn text(text: &str, max_len: usize) -> Result<Cow<'static, str>> {
    if text.len() > max_len || text.chars().any(char::is_control) {
        return Err(Error::invalid_text("a short text without control characters", text));
    }
    Ok(Cow::Owned(text.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::Locale;

    #[test]
    fn the_default_is_the_preset_of_english() {
        let english: Locale = "en-US".parse().unwrap();
        assert!(english.settings.is_some() && Locale::default().settings.is_none());
        assert_eq!(english, Locale::default());
        assert_ne!(english.decimal_separator(",").unwrap(), Locale::default());
    }
}
