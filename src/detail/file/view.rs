//! Views of Windows structures in a block. A block can be cut short, so every field of a view is optional.

use crate::wire::{Field, PmlStr, put};

/// A structure at the start of `bytes`.
///
/// `limit` is the declared size of the structure in bytes, which the caller passed to Windows. A field is present if it
/// begins before `limit` and if all its bytes are in the log.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) struct Fields<'a> {
    bytes: &'a [u8],
    limit: u64,
}

impl<'a> Fields<'a> {
    /// Returns a structure that extends over all of `bytes`, without a declared size.
    pub(crate) fn new(bytes: &'a [u8]) -> Self {
        Self { bytes, limit: u64::MAX }
    }

    /// Returns a structure with a declared size of `limit` bytes at the start of `bytes`.
    pub(crate) fn limited(bytes: &'a [u8], limit: u64) -> Self {
        Self { bytes, limit }
    }

    /// Returns the bytes of the structure.
    pub(crate) fn as_bytes(self) -> &'a [u8] {
        usize::try_from(self.limit).ok().and_then(|limit| self.bytes.get(..limit)).unwrap_or(self.bytes)
    }

    /// Returns the UTF-16 string of `size` bytes at offset `at`. The string has at most as many code units as the
    /// structure has bytes.
    pub(crate) fn clamped_string(self, at: usize, size: u32) -> PmlStr<'a> {
        let units = u64::from(size / 2).min(self.limit.min(self.bytes.len() as u64));
        self.string(at, u32::try_from(units).unwrap_or(u32::MAX))
    }

    /// Returns the part of the structure that starts at offset `at`.
    pub(crate) fn from(self, at: usize) -> Self {
        Self { bytes: self.bytes.get(at..).unwrap_or_default(), limit: self.limit.saturating_sub(at as u64) }
    }

    /// Returns the declared size of the structure in bytes, or `u64::MAX` if it has none.
    pub(crate) fn limit(self) -> u64 {
        self.limit
    }

    /// Returns the bytes of the structure and everything that follows it in the block.
    pub(crate) fn block(self) -> &'a [u8] {
        self.bytes
    }

    /// Returns the field at offset `at`, or `None` if it is not present.
    #[inline]
    pub(crate) fn get<T: Field>(self, at: usize) -> Option<T> {
        if at as u64 >= self.limit {
            return None;
        }
        T::read(self.bytes.get(at..)?)
    }

    /// Returns the UTF-16 string of `units` code units at offset `at`, regardless of the declared size of the
    /// structure. If the block ends before the string does, the string is marked as truncated.
    pub(crate) fn string(self, at: usize, units: u32) -> PmlStr<'a> {
        PmlStr::counted(self.bytes.get(at..).unwrap_or_default(), units as usize, true)
    }
}

/// The number of bytes that the remaining entries of a list can have.
///
/// The entries of a list do not overlap, so together they have at most as many bytes as their block. In a crafted log,
/// many entries can each have a name that extends to the end of the block.
#[derive(Clone, Debug)]
pub(crate) struct Room(usize);

impl Room {
    /// Returns the room of a list in `block`.
    pub(crate) fn of(block: &[u8]) -> Self {
        Self(block.len())
    }

    /// Returns room for any number of bytes.
    pub(crate) const UNLIMITED: Self = Self(usize::MAX);

    /// Subtracts the fields and the name of an entry at the start of `entry`, whose name is at offset `name_at`.
    /// Returns `None` if there is no room for them.
    pub(crate) fn take(&mut self, entry: Fields<'_>, name_at: usize, name: PmlStr<'_>) -> Option<()> {
        let size = name_at.min(entry.bytes.len()) + name.as_bytes().len();
        self.0 = self.0.checked_sub(size)?;
        Some(())
    }
}

impl std::fmt::Debug for Fields<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:02x?}", self.as_bytes())
    }
}

/// Declares a structure and defines two types for it:
///
/// - a view of its bytes, with a getter for each field that returns `None` if the field is not in the log;
/// - a struct with the values of all fields, with a method that writes them as the bytes of a view.
///
/// The number before a field is its offset in bytes, and the number in brackets is the size of the structure in bytes.
/// The form with a single name defines only the view. The names after `..` are hand-written getters of the view, which
/// are serialized after the fields.
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
        /// This type holds the values of the fields.
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
        #[non_exhaustive]
        pub struct $Fields {
            $( $(#[$doc])* pub $field: $ty, )*
        }

        impl $Fields {
            /// The size of the structure, in bytes.
            pub const SIZE: usize = $size;

            /// Writes the fields over the first [`SIZE`](Self::SIZE) bytes of `buffer`. A shorter buffer is first
            /// extended with zeros. Bytes between the fields are left as they are.
            pub fn encode(&self, buffer: &mut Vec<u8>) {
                buffer.resize(buffer.len().max($size), 0);
                $( $crate::wire::put(buffer, $at, self.$field); )*
            }
        }

        impl $View<'_> {
            /// Returns the values of the fields. Fields that are not in the log are zero.
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
        ///
        /// This type is a view of the bytes of the structure.
        #[derive(Clone, Copy, PartialEq, Eq)]
        pub struct $View<'a>(pub(crate) $crate::detail::file::view::Fields<'a>);

        $crate::wire::macros::serialize_by!($View: $($field,)* $($($more),+)?);

        impl<'a> $View<'a> {
            /// Returns a view of the structure at the start of `bytes`. The bytes can end before the structure does.
            #[must_use]
            pub fn new(bytes: &'a [u8]) -> Self {
                Self($crate::detail::file::view::Fields::new(bytes))
            }

            $(
                $(#[$doc])*
                ///
                /// Returns `None` if the field is not in the log.
                #[inline]
                #[must_use]
                pub fn $field(self) -> Option<$ty> {
                    self.0.get($at)
                }
            )*

            /// Returns the bytes of the structure.
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

/// Writes `string` as UTF-16LE at offset `at`, and its size in bytes as a `u32` at offset `size_at`. All previous bytes
/// from `at` on are discarded; missing bytes before `at` become zeros.
pub(crate) fn put_string(bytes: &mut Vec<u8>, size_at: usize, at: usize, string: PmlStr<'_>) {
    bytes.truncate(at);
    bytes.resize(at, 0);
    bytes.extend(string.units().flat_map(u16::to_le_bytes));
    let size = bytes.len() - at;
    put(bytes, size_at, u32::try_from(size).unwrap_or(u32::MAX));
}

/// Replaces the contents of `buffer` with a list of entries, which `write` encodes one by one into an empty buffer.
///
/// Each entry begins with a `u32`: the distance in bytes from its start to the start of the next entry, or 0 in the
/// last entry. Entries are aligned to 8 bytes, as in Windows.
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
