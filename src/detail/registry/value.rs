//! The data of registry values, by type.

use crate::code::RegistryType;
use crate::wire::macros::{serialize_as_list, serialize_by};
use crate::wire::{Field, PmlStr};

/// The type of a value and the part of its data that the driver captured.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct ValueData<'a> {
    /// The type of the value.
    pub value_type: RegistryType,
    /// The size of the complete data, in bytes.
    pub length: u32,
    /// The bytes of the data that are in the log.
    pub captured: &'a [u8],
}

/// The decoded data of a value, by type.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize), serde(rename_all = "snake_case"))]
#[non_exhaustive]
pub enum RegistryValue<'a> {
    /// `REG_NONE`: bytes without a type.
    None(#[cfg_attr(feature = "serde", serde(serialize_with = "crate::wire::hex"))] &'a [u8]),
    /// `REG_SZ`: a string, up to its NUL.
    String(PmlStr<'a>),
    /// `REG_EXPAND_SZ`: a string with references to environment variables, up to its NUL.
    ExpandString(PmlStr<'a>),
    /// `REG_BINARY`: bytes.
    Binary(#[cfg_attr(feature = "serde", serde(serialize_with = "crate::wire::hex"))] &'a [u8]),
    /// `REG_DWORD`: a 32-bit number.
    Dword(u32),
    /// `REG_DWORD_BIG_ENDIAN`: a 32-bit number, stored in big-endian order.
    DwordBigEndian(u32),
    /// `REG_LINK`: the target of a symbolic link.
    Link(PmlStr<'a>),
    /// `REG_MULTI_SZ`: a list of strings.
    MultiString(MultiString<'a>),
    /// `REG_RESOURCE_LIST`: the undecoded resources of a driver.
    ResourceList(#[cfg_attr(feature = "serde", serde(serialize_with = "crate::wire::hex"))] &'a [u8]),
    /// `REG_FULL_RESOURCE_DESCRIPTOR`: the undecoded resources of a device.
    FullResourceDescriptor(#[cfg_attr(feature = "serde", serde(serialize_with = "crate::wire::hex"))] &'a [u8]),
    /// `REG_RESOURCE_REQUIREMENTS_LIST`: the undecoded resources that a device can use.
    ResourceRequirementsList(#[cfg_attr(feature = "serde", serde(serialize_with = "crate::wire::hex"))] &'a [u8]),
    /// `REG_QWORD`: a 64-bit number.
    Qword(u64),
    /// The bytes of a type that Windows does not define.
    #[cfg_attr(feature = "serde", serde(serialize_with = "bytes_of_unknown"))]
    Unknown(RegistryType, &'a [u8]),
}

/// The strings of a `REG_MULTI_SZ`. Iterating over it yields each string, without its NUL.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct MultiString<'a>(PmlStr<'a>);

impl<'a> ValueData<'a> {
    /// Returns complete data.
    ///
    /// The data in a captured log is usually incomplete: the driver keeps at most 2,048 bytes of a string and 16 bytes
    /// of binary data.
    ///
    /// # Panics
    /// If `data` is 4 GiB or larger.
    #[must_use]
    pub fn new(value_type: RegistryType, data: &'a [u8]) -> Self {
        let length = u32::try_from(data.len());
        assert!(length.is_ok(), "the data of a registry value must be smaller than 4 GiB, got {} bytes", data.len());
        Self { value_type, length: length.unwrap_or(u32::MAX), captured: data }
    }

    /// Appends the data of a `REG_SZ`, `REG_EXPAND_SZ` or `REG_LINK`, with a final NUL, to `buffer` and returns the
    /// value.
    ///
    /// ```
    /// use procmon_parser::code::RegistryType;
    /// use procmon_parser::detail::ValueData;
    ///
    /// let mut buffer = Vec::new();
    /// assert_eq!(ValueData::encode_string(RegistryType::SZ, "on", &mut buffer).captured, b"o\0n\0\0\0");
    /// ```
    #[must_use]
    pub fn encode_string(value_type: RegistryType, text: &str, buffer: &'a mut Vec<u8>) -> Self {
        Self::new(value_type, PmlStr::encode_nul_terminated([text], buffer).as_bytes())
    }

    /// Appends the data of a `REG_MULTI_SZ`, with a NUL after each string and a final one, to `buffer` and returns it.
    pub fn encode_strings<'t>(texts: impl IntoIterator<Item = &'t str>, buffer: &'a mut Vec<u8>) -> Self {
        let texts = texts.into_iter().chain([""]);
        Self::new(RegistryType::MULTI_SZ, PmlStr::encode_nul_terminated(texts, buffer).as_bytes())
    }

    /// Returns the number of bytes of the data that are in the log.
    #[must_use]
    pub fn captured_length(&self) -> usize {
        self.captured.len()
    }

    #[cfg(feature = "serde")]
    fn value_type(&self) -> RegistryType {
        self.value_type
    }

    #[cfg(feature = "serde")]
    fn length(&self) -> u32 {
        self.length
    }

    /// Returns true if the log does not contain all bytes of the data.
    #[must_use]
    pub fn is_truncated(&self) -> bool {
        self.captured.len() < self.length as usize
    }

    /// Decodes the data by its type. Returns `None` for a number whose bytes are not in the log.
    ///
    /// ```
    /// use procmon_parser::detail::{Detail, RegistryRequest, RegistryValue};
    ///
    /// let log = procmon_parser::LogsReader::open("fixtures/sample64.pml")?;
    /// for event in log.events().flatten() {
    ///     if let Ok(Detail::Registry(registry)) = event.detail()
    ///         && let RegistryRequest::SetValue(set) = registry.request
    ///         && let Some(RegistryValue::Dword(number)) = set.data.value()
    ///     {
    ///         println!("{} = {number}", registry.path);
    ///     }
    /// }
    /// # Ok::<(), procmon_parser::Error>(())
    /// ```
    #[must_use]
    pub fn value(&self) -> Option<RegistryValue<'a>> {
        let bytes = self.captured;
        let string = || PmlStr::utf16(bytes).until_nul();
        Some(match self.value_type {
            RegistryType::NONE => RegistryValue::None(bytes),
            RegistryType::SZ => RegistryValue::String(string()),
            RegistryType::EXPAND_SZ => RegistryValue::ExpandString(string()),
            RegistryType::BINARY => RegistryValue::Binary(bytes),
            RegistryType::DWORD => RegistryValue::Dword(u32::read(bytes)?),
            RegistryType::DWORD_BIG_ENDIAN => RegistryValue::DwordBigEndian(u32::from_be_bytes(*bytes.first_chunk()?)),
            RegistryType::LINK => RegistryValue::Link(PmlStr::utf16(bytes)),
            RegistryType::MULTI_SZ => RegistryValue::MultiString(MultiString(PmlStr::utf16(bytes))),
            RegistryType::RESOURCE_LIST => RegistryValue::ResourceList(bytes),
            RegistryType::FULL_RESOURCE_DESCRIPTOR => RegistryValue::FullResourceDescriptor(bytes),
            RegistryType::RESOURCE_REQUIREMENTS_LIST => RegistryValue::ResourceRequirementsList(bytes),
            RegistryType::QWORD => RegistryValue::Qword(u64::read(bytes)?),
            other => RegistryValue::Unknown(other, bytes),
        })
    }
}

serialize_by!(ValueData: value_type, length, captured_length, value);

/// Serializes the bytes of a value of an unknown type. The type is serialized next to them, as a field of the value.
#[cfg(feature = "serde")]
fn bytes_of_unknown<S: serde::Serializer>(_: &RegistryType, bytes: &[u8], serializer: S) -> Result<S::Ok, S::Error> {
    crate::wire::hex(bytes, serializer)
}

serialize_as_list!(MultiString);

impl<'a> MultiString<'a> {
    /// Returns the stored block of all strings with their NULs.
    #[must_use]
    pub fn block(self) -> PmlStr<'a> {
        self.0
    }
}

impl std::fmt::Debug for MultiString<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_list().entries(*self).finish()
    }
}

impl<'a> IntoIterator for MultiString<'a> {
    type Item = PmlStr<'a>;
    type IntoIter = MultiStringIter<'a>;

    fn into_iter(self) -> MultiStringIter<'a> {
        MultiStringIter(self.0.as_bytes())
    }
}

/// An iterator over the strings of a [`MultiString`].
///
/// It yields empty strings too, but not one for the final NUL.
#[derive(Clone, Debug)]
pub struct MultiStringIter<'a>(&'a [u8]);

impl<'a> Iterator for MultiStringIter<'a> {
    type Item = PmlStr<'a>;

    fn next(&mut self) -> Option<PmlStr<'a>> {
        // The last code unit is the NUL that ends the list.
        if self.0.len() < 4 {
            return None;
        }
        let string = PmlStr::utf16(self.0).until_nul();
        self.0 = self.0.get(string.as_bytes().len() + 2..).unwrap_or_default();
        Some(string)
    }
}

impl std::iter::FusedIterator for MultiStringIter<'_> {}
