//! What QueryVolumeInformation answers and SetVolumeInformation sets.

use super::view::{self, Fields, view};
use crate::code::{DeviceCharacteristics, DeviceType, FileSystemAttributes, FsInformationClass};
use crate::wire::macros::serialize_by;
use crate::wire::{Field, FileTime, PmlStr};

/// QueryVolumeInformation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct QueryVolume<'a> {
    /// What was queried.
    pub information_class: FsInformationClass,
    /// Size of the caller's buffer in bytes.
    pub length: u32,
    /// What came back, if anything did.
    pub result: Option<VolumeInformation<'a>>,
}

/// SetVolumeInformation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct SetVolume<'a> {
    /// What is set.
    pub information_class: FsInformationClass,
    /// Size of the caller's buffer in bytes.
    pub length: u64,
    /// The values.
    pub information: VolumeInformation<'a>,
}

impl<'a> QueryVolume<'a> {
    /// A query by a caller with a buffer of `length` bytes, and what came back.
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
    /// A call with the first `length` bytes of `block` as the caller's buffer.
    #[must_use]
    pub fn new(information_class: FsInformationClass, length: u64, block: &'a [u8]) -> Self {
        Self { information_class, length, information: set(information_class, length, block) }
    }
}

/// Facts about a volume, by what was asked for or set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize), serde(rename_all = "snake_case"))]
#[non_exhaustive]
pub enum VolumeInformation<'a> {
    /// FILE_FS_VOLUME_INFORMATION.
    Volume(FsVolumeInformation<'a>),
    /// FILE_FS_LABEL_INFORMATION: the label.
    Label(FsLabelInformation<'a>),
    /// FILE_FS_SIZE_INFORMATION.
    Size(FsSizeInformation<'a>),
    /// FILE_FS_DEVICE_INFORMATION.
    Device(FsDeviceInformation<'a>),
    /// FILE_FS_ATTRIBUTE_INFORMATION.
    Attribute(FsAttributeInformation<'a>),
    /// FILE_FS_CONTROL_INFORMATION.
    Control(FsControlInformation<'a>),
    /// FILE_FS_FULL_SIZE_INFORMATION.
    FullSize(FsFullSizeInformation<'a>),
    /// FILE_FS_OBJECTID_INFORMATION.
    ObjectId(FsObjectIdInformation<'a>),
    /// Another structure.
    Unknown(#[cfg_attr(feature = "serde", serde(serialize_with = "crate::wire::hex"))] &'a [u8]),
}

view! {
    /// Label and serial number.
    pub struct FsVolumeInformationFields / FsVolumeInformation [18] {
        /// When the volume was formatted, UTC.
        0 volume_creation_time: FileTime,
        /// Serial number.
        8 volume_serial_number: u32,
        /// Size of the label in bytes.
        12 volume_label_size: u32,
        /// Whether the file system has object-oriented objects.
        16 supports_objects: bool,
        .. volume_label
    }
}

impl<'a> FsVolumeInformation<'a> {
    /// The label.
    #[must_use]
    pub fn volume_label(self) -> Option<PmlStr<'a>> {
        self.0.get::<u8>(16)?;
        self.volume_label_size().map(|size| self.0.clamped_string(18, size))
    }
}

view! {
    /// Space on the volume.
    pub struct FsSizeInformationFields / FsSizeInformation [24] {
        /// Number of allocation units.
        0 total_allocation_units: u64,
        /// Number of free allocation units.
        8 available_allocation_units: u64,
        /// Sectors in an allocation unit.
        16 sectors_per_allocation_unit: u32,
        /// Bytes in a sector.
        20 bytes_per_sector: u32,
    }
}

view! {
    /// Kind of device.
    pub struct FsDeviceInformationFields / FsDeviceInformation [8] {
        /// Type.
        0 device_type: DeviceType,
        /// Characteristics.
        4 characteristics: DeviceCharacteristics,
    }
}

view! {
    /// The file system.
    pub struct FsAttributeInformationFields / FsAttributeInformation [12] {
        /// What it can do.
        0 file_system_attributes: FileSystemAttributes,
        /// Greatest length of a name in a path, in characters.
        4 maximum_component_name_length: i32,
        /// Size of its name in bytes.
        8 file_system_name_size: u32,
        .. file_system_name
    }
}

impl<'a> FsAttributeInformation<'a> {
    /// Its name: `NTFS`.
    #[must_use]
    pub fn file_system_name(self) -> Option<PmlStr<'a>> {
        self.0.get::<u8>(4)?;
        self.file_system_name_size().map(|size| self.0.clamped_string(12, size))
    }
}

view! {
    /// Quotas.
    pub struct FsControlInformationFields / FsControlInformation [48] {
        /// Free space at which filtering starts, in bytes.
        0 free_space_start_filtering: u64,
        /// Free space that raises an alarm, in bytes.
        8 free_space_threshold: u64,
        /// Free space at which filtering stops, in bytes.
        16 free_space_stop_filtering: u64,
        /// Default quota that raises an alarm, in bytes.
        24 default_quota_threshold: u64,
        /// Default quota in bytes.
        32 default_quota_limit: u64,
        /// Flags.
        40 file_system_control_flags: u32,
    }
}

view! {
    /// Space on the volume, for the caller and in all.
    pub struct FsFullSizeInformationFields / FsFullSizeInformation [32] {
        /// Number of allocation units.
        0 total_allocation_units: u64,
        /// Number of free allocation units that the caller's quota allows.
        8 caller_available_allocation_units: u64,
        /// Number of free allocation units.
        16 actual_available_allocation_units: u64,
        /// Sectors in an allocation unit.
        24 sectors_per_allocation_unit: u32,
        /// Bytes in a sector.
        28 bytes_per_sector: u32,
    }
}

view! {
    /// Id of the volume.
    pub struct FsObjectIdInformationFields / FsObjectIdInformation [64] {
        /// The id.
        0 object_id: ObjectId,
    }
}

/// Id of an object of a volume: 16 bytes, in the order in which they are stored.
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

/// The bytes as hexadecimal text.
#[cfg(feature = "serde")]
impl serde::Serialize for ObjectId {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        crate::wire::hex(&self.0, serializer)
    }
}

/// The label of a volume.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FsLabelInformation<'a>(Fields<'a>);

serialize_by!(FsLabelInformation: volume_label);

impl<'a> FsLabelInformation<'a> {
    /// The label, of no more characters than the structure has bytes.
    #[must_use]
    pub fn volume_label(self) -> PmlStr<'a> {
        let all = Fields::new(self.0.block());
        let size: u32 = all.get(0).unwrap_or_default();
        all.string(4, u32::try_from(u64::from(size / 2).min(self.0.limit())).unwrap_or(u32::MAX))
    }

    /// The bytes of the structure.
    #[must_use]
    pub fn as_bytes(self) -> &'a [u8] {
        self.0.as_bytes()
    }

    /// Writes a structure with this label over what is in `buffer`.
    pub fn encode(label: PmlStr<'_>, buffer: &mut Vec<u8>) {
        view::put_string(buffer, 0, 4, label);
    }
}

impl FsVolumeInformationFields {
    /// Writes the structure and its label over what is in `buffer`.
    pub fn encode_with_label(&self, label: PmlStr<'_>, buffer: &mut Vec<u8>) {
        buffer.clear();
        self.encode(buffer);
        view::put_string(buffer, 12, Self::SIZE, label);
    }
}

impl FsAttributeInformationFields {
    /// Writes the structure and the name of the file system over what is in `buffer`.
    pub fn encode_with_name(&self, file_system_name: PmlStr<'_>, buffer: &mut Vec<u8>) {
        buffer.clear();
        self.encode(buffer);
        view::put_string(buffer, 8, Self::SIZE, file_system_name);
    }
}

impl<'a> VolumeInformation<'a> {
    /// The bytes of the structure, and what is behind it in the block.
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

/// What a query of a class answered.
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

/// What is set by the buffer of `length` bytes at the start of `tail`.
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
