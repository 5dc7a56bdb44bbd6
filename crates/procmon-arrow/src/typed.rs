//! The columns of typed details.

use std::fmt::Write;

use arrow_array::types::{Int32Type, Int64Type, UInt16Type, UInt32Type, UInt64Type};
use arrow_array::{ArrayRef, DictionaryArray};
use procmon_parser::Ticks;
use procmon_parser::detail::{
    Detail, FileDetail, FileRequest, NetworkDetail, ProcessDetail, ProcessStatistics, ProfilingDetail, RegistryDetail,
    RegistryRequest, RegistryValue, SetFileInformation, ValueData, ValueInformation,
};
use std::sync::Arc;

use crate::error::Result;
use crate::plan::Plan;
use crate::schema::EventColumn;
use crate::store::{Names, Numbers, Sink, Texts};

/// Returns a span in nanoseconds, or `None` above 292 years.
pub(crate) fn nanoseconds(span: Ticks) -> Option<i64> {
    span.0.checked_mul(100).and_then(|span| i64::try_from(span).ok())
}

/// The columns whose values come from the detail of an event.
#[derive(Debug)]
pub(crate) struct Typed<'p> {
    offset: Numbers<i64>,
    length: Numbers<i64>,
    bytes_transferred: Numbers<i64>,
    desired_access: Numbers<u32>,
    disposition: Names<'p>,
    create_options: Numbers<u32>,
    open_result: Names<'p>,
    new_path: Texts,
    registry_type: Names<'p>,
    registry_data: Texts,
    registry_length: Numbers<u32>,
    control_code: Numbers<u32>,
    local_address: Texts,
    local_port: Numbers<u16>,
    remote_address: Texts,
    remote_port: Numbers<u16>,
    target_key: Numbers<u32>,
    target_pid: Numbers<u32>,
    target_tid: Numbers<u32>,
    image_base: Numbers<u64>,
    image_size: Numbers<u32>,
    exit_status: Numbers<i32>,
    cpu_user: Numbers<i64>,
    cpu_kernel: Numbers<i64>,
    working_set: Numbers<i64>,
    private_bytes: Numbers<i64>,
}

/// Returns true if a column is one of those that [`Typed`] fills.
pub(crate) fn is_typed(column: EventColumn) -> bool {
    use EventColumn as Column;
    matches!(
        column,
        Column::Offset
            | Column::Length
            | Column::BytesTransferred
            | Column::DesiredAccess
            | Column::Disposition
            | Column::CreateOptions
            | Column::OpenResult
            | Column::NewPath
            | Column::RegistryType
            | Column::RegistryData
            | Column::RegistryLength
            | Column::ControlCode
            | Column::LocalAddress
            | Column::LocalPort
            | Column::RemoteAddress
            | Column::RemotePort
            | Column::TargetKey
            | Column::TargetPid
            | Column::TargetTid
            | Column::ImageBase
            | Column::ImageSize
            | Column::ExitStatus
            | Column::CpuUserNs
            | Column::CpuKernelNs
            | Column::WorkingSet
            | Column::PrivateBytes
    )
}

impl<'p> Typed<'p> {
    pub(crate) fn new(plan: &'p Plan<'_>) -> Self {
        Self {
            offset: Numbers::new(),
            length: Numbers::new(),
            bytes_transferred: Numbers::new(),
            desired_access: Numbers::new(),
            disposition: Names::new(&plan.dispositions),
            create_options: Numbers::new(),
            open_result: Names::new(&plan.open_results),
            new_path: Texts::new(),
            registry_type: Names::new(&plan.registry_types),
            registry_data: Texts::new(),
            registry_length: Numbers::new(),
            control_code: Numbers::new(),
            local_address: Texts::new(),
            local_port: Numbers::new(),
            remote_address: Texts::new(),
            remote_port: Numbers::new(),
            target_key: Numbers::new(),
            target_pid: Numbers::new(),
            target_tid: Numbers::new(),
            image_base: Numbers::new(),
            image_size: Numbers::new(),
            exit_status: Numbers::new(),
            cpu_user: Numbers::new(),
            cpu_kernel: Numbers::new(),
            working_set: Numbers::new(),
            private_bytes: Numbers::new(),
        }
    }

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

    /// Returns the size of all texts, in bytes.
    pub(crate) fn size(&self) -> usize {
        [&self.new_path, &self.registry_data, &self.local_address, &self.remote_address].map(Texts::size).iter().sum()
    }

    /// Returns the array of a column; `None` for a column that is not one of these.
    pub(crate) fn finish(&mut self, column: EventColumn, rows: usize) -> Result<Option<ArrayRef>> {
        use EventColumn as Column;
        let names = |names: &mut Names<'_>| -> Result<ArrayRef> {
            let array: DictionaryArray<Int32Type> = names.finish(rows)?;
            Ok(Arc::new(array))
        };
        let texts = |texts: &mut Texts| -> Result<ArrayRef> { Ok(Arc::new(texts.finish(rows)?)) };
        Ok(Some(match column {
            Column::Offset => Arc::new(self.offset.finish::<Int64Type>(rows)),
            Column::Length => Arc::new(self.length.finish::<Int64Type>(rows)),
            Column::BytesTransferred => Arc::new(self.bytes_transferred.finish::<Int64Type>(rows)),
            Column::DesiredAccess => Arc::new(self.desired_access.finish::<UInt32Type>(rows)),
            Column::Disposition => names(&mut self.disposition)?,
            Column::CreateOptions => Arc::new(self.create_options.finish::<UInt32Type>(rows)),
            Column::OpenResult => names(&mut self.open_result)?,
            Column::NewPath => texts(&mut self.new_path)?,
            Column::RegistryType => names(&mut self.registry_type)?,
            Column::RegistryData => texts(&mut self.registry_data)?,
            Column::RegistryLength => Arc::new(self.registry_length.finish::<UInt32Type>(rows)),
            Column::ControlCode => Arc::new(self.control_code.finish::<UInt32Type>(rows)),
            Column::LocalAddress => texts(&mut self.local_address)?,
            Column::LocalPort => Arc::new(self.local_port.finish::<UInt16Type>(rows)),
            Column::RemoteAddress => texts(&mut self.remote_address)?,
            Column::RemotePort => Arc::new(self.remote_port.finish::<UInt16Type>(rows)),
            Column::TargetKey => Arc::new(self.target_key.finish::<UInt32Type>(rows)),
            Column::TargetPid => Arc::new(self.target_pid.finish::<UInt32Type>(rows)),
            Column::TargetTid => Arc::new(self.target_tid.finish::<UInt32Type>(rows)),
            Column::ImageBase => Arc::new(self.image_base.finish::<UInt64Type>(rows)),
            Column::ImageSize => Arc::new(self.image_size.finish::<UInt32Type>(rows)),
            Column::ExitStatus => Arc::new(self.exit_status.finish::<Int32Type>(rows)),
            Column::CpuUserNs => Arc::new(self.cpu_user.finish::<Int64Type>(rows)),
            Column::CpuKernelNs => Arc::new(self.cpu_kernel.finish::<Int64Type>(rows)),
            Column::WorkingSet => Arc::new(self.working_set.finish::<Int64Type>(rows)),
            Column::PrivateBytes => Arc::new(self.private_bytes.finish::<Int64Type>(rows)),
            _ => return Ok(None),
        }))
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
            for (number, string) in strings.into_iter().enumerate() {
                write!(out, "{}{string}", if number > 0 { "\n" } else { "" })?;
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
