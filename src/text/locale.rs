//! Regional settings of Windows: the formats of dates, times of day and grouped numbers.

mod parse;
mod pattern;
mod presets;

use std::borrow::Cow;
use std::sync::Arc;

use chrono::NaiveDate;

use crate::error::{Error, Result};
use crate::wire::{Ascii, FrontText};

use pattern::{DatePattern, NOON, TimePattern};
use presets::{PRESETS, Preset};

/// Regional settings of Windows, with the formats in which Procmon prints dates, times of day and grouped numbers.
///
/// Procmon takes them from the user who runs it. The default is English (United States). Spans of time such as Duration
/// and Relative Time, addresses, ids and numbers without groups are the same under all settings.
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

/// A local time to format.
#[derive(Clone, Copy)]
pub(super) struct LocalTime {
    /// The date, which is printed before the time of day; `None` if it is not printed.
    pub(super) date: Option<NaiveDate>,
    pub(super) second_of_day: u64,
    /// The decimals of the second, in ticks; `None` if they are not printed.
    pub(super) tick_of_second: Option<u64>,
}

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

    /// Returns true if the locale was created with the default settings.
    pub(super) fn is_default(&self) -> bool {
        self.settings.is_none()
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

    /// Formats a time and passes the text to `write`.
    #[inline(always)]
    pub(super) fn format_time<R>(&self, time: LocalTime, write: impl FnOnce(&str) -> R) -> R {
        let Some(settings) = self.settings.as_deref() else {
            let mut text = Ascii::new();
            ENGLISH.push_time(&mut text, time);
            return write(text.as_str());
        };
        let mut text = LocalText::new();
        settings.push_custom_time(&mut text, time);
        write(text.as_str())
    }

    /// Returns a date and time before noon and one after it, which have all characters of such texts except digits.
    pub(super) fn samples(&self) -> [String; 2] {
        [0, NOON].map(|second_of_day| {
            let time = LocalTime { date: Some(NaiveDate::default()), second_of_day, tick_of_second: Some(0) };
            self.format_time(time, str::to_owned)
        })
    }

    /// Adds the separator of groups of digits at the front.
    #[inline]
    pub(super) fn push_thousands_separator(&self, text: &mut LocalText) {
        text.push_str_front(&self.settings().thousands);
    }
}

impl Settings {
    /// Adds a time at the front. Always inlined, because the compiler unrolls the loops over the patterns of
    /// [`ENGLISH`], which are constants. That halves the time of the default settings.
    #[inline(always)]
    fn push_time<const SIZE: usize>(&self, text: &mut FrontText<SIZE>, time: LocalTime) {
        self.time.push(text, time.second_of_day, &self.day_halves, |text| {
            if let Some(tick) = time.tick_of_second {
                text.push_digits(tick, DECIMALS);
                text.push_str_front(&self.decimal);
            }
        });
        if let Some(date) = time.date {
            text.push_front(b' ');
            self.date.push(text, date);
        }
    }

    #[inline(never)]
    fn push_custom_time(&self, text: &mut LocalText, time: LocalTime) {
        self.push_time(text, time);
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
        assert_eq!(*english.clone().with(|_| ()).unwrap().settings(), super::ENGLISH);
        assert!(english.settings.is_none());
        assert_ne!(english.decimal_separator(",").unwrap(), Locale::default());
    }
}
