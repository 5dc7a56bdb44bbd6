//! The columns of typed details.

use std::fmt::Write;

use arrow_array::ArrayRef;
use arrow_array::types::{ArrowPrimitiveType, Int32Type, Int64Type, UInt16Type, UInt32Type, UInt64Type};
use procmon_parser::Ticks;
use procmon_parser::detail::{
    Detail, FileDetail, FileRequest, NetworkDetail, ProcessDetail, ProcessStatistics, ProfilingDetail, RegistryDetail,
    RegistryRequest, RegistryValue, SetFileInformation, ValueData, ValueInformation,
};
use std::sync::Arc;

use crate::error::Result;
use crate::plan::Plan;
use crate::schema::EventColumn;
use crate::store::{Missing, Names, Numbers, Sink, Texts};

/// Returns a span in nanoseconds, or `None` above 292 years.
pub(crate) fn nanoseconds(span: Ticks) -> Option<i64> {
    span.0.checked_mul(100).and_then(|span| i64::try_from(span).ok())
}

/// Declares the columns whose values come from the detail of an event, each with its store: [`Numbers`] by the Arrow type,
/// [`Names`] by the known names of the plan, or [`Texts`].
macro_rules! typed {
    (@type [Numbers $Type:ident]) => { Numbers<<$Type as ArrowPrimitiveType>::Native> };
    (@type [Names $known:ident]) => { Names<'p> };
    (@type [Texts]) => { Texts };
    (@new $plan:ident [Numbers $Type:ident]) => { Numbers::new() };
    (@new $plan:ident [Names $known:ident]) => { Names::new(&$plan.$known) };
    (@new $plan:ident [Texts]) => { Texts::new() };
    (@finish $store:expr, ($rows:ident, $missing:ident) [Numbers $Type:ident]) => {
        $store.finish::<$Type>($rows, $missing)
    };
    (@finish $store:expr, ($rows:ident, $missing:ident) $other:tt) => { $store.finish($rows, $missing)? };
    (@size $store:expr, [Texts]) => { $store.size() };
    (@size $store:expr, $other:tt) => { 0 };
    ($( $Column:ident $store:ident $kind:tt, )*) => {
        /// The columns whose values come from the detail of an event.
        #[derive(Debug)]
        pub(crate) struct Typed<'p> {
            $( $store: typed!(@type $kind), )*
        }

        /// Returns true if a column is one of those that [`Typed`] fills.
        pub(crate) fn is_typed(column: EventColumn) -> bool {
            matches!(column, $( EventColumn::$Column )|*)
        }

        impl<'p> Typed<'p> {
            pub(crate) fn new(plan: &'p Plan<'_>) -> Self {
                Self { $( $store: typed!(@new plan $kind), )* }
            }

            /// Returns the size of all texts, in bytes.
            pub(crate) fn size(&self) -> usize {
                [$( typed!(@size self.$store, $kind) ),*].iter().sum()
            }

            /// Removes all rows.
            pub(crate) fn clear(&mut self) {
                $( self.$store.clear(); )*
            }

            /// Returns the array of a column; `None` for a column that is not one of these.
            pub(crate) fn finish(
                &mut self,
                column: EventColumn,
                rows: usize,
                missing: &mut Missing,
            ) -> Result<Option<ArrayRef>> {
                Ok(Some(match column {
                    $( EventColumn::$Column => Arc::new(typed!(@finish self.$store, (rows, missing) $kind)), )*
                    _ => return Ok(None),
                }))
            }
        }
    };
}

typed! {
    Offset offset [Numbers Int64Type],
    Length length [Numbers Int64Type],
    BytesTransferred bytes_transferred [Numbers Int64Type],
    DesiredAccess desired_access [Numbers UInt32Type],
    Disposition disposition [Names dispositions],
    CreateOptions create_options [Numbers UInt32Type],
    OpenResult open_result [Names open_results],
    NewPath new_path [Texts],
    RegistryType registry_type [Names registry_types],
    RegistryData registry_data [Texts],
    RegistryLength registry_length [Numbers UInt32Type],
    ControlCode control_code [Numbers UInt32Type],
    LocalAddress local_address [Texts],
    LocalPort local_port [Numbers UInt16Type],
    RemoteAddress remote_address [Texts],
    RemotePort remote_port [Numbers UInt16Type],
    TargetKey target_key [Numbers UInt32Type],
    TargetPid target_pid [Numbers UInt32Type],
    TargetTid target_tid [Numbers UInt32Type],
    ImageBase image_base [Numbers UInt64Type],
    ImageSize image_size [Numbers UInt32Type],
    ExitStatus exit_status [Numbers Int32Type],
    CpuUserNs cpu_user [Numbers Int64Type],
    CpuKernelNs cpu_kernel [Numbers Int64Type],
    WorkingSet working_set [Numbers Int64Type],
    PrivateBytes private_bytes [Numbers Int64Type],
}

impl Typed<'_> {
    /// Sets the values of a row.
    #[inline]
    pub(crate) fn set(&mut self, row: usize, detail: &Detail<'_>) {
        match detail {
            Detail::File(detail) => self.file(row, detail),
            Detail::Registry(detail) => self.registry(row, detail),
            Detail::Network(detail) => self.network(row, detail),
            Detail::Process(detail) => self.process(row, detail),
            Detail::Profiling(ProfilingDetail::Thread(sample)) => {
                self.times(row, sample.user_time, sample.kernel_time);
            }
            Detail::Profiling(ProfilingDetail::Process(sample)) => {
                self.times(row, sample.user_time, sample.kernel_time);
                self.memory(row, sample.working_set, sample.private_bytes);
            }
            _ => {}
        }
    }

    fn file(&mut self, row: usize, detail: &FileDetail<'_>) {
        match &detail.request {
            FileRequest::Create(create) => {
                self.desired_access.set(row, create.desired_access.bits());
                self.disposition.set(row, create.disposition);
                self.create_options.set(row, create.options.bits());
                if let Some(result) = create.open_result {
                    self.open_result.set(row, result);
                }
            }
            FileRequest::Read(transfer) | FileRequest::Write(transfer) => {
                self.range(row, transfer.offset, transfer.requested.into());
                self.bytes_transferred.set_if(row, transfer.transferred.map(i64::from));
            }
            FileRequest::PrepareMdlWrite(transfer) | FileRequest::MdlRead(transfer) => {
                self.range(row, transfer.offset, transfer.length.into());
            }
            FileRequest::MdlWriteComplete { offset, .. } => self.offset.set(row, offset.cast_signed()),
            FileRequest::CheckIfPossible { offset, length, .. } => self.range(row, *offset, (*length).into()),
            FileRequest::Lock(lock) => {
                self.offset.set(row, lock.offset.cast_signed());
                self.length.set_if(row, lock.length.map(u64::cast_signed));
            }
            FileRequest::FileSystemControl(control) | FileRequest::DeviceIoControl(control) => {
                self.control_code.set(row, control.code.0);
            }
            FileRequest::SetInformation(set) => {
                let name = match set.information {
                    SetFileInformation::Rename(rename) | SetFileInformation::RenameEx(rename) => rename.target(),
                    SetFileInformation::Link(link) => link.file_name(),
                    _ => None,
                };
                if let Some(name) = name {
                    self.new_path.set(row, name);
                }
            }
            _ => {}
        }
    }

    #[inline]
    fn range(&mut self, row: usize, offset: u64, length: i64) {
        self.offset.set(row, offset.cast_signed());
        self.length.set(row, length);
    }

    fn registry(&mut self, row: usize, detail: &RegistryDetail<'_>) {
        match &detail.request {
            RegistryRequest::OpenKey(open) => self.desired_access.set(row, open.desired_access.bits()),
            RegistryRequest::CreateKey(create) => {
                self.desired_access.set(row, create.desired_access.bits());
                if let Some(disposition) = create.result.and_then(|result| result.disposition) {
                    self.open_result.set(row, disposition);
                }
            }
            RegistryRequest::SetValue(set) => self.value(row, &set.data),
            RegistryRequest::QueryValue(query) => self.information(row, query.result),
            RegistryRequest::EnumValue(query) => self.information(row, query.result),
            RegistryRequest::RenameKey { new_name } => self.new_path.set(row, *new_name),
            _ => {}
        }
    }

    fn information(&mut self, row: usize, information: Option<ValueInformation<'_>>) {
        match information {
            Some(ValueInformation::Full { data, .. } | ValueInformation::Partial { data, .. }) => {
                self.value(row, &data);
            }
            Some(ValueInformation::Basic { value_type, .. }) => self.registry_type.set(row, value_type),
            Some(ValueInformation::Truncated { value_type: Some(value_type), .. }) => {
                self.registry_type.set(row, value_type);
            }
            _ => {}
        }
    }

    fn value(&mut self, row: usize, data: &ValueData<'_>) {
        self.registry_type.set(row, data.value_type);
        self.registry_length.set(row, data.length);
        if let Some(value) = data.value() {
            // Appending to memory does not fail.
            self.registry_data.set_with(row, |bytes| write_value(bytes, value).is_ok());
        }
    }

    fn network(&mut self, row: usize, detail: &NetworkDetail<'_>) {
        self.length.set(row, detail.length.into());
        self.bytes_transferred.set(row, detail.length.into());
        self.local_address.set(row, detail.local.address);
        self.local_port.set(row, detail.local.port);
        self.remote_address.set(row, detail.remote.address);
        self.remote_port.set(row, detail.remote.port);
    }

    fn process(&mut self, row: usize, detail: &ProcessDetail<'_>) {
        match detail {
            ProcessDetail::Defined(create) | ProcessDetail::Create(create) => {
                self.target_key.set(row, create.process_key.0);
                self.target_pid.set(row, create.pid);
            }
            ProcessDetail::Exit(statistics) | ProcessDetail::Statistics(statistics) => {
                self.statistics(row, statistics);
            }
            ProcessDetail::ThreadCreate(thread) => self.target_tid.set(row, thread.thread_id),
            ProcessDetail::ThreadExit(thread) => {
                self.exit_status.set(row, thread.exit_status.0.cast_signed());
                self.times(row, thread.user_time, thread.kernel_time);
            }
            ProcessDetail::LoadImage(image) => {
                self.image_base.set(row, image.base);
                self.image_size.set(row, image.size);
            }
            _ => {}
        }
    }

    fn statistics(&mut self, row: usize, statistics: &ProcessStatistics) {
        self.exit_status.set(row, statistics.exit_code());
        self.times(row, statistics.user_time, statistics.kernel_time);
        self.memory(row, statistics.working_set, statistics.private_bytes);
    }

    fn times(&mut self, row: usize, user: Ticks, kernel: Ticks) {
        self.cpu_user.set_if(row, nanoseconds(user));
        self.cpu_kernel.set_if(row, nanoseconds(kernel));
    }

    fn memory(&mut self, row: usize, working_set: u64, private_bytes: u64) {
        self.working_set.set(row, working_set.cast_signed());
        self.private_bytes.set(row, private_bytes.cast_signed());
    }
}

/// Appends the text of a registry value.
pub(crate) fn write_value(bytes: &mut Vec<u8>, value: RegistryValue<'_>) -> std::fmt::Result {
    let mut out = Sink(bytes);
    match value {
        RegistryValue::String(text) | RegistryValue::ExpandString(text) | RegistryValue::Link(text) => {
            write!(out, "{text}")
        }
        RegistryValue::Dword(number) | RegistryValue::DwordBigEndian(number) => write!(out, "{number}"),
        RegistryValue::Qword(number) => write!(out, "{number}"),
        RegistryValue::MultiString(strings) => {
            for (index, string) in strings.into_iter().enumerate() {
                write!(out, "{}{string}", if index > 0 { "\n" } else { "" })?;
            }
            Ok(())
        }
        RegistryValue::None(data)
        | RegistryValue::Binary(data)
        | RegistryValue::ResourceList(data)
        | RegistryValue::FullResourceDescriptor(data)
        | RegistryValue::ResourceRequirementsList(data)
        | RegistryValue::Unknown(_, data) => data.iter().try_for_each(|byte| write!(out, "{byte:02x}")),
        _ => Err(std::fmt::Error),
    }
}
