//! Windows' own patterns of dates, times of day and numbers, by locale.
//!
//! Source: the NLS data of Windows 10 and 11, as .NET Framework returns it there (`ShortDatePattern`,
//! `LongTimePattern`, `NumberGroupSeparator`). Real exports of Procmon in German, Italian, Polish, Russian, Japanese,
//! Spanish and English (India) confirm those locales. Locales with a calendar other than the Gregorian one (Arabic,
//! Persian, Thai) are missing.

/// Windows' patterns of a locale.
#[derive(Clone, Copy, Debug)]
pub(super) struct Preset {
    pub(super) tag: &'static str,
    pub(super) date: &'static str,
    pub(super) time: &'static str,
    pub(super) decimal: &'static str,
    pub(super) thousands: &'static str,
    pub(super) day_halves: [&'static str; 2],
}

impl Preset {
    const fn new(
        tag: &'static str,
        date: &'static str,
        time: &'static str,
        decimal: &'static str,
        thousands: &'static str,
        day_halves: [&'static str; 2],
    ) -> Self {
        Self { tag, date, time, decimal, thousands, day_halves }
    }

    /// Returns the language of the tag.
    pub(super) fn language(&self) -> &'static str {
        self.tag.split_once('-').map_or(self.tag, |(language, _)| language)
    }
}

const NBSP: &str = "\u{A0}";
/// Windows had U+00A0 in French until Windows 10 of 2019.
const NARROW: &str = "\u{202F}";

/// The presets by language. The first one of a language is also the preset of the language alone.
///
/// If the groups of Windows have different sizes, as in India (`3;2;0`), Procmon prints no groups.
#[rustfmt::skip]
pub(super) const PRESETS: &[Preset] = &[
    Preset::new("bg-BG", "d.M.yyyy 'г.'", "H:mm:ss", ",", NBSP, ["", ""]),
    Preset::new("ca-ES", "d/M/yyyy", "H:mm:ss", ",", ".", ["a. m.", "p. m."]),
    Preset::new("cs-CZ", "dd.MM.yyyy", "H:mm:ss", ",", NBSP, ["dop.", "odp."]),
    Preset::new("da-DK", "dd-MM-yyyy", "HH:mm:ss", ",", ".", ["", ""]),
    Preset::new("de-DE", "dd.MM.yyyy", "HH:mm:ss", ",", ".", ["", ""]),
    Preset::new("de-AT", "dd.MM.yyyy", "HH:mm:ss", ",", NBSP, ["AM", "PM"]),
    Preset::new("de-CH", "dd.MM.yyyy", "HH:mm:ss", ".", "’", ["AM", "PM"]),
    Preset::new("el-GR", "d/M/yyyy", "h:mm:ss tt", ",", ".", ["πμ", "μμ"]),
    Preset::new("en-US", "M/d/yyyy", "h:mm:ss tt", ".", ",", ["AM", "PM"]),
    Preset::new("en-AU", "d/MM/yyyy", "h:mm:ss tt", ".", ",", ["AM", "PM"]),
    Preset::new("en-CA", "yyyy-MM-dd", "h:mm:ss tt", ".", ",", ["AM", "PM"]),
    Preset::new("en-GB", "dd/MM/yyyy", "HH:mm:ss", ".", ",", ["AM", "PM"]),
    Preset::new("en-IE", "dd/MM/yyyy", "HH:mm:ss", ".", ",", ["am", "pm"]),
    Preset::new("en-IN", "dd-MM-yyyy", "HH:mm:ss", ".", "", ["AM", "PM"]),
    Preset::new("en-NZ", "d/MM/yyyy", "h:mm:ss tt", ".", ",", ["am", "pm"]),
    Preset::new("en-ZA", "yyyy/MM/dd", "HH:mm:ss", ",", NBSP, ["am", "pm"]),
    Preset::new("es-ES", "dd/MM/yyyy", "H:mm:ss", ",", ".", ["", ""]),
    Preset::new("es-AR", "d/M/yyyy", "HH:mm:ss", ",", ".", ["a. m.", "p. m."]),
    Preset::new("es-MX", "dd/MM/yyyy", "hh:mm:ss tt", ".", ",", ["a. m.", "p. m."]),
    Preset::new("et-EE", "dd.MM.yyyy", "HH:mm:ss", ",", NBSP, ["AM", "PM"]),
    Preset::new("fi-FI", "d.M.yyyy", "H.mm.ss", ",", NBSP, ["ap.", "ip."]),
    Preset::new("fr-FR", "dd/MM/yyyy", "HH:mm:ss", ",", NARROW, ["", ""]),
    Preset::new("fr-CA", "yyyy-MM-dd", "HH:mm:ss", ",", NBSP, ["", ""]),
    Preset::new("fr-CH", "dd.MM.yyyy", "HH:mm:ss", ",", NBSP, ["AM", "PM"]),
    Preset::new("he-IL", "dd/MM/yyyy", "HH:mm:ss", ".", ",", ["AM", "PM"]),
    Preset::new("hr-HR", "d.M.yyyy.", "H:mm:ss", ",", ".", ["", ""]),
    Preset::new("hu-HU", "yyyy. MM. dd.", "H:mm:ss", ",", NBSP, ["de.", "du."]),
    Preset::new("id-ID", "dd/MM/yyyy", "HH.mm.ss", ",", ".", ["AM", "PM"]),
    Preset::new("is-IS", "d.M.yyyy", "HH:mm:ss", ",", ".", ["f.h.", "e.h."]),
    Preset::new("it-IT", "dd/MM/yyyy", "HH:mm:ss", ",", ".", ["", ""]),
    Preset::new("it-CH", "dd.MM.yyyy", "HH:mm:ss", ".", "’", ["AM", "PM"]),
    Preset::new("ja-JP", "yyyy/MM/dd", "H:mm:ss", ".", ",", ["午前", "午後"]),
    Preset::new("ko-KR", "yyyy-MM-dd", "tt h:mm:ss", ".", ",", ["오전", "오후"]),
    Preset::new("lt-LT", "yyyy-MM-dd", "HH:mm:ss", ",", NBSP, ["priešpiet", "popiet"]),
    Preset::new("lv-LV", "dd.MM.yyyy", "HH:mm:ss", ",", NBSP, ["priekšp.", "pēcp."]),
    Preset::new("ms-MY", "d/MM/yyyy", "h:mm:ss tt", ".", ",", ["PG", "PTG"]),
    Preset::new("nb-NO", "dd.MM.yyyy", "HH:mm:ss", ",", NBSP, ["a.m.", "p.m."]),
    Preset::new("nl-NL", "d-M-yyyy", "HH:mm:ss", ",", ".", ["", ""]),
    Preset::new("nl-BE", "d/MM/yyyy", "H:mm:ss", ",", ".", ["", ""]),
    Preset::new("pl-PL", "dd.MM.yyyy", "HH:mm:ss", ",", NBSP, ["AM", "PM"]),
    Preset::new("pt-BR", "dd/MM/yyyy", "HH:mm:ss", ",", ".", ["", ""]),
    Preset::new("pt-PT", "dd/MM/yyyy", "HH:mm:ss", ",", NBSP, ["", ""]),
    Preset::new("ro-RO", "dd.MM.yyyy", "HH:mm:ss", ",", ".", ["a.m.", "p.m."]),
    Preset::new("ru-RU", "dd.MM.yyyy", "H:mm:ss", ",", NBSP, ["", ""]),
    Preset::new("sk-SK", "d. M. yyyy", "H:mm:ss", ",", NBSP, ["AM", "PM"]),
    Preset::new("sl-SI", "d. MM. yyyy", "HH:mm:ss", ",", ".", ["dop.", "pop."]),
    Preset::new("sr-Latn-RS", "d.M.yyyy.", "HH:mm:ss", ",", ".", ["pre podne", "po podne"]),
    Preset::new("sv-SE", "yyyy-MM-dd", "HH:mm:ss", ",", NBSP, ["", ""]),
    Preset::new("tr-TR", "d.MM.yyyy", "HH:mm:ss", ",", ".", ["ÖÖ", "ÖS"]),
    Preset::new("uk-UA", "dd.MM.yyyy", "H:mm:ss", ",", NBSP, ["", ""]),
    Preset::new("vi-VN", "dd/MM/yyyy", "h:mm:ss tt", ",", ".", ["SA", "CH"]),
    Preset::new("zh-CN", "yyyy/M/d", "H:mm:ss", ".", ",", ["上午", "下午"]),
    Preset::new("zh-HK", "d/M/yyyy", "H:mm:ss", ".", ",", ["上午", "下午"]),
    Preset::new("zh-TW", "yyyy/M/d", "tt hh:mm:ss", ".", ",", ["上午", "下午"]),
];

#[cfg(test)]
mod tests {
    use super::PRESETS;
    use crate::text::Locale;

    #[test]
    fn presets_can_be_parsed() {
        for preset in PRESETS {
            let locale: Locale = preset.tag.parse().unwrap();
            assert_eq!(locale.tag(), preset.tag);
            let other_form = preset.tag.to_ascii_lowercase().replace('-', "_");
            assert_eq!(other_form.parse::<Locale>().unwrap(), locale);
        }
    }

    #[test]
    fn languages_stand_together_and_once() {
        assert!(PRESETS.is_sorted_by_key(|preset| preset.language()));
        assert!(PRESETS.iter().all(|preset| PRESETS.iter().filter(|other| other.tag == preset.tag).count() == 1));
        let main = |language: &str| language.parse::<Locale>().unwrap().tag();
        assert_eq!(["de", "EN", "pt", "zh"].map(main), ["de-DE", "en-US", "pt-BR", "zh-CN"]);
    }
}
