//! Characters that are invisible or change the direction of text: `web/src/hidden.json`, which the page uses too.

use std::sync::LazyLock;

/// The ranges of code points, both ends included, in ascending order.
static HIDDEN: LazyLock<Vec<(u32, u32)>> = LazyLock::new(|| {
    let ranges: Vec<&str> = serde_json::from_str(include_str!("../web/src/hidden.json")).unwrap_or_default();
    let code = |digits| u32::from_str_radix(digits, 16).ok();
    ranges.iter().filter_map(|range| range.split_once('-')).filter_map(|(a, b)| code(a).zip(code(b))).collect()
});

fn is_hidden(character: char) -> bool {
    let code = u32::from(character);
    let next = HIDDEN.partition_point(|&(_, last)| last < code);
    HIDDEN.get(next).is_some_and(|&(first, _)| first <= code)
}

/// Returns a text in which escapes replace the hidden characters, as the function `visible` in `web/src/text.ts` does.
pub(crate) fn visible(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    for character in text.chars() {
        if is_hidden(character) {
            shown.push_str(&format!("\\u{{{:04X}}}", u32::from(character)));
        } else {
            shown.push(character);
        }
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::{HIDDEN, is_hidden, visible};

    #[test]
    fn hidden_characters_are_escapes() {
        assert_eq!(visible("a\u{202E}b\0c\u{E0041}"), "a\\u{202E}b\\u{0000}c\\u{E0041}");
        assert_eq!(visible("Zürich 東京 🙂"), "Zürich 東京 🙂");
        assert!("\u{890}\u{2065}\u{2800}\u{180B}\u{110BD}\u{1D173}\u{10FFFF}".chars().all(is_hidden));
    }

    #[test]
    fn ranges_are_in_order() {
        assert!(HIDDEN.len() > 20 && HIDDEN.iter().all(|(first, last)| first <= last));
        assert!(HIDDEN.windows(2).all(|pair| pair[0].1 < pair[1].0));
        assert_eq!(HIDDEN.len(), include_str!("../web/src/hidden.json").lines().count() - 2);
    }
}
