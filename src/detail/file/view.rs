//! Views over Windows' structures inside a block: each field is there or not, by what the block holds.

use crate::wire::{Field, PmlStr, put};

/// The bytes of a structure and how many of them are meant.
///
/// A field exists if it begins before `limit`, the size that Windows was told, and if all its bytes are in the log.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) struct Fields<'a> {
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
    pub(crate) fn as_bytes(self) -> &'a [u8] {
        usize::try_from(self.limit).ok().and_then(|limit| self.bytes.get(..limit)).unwrap_or(self.bytes)
    }

    /// The UTF-16 string of `size` bytes at `at`, but of no more characters than the structure has bytes.
    pub(crate) fn clamped_string(self, at: usize, size: u32) -> PmlStr<'a> {
        let units = u64::from(size / 2).min(self.limit.min(self.bytes.len() as u64));
        self.string(at, u32::try_from(units).unwrap_or(u32::MAX))
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

/// Declares a structure once and yields two forms of it: a view with a getter for each field, which is `None` where the
/// log does not have it, and a struct of the values of all fields, which is written as the bytes of a view. Holes between
/// fields are zeros. After `..` follow further getters of the view, which are written by hand.
macro_rules! view {
    (
        $(#[$meta:meta])*
        pub struct $Fields:ident / $View:ident [$size:literal] {
            $( $(#[$doc:meta])* $at:literal $field:ident: $ty:ty, )*
            $( .. $($more:ident),+ )?
        }
    ) => {
        $(#[$meta])*
        ///
        /// The values of the fields.
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
        #[non_exhaustive]
        pub struct $Fields {
            $( $(#[$doc])* pub $field: $ty, )*
        }

        impl $Fields {
            /// Size of the structure in bytes.
            pub const SIZE: usize = $size;

            /// Writes the structure over the first bytes of `buffer`, which grows if it is shorter.
            pub fn encode(&self, buffer: &mut Vec<u8>) {
                buffer.resize(buffer.len().max($size), 0);
                $( $crate::wire::put(buffer, $at, self.$field); )*
            }
        }

        impl $View<'_> {
            /// The values of the fields; those that the log does not have are zero.
            #[must_use]
            pub fn decode(self) -> $Fields {
                $Fields { $( $field: self.$field().unwrap_or_default(), )* }
            }
        }

        $crate::detail::file::view::view! {
            $(#[$meta])*
            pub struct $View {
                $( $(#[$doc])* $at $field: $ty, )*
                $( .. $($more),+ )?
            }
        }
    };
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
            /// The structure at the start of `bytes`, which may be cut short.
            #[must_use]
            pub fn new(bytes: &'a [u8]) -> Self {
                Self($crate::detail::file::view::Fields::new(bytes))
            }

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

/// Writes a UTF-16 string behind `at` bytes, and the size of it in bytes before.
pub(crate) fn put_string(bytes: &mut Vec<u8>, size_at: usize, at: usize, string: PmlStr<'_>) {
    bytes.truncate(at);
    bytes.resize(at, 0);
    bytes.extend(string.units().flat_map(u16::to_le_bytes));
    let size = bytes.len() - at;
    put(bytes, size_at, u32::try_from(size).unwrap_or(u32::MAX));
}

/// Writes a list whose entries each begin with the distance to the next one, 0 in the last; Windows aligns them to 8
/// bytes. Replaces what is in `buffer`.
pub(crate) fn put_list<T>(
    buffer: &mut Vec<u8>,
    entries: impl IntoIterator<Item = T>,
    mut write: impl FnMut(&mut Vec<u8>, T),
) {
    buffer.clear();
    let (mut entry, mut last) = (Vec::new(), None);
    for value in entries {
        if let Some(last) = last {
            buffer.resize(buffer.len().next_multiple_of(8), 0);
            let distance = u32::try_from(buffer.len() - last).unwrap_or(u32::MAX);
            put(buffer.get_mut(last..).unwrap_or_default(), 0, distance);
        }
        entry.clear();
        write(&mut entry, value);
        last = Some(buffer.len());
        buffer.extend_from_slice(&entry);
    }
}

pub(crate) use view;
