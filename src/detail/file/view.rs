//! Views over Windows' structures inside a block: each field is there or not, by what the block holds.

use crate::wire::{FileTime, PmlStr};

/// The bytes of a structure and how many of them are meant.
///
/// A field exists if it begins before `limit`, the size that Windows was told, and if all its bytes are in the log.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Fields<'a> {
    bytes: &'a [u8],
    limit: u64,
}

impl<'a> Fields<'a> {
    /// All of `bytes`.
    pub(crate) fn new(bytes: &'a [u8]) -> Self {
        Self { bytes, limit: u64::MAX }
    }

    /// A structure of `limit` bytes at the start of `bytes`.
    pub(crate) fn limited(bytes: &'a [u8], limit: u64) -> Self {
        Self { bytes, limit }
    }

    /// The bytes of the structure.
    #[must_use]
    pub fn as_bytes(self) -> &'a [u8] {
        usize::try_from(self.limit).ok().and_then(|limit| self.bytes.get(..limit)).unwrap_or(self.bytes)
    }

    /// The structure from `at` on.
    pub(crate) fn from(self, at: usize) -> Self {
        Self { bytes: self.bytes.get(at..).unwrap_or_default(), limit: self.limit.saturating_sub(at as u64) }
    }

    /// The declared size of the structure.
    pub(crate) fn limit(self) -> u64 {
        self.limit
    }

    /// The bytes behind the structure's declared size as well: what the block has from here on.
    pub(crate) fn block(self) -> &'a [u8] {
        self.bytes
    }

    #[inline]
    pub(crate) fn get<T: Field>(self, at: usize) -> Option<T> {
        if at as u64 >= self.limit {
            return None;
        }
        T::read(self.bytes.get(at..)?)
    }

    /// The UTF-16 string of `units` characters at `at`, whatever the structure's size; what the block lacks of it is
    /// marked as missing.
    pub(crate) fn string(self, at: usize, units: u32) -> PmlStr<'a> {
        PmlStr::counted(self.bytes.get(at..).unwrap_or_default(), units as usize, true)
    }
}

impl std::fmt::Debug for Fields<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:02x?}", self.as_bytes())
    }
}

/// A value that a view can hold.
pub(crate) trait Field: Sized {
    fn read(bytes: &[u8]) -> Option<Self>;
}

macro_rules! integer_field {
    ($($int:ty),*) => { $(
        impl Field for $int {
            #[inline]
            fn read(bytes: &[u8]) -> Option<Self> {
                bytes.first_chunk().map(|chunk| Self::from_le_bytes(*chunk))
            }
        }
    )* };
}
integer_field!(u8, u16, u32, u64, i32);

impl Field for bool {
    #[inline]
    fn read(bytes: &[u8]) -> Option<Self> {
        bytes.first().map(|&byte| byte != 0)
    }
}

impl Field for FileTime {
    #[inline]
    fn read(bytes: &[u8]) -> Option<Self> {
        u64::read(bytes).map(Self)
    }
}

impl Field for [u8; 16] {
    #[inline]
    fn read(bytes: &[u8]) -> Option<Self> {
        bytes.first_chunk().copied()
    }
}

/// Lets views hold flags and codes of 32 bits.
macro_rules! field_of_u32 {
    (flags $($Flags:ty),*; codes $($Code:ty),* $(,)?) => {
        $( impl $crate::detail::file::view::Field for $Flags {
            #[inline]
            fn read(bytes: &[u8]) -> Option<Self> {
                <u32 as $crate::detail::file::view::Field>::read(bytes).map(Self::from_bits_retain)
            }
        } )*
        $( impl $crate::detail::file::view::Field for $Code {
            #[inline]
            fn read(bytes: &[u8]) -> Option<Self> {
                <u32 as $crate::detail::file::view::Field>::read(bytes).map(Self)
            }
        } )*
    };
}

/// Declares a view: its fields with their offsets and types. Each getter is `None` where the log does not have it.
/// Behind `..` stand further getters, which are written by hand.
macro_rules! view {
    (
        $(#[$meta:meta])*
        pub struct $View:ident {
            $( $(#[$doc:meta])* $at:literal $field:ident: $ty:ty, )*
            $( .. $($more:ident),+ )?
        }
    ) => {
        $(#[$meta])*
        #[derive(Clone, Copy, PartialEq, Eq)]
        pub struct $View<'a>(pub(crate) $crate::detail::file::view::Fields<'a>);

        $crate::wire::macros::serialize_by!($View: $($field,)* $($($more),+)?);

        impl<'a> $View<'a> {
            $(
                $(#[$doc])*
                #[inline]
                #[must_use]
                pub fn $field(self) -> Option<$ty> {
                    self.0.get($at)
                }
            )*

            /// The bytes of the structure.
            #[must_use]
            pub fn as_bytes(self) -> &'a [u8] {
                self.0.as_bytes()
            }
        }

        impl std::fmt::Debug for $View<'_> {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                let mut debug = f.debug_struct(stringify!($View));
                $( if let Some(value) = self.$field() {
                    debug.field(stringify!($field), &value);
                } )*
                debug.finish_non_exhaustive()
            }
        }
    };
}

pub(crate) use {field_of_u32, view};
