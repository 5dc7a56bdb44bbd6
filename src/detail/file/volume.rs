//! What QueryVolumeInformation answers and SetVolumeInformation sets.

use super::view::{Fields, field_of_u32, view};
use crate::code::{DeviceCharacteristics, DeviceType, FileSystemAttributes};
use crate::wire::{FileTime, PmlStr};

field_of_u32!(flags DeviceCharacteristics, FileSystemAttributes; codes DeviceType);

/// Facts about a volume, by what was asked for or set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize), serde(rename_all = "snake_case"))]
#[non_exhaustive]
pub enum VolumeInformation<'a> {
    /// FILE_FS_VOLUME_INFORMATION.
    Volume(FsVolumeInformation<'a>),
    /// FILE_FS_LABEL_INFORMATION: the label.
    Label(PmlStr<'a>),
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
    pub struct FsVolumeInformation {
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
        self.volume_label_size().map(|size| clamped(self.0, 18, size))
    }
}

view! {
    /// Space on the volume.
    pub struct FsSizeInformation {
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
    pub struct FsDeviceInformation {
        /// Type.
        0 device_type: DeviceType,
        /// Characteristics.
        4 characteristics: DeviceCharacteristics,
    }
}

view! {
    /// The file system.
    pub struct FsAttributeInformation {
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
        self.file_system_name_size().map(|size| clamped(self.0, 12, size))
    }
}

view! {
    /// Quotas.
    pub struct FsControlInformation {
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
    pub struct FsFullSizeInformation {
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
    pub struct FsObjectIdInformation {
        /// The id, as bytes.
        0 object_id: [u8; 16],
    }
}

/// A string of `size` bytes, but of no more characters than the block has bytes.
fn clamped(fields: Fields<'_>, at: usize, size: u32) -> PmlStr<'_> {
    let units = u64::from(size / 2).min(fields.limit().min(fields.block().len() as u64));
    fields.string(at, u32::try_from(units).unwrap_or(u32::MAX))
}

/// What a query of a class answered.
pub(super) fn query(class: u8, extra: &[u8]) -> VolumeInformation<'_> {
    let fields = Fields::new(extra);
    match class {
        1 => VolumeInformation::Volume(FsVolumeInformation(fields)),
        2 => VolumeInformation::Label(label(fields, extra.len() as u64)),
        3 => VolumeInformation::Size(FsSizeInformation(fields)),
        4 => VolumeInformation::Device(FsDeviceInformation(fields)),
        5 => VolumeInformation::Attribute(FsAttributeInformation(fields)),
        6 => VolumeInformation::Control(FsControlInformation(fields)),
        7 => VolumeInformation::FullSize(FsFullSizeInformation(fields)),
        8 => VolumeInformation::ObjectId(FsObjectIdInformation(fields)),
        _ => VolumeInformation::Unknown(extra),
    }
}

/// What is set by the buffer of `length` bytes at the start of `tail`.
pub(super) fn set(class: u8, length: u64, tail: &[u8]) -> VolumeInformation<'_> {
    let fields = Fields::limited(tail, length);
    match class {
        2 => VolumeInformation::Label(label(Fields::new(tail), length)),
        6 => VolumeInformation::Control(FsControlInformation(fields)),
        8 => VolumeInformation::ObjectId(FsObjectIdInformation(fields)),
        _ => VolumeInformation::Unknown(fields.as_bytes()),
    }
}

/// A label behind its size, of no more characters than the structure has bytes.
fn label(fields: Fields<'_>, limit: u64) -> PmlStr<'_> {
    let size: u32 = fields.get(0).unwrap_or_default();
    fields.string(4, u32::try_from(u64::from(size / 2).min(limit)).unwrap_or(u32::MAX))
}
