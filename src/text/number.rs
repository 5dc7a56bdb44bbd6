//! Text of numbers, written through buffers on the stack.

use std::fmt;

use super::cell::Cell;
use super::locale::LocalText;
use crate::wire::{Ascii, HexDigits};

/// Writes a decimal number.
#[inline]
pub(super) fn decimal<W: fmt::Write + ?Sized>(cell: &mut Cell<'_, W>, number: impl itoa::Integer) -> fmt::Result {
    cell.literal(itoa::Buffer::new().format(number))
}

/// Writes an unsigned number in groups of three digits, such as `1,234`, with the separator of the locale; `-1` if all
/// 64 bits are set.
#[inline]
pub(super) fn grouped<W: fmt::Write + ?Sized>(cell: &mut Cell<'_, W>, number: impl Into<u64>) -> fmt::Result {
    let number = number.into();
    if number < 1000 {
        return decimal(cell, number);
    }
    if number == u64::MAX {
        return cell.literal("-1");
    }
    let mut text = LocalText::new();
    let mut rest = number;
    while rest >= 1000 {
        text.push_digits(rest % 1000, 3);
        cell.locale().push_thousands_separator(&mut text);
        rest /= 1000;
    }
    text.push_decimal(rest);
    cell.local_text(text.as_str())
}

fn hex_with<W: fmt::Write + ?Sized>(cell: &mut Cell<'_, W>, number: u64, digits: &HexDigits) -> fmt::Result {
    let mut text = Ascii::new();
    text.push_hex(number, digits);
    cell.literal(text.as_str())
}

/// Writes a hexadecimal number such as `0x1f`.
pub(super) fn hex<W: fmt::Write + ?Sized>(cell: &mut Cell<'_, W>, number: impl Into<u64>) -> fmt::Result {
    hex_with(cell, number.into(), HexDigits::LOWER)
}

/// Writes a hexadecimal number such as `0x1F`.
pub(super) fn hex_upper<W: fmt::Write + ?Sized>(cell: &mut Cell<'_, W>, number: impl Into<u64>) -> fmt::Result {
    hex_with(cell, number.into(), HexDigits::UPPER)
}

/// Writes a locally unique identifier such as `00000000:0012f69e`.
pub(super) fn luid<W: fmt::Write + ?Sized>(cell: &mut Cell<'_, W>, luid: u64) -> fmt::Result {
    let mut text = Ascii::new();
    text.push_hex_digits(luid, 8, HexDigits::LOWER);
    text.push_front(b':');
    text.push_hex_digits(luid >> 32, 8, HexDigits::LOWER);
    cell.literal(text.as_str())
}

/// Writes bytes separated by blanks, such as `1F 00 A2`.
pub(super) fn hex_dump<W: fmt::Write + ?Sized>(cell: &mut Cell<'_, W>, bytes: &[u8]) -> fmt::Result {
    for (i, &byte) in bytes.iter().enumerate() {
        let mut text = Ascii::new();
        text.push_hex_byte(byte, HexDigits::UPPER);
        if i > 0 {
            text.push_front(b' ');
        }
        cell.literal(text.as_str())?;
    }
    Ok(())
}

/// Writes bytes without separators, such as `1F00A2`.
pub(super) fn hex_digits<W: fmt::Write + ?Sized>(cell: &mut Cell<'_, W>, bytes: &[u8; 16]) -> fmt::Result {
    let mut text = Ascii::new();
    for &byte in bytes.iter().rev() {
        text.push_hex_byte(byte, HexDigits::UPPER);
    }
    cell.literal(text.as_str())
}

/// Writes the serial number of a volume, such as `1F00-00A2`.
pub(super) fn serial<W: fmt::Write + ?Sized>(cell: &mut Cell<'_, W>, serial: u32) -> fmt::Result {
    let mut text = Ascii::new();
    text.push_hex_digits(serial.into(), 4, HexDigits::UPPER);
    text.push_front(b'-');
    text.push_hex_digits(u64::from(serial >> 16), 4, HexDigits::UPPER);
    cell.literal(text.as_str())
}

/// Returns `True` or `False`.
pub(super) const fn boolean(value: bool) -> &'static str {
    if value { "True" } else { "False" }
}

/// Writes the name of a code, or a number such as `<Unknown: 17>`.
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
