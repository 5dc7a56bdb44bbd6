//! Blocks of bytes whose fields are put at explicit offsets.

/// A block of bytes, initially zero. Integers are little-endian.
///
/// Panics if a field does not fit in the block, because the length of a structure is part of its description.
#[derive(Clone, Debug, Default)]
pub struct Block(Vec<u8>);

impl Block {
    pub fn new(len: usize) -> Self {
        Self(vec![0; len])
    }

    #[must_use]
    pub fn bytes(mut self, offset: usize, bytes: &[u8]) -> Self {
        self.0[offset..offset + bytes.len()].copy_from_slice(bytes);
        self
    }

    #[must_use]
    pub fn u8(self, offset: usize, value: u8) -> Self {
        self.bytes(offset, &[value])
    }

    #[must_use]
    pub fn u16(self, offset: usize, value: u16) -> Self {
        self.bytes(offset, &value.to_le_bytes())
    }

    #[must_use]
    pub fn u32(self, offset: usize, value: u32) -> Self {
        self.bytes(offset, &value.to_le_bytes())
    }

    #[must_use]
    pub fn u64(self, offset: usize, value: u64) -> Self {
        self.bytes(offset, &value.to_le_bytes())
    }

    /// Puts a pointer: eight bytes in a 64-bit log, four in a 32-bit log.
    #[must_use]
    pub fn pointer(self, bits64: bool, offset: usize, value: u64) -> Self {
        self.bytes(offset, &value.to_le_bytes()[..if bits64 { 8 } else { 4 }])
    }

    /// Puts UTF-16 text into a field of `units` code units, padded with zeros.
    #[must_use]
    pub fn wide(self, offset: usize, units: usize, text: &str) -> Self {
        let text = Text::wide(text).bytes;
        assert!(text.len() <= 2 * units, "the text has more than {units} code units");
        self.bytes(offset, &text)
    }

    /// Appends bytes to the block.
    #[must_use]
    pub fn append(mut self, bytes: &[u8]) -> Self {
        self.0.extend_from_slice(bytes);
        self
    }

    /// Appends zeros until the length is a multiple of `multiple`.
    #[must_use]
    pub fn align(mut self, multiple: usize) -> Self {
        self.0.resize(self.0.len().next_multiple_of(multiple), 0);
        self
    }

    pub fn done(self) -> Vec<u8> {
        self.0
    }
}

/// A counted string: its bytes and its string-info word (see docs/PML-FORMAT.md).
///
/// The conversion from `&str` encodes as Procmon does: one byte per character if all are ASCII, otherwise UTF-16.
#[derive(Clone, Debug)]
pub struct Text {
    /// The string-info word. Bit 15: one byte per character; other bits: the number of characters.
    pub info: u16,
    pub bytes: Vec<u8>,
}

impl Text {
    const ONE_BYTE: u16 = 0x8000;

    /// Encodes text with one byte per character. Panics if a character is not Latin-1.
    pub fn narrow(text: &str) -> Self {
        let bytes: Vec<u8> = text.chars().map(|c| u8::try_from(c).expect("the text is Latin-1")).collect();
        Self { info: Self::ONE_BYTE | bytes.len() as u16, bytes }
    }

    /// Encodes text as UTF-16, even if it is ASCII.
    pub fn wide(text: &str) -> Self {
        Self::units(text.encode_utf16())
    }

    /// Stores UTF-16 code units, which may contain unpaired surrogates.
    pub fn units(units: impl IntoIterator<Item = u16>) -> Self {
        let bytes: Vec<u8> = units.into_iter().flat_map(u16::to_le_bytes).collect();
        Self { info: (bytes.len() / 2) as u16, bytes }
    }
}

impl From<&str> for Text {
    fn from(text: &str) -> Self {
        if text.is_ascii() { Self::narrow(text) } else { Self::wide(text) }
    }
}

impl From<&String> for Text {
    fn from(text: &String) -> Self {
        text.as_str().into()
    }
}

impl From<String> for Text {
    fn from(text: String) -> Self {
        text.as_str().into()
    }
}
