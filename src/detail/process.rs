//! Details of the process class.

use super::Unknown;
use crate::Result;
use crate::code::{NtStatus, ProcessOperation};
use crate::event::Event;
use crate::wire::cursor::Cursor;
use crate::wire::macros::serialize_as_list;
use crate::wire::{FileTime, PmlStr, Ticks};

/// Detail of an event of the process class.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize), serde(rename_all = "snake_case"))]
#[non_exhaustive]
pub enum ProcessDetail<'a> {
    /// A process that was there before the capture.
    Defined(ProcessCreate<'a>),
    /// A process was created; the event is its parent's.
    Create(ProcessCreate<'a>),
    /// The process exited.
    Exit(ProcessStatistics),
    /// A thread was created.
    ThreadCreate(ThreadCreate),
    /// The event's thread exited.
    ThreadExit(ThreadExit),
    /// An image was mapped into the process.
    LoadImage(LoadImage<'a>),
    /// A sample of a thread; its layout is not known.
    ThreadProfile(Unknown<'a>),
    /// The first event of a new process.
    Start(ProcessStart<'a>),
    /// Times and memory of a process at the end of a boot log.
    Statistics(ProcessStatistics),
    /// Counters of the system at the end of a boot log.
    SystemStatistics(SystemStatistics<'a>),
    /// An operation that nobody has described.
    Unknown(Unknown<'a>),
}

/// A new process.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct ProcessCreate<'a> {
    /// Key of the new process in the process table.
    pub process_index: u32,
    /// Process id.
    pub pid: u32,
    /// Key of the parent in the process table.
    pub parent_index: u32,
    /// Process id of the parent.
    pub parent_pid: u32,
    /// Terminal-services session.
    pub session: u32,
    /// Whether it is a native process of a 64-bit Windows.
    pub is_64bit: bool,
    /// When it was created, UTC.
    pub create_time: FileTime,
    /// Logon session (LUID).
    pub authentication_id: u64,
    /// UAC virtualization: 0 off, 1 on, anything else not applicable.
    pub virtualized: u32,
    /// SID of the user, as bytes.
    #[cfg_attr(feature = "serde", serde(serialize_with = "super::file::sid_or_hex"))]
    pub user_sid: &'a [u8],
    /// SID of the integrity level, as bytes.
    #[cfg_attr(feature = "serde", serde(serialize_with = "super::file::sid_or_hex"))]
    pub integrity_sid: &'a [u8],
    /// Path of the image.
    pub image_path: PmlStr<'a>,
    /// Command line.
    pub command_line: PmlStr<'a>,
}

/// Times and memory of a process, at its exit or at the end of a boot log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct ProcessStatistics {
    /// Exit status; Procmon prints it as a signed number.
    pub exit_status: u32,
    /// Time spent in the kernel.
    pub kernel_time: Ticks,
    /// Time spent in user mode.
    pub user_time: Ticks,
    /// Working set in bytes.
    pub working_set: u64,
    /// Greatest working set in bytes.
    pub peak_working_set: u64,
    /// Private memory in bytes.
    pub private_bytes: u64,
    /// Greatest private memory in bytes.
    pub peak_private_bytes: u64,
}

/// A new thread.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct ThreadCreate {
    /// Id of the new thread; that of the event is its creator's.
    pub thread_id: u32,
}

/// The end of the event's thread.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct ThreadExit {
    /// Exit status; [`NtStatus::PENDING`] if it is not known, as in real logs.
    pub exit_status: NtStatus,
    /// Time spent in the kernel.
    pub kernel_time: Ticks,
    /// Time spent in user mode.
    pub user_time: Ticks,
}

/// A mapped image.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct LoadImage<'a> {
    /// Address of its first byte.
    pub base: u64,
    /// Size in memory, in bytes.
    pub size: u32,
    /// Path of the image, as stored; Procmon prints `\SystemRoot` and the like in full.
    pub path: PmlStr<'a>,
}

/// The start of the event's process.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct ProcessStart<'a> {
    /// Process id of the parent.
    pub parent_pid: u32,
    /// What the process was started with; logs of format version 7 do not have it.
    pub parameters: Option<ProcessParameters<'a>>,
}

/// What a process was started with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct ProcessParameters<'a> {
    /// Command line.
    pub command_line: PmlStr<'a>,
    /// Current directory.
    pub current_directory: PmlStr<'a>,
    /// Environment variables.
    pub environment: Environment<'a>,
}

/// The environment block of a new process: variables as `NAME=value`.
///
/// ```
/// use procmon_parser::{Detail, LogsReader, detail::ProcessDetail};
///
/// let log = LogsReader::open("fixtures/sample64.pml").unwrap();
/// let start = log.events().flatten().find_map(|event| match event.detail() {
///     Ok(Detail::Process(ProcessDetail::Start(start))) => Some(start),
///     _ => None,
/// });
/// for variable in start.unwrap().parameters.unwrap().environment {
///     println!("{variable}");
/// }
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Environment<'a>(PmlStr<'a>);

/// Counters of the system since it started.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct SystemStatistics<'a> {
    /// Size of a page in bytes.
    pub page_size: u32,
    /// Greatest commit charge in pages.
    pub peak_commitment: u32,
    /// Number of context switches.
    pub context_switches: u32,
    /// Number of system calls.
    pub system_calls: u32,
    /// All of Windows' SYSTEM_PERFORMANCE_INFORMATION, as bytes.
    #[cfg_attr(feature = "serde", serde(serialize_with = "crate::wire::hex"))]
    pub performance_information: &'a [u8],
}

impl ProcessStatistics {
    /// The exit status as Procmon prints it.
    #[must_use]
    pub fn exit_code(&self) -> i32 {
        self.exit_status.cast_signed()
    }
}

impl SystemStatistics<'_> {
    /// Greatest commit charge in bytes.
    #[must_use]
    pub fn peak_commit_bytes(&self) -> u64 {
        u64::from(self.page_size) * u64::from(self.peak_commitment)
    }
}

impl<'a> Environment<'a> {
    /// The block as stored: each variable ends with a NUL.
    #[must_use]
    pub fn block(self) -> PmlStr<'a> {
        self.0
    }
}

impl<'a> IntoIterator for Environment<'a> {
    type Item = PmlStr<'a>;
    type IntoIter = Variables<'a>;

    fn into_iter(self) -> Variables<'a> {
        Variables(self.0.as_bytes())
    }
}

/// Iterator over the variables of an [`Environment`]. An empty variable is one as well: Procmon prints it.
#[derive(Clone, Debug)]
pub struct Variables<'a>(&'a [u8]);

impl<'a> Iterator for Variables<'a> {
    type Item = PmlStr<'a>;

    fn next(&mut self) -> Option<PmlStr<'a>> {
        if self.0.len() < 2 {
            return None;
        }
        let variable = PmlStr::utf16(self.0).until_nul();
        self.0 = self.0.get(variable.as_bytes().len() + 2..).unwrap_or_default();
        Some(variable)
    }
}

impl std::iter::FusedIterator for Variables<'_> {}

serialize_as_list!(Environment);

#[inline]
pub(crate) fn decode<'a>(event: &Event<'a>, operation: ProcessOperation) -> Result<ProcessDetail<'a>> {
    Ok(match operation {
        ProcessOperation::PROCESS_DEFINED => ProcessDetail::Defined(create(event)?),
        ProcessOperation::PROCESS_CREATE => ProcessDetail::Create(create(event)?),
        ProcessOperation::PROCESS_EXIT => ProcessDetail::Exit(statistics(event)?),
        ProcessOperation::THREAD_CREATE => ProcessDetail::ThreadCreate(thread_create(event)?),
        ProcessOperation::THREAD_EXIT => ProcessDetail::ThreadExit(thread_exit(event)?),
        ProcessOperation::LOAD_IMAGE => ProcessDetail::LoadImage(load_image(event)?),
        ProcessOperation::THREAD_PROFILE => ProcessDetail::ThreadProfile(Unknown::of(event)),
        ProcessOperation::PROCESS_START => ProcessDetail::Start(start(event)?),
        ProcessOperation::PROCESS_STATISTICS => ProcessDetail::Statistics(statistics(event)?),
        ProcessOperation::SYSTEM_STATISTICS => ProcessDetail::SystemStatistics(system_statistics(event)?),
        _ => ProcessDetail::Unknown(Unknown::of(event)),
    })
}

/// The image that the event is about.
pub(super) fn path<'a>(event: &Event<'a>, operation: ProcessOperation) -> Option<PmlStr<'a>> {
    match operation {
        ProcessOperation::PROCESS_DEFINED | ProcessOperation::PROCESS_CREATE => {
            create(event).ok().map(|create| create.image_path)
        }
        ProcessOperation::LOAD_IMAGE => load_image(event).ok().map(|image| image.path),
        _ => None,
    }
}

pub(super) fn create<'a>(event: &Event<'a>) -> Result<ProcessCreate<'a>> {
    let mut detail = event.detail_cursor();
    let process_index = detail.u32("process_create.process_index")?;
    let pid = detail.u32("process_create.pid")?;
    let parent_index = detail.u32("process_create.parent_index")?;
    let parent_pid = detail.u32("process_create.parent_pid")?;
    let session = detail.u32("process_create.session")?;
    let is_64bit = detail.u32("process_create.is_64bit")? != 0;
    let create_time = FileTime(detail.u64("process_create.create_time")?);
    let authentication_id = detail.u64("process_create.authentication_id")?;
    let virtualized = detail.u32("process_create.virtualized")?;
    let user_sid_size = detail.u8("process_create.user_sid_size")?;
    let integrity_sid_size = detail.u8("process_create.integrity_sid_size")?;
    let image_path_info = detail.u16("process_create.image_path_info")?;
    let command_line_info = detail.u16("process_create.command_line_info")?;
    detail.bytes(2, "process_create.filler")?;
    Ok(ProcessCreate {
        process_index,
        pid,
        parent_index,
        parent_pid,
        session,
        is_64bit,
        create_time,
        authentication_id,
        virtualized,
        user_sid: detail.bytes(user_sid_size.into(), "process_create.user_sid")?,
        integrity_sid: detail.bytes(integrity_sid_size.into(), "process_create.integrity_sid")?,
        image_path: detail.string(image_path_info),
        command_line: detail.string(command_line_info),
    })
}

fn statistics(event: &Event<'_>) -> Result<ProcessStatistics> {
    let mut detail = event.detail_cursor();
    Ok(ProcessStatistics {
        exit_status: detail.u32("process_exit.exit_status")?,
        kernel_time: Ticks(detail.u64("process_exit.kernel_time")?),
        user_time: Ticks(detail.u64("process_exit.user_time")?),
        working_set: detail.u64("process_exit.working_set")?,
        peak_working_set: detail.u64("process_exit.peak_working_set")?,
        private_bytes: detail.u64("process_exit.private_bytes")?,
        peak_private_bytes: detail.u64("process_exit.peak_private_bytes")?,
    })
}

pub(super) fn thread_create(event: &Event<'_>) -> Result<ThreadCreate> {
    Ok(ThreadCreate { thread_id: event.detail_cursor().u32("thread_create.thread_id")? })
}

fn thread_exit(event: &Event<'_>) -> Result<ThreadExit> {
    let mut detail = event.detail_cursor();
    Ok(ThreadExit {
        exit_status: NtStatus(detail.u32("thread_exit.exit_status")?),
        kernel_time: Ticks(detail.u64("thread_exit.kernel_time")?),
        user_time: Ticks(detail.u64("thread_exit.user_time")?),
    })
}

pub(super) fn load_image<'a>(event: &Event<'a>) -> Result<LoadImage<'a>> {
    let mut detail = event.detail_cursor();
    let base = detail.pointer(event.index().is_64bit(), "load_image.base")?;
    let size = detail.u32("load_image.size")?;
    let path_info = detail.u16("load_image.path_info")?;
    detail.bytes(2, "load_image.filler")?;
    Ok(LoadImage { base, size, path: detail.string(path_info) })
}

fn start<'a>(event: &Event<'a>) -> Result<ProcessStart<'a>> {
    let mut detail = event.detail_cursor();
    let parent_pid = detail.u32("process_start.parent_pid")?;
    let parameters = if detail.rest().is_empty() { None } else { Some(parameters(detail)?) };
    Ok(ProcessStart { parent_pid, parameters })
}

fn parameters<'a>(mut detail: Cursor<'a>) -> Result<ProcessParameters<'a>> {
    let command_line_info = detail.u16("process_start.command_line_info")?;
    let current_directory_info = detail.u16("process_start.current_directory_info")?;
    let environment_length = detail.u32("process_start.environment_length")?;
    Ok(ProcessParameters {
        command_line: detail.string(command_line_info),
        current_directory: detail.string(current_directory_info),
        environment: Environment(PmlStr::counted(detail.rest(), environment_length as usize, true)),
    })
}

fn system_statistics<'a>(event: &Event<'a>) -> Result<SystemStatistics<'a>> {
    let mut detail = event.detail_cursor();
    let page_size = detail.u32("system_statistics.page_size")?;
    let performance_information = detail.rest();
    detail.skip(56);
    let peak_commitment = detail.u32("system_statistics.peak_commitment")?;
    detail.skip(236);
    let context_switches = detail.u32("system_statistics.context_switches")?;
    detail.skip(8);
    let system_calls = detail.u32("system_statistics.system_calls")?;
    Ok(SystemStatistics { page_size, peak_commitment, context_switches, system_calls, performance_information })
}
