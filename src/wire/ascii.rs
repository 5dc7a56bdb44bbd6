//! Formatting of numbers into a buffer on the stack.

/// The two decimal digits of each number below 100.
static PAIRS: [[u8; 2]; 100] = {
    let mut pairs = [[b'0'; 2]; 100];
    let mut rest: &mut [[u8; 2]] = &mut pairs;
    let mut number = 0;
    while let [pair, tail @ ..] = rest {
        *pair = [b'0' + number / 10, b'0' + number % 10];
        number += 1;
        rest = tail;
    }
    pairs
};

/// The hexadecimal digits.
#[derive(Clone, Copy, Debug)]
pub(crate) struct HexDigits([u8; 16]);

impl HexDigits {
    pub(crate) const LOWER: &'static Self = &Self(*b"0123456789abcdef");
    pub(crate) const UPPER: &'static Self = &Self(*b"0123456789ABCDEF");

    /// Returns the lowest digit of a number.
    #[inline]
    fn digit(&self, number: u64) -> u8 {
        self.0.get((number & 0xF) as usize).copied().unwrap_or(b'0')
    }

    /// Returns both digits of a byte.
    #[inline]
    pub(crate) fn pair(&self, byte: u8) -> [u8; 2] {
        [self.digit(u64::from(byte) >> 4), self.digit(byte.into())]
    }
}

/// A string of at most 32 ASCII characters, to which characters are added at the front.
pub(crate) type Ascii = FrontText<32>;

/// A string of at most `SIZE` bytes, to which text is added at the front.
///
/// The buffer is aligned, and the bytes before the text are zero. So the check for UTF-8 can begin at a multiple of 16
/// bytes, and takes at most two steps for [`Ascii`].
#[repr(align(16))]
#[derive(Clone, Copy, Debug)]
pub(crate) struct FrontText<const SIZE: usize> {
    bytes: [u8; SIZE],
    start: usize,
}

impl<const SIZE: usize> FrontText<SIZE> {
    #[inline]
    pub(crate) fn new() -> Self {
        Self { bytes: [0; SIZE], start: SIZE }
    }

    /// Adds bytes at the front. Does nothing if the buffer is full.
    #[inline]
    fn push<const N: usize>(&mut self, bytes: [u8; N]) {
        if let Some(start) = self.start.checked_sub(N)
            && let Some(slot) = self.bytes.get_mut(start..).and_then(<[u8]>::first_chunk_mut)
        {
            *slot = bytes;
            self.start = start;
        }
    }

    /// Adds an ASCII character at the front. Does nothing if the buffer is full.
    #[inline]
    pub(crate) fn push_front(&mut self, byte: u8) {
        debug_assert!(byte.is_ascii());
        self.push([byte]);
    }

    /// Adds text at the front. Does nothing if it does not fit.
    #[inline]
    pub(crate) fn push_str_front(&mut self, text: &str) {
        if let [byte] = *text.as_bytes() {
            return self.push_front(byte);
        }
        if let Some(start) = self.start.checked_sub(text.len())
            && let Some(slot) = self.bytes.get_mut(start..self.start)
        {
            slot.copy_from_slice(text.as_bytes());
            self.start = start;
        }
    }

    /// Adds the lowest two decimal digits of a number at the front.
    #[inline]
    fn push_pair(&mut self, number: u64) {
        self.push(PAIRS.get((number % 100) as usize).copied().unwrap_or_default());
    }

    /// Adds the lowest `width` decimal digits of a number at the front.
    #[inline]
    pub(crate) fn push_digits(&mut self, mut number: u64, width: usize) {
        for _ in 0..width / 2 {
            self.push_pair(number);
            number /= 100;
        }
        if width % 2 == 1 {
            self.push_front(b'0' + (number % 10) as u8);
        }
    }

    /// Adds a decimal number at the front.
    #[inline]
    pub(crate) fn push_decimal(&mut self, mut number: u64) {
        while number >= 100 {
            self.push_pair(number);
            number /= 100;
        }
        self.push_digits(number, if number < 10 { 1 } else { 2 });
    }

    /// Adds the lowest `width` hexadecimal digits of a number at the front.
    #[inline]
    pub(crate) fn push_hex_digits(&mut self, mut number: u64, width: usize, digits: &HexDigits) {
        for _ in 0..width {
            self.push_front(digits.digit(number));
            number >>= 4;
        }
    }

    /// Adds both hexadecimal digits of a byte at the front.
    #[inline]
    pub(crate) fn push_hex_byte(&mut self, byte: u8, digits: &HexDigits) {
        self.push(digits.pair(byte));
    }

    /// Adds `0x` and a hexadecimal number at the front.
    #[inline]
    pub(crate) fn push_hex(&mut self, mut number: u64, digits: &HexDigits) {
        loop {
            self.push_front(digits.digit(number));
            number >>= 4;
            if number == 0 {
                break;
            }
        }
        self.push(*b"0x");
    }

    #[inline]
    pub(crate) fn as_bytes(&self) -> &[u8] {
        self.bytes.get(self.start..).unwrap_or_default()
    }

    #[inline]
    pub(crate) fn as_str(&self) -> &str {
        let aligned = self.start & !15;
        let bytes = self.bytes.get(aligned..).unwrap_or_default();
        std::str::from_utf8(bytes).ok().and_then(|text| text.get(self.start - aligned..)).unwrap_or_default()
    }
}
