//! Details of the process class.

use super::{DetailBlocks, Source, Unknown};
use crate::code::{NtStatus, ProcessOperation};
use crate::error::Result;
use crate::wire::codec::{Codec, narrow};
use crate::wire::head::Head;
use crate::wire::macros::serialize_as_list;
use crate::wire::{FileTime, PmlStr, PointerWidth, ProcessKey, Ticks, put};

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
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct ProcessCreate<'a> {
    /// Key of the new process in the process table.
    pub process_key: ProcessKey,
    /// Process id.
    pub pid: u32,
    /// Key of the parent in the process table.
    pub parent_key: ProcessKey,
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
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
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
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct ThreadCreate {
    /// Id of the new thread; that of the event is its creator's.
    pub thread_id: u32,
}

/// The end of the event's thread.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
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
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
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
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct ProcessStart<'a> {
    /// Process id of the parent.
    pub parent_pid: u32,
    /// What the process was started with. Logs of format version 7 do not have it; Procmon 3.94 does not show it before
    /// version 8, even where it is there.
    pub parameters: Option<ProcessParameters<'a>>,
}

/// What a process was started with.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
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
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Environment<'a>(PmlStr<'a>);

/// Counters of the system since it started.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
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
    /// The block of these variables, each `NAME=value`, appended to `buffer`.
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

    /// A block as it is stored: UTF-16, each variable ends with a NUL.
    #[must_use]
    pub fn from_block(block: &'a [u8]) -> Self {
        Self(PmlStr::utf16(block))
    }

    /// The block as stored: each variable ends with a NUL.
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

/// Iterator over the variables of an [`Environment`]. An empty variable is one as well: Procmon prints it.
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
    /// The detail of an operation before anything of it is known.
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

    /// The detail block of all operations whose layout is known.
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

/// Returns the size of the numbers at the start of a block in bytes; 0 where the layout is not known.
pub(super) fn head_size(operation: ProcessOperation, width: PointerWidth) -> usize {
    Head::size(|head| ProcessDetail::empty(operation).lay_out(head, width))
}

/// Replaces the keys of the new process and of its parent in the block of an event that describes a process.
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

/// The image that the event is about.
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

/// Fields of a block that hold keys of processes.
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

/// The page size, then Windows' structure, of which three fields are values of their own.
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
    block.peeked(structure, 312..usize::MAX);
    Ok(())
}
