//! The floor of bytes: little-endian integers, records, strings and times as they lie in the file.
//!
//! Nothing here knows what a code is called, opens a file, or allocates per field.

mod ascii;
pub(crate) mod codec;
pub(crate) mod cursor;
mod field;
pub(crate) mod head;
mod key;
pub mod layout;
pub(crate) mod macros;
mod offset;
mod record;
#[cfg(feature = "serde")]
mod serialize;
mod string;
mod time;
mod width;

pub(crate) use ascii::{Ascii, HexDigits};
pub(crate) use field::{Field, put};
pub use key::ProcessKey;
pub use offset::UtcOffset;
pub(crate) use record::{Framing, OffsetEntry};
#[cfg(feature = "serde")]
pub(crate) use serialize::{hex, hex_or_null, nothing};
pub use string::PmlStr;
pub(crate) use string::Utf8Chunks;
pub use time::{FileTime, Ticks};
pub use width::PointerWidth;

/// A fixed-size little-endian value.
pub(crate) trait Le: Sized {
    /// Size in bytes.
    const SIZE: usize;

    /// Reads the value at the constant offset `AT` of `N` bytes; `AT + SIZE <= N` is checked when compiling.
    fn read_at<const AT: usize, const N: usize>(bytes: &[u8; N]) -> Self;
}

macro_rules! le_integer {
    ($($int:ty),*) => { $(
        impl Le for $int {
            const SIZE: usize = size_of::<$int>();

            #[inline(always)]
            fn read_at<const AT: usize, const N: usize>(bytes: &[u8; N]) -> Self {
                const { assert!(AT + size_of::<$int>() <= N) };
                match bytes.get(AT..).and_then(|rest| rest.first_chunk()) {
                    Some(chunk) => <$int>::from_le_bytes(*chunk),
                    None => 0, // not reached: the assertion above
                }
            }
        }
    )* };
}
le_integer!(u8, u16, u32, u64);

/// Gives a newtype the `Le` of what it wraps.
macro_rules! le_newtype {
    ($($Name:ty = $int:ty),* $(,)?) => { $(
        impl $crate::wire::Le for $Name {
            const SIZE: usize = <$int as $crate::wire::Le>::SIZE;

            #[inline(always)]
            fn read_at<const AT: usize, const N: usize>(bytes: &[u8; N]) -> Self {
                Self(<$int as $crate::wire::Le>::read_at::<AT, N>(bytes))
            }
        }
    )* };
}
pub(crate) use le_newtype;
