//! Details of the process class.

use super::{DetailBlocks, Source, Unknown};
use crate::code::{NtStatus, ProcessOperation};
use crate::error::Result;
use crate::wire::codec::{Codec, narrow};
use crate::wire::head::Head;
use crate::wire::macros::serialize_as_list;
use crate::wire::{FileTime, PmlStr, PointerWidth, ProcessKey, Ticks, put};

/// The detail of an event of the process class.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize), serde(rename_all = "snake_case"))]
#[non_exhaustive]
pub enum ProcessDetail<'a> {
    /// Process Defined: a process that was running when the capture began.
    Defined(ProcessCreate<'a>),
    /// Process Create: a process was created. The event belongs to the parent process.
    Create(ProcessCreate<'a>),
    /// Process Exit: the event's process exited.
    Exit(ProcessStatistics),
    /// Thread Create: a thread was created.
    ThreadCreate(ThreadCreate),
    /// Thread Exit: the event's thread exited.
    ThreadExit(ThreadExit),
    /// Load Image: an image was mapped into the event's process.
    LoadImage(LoadImage<'a>),
    /// Thread Profile: a sample of a thread, in an unknown layout.
    ThreadProfile(Unknown<'a>),
    /// Process Start: the first event of a new process.
    Start(ProcessStart<'a>),
    /// Process Statistics: CPU times and memory use of a process at the end of a boot log.
    Statistics(ProcessStatistics),
    /// System Statistics: system counters at the end of a boot log.
    SystemStatistics(SystemStatistics<'a>),
    /// The undecoded blocks of an operation with an unknown layout.
    Unknown(Unknown<'a>),
}

/// The detail of Process Create and Process Defined.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct ProcessCreate<'a> {
    /// The key of the new process in the process table.
    pub process_key: ProcessKey,
    /// The process id of the new process.
    pub pid: u32,
    /// The key of the parent process in the process table.
    pub parent_key: ProcessKey,
    /// The process id of the parent process.
    pub parent_pid: u32,
    /// The Terminal Services session id.
    pub session: u32,
    /// True if the process is a native 64-bit process.
    pub is_64bit: bool,
    /// The time at which the process was created, UTC.
    pub create_time: FileTime,
    /// The LUID of the logon session.
    pub authentication_id: u64,
    /// The state of UAC virtualization: 0 is off, 1 is on, any other value means not applicable.
    pub virtualized: u32,
    /// The bytes of the user's SID; see [`Sid`](super::Sid).
    #[cfg_attr(feature = "serde", serde(serialize_with = "super::file::sid_or_hex"))]
    pub user_sid: &'a [u8],
    /// The bytes of the SID of the integrity level; empty on Windows XP.
    #[cfg_attr(feature = "serde", serde(serialize_with = "super::file::sid_or_hex"))]
    pub integrity_sid: &'a [u8],
    /// The path of the image.
    pub image_path: PmlStr<'a>,
    /// The command line.
    pub command_line: PmlStr<'a>,
}

/// The CPU times and memory use of a process, at its exit or at the end of a boot log.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct ProcessStatistics {
    /// The exit status. Procmon prints it as a signed number; see [`exit_code`](Self::exit_code).
    pub exit_status: u32,
    /// The CPU time spent in the kernel, in 100-ns ticks.
    pub kernel_time: Ticks,
    /// The CPU time spent in user mode, in 100-ns ticks.
    pub user_time: Ticks,
    /// The size of the working set, in bytes.
    pub working_set: u64,
    /// The peak size of the working set, in bytes.
    pub peak_working_set: u64,
    /// The size of the private memory, in bytes.
    pub private_bytes: u64,
    /// The peak size of the private memory, in bytes.
    pub peak_private_bytes: u64,
}

/// The detail of Thread Create.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct ThreadCreate {
    /// The id of the new thread. The thread id of the event is that of the creating thread.
    pub thread_id: u32,
}

/// The detail of Thread Exit, an event of the exiting thread.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct ThreadExit {
    /// The exit status; [`NtStatus::PENDING`] if it is unknown, as in all real logs.
    pub exit_status: NtStatus,
    /// The CPU time spent in the kernel, in 100-ns ticks.
    pub kernel_time: Ticks,
    /// The CPU time spent in user mode, in 100-ns ticks.
    pub user_time: Ticks,
}

/// The detail of Load Image.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct LoadImage<'a> {
    /// The address at which the image was mapped.
    pub base: u64,
    /// The size of the mapped image, in bytes.
    pub size: u32,
    /// The path of the image, as stored. Procmon expands native forms such as `\SystemRoot`; see
    /// [`ImagePath`](super::ImagePath).
    pub path: PmlStr<'a>,
}

/// The detail of Process Start, an event of the new process.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct ProcessStart<'a> {
    /// The process id of the parent process.
    pub parent_pid: u32,
    /// The command line, directory and environment; `None` in logs of format version 7, which do not store them.
    ///
    /// Procmon 3.94 does not show them in logs of versions 4 to 7, even if they are stored.
    pub parameters: Option<ProcessParameters<'a>>,
}

/// The parameters that a process was started with.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct ProcessParameters<'a> {
    /// The command line.
    pub command_line: PmlStr<'a>,
    /// The current directory.
    pub current_directory: PmlStr<'a>,
    /// The environment variables.
    pub environment: Environment<'a>,
}

/// The environment block of a new process, a list of strings of the form `NAME=value`.
///
/// ```
/// use procmon_parser::{Detail, LogsReader, detail::ProcessDetail};
///
/// let log = LogsReader::open("fixtures/sample64.pml")?;
/// for event in log.events().flatten() {
///     if let Ok(Detail::Process(ProcessDetail::Start(start))) = event.detail()
///         && let Some(parameters) = start.parameters
///     {
///         for variable in parameters.environment {
///             println!("{variable}");
///         }
///     }
/// }
/// # Ok::<(), procmon_parser::Error>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Environment<'a>(PmlStr<'a>);

/// The detail of System Statistics: counters since the system started.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct SystemStatistics<'a> {
    /// The size of a memory page, in bytes.
    pub page_size: u32,
    /// The peak commit charge, in pages.
    pub peak_commitment: u32,
    /// The number of context switches.
    pub context_switches: u32,
    /// The number of system calls.
    pub system_calls: u32,
    /// The bytes of Windows' `SYSTEM_PERFORMANCE_INFORMATION`, from which the three fields above are taken.
    #[cfg_attr(feature = "serde", serde(serialize_with = "crate::wire::hex"))]
    pub performance_information: &'a [u8],
}

impl ProcessStatistics {
    /// Returns the exit status as the signed number that Procmon prints.
    #[must_use]
    pub fn exit_code(&self) -> i32 {
        self.exit_status.cast_signed()
    }
}

impl SystemStatistics<'_> {
    /// Returns the peak commit charge, in bytes.
    #[must_use]
    pub fn peak_commit_bytes(&self) -> u64 {
        u64::from(self.page_size) * u64::from(self.peak_commitment)
    }
}

impl<'a> Environment<'a> {
    /// Appends a block of these variables to `buffer` and returns the block. Each variable has the form `NAME=value`.
    ///
    /// ```
    /// use procmon_parser::detail::Environment;
    ///
    /// let mut buffer = Vec::new();
    /// let environment = Environment::encode(["OS=Windows_NT", "USERNAME=anna"], &mut buffer);
    /// assert_eq!(environment.into_iter().count(), 2);
    /// ```
    pub fn encode<'t>(variables: impl IntoIterator<Item = &'t str>, buffer: &'a mut Vec<u8>) -> Self {
        Self(PmlStr::encode_nul_terminated(variables, buffer))
    }

    /// Returns a view of a stored block: UTF-16, each variable terminated by a NUL.
    #[must_use]
    pub fn from_block(block: &'a [u8]) -> Self {
        Self(PmlStr::utf16(block))
    }

    /// Returns the stored block, in which each variable is terminated by a NUL.
    #[must_use]
    pub fn block(self) -> PmlStr<'a> {
        self.0
    }
}

impl<'a> IntoIterator for Environment<'a> {
    type Item = PmlStr<'a>;
    type IntoIter = EnvironmentIter<'a>;

    fn into_iter(self) -> EnvironmentIter<'a> {
        EnvironmentIter(self.0.as_bytes())
    }
}

/// An iterator over the variables of an [`Environment`].
///
/// It yields empty variables too, because Procmon prints them.
#[derive(Clone, Debug)]
pub struct EnvironmentIter<'a>(&'a [u8]);

impl<'a> Iterator for EnvironmentIter<'a> {
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

impl std::iter::FusedIterator for EnvironmentIter<'_> {}

serialize_as_list!(Environment);

impl<'a> ProcessDetail<'a> {
    /// Returns the detail variant of an operation, with default values.
    #[inline]
    fn empty(operation: ProcessOperation) -> Self {
        match operation {
            ProcessOperation::PROCESS_DEFINED => Self::Defined(ProcessCreate::default()),
            ProcessOperation::PROCESS_CREATE => Self::Create(ProcessCreate::default()),
            ProcessOperation::PROCESS_EXIT => Self::Exit(ProcessStatistics::default()),
            ProcessOperation::THREAD_CREATE => Self::ThreadCreate(ThreadCreate::default()),
            ProcessOperation::THREAD_EXIT => Self::ThreadExit(ThreadExit::default()),
            ProcessOperation::LOAD_IMAGE => Self::LoadImage(LoadImage::default()),
            ProcessOperation::THREAD_PROFILE => Self::ThreadProfile(Unknown::default()),
            ProcessOperation::PROCESS_START => Self::Start(ProcessStart::default()),
            ProcessOperation::PROCESS_STATISTICS => Self::Statistics(ProcessStatistics::default()),
            ProcessOperation::SYSTEM_STATISTICS => Self::SystemStatistics(SystemStatistics::default()),
            _ => Self::Unknown(Unknown::default()),
        }
    }

    /// Visits the fields of the detail block, for all operations with a known layout.
    #[inline]
    fn lay_out<C: Codec<'a>>(&mut self, block: &mut C, width: PointerWidth) -> Result<()> {
        match self {
            Self::Defined(create) | Self::Create(create) => process_create(block, create),
            Self::Exit(statistics) | Self::Statistics(statistics) => process_statistics(block, statistics),
            Self::ThreadCreate(thread) => block.field("thread_create.thread_id", &mut thread.thread_id),
            Self::ThreadExit(thread) => thread_exit(block, thread),
            Self::LoadImage(image) => load_image(block, image, width),
            Self::Start(start) => process_start(block, start),
            Self::SystemStatistics(statistics) => system_statistics(block, statistics),
            Self::ThreadProfile(_) | Self::Unknown(_) => Ok(()),
        }
    }
}

/// Returns the size in bytes of the numbers at the start of a block, which are its head; 0 if the layout is unknown.
pub(super) fn head_size(operation: ProcessOperation, width: PointerWidth) -> usize {
    Head::size(|head| ProcessDetail::empty(operation).lay_out(head, width))
}

/// Replaces the process-table keys of the new process and its parent. `block` is the detail block of a Process Create
/// or Process Defined event.
pub(crate) fn put_keys(block: &mut [u8], process_index: u32, parent_index: u32) {
    for (field, key) in [(PROCESS_INDEX, process_index), (PARENT_INDEX, parent_index)] {
        if let Some(at) = Head::offset_of(field, |head| process_create(head, &mut ProcessCreate::default())) {
            put(block, at, key);
        }
    }
}

#[inline]
pub(crate) fn decode<'a>(source: &Source<'a>, operation: ProcessOperation) -> Result<ProcessDetail<'a>> {
    let mut detail = ProcessDetail::empty(operation);
    detail.lay_out(&mut source.detail_cursor(), source.width)?;
    if let ProcessDetail::ThreadProfile(unknown) | ProcessDetail::Unknown(unknown) = &mut detail {
        *unknown = source.unknown();
    }
    Ok(detail)
}

pub(super) fn encode(
    mut detail: ProcessDetail<'_>,
    operation: ProcessOperation,
    width: PointerWidth,
    blocks: &mut DetailBlocks,
) -> Result<()> {
    blocks.expect_same(&detail, &ProcessDetail::empty(operation), operation.name())?;
    if let ProcessDetail::ThreadProfile(unknown) | ProcessDetail::Unknown(unknown) = detail {
        return blocks.copy(unknown);
    }
    detail.lay_out(&mut blocks.writer(), width)
}

/// Returns the path of the image that was loaded or that the new process runs, as stored.
pub(super) fn path<'a>(source: &Source<'a>, operation: ProcessOperation) -> Option<PmlStr<'a>> {
    match operation {
        ProcessOperation::PROCESS_DEFINED | ProcessOperation::PROCESS_CREATE | ProcessOperation::LOAD_IMAGE => {
            match decode(source, operation).ok()? {
                ProcessDetail::Defined(create) | ProcessDetail::Create(create) => Some(create.image_path),
                ProcessDetail::LoadImage(image) => Some(image.path),
                _ => None,
            }
        }
        _ => None,
    }
}

/// The names of the fields that hold process-table keys.
const PROCESS_INDEX: &str = "process_create.process_key";
const PARENT_INDEX: &str = "process_create.parent_key";

fn process_create<'a, C: Codec<'a>>(block: &mut C, create: &mut ProcessCreate<'a>) -> Result<()> {
    let mut is_64bit = u32::from(create.is_64bit);
    let mut user_sid_size: u8 = narrow("process_create.user_sid", create.user_sid.len(), u8::MAX.into())?;
    let mut integrity_sid_size: u8 =
        narrow("process_create.integrity_sid", create.integrity_sid.len(), u8::MAX.into())?;
    block.field(PROCESS_INDEX, &mut create.process_key)?;
    block.field("process_create.pid", &mut create.pid)?;
    block.field(PARENT_INDEX, &mut create.parent_key)?;
    block.field("process_create.parent_pid", &mut create.parent_pid)?;
    block.field("process_create.session", &mut create.session)?;
    block.field("process_create.is_64bit", &mut is_64bit)?;
    block.field("process_create.create_time", &mut create.create_time)?;
    block.field("process_create.authentication_id", &mut create.authentication_id)?;
    block.field("process_create.virtualized", &mut create.virtualized)?;
    block.field("process_create.user_sid_size", &mut user_sid_size)?;
    block.field("process_create.integrity_sid_size", &mut integrity_sid_size)?;
    block.info("process_create.image_path", &mut create.image_path)?;
    block.info("process_create.command_line", &mut create.command_line)?;
    block.filler_to(52, "process_create.filler")?;
    block.bytes(user_sid_size.into(), "process_create.user_sid", &mut create.user_sid)?;
    block.bytes(integrity_sid_size.into(), "process_create.integrity_sid", &mut create.integrity_sid)?;
    block.characters(&mut create.image_path);
    block.characters(&mut create.command_line);
    create.is_64bit = is_64bit != 0;
    Ok(())
}

fn process_statistics<'a, C: Codec<'a>>(block: &mut C, statistics: &mut ProcessStatistics) -> Result<()> {
    block.field("process_exit.exit_status", &mut statistics.exit_status)?;
    block.field("process_exit.kernel_time", &mut statistics.kernel_time)?;
    block.field("process_exit.user_time", &mut statistics.user_time)?;
    block.field("process_exit.working_set", &mut statistics.working_set)?;
    block.field("process_exit.peak_working_set", &mut statistics.peak_working_set)?;
    block.field("process_exit.private_bytes", &mut statistics.private_bytes)?;
    block.field("process_exit.peak_private_bytes", &mut statistics.peak_private_bytes)
}

fn thread_exit<'a, C: Codec<'a>>(block: &mut C, thread: &mut ThreadExit) -> Result<()> {
    block.field("thread_exit.exit_status", &mut thread.exit_status)?;
    block.field("thread_exit.kernel_time", &mut thread.kernel_time)?;
    block.field("thread_exit.user_time", &mut thread.user_time)
}

fn load_image<'a, C: Codec<'a>>(block: &mut C, image: &mut LoadImage<'a>, width: PointerWidth) -> Result<()> {
    block.pointer(width, "load_image.base", &mut image.base)?;
    block.field("load_image.size", &mut image.size)?;
    block.info("load_image.path", &mut image.path)?;
    block.filler_to(width.select(16, 12), "load_image.filler")?;
    block.characters(&mut image.path);
    Ok(())
}

fn process_start<'a, C: Codec<'a>>(block: &mut C, start: &mut ProcessStart<'a>) -> Result<()> {
    block.field("process_start.parent_pid", &mut start.parent_pid)?;
    if !block.has_more(start.parameters.is_some()) {
        return Ok(());
    }
    let parameters = start.parameters.get_or_insert_default();
    block.info("process_start.command_line", &mut parameters.command_line)?;
    block.info("process_start.current_directory", &mut parameters.current_directory)?;
    block.units("process_start.environment", &mut parameters.environment.0)?;
    block.characters(&mut parameters.command_line);
    block.characters(&mut parameters.current_directory);
    block.utf16_characters(&mut parameters.environment.0);
    Ok(())
}

/// Visits the page size and Windows' structure. Three fields of the structure are also fields of `statistics`: a writer
/// takes these from `statistics`, and the rest from the bytes of the structure.
fn system_statistics<'a, C: Codec<'a>>(block: &mut C, statistics: &mut SystemStatistics<'a>) -> Result<()> {
    block.field("system_statistics.page_size", &mut statistics.page_size)?;
    block.peek(&mut statistics.performance_information);
    let structure = statistics.performance_information;
    block.peeked(structure, 0..56);
    block.field("system_statistics.peak_commitment", &mut statistics.peak_commitment)?;
    block.peeked(structure, 60..296);
    block.field("system_statistics.context_switches", &mut statistics.context_switches)?;
    block.peeked(structure, 300..308);
    block.field("system_statistics.system_calls", &mut statistics.system_calls)?;
    block.peeked_rest(structure, 312);
    Ok(())
}
