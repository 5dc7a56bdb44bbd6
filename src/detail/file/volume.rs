//! The structures that QueryVolumeInformation returns and that callers pass to SetVolumeInformation.

use super::view::{self, Fields, view};
use crate::code::{DeviceCharacteristics, DeviceType, FileSystemAttributes, FsInformationClass};
use crate::wire::macros::serialize_by;
use crate::wire::{Field, FileTime, PmlStr};

/// The parameters and the result of QueryVolumeInformation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct QueryVolume<'a> {
    /// The requested information class.
    pub information_class: FsInformationClass,
    /// The size of the caller's buffer, in bytes.
    pub length: u32,
    /// The returned information; `None` if the event has no extra block.
    pub result: Option<VolumeInformation<'a>>,
}

/// The parameters of SetVolumeInformation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct SetVolume<'a> {
    /// The information class that is set.
    pub information_class: FsInformationClass,
    /// The size of the caller's buffer, in bytes.
    pub length: u64,
    /// The new values.
    pub information: VolumeInformation<'a>,
}

impl<'a> QueryVolume<'a> {
    /// Returns a query with a caller's buffer of `length` bytes. `answer` is the returned structure, if any.
    ///
    /// ```
    /// use procmon_parser::PmlStr;
    /// use procmon_parser::code::FsInformationClass;
    /// use procmon_parser::detail::{FsVolumeInformationFields, QueryVolume, VolumeInformation};
    ///
    /// let (mut label, mut answer) = (Vec::new(), Vec::new());
    /// let label = PmlStr::encode_utf16("System", &mut label);
    /// FsVolumeInformationFields::default().encode_with_label(label, &mut answer);
    /// let query = QueryVolume::new(FsInformationClass::VOLUME_INFORMATION, 64, Some(&answer));
    /// assert!(matches!(query.result, Some(VolumeInformation::Volume(of)) if of.volume_label() == Some(label)));
    /// ```
    #[must_use]
    pub fn new(information_class: FsInformationClass, length: u32, answer: Option<&'a [u8]>) -> Self {
        Self { information_class, length, result: answer.map(|answer| query(information_class, answer)) }
    }
}

impl<'a> SetVolume<'a> {
    /// Returns a call that passes the first `length` bytes of `block` as the caller's buffer.
    #[must_use]
    pub fn new(information_class: FsInformationClass, length: u64, block: &'a [u8]) -> Self {
        Self { information_class, length, information: set(information_class, length, block) }
    }
}

/// The information about a volume that was returned or set, by information class.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize), serde(rename_all = "snake_case"))]
#[non_exhaustive]
pub enum VolumeInformation<'a> {
    /// `FILE_FS_VOLUME_INFORMATION`: label and serial number.
    Volume(FsVolumeInformation<'a>),
    /// `FILE_FS_LABEL_INFORMATION`: the label.
    Label(FsLabelInformation<'a>),
    /// `FILE_FS_SIZE_INFORMATION`: total and free space.
    Size(FsSizeInformation<'a>),
    /// `FILE_FS_DEVICE_INFORMATION`: the device of the volume.
    Device(FsDeviceInformation<'a>),
    /// `FILE_FS_ATTRIBUTE_INFORMATION`: the file system.
    Attribute(FsAttributeInformation<'a>),
    /// `FILE_FS_CONTROL_INFORMATION`: quotas.
    Control(FsControlInformation<'a>),
    /// `FILE_FS_FULL_SIZE_INFORMATION`: total and free space, with the caller's quota.
    FullSize(FsFullSizeInformation<'a>),
    /// `FILE_FS_OBJECTID_INFORMATION`: the object id.
    ObjectId(FsObjectIdInformation<'a>),
    /// The bytes of a structure of any other class.
    Unknown(#[cfg_attr(feature = "serde", serde(serialize_with = "crate::wire::hex"))] &'a [u8]),
}

view! {
    /// The label and serial number of a volume (`FILE_FS_VOLUME_INFORMATION`).
    pub struct FsVolumeInformationFields / FsVolumeInformation [18] {
        /// The time at which the volume was formatted, UTC.
        0 volume_creation_time: FileTime,
        /// The serial number.
        8 volume_serial_number: u32,
        /// The size of the label, in bytes.
        12 volume_label_size: u32,
        /// True if the file system supports object-oriented file system objects.
        16 supports_objects: bool,
        .. volume_label
    }
}

impl<'a> FsVolumeInformation<'a> {
    /// Returns the label, or `None` if the structure is cut short before it.
    #[must_use]
    pub fn volume_label(self) -> Option<PmlStr<'a>> {
        self.0.get::<u8>(16)?;
        self.volume_label_size().map(|size| self.0.clamped_string(18, size))
    }
}

view! {
    /// The total and free space of a volume (`FILE_FS_SIZE_INFORMATION`).
    pub struct FsSizeInformationFields / FsSizeInformation [24] {
        /// The total number of allocation units.
        0 total_allocation_units: u64,
        /// The number of free allocation units.
        8 available_allocation_units: u64,
        /// The number of sectors in an allocation unit.
        16 sectors_per_allocation_unit: u32,
        /// The number of bytes in a sector.
        20 bytes_per_sector: u32,
    }
}

view! {
    /// The device of a volume (`FILE_FS_DEVICE_INFORMATION`).
    pub struct FsDeviceInformationFields / FsDeviceInformation [8] {
        /// The type of the device.
        0 device_type: DeviceType,
        /// The characteristics of the device.
        4 characteristics: DeviceCharacteristics,
    }
}

view! {
    /// The file system of a volume (`FILE_FS_ATTRIBUTE_INFORMATION`).
    pub struct FsAttributeInformationFields / FsAttributeInformation [12] {
        /// The features of the file system.
        0 file_system_attributes: FileSystemAttributes,
        /// The maximum length of a path component, in characters.
        4 maximum_component_name_length: i32,
        /// The size of the name of the file system, in bytes.
        8 file_system_name_size: u32,
        .. file_system_name
    }
}

impl<'a> FsAttributeInformation<'a> {
    /// Returns the name of the file system, such as `NTFS`, or `None` if the structure is cut short before it.
    #[must_use]
    pub fn file_system_name(self) -> Option<PmlStr<'a>> {
        self.0.get::<u8>(4)?;
        self.file_system_name_size().map(|size| self.0.clamped_string(12, size))
    }
}

view! {
    /// The quota settings of a volume (`FILE_FS_CONTROL_INFORMATION`).
    pub struct FsControlInformationFields / FsControlInformation [48] {
        /// The free space that content indexing needs to start filtering documents, in bytes.
        0 free_space_start_filtering: u64,
        /// The free space that content indexing needs to filter documents and merge word lists, in bytes.
        8 free_space_threshold: u64,
        /// The free space that content indexing needs to continue filtering documents, in bytes.
        16 free_space_stop_filtering: u64,
        /// The default quota warning threshold, in bytes.
        24 default_quota_threshold: u64,
        /// The default quota limit, in bytes.
        32 default_quota_limit: u64,
        /// The flags of the quota settings.
        40 file_system_control_flags: u32,
    }
}

view! {
    /// The total and free space of a volume, with the caller's quota applied (`FILE_FS_FULL_SIZE_INFORMATION`).
    pub struct FsFullSizeInformationFields / FsFullSizeInformation [32] {
        /// The total number of allocation units.
        0 total_allocation_units: u64,
        /// The number of free allocation units available to the caller under its quota.
        8 caller_available_allocation_units: u64,
        /// The number of free allocation units.
        16 actual_available_allocation_units: u64,
        /// The number of sectors in an allocation unit.
        24 sectors_per_allocation_unit: u32,
        /// The number of bytes in a sector.
        28 bytes_per_sector: u32,
    }
}

view! {
    /// The object id of a volume (`FILE_FS_OBJECTID_INFORMATION`).
    pub struct FsObjectIdInformationFields / FsObjectIdInformation [64] {
        /// The object id.
        0 object_id: ObjectId,
    }
}

/// The 16 bytes of an object id, in stored order.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct ObjectId(pub [u8; 16]);

impl Field for ObjectId {
    type Bytes = [u8; 16];

    #[inline(always)]
    fn read(bytes: &[u8]) -> Option<Self> {
        Field::read(bytes).map(Self)
    }

    #[inline(always)]
    fn to_bytes(self) -> [u8; 16] {
        self.0
    }
}

/// Serializes the bytes as hexadecimal text.
#[cfg(feature = "serde")]
impl serde::Serialize for ObjectId {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        crate::wire::hex(&self.0, serializer)
    }
}

/// The label of a volume (`FILE_FS_LABEL_INFORMATION`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FsLabelInformation<'a>(Fields<'a>);

serialize_by!(FsLabelInformation: volume_label);

impl<'a> FsLabelInformation<'a> {
    /// Returns the label, which is limited to as many code units as the structure has bytes.
    #[must_use]
    pub fn volume_label(self) -> PmlStr<'a> {
        let all = Fields::new(self.0.block());
        let size: u32 = all.get(0).unwrap_or_default();
        all.string(4, u32::try_from(u64::from(size / 2).min(self.0.limit())).unwrap_or(u32::MAX))
    }

    /// Returns the bytes of the structure.
    #[must_use]
    pub fn as_bytes(self) -> &'a [u8] {
        self.0.as_bytes()
    }

    /// Replaces the contents of `buffer` with a structure that has this label.
    pub fn encode(label: PmlStr<'_>, buffer: &mut Vec<u8>) {
        view::put_string(buffer, 0, 4, label);
    }
}

impl FsVolumeInformationFields {
    /// Replaces the contents of `buffer` with the structure and its label.
    pub fn encode_with_label(&self, label: PmlStr<'_>, buffer: &mut Vec<u8>) {
        buffer.clear();
        self.encode(buffer);
        view::put_string(buffer, 12, Self::SIZE, label);
    }
}

impl FsAttributeInformationFields {
    /// Replaces the contents of `buffer` with the structure and the name of the file system.
    pub fn encode_with_name(&self, file_system_name: PmlStr<'_>, buffer: &mut Vec<u8>) {
        buffer.clear();
        self.encode(buffer);
        view::put_string(buffer, 8, Self::SIZE, file_system_name);
    }
}

impl<'a> VolumeInformation<'a> {
    /// Returns the bytes of the structure and everything that follows it in the block.
    pub(super) fn bytes(self) -> &'a [u8] {
        match self {
            Self::Volume(view) => view.0.block(),
            Self::Label(view) => view.0.block(),
            Self::Size(view) => view.0.block(),
            Self::Device(view) => view.0.block(),
            Self::Attribute(view) => view.0.block(),
            Self::Control(view) => view.0.block(),
            Self::FullSize(view) => view.0.block(),
            Self::ObjectId(view) => view.0.block(),
            Self::Unknown(bytes) => bytes,
        }
    }
}

/// Returns the information in `extra`, the answer to a query of `class`.
pub(super) fn query(class: FsInformationClass, extra: &[u8]) -> VolumeInformation<'_> {
    use FsInformationClass as Class;
    let fields = Fields::new(extra);
    match class {
        Class::VOLUME_INFORMATION => VolumeInformation::Volume(FsVolumeInformation(fields)),
        Class::LABEL_INFORMATION => {
            VolumeInformation::Label(FsLabelInformation(Fields::limited(extra, extra.len() as u64)))
        }
        Class::SIZE_INFORMATION => VolumeInformation::Size(FsSizeInformation(fields)),
        Class::DEVICE_INFORMATION => VolumeInformation::Device(FsDeviceInformation(fields)),
        Class::ATTRIBUTE_INFORMATION => VolumeInformation::Attribute(FsAttributeInformation(fields)),
        Class::CONTROL_INFORMATION => VolumeInformation::Control(FsControlInformation(fields)),
        Class::FULL_SIZE_INFORMATION => VolumeInformation::FullSize(FsFullSizeInformation(fields)),
        Class::OBJECT_ID_INFORMATION => VolumeInformation::ObjectId(FsObjectIdInformation(fields)),
        _ => VolumeInformation::Unknown(extra),
    }
}

/// Returns the information in the caller's buffer, the first `length` bytes of `tail`.
pub(super) fn set(class: FsInformationClass, length: u64, tail: &[u8]) -> VolumeInformation<'_> {
    use FsInformationClass as Class;
    let fields = Fields::limited(tail, length);
    match class {
        Class::LABEL_INFORMATION => VolumeInformation::Label(FsLabelInformation(fields)),
        Class::CONTROL_INFORMATION => VolumeInformation::Control(FsControlInformation(fields)),
        Class::OBJECT_ID_INFORMATION => VolumeInformation::ObjectId(FsObjectIdInformation(fields)),
        _ => VolumeInformation::Unknown(fields.as_bytes()),
    }
}
