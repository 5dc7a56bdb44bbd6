//! Fonts and colours.

use std::fmt;
use std::str::FromStr;

use binrw::{BinRead, BinWrite, binrw};

use crate::error::{Error, Result};
use crate::wire::PmlStr;

/// A font as Windows describes it (LOGFONTW), 92 bytes.
///
/// ```
/// use procmon_parser::pmc::LogFont;
///
/// let mut font = LogFont::new("Consolas");
/// font.height = -13;
/// assert_eq!(font.to_string(), "Consolas, height -13, weight 400");
/// ```
#[binrw]
#[brw(little)]
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogFont {
    /// Height in logical units: of a cell, or of a character where it is negative.
    pub height: i32,
    /// Mean width of characters; 0 for that of the font.
    pub width: i32,
    /// Angle of the line in tenths of a degree.
    pub escapement: i32,
    /// Angle of each character in tenths of a degree.
    pub orientation: i32,
    /// 400 for normal, 700 for bold.
    pub weight: i32,
    /// Not 0 for italic.
    pub italic: u8,
    /// Not 0 for underlined.
    pub underline: u8,
    /// Not 0 for struck out.
    pub strike_out: u8,
    /// Character set (`ANSI_CHARSET` and so on).
    pub char_set: u8,
    /// How near the font has to come to what is asked for.
    pub out_precision: u8,
    /// What becomes of characters at the edge.
    pub clip_precision: u8,
    /// Quality of the drawing.
    pub quality: u8,
    /// Pitch in the low two bits, family in the high four.
    pub pitch_and_family: u8,
    /// Name of the typeface, ended by a NUL; what follows it has no meaning and is kept.
    pub face_name: [u16; 32],
}

impl LogFont {
    /// Size in bytes.
    pub const SIZE: usize = 92;

    /// A font of normal weight and of the height that Procmon has by default. Only the first 31 UTF-16 units of the
    /// name fit.
    #[must_use]
    pub fn new(face: &str) -> Self {
        let mut face_name = [0; 32];
        for (place, unit) in face_name.iter_mut().take(31).zip(face.encode_utf16()) {
            *place = unit;
        }
        Self {
            height: 8,
            width: 0,
            escapement: 0,
            orientation: 0,
            weight: 400,
            italic: 0,
            underline: 0,
            strike_out: 0,
            char_set: 0,
            out_precision: 0,
            clip_precision: 0,
            quality: 0,
            pitch_and_family: 0,
            face_name,
        }
    }

    /// Name of the typeface.
    #[must_use]
    pub fn face(&self) -> String {
        PmlStr::utf16(&self.face_name.map(u16::to_le_bytes).concat()).until_nul().to_string()
    }

    pub(super) fn from_bytes(bytes: &[u8; Self::SIZE]) -> Option<Self> {
        Self::read_le(&mut std::io::Cursor::new(bytes)).ok()
    }

    pub(super) fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(Self::SIZE);
        // Writing into memory does not fail.
        let _ = self.write_le(&mut std::io::Cursor::new(&mut bytes));
        bytes
    }
}

impl fmt::Display for LogFont {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}, height {}, weight {}", self.face(), self.height, self.weight)?;
        let marks = [(self.italic, "italic"), (self.underline, "underlined"), (self.strike_out, "struck out")];
        marks.iter().filter(|(mark, _)| *mark != 0).try_for_each(|(_, name)| write!(f, ", {name}"))
    }
}

impl FromStr for LogFont {
    type Err = Error;

    /// Parses a typeface, and what follows after commas in any order: `height 8`, `weight 700`, `italic`, `underlined`,
    /// `struck out`.
    fn from_str(text: &str) -> Result<Self> {
        let unknown = || Error::unknown_name("font", text);
        let mut parts = text.split(',').map(str::trim);
        let mut font = Self::new(parts.next().filter(|face| !face.is_empty()).ok_or_else(unknown)?);
        for part in parts {
            match part.split_once(' ') {
                Some(("height", height)) => font.height = height.trim().parse().map_err(|_| unknown())?,
                Some(("weight", weight)) => font.weight = weight.trim().parse().map_err(|_| unknown())?,
                _ => match part {
                    "italic" => font.italic = 1,
                    "underlined" => font.underline = 1,
                    "struck out" => font.strike_out = 1,
                    _ => return Err(unknown()),
                },
            }
        }
        Ok(font)
    }
}

/// A colour (COLORREF): red, green and blue, written `#rrggbb`.
///
/// ```
/// use procmon_parser::pmc::Color;
///
/// assert_eq!("#80ffff".parse::<Color>().unwrap(), Color { red: 0x80, green: 0xFF, blue: 0xFF });
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Color {
    /// Red, 0 to 255.
    pub red: u8,
    /// Green, 0 to 255.
    pub green: u8,
    /// Blue, 0 to 255.
    pub blue: u8,
}

impl fmt::Display for Color {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "#{:02x}{:02x}{:02x}", self.red, self.green, self.blue)
    }
}

impl FromStr for Color {
    type Err = Error;

    /// Parses `#rrggbb`.
    fn from_str(text: &str) -> Result<Self> {
        let digits = text.strip_prefix('#').filter(|digits| digits.len() == 6 && !digits.starts_with('+'));
        let bits = digits.and_then(|digits| u32::from_str_radix(digits, 16).ok());
        let [_, red, green, blue] = bits.ok_or_else(|| Error::unknown_name("colour #rrggbb", text))?.to_be_bytes();
        Ok(Self { red, green, blue })
    }
}
