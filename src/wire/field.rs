//! Reading and writing of values of a fixed size.

use super::{FileTime, Ticks};

/// A little-endian value of a fixed size.
pub(crate) trait Field: Copy + Default {
    /// The type of the stored bytes.
    type Bytes: AsRef<[u8]>;

    /// Reads the value at the start of `bytes`; `None` if `bytes` is too short.
    fn read(bytes: &[u8]) -> Option<Self>;

    /// Returns the bytes of the value.
    fn to_bytes(self) -> Self::Bytes;
}

/// Overwrites the bytes at an offset with a value. Does nothing if `bytes` is too short.
#[inline]
pub(crate) fn put<T: Field>(bytes: &mut [u8], at: usize, value: T) {
    let value = value.to_bytes();
    let value = value.as_ref();
    if let Some(place) = bytes.get_mut(at..).and_then(|rest| rest.get_mut(..value.len())) {
        place.copy_from_slice(value);
    }
}

macro_rules! integer_field {
    ($($int:ty),*) => { $(
        impl Field for $int {
            type Bytes = [u8; size_of::<$int>()];

            #[inline(always)]
            fn read(bytes: &[u8]) -> Option<Self> {
                bytes.first_chunk().map(|chunk| Self::from_le_bytes(*chunk))
            }

            #[inline(always)]
            fn to_bytes(self) -> Self::Bytes {
                self.to_le_bytes()
            }
        }
    )* };
}
integer_field!(u8, u16, u32, u64, i32);

macro_rules! newtype_field {
    ($($Name:ident),*) => { $(
        impl Field for $Name {
            type Bytes = [u8; 8];

            #[inline(always)]
            fn read(bytes: &[u8]) -> Option<Self> {
                u64::read(bytes).map(Self)
            }

            #[inline(always)]
            fn to_bytes(self) -> Self::Bytes {
                self.0.to_le_bytes()
            }
        }
    )* };
}
newtype_field!(FileTime, Ticks);

impl Field for bool {
    type Bytes = [u8; 1];

    #[inline(always)]
    fn read(bytes: &[u8]) -> Option<Self> {
        bytes.first().map(|&byte| byte != 0)
    }

    #[inline(always)]
    fn to_bytes(self) -> Self::Bytes {
        [self.into()]
    }
}

impl Field for [u8; 16] {
    type Bytes = Self;

    #[inline(always)]
    fn read(bytes: &[u8]) -> Option<Self> {
        bytes.first_chunk().copied()
    }

    #[inline(always)]
    fn to_bytes(self) -> Self {
        self
    }
}
