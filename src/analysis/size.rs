//! Sizes as Procmon's dialogs print them.

use std::fmt;

/// A size in bytes, printed in units of 2^`unit_shift` bytes. The number is cut after three digits, not counting leading
/// zeros, even if it has more digits before the point: 2,048 prints as `204`.
#[derive(Clone, Copy, Debug)]
pub(super) struct ThreeDigits {
    pub(super) bytes: u64,
    pub(super) unit_shift: u32,
}

impl fmt::Display for ThreeDigits {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        #[expect(clippy::cast_precision_loss, reason = "Procmon computes with doubles as well")]
        let size = self.bytes as f64 / (1_u64 << self.unit_shift) as f64;
        // Procmon prints the number with seven decimals, and then cuts the text.
        let text = format!("{size:.7}");
        let mut digits = 0;
        for character in text.chars() {
            if digits == 3 {
                break;
            }
            digits += usize::from(character.is_ascii_digit() && (character != '0' || digits > 0));
            write!(f, "{character}")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::ThreeDigits;

    /// The expected text is what Procmon 3.94 printed.
    #[test]
    fn sizes_are_cut_after_three_digits() {
        for (bytes, bits, expected) in [
            (1, 20, "0.0000010"),
            (5, 20, "0.0000048"),
            (1000, 20, "0.000953"),
            (1048, 20, "0.000999"),
            ((1 << 20) - 1, 20, "0.999"),
            (1 << 20, 20, "1.00"),
            (10 * (1 << 20) - 1, 20, "9.99"),
            (1000 * (1 << 20), 20, "100"),
            ((1 << 30) - 1, 20, "102"),
            ((1 << 30) - 1, 30, "1.00"),
            (10 * (1 << 30) - 1, 30, "10.0"),
            (1 << 41, 30, "204"),
            (u64::MAX, 20, "175"),
        ] {
            assert_eq!(ThreeDigits { bytes, unit_shift: bits }.to_string(), expected, "{bytes} >> {bits}");
        }
    }
}
