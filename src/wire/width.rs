//! The width of pointers.

/// The width of pointers in a log. It is the width of the captured Windows, not of a process.
///
/// The layout of processes, modules, call stacks and many details depends on it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum PointerWidth {
    /// 4 bytes, on a 32-bit Windows.
    Bits32,
    /// 8 bytes, on a 64-bit Windows.
    Bits64,
}

/// Serializes as the number of bits: 32 or 64.
#[cfg(feature = "serde")]
impl serde::Serialize for PointerWidth {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_u32(self.bytes() * 8)
    }
}

impl PointerWidth {
    /// Returns the size of a pointer in bytes: 4 or 8.
    #[inline]
    #[must_use]
    pub const fn bytes(self) -> u32 {
        match self {
            Self::Bits32 => 4,
            Self::Bits64 => 8,
        }
    }

    /// Returns true if pointers have 64 bits.
    #[inline]
    #[must_use]
    pub const fn is_64bit(self) -> bool {
        matches!(self, Self::Bits64)
    }

    /// Returns the largest address.
    #[inline]
    pub(crate) const fn last_address(self) -> u64 {
        match self {
            Self::Bits32 => u32::MAX as u64,
            Self::Bits64 => u64::MAX,
        }
    }

    /// Returns the value for this width.
    #[inline(always)]
    pub(crate) fn select<T>(self, bits64: T, bits32: T) -> T {
        match self {
            Self::Bits32 => bits32,
            Self::Bits64 => bits64,
        }
    }

    /// Returns the width for the `is_64bit` field of a file header. Like Procmon, ignores all bits except bit 0.
    #[inline]
    pub(crate) const fn from_header(is_64bit: u32) -> Self {
        if is_64bit & 1 == 1 { Self::Bits64 } else { Self::Bits32 }
    }
}
