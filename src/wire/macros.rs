//! Macros that declare codes, flags and records.

/// Declares a newtype of codes. Each row has a constant, its documentation and the name that Procmon prints.
///
/// All values of the number are valid, with or without a name. Two constants with the same value do not compile (the
/// second is an unreachable pattern). `FromStr` also accepts the names after `|`; they are never printed.
macro_rules! codes {
    (
        $(#[$meta:meta])*
        pub struct $Name:ident($int:ty) {
            $( $(#[$doc:meta])* $CONST:ident = $value:literal => $text:literal $(| $alias:literal)* , )*
        }
    ) => {
        $(#[$meta])*
        #[derive(Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[repr(transparent)]
        pub struct $Name(pub $int);

        impl $Name {
            $( $(#[$doc])* pub const $CONST: Self = Self($value); )*

            /// All named codes, in the order of their declaration.
            pub const ALL: &'static [Self] = &[$(Self::$CONST),*];

            /// Returns the name that Procmon prints; `None` for a code without a name.
            #[must_use]
            pub const fn name(self) -> Option<&'static str> {
                match self.0 {
                    $($value => Some($text),)*
                    _ => None,
                }
            }

            /// Returns the codes with a name, ignoring ASCII case. Most names have one code, some have two.
            pub fn named(name: &str) -> impl Iterator<Item = Self> + '_ {
                const NAMES: &[(&str, $int)] = &[$(($text, $value), $(($alias, $value),)*)*];
                NAMES.iter().filter(move |(text, _)| text.eq_ignore_ascii_case(name)).map(|&(_, code)| Self(code))
            }

            /// Returns the identifier of the constant, without its type.
            const fn identifier(self) -> Option<&'static str> {
                match self.0 {
                    $($value => Some(stringify!($CONST)),)*
                    _ => None,
                }
            }
        }

        impl $crate::wire::Field for $Name {
            type Bytes = <$int as $crate::wire::Field>::Bytes;

            #[inline(always)]
            fn read(bytes: &[u8]) -> Option<Self> {
                <$int as $crate::wire::Field>::read(bytes).map(Self)
            }

            #[inline(always)]
            fn to_bytes(self) -> Self::Bytes {
                $crate::wire::Field::to_bytes(self.0)
            }
        }

        #[cfg(feature = "serde")]
        impl serde::Serialize for $Name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                let mut fields = serializer.serialize_struct(stringify!($Name), 2)?;
                serde::ser::SerializeStruct::serialize_field(&mut fields, "code", &self.0)?;
                serde::ser::SerializeStruct::serialize_field(&mut fields, "name", &self.name())?;
                serde::ser::SerializeStruct::end(fields)
            }
        }

        impl std::fmt::Display for $Name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                match self.name() {
                    Some(name) => f.pad(name),
                    None => write!(f, "{:#X}", self.0),
                }
            }
        }

        impl std::fmt::Debug for $Name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                match self.identifier() {
                    Some(identifier) => write!(f, concat!(stringify!($Name), "::{}"), identifier),
                    None => write!(f, concat!(stringify!($Name), "({:#x})"), self.0),
                }
            }
        }

        impl std::str::FromStr for $Name {
            type Err = $crate::error::Error;

            /// Parses a name, or a hexadecimal number such as `0x1F`, ignoring ASCII case. If several codes have the
            /// name, returns the first one.
            fn from_str(text: &str) -> $crate::error::Result<Self> {
                let found = Self::named(text).next().or_else(|| {
                    let digits = text.strip_prefix("0x").or_else(|| text.strip_prefix("0X"))?;
                    <$int>::from_str_radix(digits, 16).ok().map(Self)
                });
                found.ok_or_else(|| $crate::error::Error::unknown_name(stringify!($Name), text))
            }
        }

        impl std::fmt::LowerHex for $Name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                std::fmt::LowerHex::fmt(&self.0, f)
            }
        }

        impl std::fmt::UpperHex for $Name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                std::fmt::UpperHex::fmt(&self.0, f)
            }
        }

        impl From<$int> for $Name {
            fn from(code: $int) -> Self {
                Self(code)
            }
        }

        impl From<$Name> for $int {
            fn from(code: $Name) -> Self {
                code.0
            }
        }
    };
}

/// Declares a set of flags with `bitflags`. Each row has a constant, its documentation and Procmon's name for it.
///
/// The rows are in the order in which Procmon tests the masks: a mask comes before the masks that it contains. Unknown
/// bits are kept.
macro_rules! flags {
    (
        $(#[$meta:meta])*
        pub struct $Name:ident($int:ty) {
            $( $(#[doc = $doc:literal])* $CONST:ident = $value:literal => $text:literal, )*
        }
    ) => {
        bitflags::bitflags! {
            $(#[$meta])*
            #[derive(Clone, Copy, Default, Debug, PartialEq, Eq, Hash)]
            pub struct $Name: $int {
                $( $(#[doc = $doc])* const $CONST = $value; )*
                /// Bits without a name are kept.
                const _ = !0;
            }
        }

        impl $Name {
            /// The named masks with the names that Procmon prints, in the order in which Procmon tests them.
            pub const NAMES: &'static [(Self, &'static str)] = &[$((Self::$CONST, $text)),*];

            /// Splits the set as Procmon prints it: into named masks, then the remaining bits, which have no name.
            ///
            /// The masks are disjoint, and their union is the set.
            pub fn names(self) -> impl Iterator<Item = (Self, Option<&'static str>)> {
                let mut left = self;
                let mut table = Self::NAMES.iter();
                std::iter::from_fn(move || {
                    while !left.is_empty() {
                        let Some(&(mask, text)) = table.next() else { break };
                        if left.contains(mask) {
                            left = left.difference(mask);
                            return Some((mask, Some(text)));
                        }
                    }
                    let rest = std::mem::take(&mut left);
                    (!rest.is_empty()).then_some((rest, None))
                })
            }
        }

        impl $crate::wire::Field for $Name {
            type Bytes = <$int as $crate::wire::Field>::Bytes;

            #[inline(always)]
            fn read(bytes: &[u8]) -> Option<Self> {
                <$int as $crate::wire::Field>::read(bytes).map(Self::from_bits_retain)
            }

            #[inline(always)]
            fn to_bytes(self) -> Self::Bytes {
                $crate::wire::Field::to_bytes(self.bits())
            }
        }

        #[cfg(feature = "serde")]
        impl serde::Serialize for $Name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                struct Names($Name);
                impl serde::Serialize for Names {
                    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                        serializer.collect_seq(self.0.names().filter_map(|(_, name)| name))
                    }
                }
                let mut fields = serializer.serialize_struct(stringify!($Name), 2)?;
                serde::ser::SerializeStruct::serialize_field(&mut fields, "bits", &self.bits())?;
                serde::ser::SerializeStruct::serialize_field(&mut fields, "names", &Names(*self))?;
                serde::ser::SerializeStruct::end(fields)
            }
        }

        impl From<$int> for $Name {
            /// Keeps all bits, including those without a name.
            fn from(bits: $int) -> Self {
                Self::from_bits_retain(bits)
            }
        }

        impl From<$Name> for $int {
            fn from(flags: $Name) -> Self {
                flags.bits()
            }
        }

        impl std::fmt::Display for $Name {
            /// Writes the names, separated by `, `. Bits without a name are written as one hexadecimal number.
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                for (i, (mask, text)) in self.names().enumerate() {
                    if i > 0 {
                        f.write_str(", ")?;
                    }
                    match text {
                        Some(text) => f.write_str(text)?,
                        None => write!(f, "{:#x}", mask.bits())?,
                    }
                }
                Ok(())
            }
        }

        impl std::str::FromStr for $Name {
            type Err = $crate::error::Error;

            /// Parses names and hexadecimal numbers that are separated by commas, ignoring ASCII case.
            fn from_str(text: &str) -> $crate::error::Result<Self> {
                let unknown = |part: &str| $crate::error::Error::unknown_name(stringify!($Name), part);
                let mut set = Self::empty();
                for part in text.split(',').map(str::trim).filter(|part| !part.is_empty()) {
                    set |= match Self::NAMES.iter().find(|(_, name)| name.eq_ignore_ascii_case(part)) {
                        Some(&(mask, _)) => mask,
                        None => {
                            let digits = part.strip_prefix("0x").or_else(|| part.strip_prefix("0X"));
                            let digits = digits.ok_or_else(|| unknown(part))?;
                            Self::from_bits_retain(<$int>::from_str_radix(digits, 16).map_err(|_| unknown(part))?)
                        }
                    };
                }
                Ok(set)
            }
        }
    };
}

/// Declares a record of fixed size. The macro generates a struct that can be written as bytes, a view of the bytes with
/// a getter for each field, and the offsets of the fields. A hole or an overlap between two rows does not compile.
macro_rules! record {
    (
        $(#[$meta:meta])*
        $vis:vis struct $Owned:ident / $View:ident / $Offsets:ident [$size:literal] {
            $( $(#[$doc:meta])* $offset:literal $field:ident: $ty:ty, )*
        }
    ) => {
        $(#[$meta])*
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
        $vis struct $Owned {
            $( $(#[$doc])* $vis $field: $ty, )*
        }

        $(#[$meta])*
        ///
        /// This is a view: each getter reads its field from the bytes.
        #[derive(Clone, Copy, PartialEq, Eq, Hash)]
        pub(crate) struct $View<'a>(&'a [u8; $size]);

        /// The offset of each field from the start of the record, in bytes.
        #[derive(Debug)]
        #[allow(dead_code, reason = "not every offset is used")]
        pub(crate) struct $Offsets {
            $( pub(crate) $field: usize, )*
        }

        impl $Owned {
            /// The size of the record in bytes.
            pub(crate) const SIZE: usize = $size;
            /// The offsets of the fields.
            pub(crate) const OFFSETS: $Offsets = $Offsets { $( $field: $offset, )* };

            /// Returns the stored form of the record.
            pub(crate) fn to_bytes(self) -> [u8; $size] {
                let mut bytes = [0; $size];
                $( $crate::wire::put(&mut bytes, $offset, self.$field); )*
                bytes
            }
        }

        const _: () = {
            let mut end = 0;
            $(
                assert!(end == $offset, concat!("hole or overlap before ", stringify!($field)));
                end += size_of::<<$ty as $crate::wire::Field>::Bytes>();
            )*
            assert!(end == $size, "the rows do not fill the record");
        };

        #[allow(dead_code, reason = "not every getter is used")]
        impl<'a> $View<'a> {
            /// A view of a record of zeros.
            pub(crate) const ZERO: $View<'static> = $View(&[0; $size]);

            /// Creates a view of the record at the start of `bytes`; `None` if `bytes` is too short.
            #[inline]
            #[must_use]
            pub(crate) fn new(bytes: &'a [u8]) -> Option<Self> {
                bytes.first_chunk().map(Self)
            }

            /// Returns the bytes of the record.
            #[inline]
            #[must_use]
            pub(crate) fn as_bytes(self) -> &'a [u8; $size] {
                self.0
            }

            $(
                $(#[$doc])*
                #[inline]
                #[must_use]
                pub(crate) fn $field(self) -> $ty {
                    // The array has the bytes of all fields, so the default is never returned.
                    let field = self.0.get($offset..).and_then($crate::wire::Field::read);
                    field.unwrap_or_default()
                }
            )*
        }

        impl std::fmt::Debug for $View<'_> {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.debug_struct(stringify!($Owned))$( .field(stringify!($field), &self.$field()) )*.finish()
            }
        }
    };
}

/// Implements `Serialize` for a type as a structure. The fields are the results of the named getters.
macro_rules! serialize_by {
    ($Type:ident: $($getter:ident),* $(,)?) => {
        #[cfg(feature = "serde")]
        impl serde::Serialize for $Type<'_> {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                let count = [$(stringify!($getter)),*].len();
                let mut fields = serializer.serialize_struct(stringify!($Type), count)?;
                $( serde::ser::SerializeStruct::serialize_field(&mut fields, stringify!($getter), &self.$getter())?; )*
                serde::ser::SerializeStruct::end(fields)
            }
        }
    };
}

/// Implements `Serialize` for a type as the list of its items.
macro_rules! serialize_as_list {
    ($($Type:ident),*) => { $(
        #[cfg(feature = "serde")]
        impl serde::Serialize for $Type<'_> {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_seq(*self)
            }
        }
    )* };
}

pub(crate) use {codes, flags, record, serialize_as_list, serialize_by};
