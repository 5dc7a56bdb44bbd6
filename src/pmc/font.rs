//! Fonts and colours.

use std::fmt;
use std::str::FromStr;

use binrw::{BinRead, BinWrite, binrw};

use crate::error::{Error, Result};
use crate::wire::PmlStr;

/// A font as Windows describes it (LOGFONTW).
///
/// ```
/// use procmon_parser::pmc::LogFont;
///
/// let mut font = LogFont::new("Consolas");
/// font.height = -13;
/// assert_eq!(font.to_string(), "Consolas, height -13, weight 400");
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct LogFont {
    /// The height in logical units: that of a cell if positive, that of a character if negative.
    pub height: i32,
    /// The mean width of characters in logical units; 0 for the default width of the font.
    pub width: i32,
    /// The angle of the line, in tenths of a degree.
    pub escapement: i32,
    /// The angle of each character, in tenths of a degree.
    pub orientation: i32,
    /// The weight: 400 for normal, 700 for bold.
    pub weight: i32,
    /// True for italic.
    pub italic: bool,
    /// True for underlined.
    pub underline: bool,
    /// True for struck out.
    pub strike_out: bool,
    /// The character set (`ANSI_CHARSET` and so on).
    pub char_set: u8,
    /// The precision of the match with the requested font (`OUT_DEFAULT_PRECIS` and so on).
    pub out_precision: u8,
    /// The clipping of characters at the edge (`CLIP_DEFAULT_PRECIS` and so on).
    pub clip_precision: u8,
    /// The quality of the output (`DEFAULT_QUALITY` and so on).
    pub quality: u8,
    /// The pitch in the two lowest bits, and the family in the four highest.
    pub pitch_and_family: u8,
    face: String,
}

/// The stored form of a font.
#[binrw]
#[brw(little)]
#[derive(Debug, Default)]
struct FontRecord {
    height: i32,
    width: i32,
    escapement: i32,
    orientation: i32,
    weight: i32,
    italic: u8,
    underline: u8,
    strike_out: u8,
    char_set: u8,
    out_precision: u8,
    clip_precision: u8,
    quality: u8,
    pitch_and_family: u8,
    /// The name of the typeface, up to its NUL; the units after it have no meaning.
    face_name: [u16; 32],
}

impl FontRecord {
    const SIZE: usize = 92;

    fn parse(bytes: &[u8]) -> Self {
        Self::read_le(&mut std::io::Cursor::new(bytes)).unwrap_or_default()
    }

    fn face(&self) -> String {
        PmlStr::utf16(&self.face_name.map(u16::to_le_bytes).concat()).until_nul().to_string()
    }
}

impl LogFont {
    /// Creates a font of normal weight and of Procmon's default height. The name of the typeface is cut to 31 UTF-16
    /// units, which is the limit of Windows.
    #[must_use]
    pub fn new(face: &str) -> Self {
        let record = FontRecord { height: 8, weight: 400, face_name: face_name(face), ..FontRecord::default() };
        Self::from(record)
    }

    /// Creates a bold font.
    pub(super) fn bold(face: &str) -> Self {
        Self { weight: 700, ..Self::new(face) }
    }

    /// Returns the name of the typeface.
    #[must_use]
    pub fn face(&self) -> &str {
        &self.face
    }

    pub(super) fn from_bytes(bytes: &[u8; FontRecord::SIZE]) -> Self {
        Self::from(FontRecord::parse(bytes))
    }

    /// Encodes the font. The bytes of the previous font are kept where their meaning is unchanged.
    pub(super) fn to_bytes(&self, previous: &[u8]) -> [u8; FontRecord::SIZE] {
        let previous = FontRecord::parse(previous);
        let flag = |value: bool, previous: u8| if value == (previous != 0) { previous } else { value.into() };
        let record = FontRecord {
            height: self.height,
            width: self.width,
            escapement: self.escapement,
            orientation: self.orientation,
            weight: self.weight,
            italic: flag(self.italic, previous.italic),
            underline: flag(self.underline, previous.underline),
            strike_out: flag(self.strike_out, previous.strike_out),
            char_set: self.char_set,
            out_precision: self.out_precision,
            clip_precision: self.clip_precision,
            quality: self.quality,
            pitch_and_family: self.pitch_and_family,
            face_name: if previous.face() == self.face { previous.face_name } else { face_name(&self.face) },
        };
        let mut bytes = [0; FontRecord::SIZE];
        // The record fits in the array, so writing does not fail.
        let _ = record.write_le(&mut std::io::Cursor::new(bytes.as_mut_slice()));
        bytes
    }
}

impl From<FontRecord> for LogFont {
    fn from(record: FontRecord) -> Self {
        Self {
            face: record.face(),
            height: record.height,
            width: record.width,
            escapement: record.escapement,
            orientation: record.orientation,
            weight: record.weight,
            italic: record.italic != 0,
            underline: record.underline != 0,
            strike_out: record.strike_out != 0,
            char_set: record.char_set,
            out_precision: record.out_precision,
            clip_precision: record.clip_precision,
            quality: record.quality,
            pitch_and_family: record.pitch_and_family,
        }
    }
}

/// Encodes the name of a typeface, cut to 31 units and followed by a NUL.
fn face_name(face: &str) -> [u16; 32] {
    let mut name = [0; 32];
    name.iter_mut().take(31).zip(face.encode_utf16()).for_each(|(slot, unit)| *slot = unit);
    name
}

impl fmt::Display for LogFont {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}, height {}, weight {}", self.face(), self.height, self.weight)?;
        let marks = [(self.italic, "italic"), (self.underline, "underlined"), (self.strike_out, "struck out")];
        marks.iter().filter(|(mark, _)| *mark).try_for_each(|(_, name)| write!(f, ", {name}"))
    }
}

impl FromStr for LogFont {
    type Err = Error;

    /// Parses a typeface and its attributes, separated by commas. The attributes are `height 8`, `weight 700`,
    /// `italic`, `underlined` and `struck out`, in any order.
    fn from_str(text: &str) -> Result<Self> {
        let unknown = || Error::unknown_name("font", text);
        let mut parts = text.split(',').map(str::trim);
        let mut font = Self::new(parts.next().filter(|face| !face.is_empty()).ok_or_else(unknown)?);
        for part in parts {
            match part.split_once(' ') {
                Some(("height", height)) => font.height = height.trim().parse().map_err(|_| unknown())?,
                Some(("weight", weight)) => font.weight = weight.trim().parse().map_err(|_| unknown())?,
                _ => match part {
                    "italic" => font.italic = true,
                    "underlined" => font.underline = true,
                    "struck out" => font.strike_out = true,
                    _ => return Err(unknown()),
                },
            }
        }
        Ok(font)
    }
}

/// A colour (COLORREF) of three components. `Display` and `FromStr` use the form `#rrggbb`.
///
/// ```
/// use procmon_parser::pmc::Color;
///
/// assert_eq!("#80ffff".parse::<Color>()?, Color { red: 0x80, green: 0xFF, blue: 0xFF });
/// # Ok::<(), procmon_parser::Error>(())
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
