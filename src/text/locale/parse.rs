//! Parses locales: the tag of a preset, and changes of its parts.

use std::str::FromStr;
use std::sync::Arc;

use super::presets::{PRESETS, Preset};
use super::{Locale, Settings};
use crate::error::{Error, Result};

impl FromStr for Locale {
    type Err = Error;

    /// Parses a tag such as `de-DE` or `de`, and parts such as `;date=yyyy-MM-dd` after it. Ignores ASCII case of tags
    /// and of names of parts, and accepts an underscore as the hyphen.
    fn from_str(text: &str) -> Result<Self> {
        let mut parts = text.split(';');
        let tag = parts.next().unwrap_or_default();
        let preset = preset(tag).ok_or_else(|| Error::invalid_text(EXPECTED, tag))?;
        let locale = Self { settings: Some(Arc::new(Settings::of(preset)?)) };
        let locale = parts.try_fold(locale, Self::with_part)?;
        // The default settings are formatted faster.
        Ok(if locale == Self::default() { Self::default() } else { locale })
    }
}

impl Locale {
    /// Changes a part, given as `name=value`.
    fn with_part(self, part: &str) -> Result<Self> {
        let unknown = || Error::invalid_text("date=, time=, am=, pm=, decimal= or thousands= and a value", part);
        let (name, value) = part.split_once('=').ok_or_else(unknown)?;
        let [am, pm] = &self.settings().day_halves;
        let (am, pm) = (am.clone(), pm.clone());
        match name.trim().to_ascii_lowercase().as_str() {
            "date" => self.date_pattern(value),
            "time" => self.time_pattern(value),
            "am" => self.day_halves(value, &pm),
            "pm" => self.day_halves(&am, value),
            "decimal" => self.decimal_separator(value),
            "thousands" => self.thousands_separator(value),
            _ => Err(unknown()),
        }
    }
}

/// Returns the preset of a tag, or the first one of a language.
fn preset(tag: &str) -> Option<&'static Preset> {
    let tag = tag.trim().replace('_', "-");
    let matches = |preset: &&Preset| preset.tag.eq_ignore_ascii_case(&tag);
    let main = |preset: &&Preset| preset.language().eq_ignore_ascii_case(&tag);
    PRESETS.iter().find(matches).or_else(|| PRESETS.iter().find(main))
}

/// The kinds of tags, for messages.
const EXPECTED: &str = "the tag of a locale such as en-US, de-DE, es-ES, fr-FR, it-IT, ja-JP, pl-PL, ru-RU";
