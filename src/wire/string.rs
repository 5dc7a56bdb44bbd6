//! Strings inside events: one byte per character or UTF-16LE, borrowed from the file.

use std::borrow::Cow;
use std::fmt;

/// A string as it lies in an event: Latin-1 with one byte per character, or UTF-16LE. Nothing is copied or checked
/// until somebody asks for text.
///
/// Logs hold strings that are no valid Unicode (unpaired surrogates), that contain NUL, and that a damaged record cuts
/// short; all of that is kept. `Display` writes every character, NUL included, and U+FFFD for an unpaired surrogate.
///
/// ```
/// use procmon_parser::PmlStr;
///
/// let packed = PmlStr::latin1(br"C:\Windows");
/// let wide = PmlStr::utf16(b"C\0:\0\\\0\xe4\0");
/// assert_eq!(packed.as_str(), Some(r"C:\Windows"));
/// assert_eq!(wide.to_string(), "C:\\\u{e4}");
/// assert_eq!(wide.declared_len(), 4);
/// assert!(packed == r"C:\Windows");
/// ```
#[derive(Clone, Copy)]
pub struct PmlStr<'a> {
    bytes: &'a [u8],
    declared: u32,
    wide: bool,
}

impl<'a> PmlStr<'a> {
    /// The empty string.
    pub const EMPTY: PmlStr<'static> = PmlStr { bytes: &[], declared: 0, wide: false };

    /// The empty string, stored as UTF-16.
    pub(crate) const EMPTY_UTF16: PmlStr<'static> = PmlStr { bytes: &[], declared: 0, wide: true };

    /// A string of one byte per character; a byte is its code point.
    #[must_use]
    pub fn latin1(bytes: &'a [u8]) -> Self {
        Self { bytes, declared: saturate(bytes.len()), wide: false }
    }

    /// A string of UTF-16LE code units; an odd last byte is dropped.
    #[must_use]
    pub fn utf16(bytes: &'a [u8]) -> Self {
        let units = bytes.len() / 2;
        Self { bytes: bytes.get(..units * 2).unwrap_or(bytes), declared: saturate(units), wide: true }
    }

    /// The first `units` characters of `bytes`; if there are fewer, those, and [`is_truncated`](Self::is_truncated).
    #[inline]
    pub(crate) fn counted(bytes: &'a [u8], units: usize, wide: bool) -> Self {
        let there = if wide { bytes.len() / 2 } else { bytes.len() }.min(units);
        let size = if wide { there * 2 } else { there };
        Self { bytes: bytes.get(..size).unwrap_or(bytes), declared: saturate(units), wide }
    }

    /// A string of which only the number of characters and the encoding are known yet.
    #[inline]
    pub(crate) fn announced(units: u32, wide: bool) -> Self {
        Self { bytes: &[], declared: units, wide }
    }

    /// A string of which only its string-info word is known yet: bit 15 says one byte per character, the rest counts
    /// characters.
    #[inline]
    pub(crate) fn announced_by(info: u16) -> Self {
        Self::announced(u32::from(info & 0x7FFF), info & 0x8000 == 0)
    }

    /// The string-info word, which has no room for more than 32,767 characters.
    #[inline]
    pub(crate) fn info_word(self) -> u16 {
        (self.declared & 0x7FFF) as u16 | if self.wide { 0 } else { 0x8000 }
    }

    /// The string as Procmon stores it: one byte per character if all are ASCII, else UTF-16LE. Its bytes are appended
    /// to `buffer` where they are not those of `text`.
    ///
    /// ```
    /// use procmon_parser::PmlStr;
    ///
    /// let mut buffer = Vec::new();
    /// assert!(!PmlStr::encode(r"C:\Windows", &mut buffer).is_utf16());
    /// let path = PmlStr::encode("C:\\M\u{fc}ll", &mut buffer);
    /// assert!(path.is_utf16() && path == "C:\\M\u{fc}ll");
    /// ```
    #[must_use]
    pub fn encode(text: &'a str, buffer: &'a mut Vec<u8>) -> Self {
        if text.is_ascii() { Self::latin1(text.as_bytes()) } else { Self::encode_utf16(text, buffer) }
    }

    /// The string in UTF-16LE, whatever its characters: so Procmon stores command lines, patterns of listings and new
    /// names. Its bytes are appended to `buffer`.
    #[must_use]
    pub fn encode_utf16(text: &str, buffer: &'a mut Vec<u8>) -> Self {
        let start = buffer.len();
        buffer.extend(text.encode_utf16().flat_map(u16::to_le_bytes));
        Self::utf16(buffer.get(start..).unwrap_or_default())
    }

    /// Strings in UTF-16LE, each with a NUL behind it, appended to `buffer`.
    pub(crate) fn encode_nul_terminated<'t>(texts: impl IntoIterator<Item = &'t str>, buffer: &'a mut Vec<u8>) -> Self {
        let start = buffer.len();
        for text in texts {
            buffer.extend(text.encode_utf16().chain([0]).flat_map(u16::to_le_bytes));
        }
        Self::utf16(buffer.get(start..).unwrap_or_default())
    }

    /// Number of characters (UTF-16 code units, or bytes of a one-byte string) that the log says the string has.
    #[must_use]
    pub fn declared_len(self) -> u32 {
        self.declared
    }

    /// Number of characters that are there.
    #[must_use]
    pub fn len(self) -> usize {
        if self.wide { self.bytes.len() / 2 } else { self.bytes.len() }
    }

    /// Whether no character is there.
    #[must_use]
    pub fn is_empty(self) -> bool {
        self.bytes.is_empty()
    }

    /// Whether the log says that there are more characters than the event has.
    #[must_use]
    pub fn is_truncated(self) -> bool {
        self.len() < self.declared as usize
    }

    /// Whether the string is stored as UTF-16LE.
    #[must_use]
    pub fn is_utf16(self) -> bool {
        self.wide
    }

    /// The bytes as stored.
    #[must_use]
    pub fn as_bytes(self) -> &'a [u8] {
        self.bytes
    }

    /// The text without copying, if it is stored as ASCII and has no NUL.
    #[inline]
    pub(crate) fn as_plain_str(self) -> Option<&'a str> {
        // One pass without a branch, which the compiler turns into vector instructions: bit 7 tells of a byte that is
        // no ASCII, or of a NUL.
        if self.wide || self.bytes.iter().fold(0, |bits, &byte| bits | byte | byte.wrapping_sub(1)) & 0x80 != 0 {
            return None;
        }
        ascii(self.bytes)
    }

    /// Whether there are surrogates, paired or not.
    pub(crate) fn has_surrogates(self) -> bool {
        // Without a branch, for the sake of vector instructions.
        let units = self.bytes.as_chunks::<2>().0.iter();
        self.wide && units.fold(false, |any, [_, high]| any | (high & 0xF8 == 0xD8))
    }

    /// The text without copying, if it is stored as ASCII. Nearly all paths are.
    #[must_use]
    pub fn as_str(self) -> Option<&'a str> {
        if !self.wide && self.bytes.is_ascii() { ascii(self.bytes) } else { None }
    }

    /// The text, copied only where it is not stored as ASCII.
    #[must_use]
    pub fn to_str_lossy(self) -> Cow<'a, str> {
        self.as_str().map_or_else(|| Cow::Owned(self.to_string()), Cow::Borrowed)
    }

    /// The UTF-16 code units, whatever the encoding.
    pub fn units(self) -> impl DoubleEndedIterator<Item = u16> + Clone + 'a {
        let step = if self.wide { 2 } else { 1 };
        self.bytes.chunks_exact(step).map(|unit| match *unit {
            [low, high] => u16::from_le_bytes([low, high]),
            [byte] => u16::from(byte),
            _ => 0,
        })
    }

    /// The part before the first NUL.
    #[must_use]
    pub fn until_nul(self) -> Self {
        match self.nul_position() {
            Some(end) => self.prefix(end),
            None => self,
        }
    }

    /// The string without the NULs at its end.
    #[must_use]
    pub fn trim_end_nul(self) -> Self {
        let trailing = self.units().rev().take_while(|&unit| unit == 0).count();
        if trailing == 0 { self } else { self.prefix(self.len() - trailing) }
    }

    /// What stands before and behind the last of an ASCII character; `None` if the string does not have it.
    ///
    /// ```
    /// use procmon_parser::PmlStr;
    ///
    /// let path = PmlStr::latin1(br"C:\Windows\notepad.exe");
    /// let (folder, file) = path.rsplit_once(b'\\').unwrap();
    /// assert_eq!((folder.as_str(), file.as_str()), (Some(r"C:\Windows"), Some("notepad.exe")));
    /// ```
    #[must_use]
    pub fn rsplit_once(self, separator: u8) -> Option<(Self, Self)> {
        let behind = self.units().rev().position(|unit| unit == u16::from(separator))?;
        let at = self.len() - 1 - behind;
        let size = if self.wide { 2 } else { 1 };
        let tail = self.bytes.get((at + 1) * size..)?;
        let passed = saturate(at + 1);
        Some((self.prefix(at), Self { bytes: tail, declared: self.declared.saturating_sub(passed), ..self }))
    }

    /// What follows the first `len` characters; `None` if there are fewer.
    pub(crate) fn behind(self, len: usize) -> Option<Self> {
        let bytes = self.bytes.get(if self.wide { len * 2 } else { len }..)?;
        Some(Self { bytes, declared: self.declared.saturating_sub(saturate(len)), ..self })
    }

    /// What follows a prefix of ASCII text, without regard to its case; `None` if the string does not begin with it.
    #[must_use]
    pub fn strip_prefix_ignore_case(self, prefix: &str) -> Option<Self> {
        let mut units = self.units();
        for expected in prefix.encode_utf16() {
            units.next().filter(|&unit| fold(unit) == fold(expected))?;
        }
        let skipped = prefix.encode_utf16().count();
        let size = if self.wide { skipped * 2 } else { skipped };
        let bytes = self.bytes.get(size..)?;
        Some(Self { bytes, declared: self.declared.saturating_sub(saturate(skipped)), ..self })
    }

    /// Position of the first NUL, in characters.
    pub(crate) fn nul_position(self) -> Option<usize> {
        if self.wide { self.units().position(|unit| unit == 0) } else { memchr::memchr(0, self.bytes) }
    }

    /// The first `len` characters, complete in themselves.
    pub(crate) fn prefix(self, len: usize) -> Self {
        let cut = Self::counted(self.bytes, len, self.wide);
        Self { declared: saturate(cut.len()), ..cut }
    }

    /// Writes the text; NUL as it is, U+FFFD for each unpaired surrogate. Allocates nothing.
    ///
    /// # Errors
    /// Only those of `out`.
    #[inline]
    pub fn write_to<W: fmt::Write + ?Sized>(self, out: &mut W) -> fmt::Result {
        if let Some(text) = self.as_str() {
            return out.write_str(text);
        }
        let mut buffer = Utf8Chunks::new(self);
        while let Some(text) = buffer.next_chunk() {
            out.write_str(text)?;
        }
        Ok(())
    }
}

/// Folds ASCII capitals.
fn fold(unit: u16) -> u16 {
    u8::try_from(unit).map_or(unit, |byte| byte.to_ascii_lowercase().into())
}

/// ASCII as text. That it is ASCII is looked at 16 bytes at a time, where `str::from_utf8` does it by words.
#[inline]
fn ascii(bytes: &[u8]) -> Option<&str> {
    match encoding_rs::mem::decode_latin1(bytes) {
        Cow::Borrowed(text) => Some(text),
        Cow::Owned(_not_ascii) => None,
    }
}

fn saturate(len: usize) -> u32 {
    u32::try_from(len).unwrap_or(u32::MAX)
}

/// Characters that one chunk takes from the string.
const CHUNK: usize = 128;

/// Decodes a string piece by piece into a buffer on the stack.
pub(crate) struct Utf8Chunks<'a> {
    rest: PmlStr<'a>,
    buffer: [u8; CHUNK * 3],
}

impl<'a> Utf8Chunks<'a> {
    pub(crate) fn new(string: PmlStr<'a>) -> Self {
        Self { rest: string, buffer: [0; CHUNK * 3] }
    }

    /// The next piece of text; `None` at the end.
    pub(crate) fn next_chunk(&mut self) -> Option<&str> {
        if self.rest.is_empty() {
            return None;
        }
        let len = if self.rest.wide {
            let mut units = [0; CHUNK];
            let units = self.next_units(&mut units);
            // Each unit takes at most three bytes, so there is room; an unpaired surrogate becomes U+FFFD.
            encoding_rs::mem::convert_utf16_to_utf8(units, &mut self.buffer)
        } else {
            let piece = self.take(CHUNK);
            encoding_rs::mem::convert_latin1_to_utf8(piece, &mut self.buffer)
        };
        // The buffer holds what an encoder of UTF-8 wrote; the empty text cannot occur.
        Some(self.buffer.get(..len).and_then(|bytes| std::str::from_utf8(bytes).ok()).unwrap_or_default())
    }

    /// The next units, as many as there is room for. A pair of surrogates is not cut in two.
    fn next_units<'u>(&mut self, room: &'u mut [u16; CHUNK]) -> &'u [u16] {
        let mut count = 0;
        for (unit, bytes) in room.iter_mut().zip(self.rest.bytes.as_chunks::<2>().0) {
            *unit = u16::from_le_bytes(*bytes);
            count += 1;
        }
        if count < self.rest.len() && room.last().is_some_and(|last| (0xD800..0xDC00).contains(last)) {
            count -= 1;
        }
        self.take(count * 2);
        room.get(..count).unwrap_or_default()
    }

    /// The next bytes, `size` or as many as there are.
    fn take(&mut self, size: usize) -> &'a [u8] {
        let (head, tail) = self.rest.bytes.split_at_checked(size).unwrap_or((self.rest.bytes, &[]));
        self.rest.bytes = tail;
        head
    }
}

impl fmt::Display for PmlStr<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.write_to(f)
    }
}

impl fmt::Debug for PmlStr<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}", self.to_str_lossy())?;
        if self.is_truncated() { write!(f, " ({} of {} characters)", self.len(), self.declared) } else { Ok(()) }
    }
}

impl Default for PmlStr<'_> {
    fn default() -> Self {
        Self::EMPTY
    }
}

impl std::hash::Hash for PmlStr<'_> {
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        self.units().for_each(|unit| state.write_u16(unit));
        state.write_u16(0xFFFF);
    }
}

/// Equal characters, whatever the encoding.
impl PartialEq for PmlStr<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.units().eq(other.units())
    }
}

impl Eq for PmlStr<'_> {}

impl PartialEq<str> for PmlStr<'_> {
    fn eq(&self, other: &str) -> bool {
        self.units().eq(other.encode_utf16())
    }
}

impl PartialEq<&str> for PmlStr<'_> {
    fn eq(&self, other: &&str) -> bool {
        *self == **other
    }
}
