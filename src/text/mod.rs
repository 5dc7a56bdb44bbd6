//! The text of columns, as Procmon prints it.
//!
//! [`ColumnText`] writes a column of an event into any [`fmt::Write`] without allocating. All differences between
//! versions of Procmon are in [`Compat`].

mod accounts;
mod address;
mod cell;
mod compat;
pub(crate) mod exact;
mod file;
mod flags;
mod locale;
mod names;
mod network;
mod number;
mod process;
mod profiling;
mod registry;
mod time;

pub use accounts::AccountNames;
pub use compat::Compat;
pub use locale::Locale;

use std::fmt;

use crate::code::{Category, Column, EventClass, FileOperation, NtStatus, Operation, Origin, Protocol};
use crate::detail::{self, ImagePath};
use crate::event::Event;
use crate::index::{Index, Process};
use crate::wire::layout::ProcessRecord;
use crate::wire::{FileTime, PmlStr, UtcOffset};

use cell::{Cell, Items};
use names::Name;

/// The style in which columns are printed. The default prints everything that is in the log, in UTC.
///
/// ```
/// use procmon_parser::{Column, Compat, LogsReader, Style};
///
/// let log = LogsReader::open("fixtures/sample64.pml")?;
/// let style = Style::new().compat(Compat::Procmon3_94).utc_offset("+05:30".parse()?);
/// let event = log.event(0)?;
/// println!("{}", event.text_in(Column::TIME_OF_DAY, &style));
/// # Ok::<(), procmon_parser::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Style {
    utc_offset: UtcOffset,
    advanced_names: bool,
    resolve_addresses: bool,
    compat: Compat,
    accounts: AccountNames,
    locale: Locale,
    /// The text that replaces an unpaired surrogate; `None` for U+FFFD.
    surrogate_replacement: Option<&'static str>,
}

impl Style {
    /// Creates the default style: complete text in UTC, plain names of operations, and names of hosts and ports.
    #[must_use]
    pub fn new() -> Self {
        Self {
            utc_offset: UtcOffset::UTC,
            advanced_names: false,
            resolve_addresses: true,
            compat: Compat::Complete,
            accounts: AccountNames::default(),
            locale: Locale::default(),
            surrogate_replacement: None,
        }
    }

    /// Returns a `'static` default style.
    #[cfg(feature = "serde")]
    pub(crate) fn complete() -> &'static Self {
        &COMPLETE
    }

    /// Prints local times with this offset from UTC. Procmon uses the current offset of its computer for all times,
    /// even for those in a different season.
    #[must_use]
    pub fn utc_offset(mut self, utc_offset: UtcOffset) -> Self {
        self.utc_offset = utc_offset;
        self
    }

    /// Prints the names of Procmon's advanced output: `IRP_MJ_CREATE` instead of `CreateFile`.
    #[must_use]
    pub fn advanced_names(mut self, advanced_names: bool) -> Self {
        self.advanced_names = advanced_names;
        self
    }

    /// Prints the names of hosts and ports that are in the log, instead of their addresses and numbers.
    #[must_use]
    pub fn resolve_addresses(mut self, resolve_addresses: bool) -> Self {
        self.resolve_addresses = resolve_addresses;
        self
    }

    /// Prints the names of these accounts instead of their SIDs.
    #[must_use]
    pub fn accounts(mut self, accounts: AccountNames) -> Self {
        self.accounts = accounts;
        self
    }

    /// Prints dates, times of day and grouped numbers in the formats of these regional settings. The default is English
    /// (United States).
    ///
    /// ```
    /// use procmon_parser::{Column, LogsReader, Style};
    ///
    /// let log = LogsReader::open("fixtures/sample64.pml")?;
    /// let style = Style::new().locale("de-DE".parse()?);
    /// let time = log.event(0)?.text_in(Column::TIME_OF_DAY, &style).to_string();
    /// assert!(time.contains(',') && !time.ends_with('M'));
    /// # Ok::<(), procmon_parser::Error>(())
    /// ```
    #[must_use]
    pub fn locale(mut self, locale: Locale) -> Self {
        self.locale = locale;
        self
    }

    /// Prints the text of a version of Procmon, including its limits and mistakes.
    #[must_use]
    pub fn compat(mut self, compat: Compat) -> Self {
        self.compat = compat;
        self
    }

    /// Prints this ASCII text instead of an unpaired surrogate.
    pub(crate) fn replace_unpaired_surrogates(mut self, replacement: &'static str) -> Self {
        self.surrogate_replacement = Some(replacement);
        self
    }

    /// Returns true if text has the limits of a version of Procmon.
    pub(crate) fn is_procmon(&self) -> bool {
        self.compat.is_procmon()
    }

    /// Returns true if the version of Procmon has the column; see [`Compat::has_column`].
    pub(crate) fn has_column(&self, column: Column) -> bool {
        self.compat.has_column(column)
    }

    /// Returns true if the text of the column never has a quotation mark or a line feed: if it consists of digits and
    /// fixed names.
    pub(crate) fn is_unquoted(&self, column: Column) -> bool {
        match column {
            Column::RELATIVE_TIME | Column::DURATION | Column::SEQUENCE | Column::TID => true,
            Column::OPERATION | Column::RESULT | Column::EVENT_CLASS | Column::CATEGORY => true,
            // The patterns of a locale may have any characters.
            Column::DATE_AND_TIME | Column::TIME_OF_DAY | Column::COMPLETION_TIME => self.locale.is_default(),
            _ => false,
        }
    }

    /// Returns false if a column shows times or spans of time, and its text never contains `value`, in upper or lower
    /// case: because `value` has an ASCII character more often, apart from digits.
    pub(crate) fn may_contain(&self, column: Column, value: &str) -> bool {
        let samples = match column {
            Column::RELATIVE_TIME | Column::DURATION => ["00:00:00.0000000".to_owned(), String::new()],
            Column::DATE_AND_TIME
            | Column::TIME_OF_DAY
            | Column::COMPLETION_TIME
            | Column::PROCESS_START
            | Column::HIGH_RESOLUTION_PROCESS_START => self.locale.samples(),
            _ => return true,
        };
        let counts = ascii_counts(value.chars());
        let is_within = |sample: &String| {
            // With a sign, because a time that is not in the calendar is shown as a signed number.
            let present = ascii_counts(sample.chars().chain(['-']));
            !sample.is_ascii() || counts.iter().zip(present).all(|(&count, present)| count <= present)
        };
        samples.iter().any(is_within)
    }
}

/// Counts each ASCII character except digits, in lower case.
fn ascii_counts(text: impl Iterator<Item = char>) -> [usize; 128] {
    let mut counts = [0; 128];
    for character in text.filter(|character| !character.is_ascii_digit()) {
        if let Some(count) = counts.get_mut(character.to_ascii_lowercase() as usize) {
            *count += 1;
        }
    }
    counts
}

impl Default for Style {
    fn default() -> Self {
        Self::new()
    }
}

static COMPLETE: std::sync::LazyLock<Style> = std::sync::LazyLock::new(Style::new);

/// The text of a column of an event, written by `Display`.
#[derive(Clone, Copy, Debug)]
pub struct ColumnText<'a, 's> {
    event: Event<'a>,
    column: Column,
    style: &'s Style,
}

impl<'a> Event<'a> {
    /// Returns the text of a column in the default [`Style`]: complete, in UTC.
    ///
    /// ```
    /// use procmon_parser::{Column, LogsReader};
    ///
    /// let log = LogsReader::open("fixtures/sample64.pml")?;
    /// for event in log.events().flatten() {
    ///     println!("{} {}", event.text(Column::OPERATION), event.text(Column::PATH));
    /// }
    /// # Ok::<(), procmon_parser::Error>(())
    /// ```
    #[must_use]
    pub fn text(self, column: Column) -> ColumnText<'a, 'static> {
        self.text_in(column, &COMPLETE)
    }

    /// Returns the name of the operation, as the Operation column shows it in Procmon's normal mode; empty for an
    /// unknown operation. The name depends on the information class or minor function, for operations that have one.
    ///
    /// ```
    /// let log = procmon_parser::LogsReader::open("fixtures/sample64.pml")?;
    /// assert!(log.events().flatten().any(|event| event.operation_name() == "QueryBasicInformationFile"));
    /// # Ok::<(), procmon_parser::Error>(())
    /// ```
    #[must_use]
    pub fn operation_name(self) -> &'static str {
        self.text(Column::OPERATION).operation()
    }

    /// Returns the text of a column in a style.
    #[must_use]
    pub fn text_in<'s>(self, column: Column, style: &'s Style) -> ColumnText<'a, 's> {
        ColumnText { event: self, column, style }
    }
}

impl fmt::Display for ColumnText<'_, '_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.write_to(f)
    }
}

impl ColumnText<'_, '_> {
    /// Returns the text of the columns Operation, Event Class and Category, whose texts are names with a fixed address.
    /// Returns `None` for all other columns. An unknown operation or class and a missing category have an empty name.
    ///
    /// ```
    /// use procmon_parser::LogsReader;
    /// use procmon_parser::code::Column;
    ///
    /// let log = LogsReader::open("fixtures/sample64.pml")?;
    /// let event = log.event(0)?;
    /// assert_eq!(event.text(Column::EVENT_CLASS).name(), Some("Process"));
    /// assert_eq!(event.text(Column::PATH).name(), None);
    /// # Ok::<(), procmon_parser::Error>(())
    /// ```
    #[inline]
    #[must_use]
    pub fn name(&self) -> Option<&'static str> {
        Some(match self.column {
            Column::OPERATION => self.operation(),
            Column::EVENT_CLASS => self.style.class_name(self.event.class()),
            Column::CATEGORY => self.style.category(&self.event).map_or("", |category| category.name()),
            _ => return None,
        })
    }

    /// Writes the text without allocating.
    ///
    /// Nothing is written for a detail that cannot be decoded, or for an unknown column.
    ///
    /// # Errors
    /// If writing to `out` fails.
    pub fn write_to<W: fmt::Write + ?Sized>(&self, out: &mut W) -> fmt::Result {
        self.write_cell(&mut Cell::new(out, self.style))
    }

    /// Writes the text that Procmon's filters compare: without the limit on the length of a cell, and with unpaired
    /// surrogates encoded by [`exact`].
    pub(crate) fn write_exact<W: fmt::Write + ?Sized>(&self, out: &mut W) -> fmt::Result {
        self.write_cell(&mut Cell::exact(out, self.style))
    }

    /// Writes the text without the limit on the length of a cell.
    #[cfg(feature = "regex")]
    pub(crate) fn write_whole<W: fmt::Write + ?Sized>(&self, out: &mut W) -> fmt::Result {
        self.write_cell(&mut Cell::whole(out, self.style))
    }

    #[inline]
    fn write_cell<W: fmt::Write + ?Sized>(&self, cell: &mut Cell<'_, W>) -> fmt::Result {
        // By reference: copying an event that was just stored stalls the processor.
        let Self { event, style, .. } = self;
        match self.column {
            Column::DATE_AND_TIME => time::date_and_time(cell, event.time(), style.utc_offset),
            Column::TIME_OF_DAY => time::time_of_day(cell, event.time(), style.utc_offset),
            Column::RELATIVE_TIME => time::relative(cell, event.time().since(event.index().origin())),
            Column::DURATION => event.duration().map_or(Ok(()), |span| time::seconds(cell, span)),
            Column::COMPLETION_TIME => {
                event.completion_time().map_or(Ok(()), |end| time::time_of_day(cell, end, style.utc_offset))
            }
            Column::SEQUENCE => cell.literal(SEQUENCE),
            Column::TID => number::decimal(cell, event.thread_id()),
            Column::RESULT => style.write_status(event.status(), cell),
            Column::PATH => self.path(cell),
            Column::DETAIL => self.detail(cell),
            Column::OPERATION | Column::EVENT_CLASS | Column::CATEGORY => cell.literal(self.name().unwrap_or_default()),
            column => ProcessText { index: event.index(), process: event.process(), style }.write_cell(column, cell),
        }
    }
}

impl Style {
    /// Returns the offset of local time from UTC.
    pub(crate) fn zone(&self) -> UtcOffset {
        self.utc_offset
    }

    /// Returns the Event Class column.
    pub(crate) fn class_name(&self, class: EventClass) -> &'static str {
        if self.knows(class) { class.name().unwrap_or_default() } else { "" }
    }

    /// Returns the Category column of an event, or `None` if it is empty.
    pub(crate) fn category(&self, event: &Event<'_>) -> Option<Category> {
        if self.knows(event.class()) { event.category() } else { None }
    }

    /// Returns true if this version of Procmon decodes events of a class.
    fn knows(&self, class: EventClass) -> bool {
        class != EventClass::IPC || self.compat.shows_ipc()
    }

    /// Returns an operation as this version of Procmon sees it.
    #[inline]
    fn known(&self, operation: Operation) -> Operation {
        match operation {
            Operation::Ipc(code) if !self.compat.shows_ipc() => Operation::Unknown(EventClass::IPC, code.0),
            operation => operation,
        }
    }

    /// Returns the Operation column. For file-system operations, it also depends on the minor function and the origin.
    #[inline]
    pub(crate) fn operation(&self, operation: Operation, minor: u8, origin: Origin) -> &'static str {
        self.operation_with(operation, || (minor, origin))
    }

    /// Returns the Operation column. `variant` is called for file-system operations only, and returns the minor function
    /// and the origin.
    #[inline]
    fn operation_with(&self, operation: Operation, variant: impl FnOnce() -> (u8, Origin)) -> &'static str {
        match self.known(operation) {
            Operation::File(operation) | Operation::Ipc(operation) => {
                let (minor, origin) = variant();
                file::operation(self, operation, minor, origin)
            }
            Operation::Registry(code) if !self.compat.has_name(Name::Registry(code)) => "",
            operation => operation.name().unwrap_or_default(),
        }
    }

    /// Returns all texts of the Operation column in this style, in alphabetical order.
    ///
    /// ```
    /// use procmon_parser::Style;
    ///
    /// let names = Style::new().operation_names();
    /// assert!(names.contains(&"CreateFile") && names.contains(&"TCP Connect"));
    /// ```
    #[must_use]
    pub fn operation_names(&self) -> Vec<&'static str> {
        /// More than the greatest code of an operation.
        const CODES: u16 = 64;
        let protocols = [None, Some(Protocol::Tcp), Some(Protocol::Udp)];
        let mut names = Vec::<&str>::new();
        // Most names are empty or equal to the one before, and would take long to sort.
        let mut add = |name: &'static str| {
            if !name.is_empty() && names.last() != Some(&name) {
                names.push(name);
            }
        };
        for (&class, code) in EventClass::ALL.iter().flat_map(|class| (0..CODES).map(move |code| (class, code))) {
            for operation in protocols.map(|protocol| Operation::new(class, code, protocol)) {
                let has_minors = matches!(operation, Operation::File(file) | Operation::Ipc(file) if file.has_minors());
                for origin in [Origin::Irp, Origin::FastIo] {
                    (0..=if has_minors { u8::MAX } else { 0 })
                        .for_each(|minor| add(self.operation(operation, minor, origin)));
                }
            }
        }
        names.sort_unstable();
        names.dedup();
        names
    }

    /// Returns the text of a result; `None` if it prints as a number.
    #[inline]
    pub(crate) fn status_name(&self, status: NtStatus) -> Option<&'static str> {
        status.name().filter(|_| self.compat.has_name(Name::Result(status)))
    }

    fn write_status<W: fmt::Write + ?Sized>(&self, status: NtStatus, cell: &mut Cell<'_, W>) -> fmt::Result {
        match self.status_name(status) {
            Some(name) => cell.literal(name),
            None => number::hex_upper(cell, status.0),
        }
    }

    /// Writes a number of ticks as Procmon's filters do for the relations that compare text: as a date and time in the
    /// time zone of the style, or in decimal if it is not a valid time.
    pub(crate) fn write_ticks<W: fmt::Write + ?Sized>(&self, ticks: i64, out: &mut W) -> fmt::Result {
        let cell = &mut Cell::whole(out, self);
        match u64::try_from(ticks) {
            Ok(time) => time::date_and_time(cell, FileTime(time), self.utc_offset),
            Err(_negative) => number::decimal(cell, ticks),
        }
    }
}

impl<'a> ColumnText<'a, '_> {
    /// Returns the path of the image that was loaded or that the new process runs. Procmon completes it with the system
    /// root of the first file of a capture.
    fn image_path(&self) -> Option<ImagePath<'a>> {
        if self.style.compat.is_procmon() {
            self.event.image_path_below(self.event.index().procmon_system_root())
        } else {
            self.event.image_path()
        }
    }

    /// Returns the string of the event that is the whole Path column; `None` if the column is composed of several
    /// parts. The caller handles NUL characters in it.
    #[inline]
    pub(crate) fn plain_path(&self) -> Option<PmlStr<'a>> {
        let (stored, shown) = match self.known_operation() {
            // The path of a directory listing includes the pattern.
            Operation::File(FileOperation::DIRECTORY_CONTROL) | Operation::Ipc(FileOperation::DIRECTORY_CONTROL) => {
                return None;
            }
            Operation::File(_) | Operation::Ipc(_) | Operation::Registry(_) => {
                let path = self.event.stored_path().unwrap_or_default();
                (path, path)
            }
            Operation::Process(_) => match self.image_path() {
                None => return Some(PmlStr::EMPTY),
                Some(path) => match path.parts() {
                    ("", "", rest) => (path.stored(), rest),
                    _ => return None,
                },
            },
            _ => return None,
        };
        Some(if self.blanks(stored) { PmlStr::EMPTY } else { shown })
    }
}

impl ColumnText<'_, '_> {
    /// Returns the operation as this version of Procmon sees it.
    #[inline]
    fn known_operation(&self) -> Operation {
        self.style.known(self.event.operation())
    }

    #[inline]
    fn operation(&self) -> &'static str {
        let event = &self.event;
        self.style.operation_with(event.operation(), || (detail::file::minor(event), detail::file::origin(event)))
    }

    fn path<W: fmt::Write + ?Sized>(&self, cell: &mut Cell<'_, W>) -> fmt::Result {
        match self.known_operation() {
            Operation::Process(_) => process::image_path(self, cell),
            Operation::Network(..) => network::path(self, cell),
            Operation::Profiling(operation) => profiling::path(self, operation, cell),
            Operation::File(operation) | Operation::Ipc(operation) => file::path(self, operation, cell),
            Operation::Unknown(..) => Ok(()),
            Operation::Registry(_) => self.event.stored_path().map_or(Ok(()), |path| self.string(cell, path)),
        }
    }

    fn detail<W: fmt::Write + ?Sized>(&self, cell: &mut Cell<'_, W>) -> fmt::Result {
        let items = &mut Items::new(cell, self.style.compat);
        // `Event::detail` would copy every value once more into its enum, so this calls the decoders of the classes.
        let written = match self.known_operation() {
            Operation::Process(operation) => detail::process::decode(&self.event.source(), operation)
                .map(|detail| process::detail(self, items, &detail)),
            Operation::Registry(operation) => {
                let mut detail = detail::RegistryDetail::EMPTY;
                detail::registry::decode(&self.event.source(), operation, &mut detail)
                    .map(|()| registry::detail(self, items, &detail.request))
            }
            Operation::File(operation) | Operation::Ipc(operation) => {
                let mut detail = detail::FileDetail::EMPTY;
                detail::file::decode(&self.event.source(), operation, &mut detail)
                    .map(|()| file::detail(self, items, operation, &detail))
            }
            Operation::Profiling(operation) => detail::profiling::decode(&self.event.source(), operation)
                .map(|detail| profiling::detail(self, items, &detail)),
            Operation::Network(..) => {
                detail::network::decode(&self.event.source()).map(|detail| network::detail(items, &detail))
            }
            Operation::Unknown(..) => Ok(Ok(())),
        };
        written.unwrap_or(Ok(()))
    }

    /// Returns true if this version of Procmon prints a string of the event as empty. Procmon 3.94 compares its length
    /// in characters with the detail size in bytes (docs/PML-FORMAT.md, "Length guard").
    #[inline]
    fn blanks(&self, string: PmlStr<'_>) -> bool {
        self.style.compat.blanks_long_strings() && string.declared_len() > self.event.header().detail_size()
    }

    /// Writes a string of the event, or nothing if this version of Procmon prints it as empty.
    fn string<W: fmt::Write + ?Sized>(&self, cell: &mut Cell<'_, W>, string: PmlStr<'_>) -> fmt::Result {
        if self.blanks(string) { Ok(()) } else { cell.string(string) }
    }
}

/// The text of the Sequence column, for every event.
pub(crate) const SEQUENCE: &str = "n/a";

/// The text of the columns that depend on the process alone, and so are the same for all its events.
#[derive(Clone, Copy)]
pub(crate) struct ProcessText<'a, 's> {
    pub(crate) index: &'a Index,
    /// The process; `None` if it is not in the process table.
    pub(crate) process: Option<Process<'a>>,
    pub(crate) style: &'s Style,
}

impl ProcessText<'_, '_> {
    pub(crate) fn write_column<W: fmt::Write + ?Sized>(self, column: Column, out: &mut W) -> fmt::Result {
        self.write_cell(column, &mut Cell::new(out, self.style))
    }

    /// Writes the text that filters compare; see [`ColumnText::write_exact`].
    pub(crate) fn write_exact<W: fmt::Write + ?Sized>(self, column: Column, out: &mut W) -> fmt::Result {
        self.write_cell(column, &mut Cell::exact(out, self.style))
    }

    fn write_cell<W: fmt::Write + ?Sized>(self, column: Column, cell: &mut Cell<'_, W>) -> fmt::Result {
        let Self { index, process, style } = self;
        let date = |write: fn(&mut Cell<'_, W>, FileTime, UtcOffset) -> fmt::Result, cell: &mut Cell<'_, W>| {
            let known = process.filter(|_| style.has_column(column));
            known.map_or(Ok(()), |process| write(cell, process.start_time(), style.utc_offset))
        };
        let string = |of: fn(&ProcessRecord) -> u32| match process {
            Some(process) => process.string(of(process.record())),
            // Procmon uses a process record of zeros, and string 0 need not be empty.
            None => index.string(0).filter(|_| style.is_procmon()),
        };
        let id = |of: fn(Process<'_>) -> u32| process.map_or(0, of);
        match column {
            Column::PROCESS_NAME => cell.string_of_table(string(|record| record.name)),
            Column::IMAGE_PATH => cell.string_of_table(string(|record| record.image_path)),
            Column::COMMAND_LINE => cell.string_of_table(string(|record| record.command_line)),
            Column::COMPANY => cell.string_of_table(string(|record| record.company)),
            Column::DESCRIPTION => cell.string_of_table(string(|record| record.description)),
            Column::VERSION => cell.string_of_table(string(|record| record.version)),
            Column::USER => cell.string_of_table(string(|record| record.user)),
            Column::INTEGRITY => cell.string_of_table(string(|record| record.integrity)),
            Column::PID => number::decimal(cell, id(|process| process.pid())),
            Column::PARENT_PID => number::decimal(cell, id(|process| process.parent_pid())),
            Column::SESSION => number::decimal(cell, id(|process| process.session()).cast_signed()),
            Column::AUTHENTICATION_ID => number::luid(cell, process.map_or(0, |process| process.authentication_id())),
            Column::VIRTUALIZED => {
                let virtualized = process.map_or(Some(false), |process| process.is_virtualized());
                cell.literal(virtualized.map_or("n/a", number::boolean))
            }
            Column::ARCHITECTURE => {
                let is_64bit = process.is_some_and(|process| process.is_64bit());
                cell.literal(if is_64bit { "64-bit" } else { "32-bit" })
            }
            Column::PROCESS_START => date(time::date_and_time, cell),
            Column::HIGH_RESOLUTION_PROCESS_START => date(time::exact_date_and_time, cell),
            _ => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Style;
    use crate::code::Column;

    #[test]
    fn values_that_times_never_contain_are_recognized() {
        let style = Style::new();
        let german = Style::new().locale("de-DE".parse().unwrap());
        let japanese = Style::new().locale("ja-JP;time=tth:mm:ss".parse().unwrap());
        for column in [Column::DATE_AND_TIME, Column::TIME_OF_DAY, Column::COMPLETION_TIME, Column::PROCESS_START] {
            for value in ["", "7/12/2020", "1:18:20.5034798 am", "12", "-5", "\u{212A}"] {
                assert!(style.may_contain(column, value), "{value}");
            }
            for value in ["dll", "10.0.0.1", "1.2.2020", "AMPM", "\\"] {
                assert!(!style.may_contain(column, value), "{value}");
            }
            assert!(german.may_contain(column, "31.7.2020 5:06,1") && !german.may_contain(column, "PM"));
            assert!(japanese.may_contain(column, "K"));
        }
        assert!(style.may_contain(Column::DURATION, "0.5") && !style.may_contain(Column::DURATION, "/"));
        assert!(style.may_contain(Column::PATH, "dll") && style.may_contain(Column::PID, "dll"));
    }
}
