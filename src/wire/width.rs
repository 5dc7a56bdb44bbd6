//! The width of pointers, which decides the layout of most records.

/// Width of pointers in a log: that of the Windows that was captured.
///
/// It decides the layout of processes, modules, call stacks and many details.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum PointerWidth {
    /// 4 bytes: a 32-bit Windows.
    Bits32,
    /// 8 bytes: a 64-bit Windows.
    Bits64,
}

/// Serializes the number of bits: 32 or 64.
#[cfg(feature = "serde")]
impl serde::Serialize for PointerWidth {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_u32(self.bytes() * 8)
    }
}

impl PointerWidth {
    /// Size of a pointer in bytes: 4 or 8.
    #[inline]
    #[must_use]
    pub const fn bytes(self) -> u32 {
        match self {
            Self::Bits32 => 4,
            Self::Bits64 => 8,
        }
    }

    /// Whether pointers have 64 bits.
    #[inline]
    #[must_use]
    pub const fn is_64bit(self) -> bool {
        matches!(self, Self::Bits64)
    }

    /// The alternative for this width.
    #[inline(always)]
    pub(crate) fn select<T>(self, bits64: T, bits32: T) -> T {
        match self {
            Self::Bits32 => bits32,
            Self::Bits64 => bits64,
        }
    }

    /// The width that the `is_64bit` field of a file header selects. Procmon looks at its lowest bit only.
    #[inline]
    pub(crate) const fn from_header(is_64bit: u32) -> Self {
        if is_64bit & 1 == 1 { Self::Bits64 } else { Self::Bits32 }
    }
}
