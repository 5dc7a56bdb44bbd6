//! A UTF-8 encoding of text that keeps unpaired surrogates, so that filters can compare them.
//!
//! UTF-8 cannot encode a surrogate. Here each becomes the mark U+10FFFF and a private-use character: U+10F000 for
//! 0xD800, and so on. A U+10FFFF in the text itself is written twice.

use std::fmt::{self, Write};

/// Precedes the character for a surrogate.
const MARK: char = '\u{10FFFF}';
/// The character for the first surrogate, 0xD800. Those for the others follow.
const FIRST: u32 = 0x10_F000;
const FIRST_SURROGATE: u16 = 0xD800;

/// Encodes text that has no unpaired surrogates.
pub(crate) fn write_str<W: Write + ?Sized>(out: &mut W, text: &str) -> fmt::Result {
    for (i, part) in text.split(MARK).enumerate() {
        if i > 0 {
            out.write_char(MARK)?;
            out.write_char(MARK)?;
        }
        out.write_str(part)?;
    }
    Ok(())
}

/// Encodes UTF-16 code units.
pub(crate) fn write_units<W: Write + ?Sized>(out: &mut W, units: impl Iterator<Item = u16>) -> fmt::Result {
    for decoded in char::decode_utf16(units) {
        match decoded {
            Ok(MARK) => write_str(out, MARK.encode_utf8(&mut [0; 4]))?,
            Ok(character) => out.write_char(character)?,
            Err(error) => {
                let place = u32::from(error.unpaired_surrogate() - FIRST_SURROGATE);
                out.write_char(MARK)?;
                out.write_char(char::from_u32(FIRST + place).unwrap_or(MARK))?;
            }
        }
    }
    Ok(())
}

/// Decodes text with marks to UTF-16 code units.
pub(crate) fn units(text: &str) -> impl Iterator<Item = u16> + '_ {
    let mut characters = text.chars();
    let next = move || match characters.next()? {
        MARK => Some(match characters.next()? {
            MARK => Unit::Character(MARK),
            other => Unit::Surrogate(u32::from(other).wrapping_sub(FIRST)),
        }),
        character => Some(Unit::Character(character)),
    };
    std::iter::from_fn(next).flat_map(|unit| {
        let mut buffer = [0; 2];
        let len = match unit {
            Unit::Character(character) => character.encode_utf16(&mut buffer).len(),
            Unit::Surrogate(place) => {
                buffer = [u16::try_from(place).unwrap_or_default().wrapping_add(FIRST_SURROGATE), 0];
                1
            }
        };
        buffer.into_iter().take(len)
    })
}

/// Converts a code unit to lower case, in the way Windows compares names: only if the result is a single code unit.
pub(crate) fn lower(unit: u16) -> u16 {
    if let Ok(byte) = u8::try_from(unit)
        && byte.is_ascii()
    {
        return byte.to_ascii_lowercase().into();
    }
    let Some(character) = char::from_u32(unit.into()) else { return unit };
    let mut small = character.to_lowercase();
    match (small.next().map(u32::from).map(u16::try_from), small.next()) {
        (Some(Ok(small)), None) => small,
        _ => unit,
    }
}

enum Unit {
    Character(char),
    Surrogate(u32),
}

#[cfg(test)]
mod tests {
    use super::{units, write_str, write_units};

    #[test]
    fn all_units_survive() {
        let cases: [&[u16]; 4] =
            [&[0x41, 0xD800, 0x42], &[0xDFFF], &[0xDBFF, 0xDFFF, 0xDBFF], &[0xD83D, 0xDE00, 0xFFFD]];
        for case in cases {
            let mut text = String::new();
            write_units(&mut text, case.iter().copied()).unwrap();
            assert_eq!(units(&text).collect::<Vec<_>>(), case);
        }
        let mut text = String::new();
        write_str(&mut text, "a\u{10FFFF}").unwrap();
        assert_eq!(units(&text).collect::<Vec<_>>(), [0x61, 0xDBFF, 0xDFFF]);
    }
}
