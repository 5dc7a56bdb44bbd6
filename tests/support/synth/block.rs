//! Bytes whose fields stand at offsets written by hand.

/// A block of bytes, zero where nothing was put. Integers are little-endian.
///
/// Putting a field outside of the block panics: the length of a structure is part of what is written down.
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

    /// Eight bytes of a 64-bit log, four of a 32-bit one.
    #[must_use]
    pub fn pointer(self, bits64: bool, offset: usize, value: u64) -> Self {
        self.bytes(offset, &value.to_le_bytes()[..if bits64 { 8 } else { 4 }])
    }

    /// A UTF-16 text in a field of `units` code units, the rest of it zero.
    #[must_use]
    pub fn wide(self, offset: usize, units: usize, text: &str) -> Self {
        let text = Text::wide(text).bytes;
        assert!(text.len() <= 2 * units, "the field takes {units} code units");
        self.bytes(offset, &text)
    }

    /// Makes the block longer.
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

/// The characters of a counted string and the word that describes them.
///
/// Converting a `&str` packs it as Process Monitor does: one byte per character if all are below 0x80, else UTF-16.
#[derive(Clone, Debug)]
pub struct Text {
    /// Bit 15: one byte per character. The rest: the number of characters.
    pub info: u16,
    pub bytes: Vec<u8>,
}

impl Text {
    const ONE_BYTE: u16 = 0x8000;

    /// One byte per character, which the text must allow (Latin-1).
    pub fn narrow(text: &str) -> Self {
        let bytes: Vec<u8> = text.chars().map(|c| u8::try_from(c).expect("below U+0100")).collect();
        Self { info: Self::ONE_BYTE | bytes.len() as u16, bytes }
    }

    /// UTF-16 whatever the characters are.
    pub fn wide(text: &str) -> Self {
        Self::units(text.encode_utf16())
    }

    /// UTF-16 code units, even such as are no text.
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
