//! The strings of events, borrowed from the file: Latin-1 or UTF-16LE.

use std::borrow::Cow;
use std::fmt;

/// A string as stored in an event: Latin-1 with one byte per character, or UTF-16LE.
///
/// A `PmlStr` borrows the stored bytes and does not validate them. Strings of logs can have unpaired surrogates or
/// NULs, and the end of a damaged record can cut them off. `Display` writes all characters, including NULs, and U+FFFD
/// for each unpaired surrogate.
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

    /// The empty string as UTF-16.
    pub(crate) const EMPTY_UTF16: PmlStr<'static> = PmlStr { bytes: &[], declared: 0, wide: true };

    /// Creates a string with one byte per character. Each byte is the code point of its character.
    #[must_use]
    pub fn latin1(bytes: &'a [u8]) -> Self {
        Self { bytes, declared: saturate(bytes.len()), wide: false }
    }

    /// Creates a string of UTF-16LE code units. A single byte at the end is dropped.
    #[must_use]
    pub fn utf16(bytes: &'a [u8]) -> Self {
        let units = bytes.len() / 2;
        Self { bytes: bytes.get(..units * 2).unwrap_or(bytes), declared: saturate(units), wide: true }
    }

    /// Creates a string of the first `units` characters of `bytes`. If there are fewer, the string
    /// [is truncated](Self::is_truncated).
    #[inline]
    pub(crate) fn counted(bytes: &'a [u8], units: usize, wide: bool) -> Self {
        let there = if wide { bytes.len() / 2 } else { bytes.len() }.min(units);
        let size = if wide { there * 2 } else { there };
        Self { bytes: bytes.get(..size).unwrap_or(bytes), declared: saturate(units), wide }
    }

    /// Creates a string with a length and an encoding. Its characters are not read yet.
    #[inline]
    pub(crate) fn announced(units: u32, wide: bool) -> Self {
        Self { bytes: &[], declared: units, wide }
    }

    /// Creates a string from a string-info word, without its characters: bit 15 is set for one byte per character, bits
    /// 0 to 14 are the number of characters.
    #[inline]
    pub(crate) fn announced_by(info: u16) -> Self {
        Self::announced(u32::from(info & 0x7FFF), info & 0x8000 == 0)
    }

    /// Returns the string-info word. The length must be at most 32,767 characters.
    #[inline]
    pub(crate) fn info_word(self) -> u16 {
        (self.declared & 0x7FFF) as u16 | if self.wide { 0 } else { 0x8000 }
    }

    /// Encodes a string as Procmon does: with one byte per character if all characters are ASCII, else as UTF-16LE. The
    /// bytes of UTF-16LE are appended to `buffer`.
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

    /// Encodes a string as UTF-16LE and appends its bytes to `buffer`. Procmon always stores command lines, the
    /// patterns of directory listings and the new names of renamed files in this way.
    #[must_use]
    pub fn encode_utf16(text: &str, buffer: &'a mut Vec<u8>) -> Self {
        let start = buffer.len();
        buffer.extend(text.encode_utf16().flat_map(u16::to_le_bytes));
        Self::utf16(buffer.get(start..).unwrap_or_default())
    }

    /// Encodes strings as UTF-16LE, each with a NUL at its end, and appends their bytes to `buffer`.
    pub(crate) fn encode_nul_terminated<'t>(texts: impl IntoIterator<Item = &'t str>, buffer: &'a mut Vec<u8>) -> Self {
        let start = buffer.len();
        for text in texts {
            buffer.extend(text.encode_utf16().chain([0]).flat_map(u16::to_le_bytes));
        }
        Self::utf16(buffer.get(start..).unwrap_or_default())
    }

    /// Returns the length in the log, in characters: UTF-16 code units, or bytes of a Latin-1 string.
    #[must_use]
    pub fn declared_len(self) -> u32 {
        self.declared
    }

    /// Returns the number of characters that the event has. It is less than [`declared_len`](Self::declared_len) if the
    /// string [is truncated](Self::is_truncated).
    #[must_use]
    pub fn len(self) -> usize {
        if self.wide { self.bytes.len() / 2 } else { self.bytes.len() }
    }

    /// Returns true if the event has no character of the string.
    #[must_use]
    pub fn is_empty(self) -> bool {
        self.bytes.is_empty()
    }

    /// Returns true if the string is cut off: the event has fewer characters than the declared length.
    #[must_use]
    pub fn is_truncated(self) -> bool {
        self.len() < self.declared as usize
    }

    /// Returns true if the string is stored as UTF-16LE.
    #[must_use]
    pub fn is_utf16(self) -> bool {
        self.wide
    }

    /// Returns the stored bytes.
    #[must_use]
    pub fn as_bytes(self) -> &'a [u8] {
        self.bytes
    }

    /// Returns the text without copying; `None` if the string is not stored as ASCII, or has a NUL.
    #[inline]
    pub(crate) fn as_plain_str(self) -> Option<&'a str> {
        // A loop without branches, so that the compiler vectorizes it. Bit 7 of `byte | (byte - 1)` is set for a NUL
        // and for a byte that is not ASCII.
        if self.wide || self.bytes.iter().fold(0, |bits, &byte| bits | byte | byte.wrapping_sub(1)) & 0x80 != 0 {
            return None;
        }
        ascii(self.bytes)
    }

    /// Returns true if the string has surrogates, paired or unpaired.
    pub(crate) fn has_surrogates(self) -> bool {
        // A loop without branches, so that the compiler vectorizes it.
        let units = self.bytes.as_chunks::<2>().0.iter();
        self.wide && units.fold(false, |any, [_, high]| any | (high & 0xF8 == 0xD8))
    }

    /// Returns the text without copying; `None` if the string is not stored as ASCII. Nearly all paths are ASCII.
    #[must_use]
    pub fn as_str(self) -> Option<&'a str> {
        if !self.wide && self.bytes.is_ascii() { ascii(self.bytes) } else { None }
    }

    /// Returns the text. Copies it only if the string is not stored as ASCII. Unpaired surrogates become U+FFFD.
    #[must_use]
    pub fn to_str_lossy(self) -> Cow<'a, str> {
        self.as_str().map_or_else(|| Cow::Owned(self.to_string()), Cow::Borrowed)
    }

    /// Returns an iterator over the UTF-16 code units, for either encoding.
    pub fn units(self) -> impl DoubleEndedIterator<Item = u16> + Clone + 'a {
        let step = if self.wide { 2 } else { 1 };
        self.bytes.chunks_exact(step).map(|unit| match *unit {
            [low, high] => u16::from_le_bytes([low, high]),
            [byte] => u16::from(byte),
            _ => 0,
        })
    }

    /// Returns the part before the first NUL.
    #[must_use]
    pub fn until_nul(self) -> Self {
        match self.nul_position() {
            Some(end) => self.prefix(end),
            None => self,
        }
    }

    /// Returns the string without the NULs at its end.
    #[must_use]
    pub fn trim_end_nul(self) -> Self {
        let trailing = self.units().rev().take_while(|&unit| unit == 0).count();
        if trailing == 0 { self } else { self.prefix(self.len() - trailing) }
    }

    /// Splits the string at the last occurrence of an ASCII character; `None` if the string does not have it.
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
        let after = self.units().rev().position(|unit| unit == u16::from(separator))?;
        let at = self.len() - 1 - after;
        let size = if self.wide { 2 } else { 1 };
        let tail = self.bytes.get((at + 1) * size..)?;
        let passed = saturate(at + 1);
        Some((self.prefix(at), Self { bytes: tail, declared: self.declared.saturating_sub(passed), ..self }))
    }

    /// Returns the part after the first `len` characters; `None` if there are fewer.
    pub(crate) fn behind(self, len: usize) -> Option<Self> {
        let bytes = self.bytes.get(if self.wide { len * 2 } else { len }..)?;
        Some(Self { bytes, declared: self.declared.saturating_sub(saturate(len)), ..self })
    }

    /// Removes a prefix, ignoring ASCII case; `None` if the string does not start with it.
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

    /// Returns the position of the first NUL, in characters.
    pub(crate) fn nul_position(self) -> Option<usize> {
        if self.wide { self.units().position(|unit| unit == 0) } else { memchr::memchr(0, self.bytes) }
    }

    /// Returns the first `len` characters, as a string that is not truncated.
    pub(crate) fn prefix(self, len: usize) -> Self {
        let cut = Self::counted(self.bytes, len, self.wide);
        Self { declared: saturate(cut.len()), ..cut }
    }

    /// Writes the text, including NULs, with U+FFFD for each unpaired surrogate. Allocates no memory.
    ///
    /// # Errors
    /// If `out` returns an error.
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

/// Converts ASCII capital letters to lower case.
fn fold(unit: u16) -> u16 {
    u8::try_from(unit).map_or(unit, |byte| byte.to_ascii_lowercase().into())
}

/// Returns ASCII bytes as text; `None` if a byte is not ASCII. Tests 16 bytes at a time, whereas `str::from_utf8` tests
/// only a word.
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

/// The number of characters per chunk.
const CHUNK: usize = 128;

/// Decodes a string in chunks, into a buffer on the stack.
pub(crate) struct Utf8Chunks<'a> {
    rest: PmlStr<'a>,
    buffer: [u8; CHUNK * 3],
}

impl<'a> Utf8Chunks<'a> {
    pub(crate) fn new(string: PmlStr<'a>) -> Self {
        Self { rest: string, buffer: [0; CHUNK * 3] }
    }

    /// Returns the next chunk of text; `None` at the end.
    pub(crate) fn next_chunk(&mut self) -> Option<&str> {
        if self.rest.is_empty() {
            return None;
        }
        let len = if self.rest.wide {
            let mut units = [0; CHUNK];
            let units = self.next_units(&mut units);
            // Each unit takes at most three bytes, so the buffer is large enough. An unpaired surrogate becomes U+FFFD.
            encoding_rs::mem::convert_utf16_to_utf8(units, &mut self.buffer)
        } else {
            let piece = self.take(CHUNK);
            encoding_rs::mem::convert_latin1_to_utf8(piece, &mut self.buffer)
        };
        // The encoder writes valid UTF-8, so the default is never returned.
        Some(self.buffer.get(..len).and_then(|bytes| std::str::from_utf8(bytes).ok()).unwrap_or_default())
    }

    /// Takes the next units, up to a full chunk. Does not split a surrogate pair.
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

    /// Takes the next `size` bytes, or all of them if there are fewer.
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

/// Compares the characters; the encoding does not matter.
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
