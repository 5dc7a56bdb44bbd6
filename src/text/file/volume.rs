//! The Detail column of QueryVolumeInformation and SetVolumeInformation.

use std::fmt;

use crate::detail::VolumeInformation;
use crate::text::cell::{Cell, Items};
use crate::text::{ColumnText, flags, number, time};
use crate::wire::FileTime;

pub(super) fn detail<W: fmt::Write + ?Sized>(
    cx: &ColumnText<'_, '_>,
    items: &mut Items<'_, '_, W>,
    information: &VolumeInformation<'_>,
) -> fmt::Result {
    match *information {
        VolumeInformation::Volume(volume) => {
            let date = |cell: &mut Cell<'_, W>, time: FileTime| time::date_and_time(cell, time, cx.style.utc_offset);
            items.maybe("VolumeCreationTime: ", volume.volume_creation_time(), date)?;
            items.maybe("VolumeSerialNumber: ", volume.volume_serial_number(), number::serial)?;
            items.maybe("SupportsObjects: ", volume.supports_objects(), |cell, supports| {
                cell.literal(number::boolean(supports))
            })?;
            items.maybe("VolumeLabel: ", volume.volume_label(), |cell, label| cx.string(cell, label))
        }
        VolumeInformation::Label(of) => items.item("VolumeLabel: ", |cell| cx.string(cell, of.volume_label())),
        VolumeInformation::Size(size) => {
            items.maybe("TotalAllocationUnits: ", size.total_allocation_units(), number::grouped)?;
            items.maybe("AvailableAllocationUnits: ", size.available_allocation_units(), number::grouped)?;
            items.maybe("SectorsPerAllocationUnit: ", size.sectors_per_allocation_unit(), number::grouped)?;
            items.maybe("BytesPerSector: ", size.bytes_per_sector(), number::grouped)
        }
        VolumeInformation::Device(device) => {
            items.maybe("DeviceType: ", device.device_type(), |cell, device| match device.name() {
                Some(name) => cell.literal(name),
                None => number::hex(cell, device.0),
            })?;
            items.maybe("Characteristics: ", device.characteristics(), |cell, of| flags::with_rest(cell, of.names()))
        }
        VolumeInformation::Attribute(of) => {
            items.maybe("FileSystemAttributes: ", of.file_system_attributes(), |cell, of| {
                flags::with_rest(cell, of.names())
            })?;
            // The only 32-bit number that Procmon sign-extends to 64 bits, so that 0xFFFFFFFF prints as -1.
            let length = of.maximum_component_name_length().map(|length| i64::from(length).cast_unsigned());
            items.maybe("MaximumComponentNameLength: ", length, number::grouped)?;
            items.maybe("FileSystemName: ", of.file_system_name(), |cell, name| cx.string(cell, name))
        }
        VolumeInformation::Control(control) => {
            items.maybe("FreeSpaceStartFiltering: ", control.free_space_start_filtering(), number::grouped)?;
            items.maybe("FreeSpaceThreshold: ", control.free_space_threshold(), number::grouped)?;
            items.maybe("FreeSpaceStopFiltering: ", control.free_space_stop_filtering(), number::grouped)?;
            items.maybe("DefaultQuotaThreshold: ", control.default_quota_threshold(), number::grouped)?;
            items.maybe("DefaultQuotaLimit: ", control.default_quota_limit(), number::grouped)?;
            items.maybe("FileSystemControlFlags: ", control.file_system_control_flags(), number::hex)
        }
        VolumeInformation::FullSize(size) => {
            let (caller, actual) = (size.caller_available_allocation_units(), size.actual_available_allocation_units());
            items.maybe("TotalAllocationUnits: ", size.total_allocation_units(), number::grouped)?;
            items.maybe("CallerAvailableAllocationUnits: ", caller, number::grouped)?;
            items.maybe("ActualAvailableAllocationUnits: ", actual, number::grouped)?;
            items.maybe("SectorsPerAllocationUnit: ", size.sectors_per_allocation_unit(), number::grouped)?;
            items.maybe("BytesPerSector: ", size.bytes_per_sector(), number::grouped)
        }
        VolumeInformation::ObjectId(id) => {
            items.maybe("ObjectId: ", id.object_id(), |cell, id| number::hex_digits(cell, &id.0))
        }
        VolumeInformation::Unknown(_) => Ok(()),
    }
}
