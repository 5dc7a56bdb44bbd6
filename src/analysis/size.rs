//! Sizes as Procmon's dialogs print them.

use std::fmt;

/// A size in a unit of 2 to the power of `bits` bytes. Three digits are printed, without leading zeros and without
/// rounding, even if the number has more digits before the point: 2,048 prints as `204`.
#[derive(Clone, Copy, Debug)]
pub(super) struct ThreeDigits {
    pub(super) bytes: u64,
    pub(super) bits: u32,
}

impl fmt::Display for ThreeDigits {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        #[expect(clippy::cast_precision_loss, reason = "Procmon computes with doubles as well")]
        let size = self.bytes as f64 / (1_u64 << self.bits) as f64;
        // Procmon cuts the text of a number with seven decimals.
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

    /// The expected texts were printed by Procmon 3.94.
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
            assert_eq!(ThreeDigits { bytes, bits }.to_string(), expected, "{bytes} >> {bits}");
        }
    }
}
