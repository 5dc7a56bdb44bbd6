//! Numbers, written through buffers on the stack.

use std::fmt;

use super::cell::Cell;

/// The two digits of each number below 100.
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

/// ASCII that grows from its end, at most 32 bytes.
///
/// All of it is ASCII at all times, and aligned: so that to see that it is text takes two steps, however long it is.
#[repr(align(16))]
pub(super) struct Ascii {
    bytes: [u8; Self::SIZE],
    start: usize,
}

impl Ascii {
    const SIZE: usize = 32;

    #[inline]
    pub(super) fn new() -> Self {
        Self { bytes: [0; Self::SIZE], start: Self::SIZE }
    }

    /// Puts bytes before the others; without room for them, nothing happens.
    #[inline]
    fn push<const N: usize>(&mut self, bytes: [u8; N]) {
        if let Some(start) = self.start.checked_sub(N)
            && let Some(slot) = self.bytes.get_mut(start..).and_then(<[u8]>::first_chunk_mut)
        {
            *slot = bytes;
            self.start = start;
        }
    }

    /// Puts a byte of ASCII before the others; without room for it, nothing happens.
    #[inline]
    pub(super) fn push_front(&mut self, byte: u8) {
        debug_assert!(byte.is_ascii());
        self.push([byte]);
    }

    /// Puts the lowest two decimal digits of a number before the others.
    #[inline]
    fn push_pair(&mut self, number: u64) {
        self.push(PAIRS.get((number % 100) as usize).copied().unwrap_or_default());
    }

    /// Puts the lowest `width` decimal digits of a number before the others.
    #[inline]
    pub(super) fn push_digits(&mut self, mut number: u64, width: usize) {
        for _ in 0..width / 2 {
            self.push_pair(number);
            number /= 100;
        }
        if width % 2 == 1 {
            self.push_front(b'0' + (number % 10) as u8);
        }
    }

    /// Puts a decimal number before the others.
    #[inline]
    pub(super) fn push_decimal(&mut self, mut number: u64) {
        while number >= 100 {
            self.push_pair(number);
            number /= 100;
        }
        self.push_digits(number, if number < 10 { 1 } else { 2 });
    }

    #[inline]
    pub(super) fn as_str(&self) -> &str {
        std::str::from_utf8(&self.bytes).ok().and_then(|text| text.get(self.start..)).unwrap_or_default()
    }
}

/// A plain decimal number.
#[inline]
pub(super) fn decimal<W: fmt::Write + ?Sized>(cell: &mut Cell<'_, W>, number: impl itoa::Integer) -> fmt::Result {
    cell.literal(itoa::Buffer::new().format(number))
}

/// An unsigned number in groups of three digits; all ones of 64 bits are -1.
#[inline]
pub(super) fn grouped<W: fmt::Write + ?Sized>(cell: &mut Cell<'_, W>, number: impl Into<u64>) -> fmt::Result {
    let number = number.into();
    if number < 1000 {
        return decimal(cell, number);
    }
    if number == u64::MAX {
        return cell.literal("-1");
    }
    let mut text = Ascii::new();
    let mut rest = number;
    while rest >= 1000 {
        text.push_digits(rest % 1000, 3);
        text.push_front(b',');
        rest /= 1000;
    }
    text.push_decimal(rest);
    cell.literal(text.as_str())
}

const LOWER: &[u8; 16] = b"0123456789abcdef";
const UPPER: &[u8; 16] = b"0123456789ABCDEF";

#[inline]
fn digit(digits: &[u8; 16], nibble: u64) -> u8 {
    digits.get((nibble & 0xF) as usize).copied().unwrap_or(b'0')
}

fn hex_with<W: fmt::Write + ?Sized>(cell: &mut Cell<'_, W>, mut number: u64, digits: &[u8; 16]) -> fmt::Result {
    let mut text = Ascii::new();
    loop {
        text.push_front(digit(digits, number));
        number >>= 4;
        if number == 0 {
            break;
        }
    }
    text.push_front(b'x');
    text.push_front(b'0');
    cell.literal(text.as_str())
}

/// `0x1f`.
pub(super) fn hex<W: fmt::Write + ?Sized>(cell: &mut Cell<'_, W>, number: impl Into<u64>) -> fmt::Result {
    hex_with(cell, number.into(), LOWER)
}

/// `0x1F`.
pub(super) fn hex_upper<W: fmt::Write + ?Sized>(cell: &mut Cell<'_, W>, number: impl Into<u64>) -> fmt::Result {
    hex_with(cell, number.into(), UPPER)
}

/// `00000000:0012f69e`.
pub(super) fn luid<W: fmt::Write + ?Sized>(cell: &mut Cell<'_, W>, luid: u64) -> fmt::Result {
    let mut text = Ascii::new();
    for position in 0..16 {
        if position == 8 {
            text.push_front(b':');
        }
        text.push_front(digit(LOWER, luid >> (4 * position)));
    }
    cell.literal(text.as_str())
}

/// `1F 00 A2`.
pub(super) fn hex_dump<W: fmt::Write + ?Sized>(cell: &mut Cell<'_, W>, bytes: &[u8]) -> fmt::Result {
    for (i, &byte) in bytes.iter().enumerate() {
        let mut text = Ascii::new();
        text.push_front(digit(UPPER, byte.into()));
        text.push_front(digit(UPPER, u64::from(byte) >> 4));
        if i > 0 {
            text.push_front(b' ');
        }
        cell.literal(text.as_str())?;
    }
    Ok(())
}

/// `1F00A2`.
pub(super) fn hex_digits<W: fmt::Write + ?Sized>(cell: &mut Cell<'_, W>, bytes: &[u8; 16]) -> fmt::Result {
    let mut text = Ascii::new();
    for &byte in bytes.iter().rev() {
        text.push_front(digit(UPPER, byte.into()));
        text.push_front(digit(UPPER, u64::from(byte) >> 4));
    }
    cell.literal(text.as_str())
}

/// `1F00-00A2`: the serial number of a volume.
pub(super) fn serial<W: fmt::Write + ?Sized>(cell: &mut Cell<'_, W>, serial: u32) -> fmt::Result {
    let mut text = Ascii::new();
    for position in 0..8 {
        if position == 4 {
            text.push_front(b'-');
        }
        text.push_front(digit(UPPER, u64::from(serial >> (4 * position))));
    }
    cell.literal(text.as_str())
}

/// `True` or `False`.
pub(super) const fn boolean(value: bool) -> &'static str {
    if value { "True" } else { "False" }
}

/// The name of a code, or `<Unknown: 17>`.
pub(super) fn named<W: fmt::Write + ?Sized>(
    cell: &mut Cell<'_, W>,
    name: Option<&'static str>,
    code: u32,
) -> fmt::Result {
    match name {
        Some(name) => cell.literal(name),
        None => {
            cell.literal("<Unknown: ")?;
            decimal(cell, code)?;
            cell.literal(">")
        }
    }
}
