//! Procmon's XML format: the processes of the log with their modules, then the events, optionally with call stacks.
//!
//! UTF-8 with a byte-order mark, CR LF after each line except the last. A character that XML does not allow becomes
//! `_`. Complete text keeps all other characters; text of a Procmon version has `_` for each surrogate of a character
//! above U+FFFF.

mod modules;

use std::fmt::{self, Write as _};
use std::ops::Range;

use super::cells::{Cells, Dialect, PerFile};
use super::output::Output;
use super::{Format, Sealed};
use crate::code::Column;
use crate::error::Error;
use crate::event::{Event, Frame};
use crate::index::{Index, Module, Process, TableString, file_name};
use crate::text::{ProcessText, Style};
use crate::wire::{Ascii, FileTime, HexDigits};

/// The XML format.
///
/// ```
/// use procmon_parser::export::{self, xml::Xml};
/// use procmon_parser::{Column, LogsReader, Style};
///
/// let log = LogsReader::open("fixtures/sample64.pml")?;
/// let format = Xml::new(log.indexes(), &[Column::OPERATION, Column::PATH], Style::new()).with_stacks(true);
/// let mut out = Vec::new();
/// export::write(&mut out, log.events(), format)?;
/// assert!(out.ends_with(b"</event>\r\n</eventlist></procmon>"));
/// # Ok::<(), procmon_parser::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct Xml {
    indexes: Vec<Index>,
    cells: Cells<Elements>,
    with_stacks: bool,
    modules: ModuleCache,
}

impl Xml {
    /// Creates the format. It lists the processes of all `indexes`, and each event has an element for each column.
    pub fn new<'i>(indexes: impl IntoIterator<Item = &'i Index>, columns: &[Column], style: Style) -> Self {
        // Procmon writes `_` for each surrogate, paired or not (docs/PML-FORMAT.md, "Odd cases of text").
        let style = if style.is_procmon() { style.replace_unpaired_surrogates("_") } else { style };
        let elements = Elements::new(columns, &style);
        let cells = Cells::new(elements, columns, style);
        Self {
            indexes: indexes.into_iter().cloned().collect(),
            cells,
            with_stacks: false,
            modules: ModuleCache::default(),
        }
    }

    /// Adds the call stack to each event, as Procmon's `/SaveAs1` does.
    #[must_use]
    pub fn with_stacks(mut self, with_stacks: bool) -> Self {
        self.with_stacks = with_stacks;
        self
    }

    fn process(&self, process: Process<'_>, out: &mut Output<'_>) {
        let record = process.record();
        let mut element = self.element(out);
        element.number("ProcessIndex", process.key().0);
        element.number("ProcessId", process.pid());
        element.number("ParentProcessId", process.parent_pid());
        element.number("ParentProcessIndex", record.parent_index);
        element.display("AuthenticationId", &AuthenticationId(process, self.cells.style()));
        element.time("CreateTime", process.start_time());
        element.time("FinishTime", record.end_time);
        element.number("IsVirtualized", record.virtualized);
        element.number("Is64bit", record.is_64bit);
        element.string("Integrity", process.string(record.integrity));
        element.string("Owner", process.string(record.user));
        element.string("ProcessName", process.string(record.name));
        element.string("ImagePath", process.string(record.image_path));
        element.string("CommandLine", process.string(record.command_line));
        element.string("CompanyName", process.string(record.company));
        element.string("Version", process.string(record.version));
        element.string("Description", process.string(record.description));
        out.extend_from_slice(b"<modulelist>\r\n");
        if self.cells.style().is_procmon() {
            modules::listed(process).for_each(|module| self.module(module, out));
        } else {
            process.modules().for_each(|module| self.module(module, out));
        }
        out.extend_from_slice(b"</modulelist>\r\n");
    }

    fn module(&self, module: Module<'_>, out: &mut Output<'_>) {
        out.extend_from_slice(b"<module>\r\n");
        let mut element = self.element(out);
        let record = module.record();
        element.time("Timestamp", module.load_time());
        element.display("BaseAddress", &format_args!("{:#x}", module.base()));
        element.number("Size", module.size());
        element.string("Path", module.string(record.path));
        element.string("Version", module.string(record.version));
        element.string("Company", module.string(record.company));
        element.string("Description", module.string(record.description));
        out.extend_from_slice(b"</module>\r\n");
        out.flush_if_large();
    }

    fn stack(&mut self, event: Event<'_>, out: &mut Output<'_>) {
        out.extend_from_slice(b"<stack>");
        for (depth, frame) in event.frames().enumerate() {
            self.frame(depth, frame, event.index(), out);
            out.flush_if_large();
        }
        out.extend_from_slice(b"</stack>\r\n");
    }

    /// Appends a frame. As in Procmon's files, it starts with a line end, so an empty line separates two frames.
    fn frame(&mut self, depth: usize, frame: Frame<'_>, index: &Index, out: &mut Vec<u8>) {
        out.extend_from_slice(b"\r\n<frame>\r\n");
        let mut element = self.element(out);
        element.number("depth", depth);
        element.hex("address", frame.address);
        if let Some(module) = frame.module {
            let is_procmon = self.cells.dialect().is_procmon;
            self.modules.append(out, index, module, |out| place(module, Element { out, is_procmon }));
            let mut element = self.element(out);
            element.write_hex(frame.address - module.base());
            element.close("location");
        }
        out.extend_from_slice(b"</frame>\r\n");
    }

    fn element<'o>(&self, out: &'o mut Vec<u8>) -> Element<'o> {
        Element { out, is_procmon: self.cells.dialect().is_procmon }
    }
}

impl Format for Xml {}

impl Sealed for Xml {
    fn header(&self, out: &mut Output<'_>) {
        out.extend_from_slice(
            "\u{FEFF}<?xml version=\"1.0\" encoding=\"UTF-8\"?>\r\n<procmon><processlist>".as_bytes(),
        );
        for process in self.indexes.iter().flat_map(|index| index.processes()) {
            out.extend_from_slice(b"<process>\r\n");
            self.process(process, out);
            out.extend_from_slice(b"</process>\r\n");
            out.flush_if_large();
        }
        out.extend_from_slice(b"</processlist><eventlist>");
    }

    /// Appends an event. As in Procmon's files, it starts with a line end, so an empty line separates two events.
    fn event(&mut self, event: Event<'_>, out: &mut Output<'_>) {
        out.extend_from_slice(b"\r\n<event>\r\n");
        let key = event.process().map_or(0, |process| process.key().0);
        self.element(out).number("ProcessIndex", key);
        self.cells.event(event, out);
        if self.with_stacks {
            self.stack(event, out);
        }
        out.extend_from_slice(b"</event>\r\n");
    }

    fn unreadable(&mut self, _error: &Error, out: &mut Output<'_>) {
        out.extend_from_slice(b"\r\n<event>\r\n");
        self.element(out).number("ProcessIndex", 0_u32);
        self.cells.unreadable(out);
        if self.with_stacks {
            out.extend_from_slice(b"<stack></stack>\r\n");
        }
        out.extend_from_slice(b"</event>\r\n");
    }

    fn footer(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(b"</eventlist></procmon>");
    }
}

/// Writes the part of a frame that depends on its module alone: the path, and the location up to the offset.
fn place(module: Module<'_>, mut element: Element<'_>) {
    let path = module.string(module.record().path);
    element.string("path", path);
    element.open("location");
    element.escape(path, true);
    element.out.extend_from_slice(b" + ");
}

/// The formatted text of each module in frames, written once and copied afterwards.
#[derive(Clone, Debug, Default)]
struct ModuleCache(PerFile<ModuleTexts>);

/// The formatted text of each module of a file.
#[derive(Clone, Debug, Default)]
struct ModuleTexts {
    /// The range in `text` of each module, by its position in the table; empty for a module that is not cached.
    spans: Vec<Range<usize>>,
    text: Vec<u8>,
}

impl ModuleCache {
    /// The size in bytes at which the texts of a file stop growing, so that a crafted log cannot exhaust memory.
    const KEPT: usize = 4 << 20;

    fn append(&mut self, out: &mut Vec<u8>, index: &Index, module: Module<'_>, write: impl Fn(&mut Vec<u8>)) {
        let texts = self.0.enter(index, ModuleTexts::default);
        let position = module.table_index();
        if let Some(span) = texts.spans.get(position).filter(|span| !span.is_empty()) {
            return out.extend_from_slice(texts.text.get(span.clone()).unwrap_or_default());
        }
        let start = out.len();
        write(out);
        if texts.text.len() < Self::KEPT {
            let kept = texts.text.len();
            texts.text.extend_from_slice(out.get(start..).unwrap_or_default());
            if texts.spans.len() <= position {
                texts.spans.resize(position + 1, 0..0);
            }
            if let Some(span) = texts.spans.get_mut(position) {
                *span = kept..texts.text.len();
            }
        }
    }
}

/// Formats the logon session of a process as Procmon's column Authentication ID does.
struct AuthenticationId<'a, 's>(Process<'a>, &'s Style);

impl fmt::Display for AuthenticationId<'_, '_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self(process, style) = *self;
        let text = ProcessText { index: process.log_index(), process: Some(process), style };
        text.write_column(Column::AUTHENTICATION_ID, f)
    }
}

/// Writes elements, each on its own line.
struct Element<'o> {
    out: &'o mut Vec<u8>,
    is_procmon: bool,
}

impl Element<'_> {
    fn open(&mut self, tag: &str) {
        self.out.push(b'<');
        self.out.extend_from_slice(tag.as_bytes());
        self.out.push(b'>');
    }

    fn close(&mut self, tag: &str) {
        self.out.extend_from_slice(b"</");
        self.out.extend_from_slice(tag.as_bytes());
        self.out.extend_from_slice(b">\r\n");
    }

    fn number(&mut self, tag: &str, number: impl itoa::Integer) {
        self.open(tag);
        self.out.extend_from_slice(itoa::Buffer::new().format(number).as_bytes());
        self.close(tag);
    }

    /// Writes a time in ticks. Procmon prints it as a signed number.
    fn time(&mut self, tag: &str, time: FileTime) {
        if self.is_procmon {
            self.number(tag, time.0.cast_signed());
        } else {
            self.number(tag, time.0);
        }
    }

    fn hex(&mut self, tag: &str, number: u64) {
        self.open(tag);
        self.write_hex(number);
        self.close(tag);
    }

    fn display(&mut self, tag: &str, value: &dyn fmt::Display) {
        self.open(tag);
        // Writing into memory does not fail.
        let _ = write!(Escaped { out: self.out, is_procmon: self.is_procmon }, "{value}");
        self.close(tag);
    }

    /// Writes an element with a string of a table.
    fn string(&mut self, tag: &str, string: Option<TableString<'_>>) {
        self.open(tag);
        self.escape(string, false);
        self.close(tag);
    }

    /// Writes a string of a table; if `name_only` is true, only the file name at the end of a path. Text of a
    /// Procmon version ends at the first NUL; complete text shows a NUL as `␀`.
    fn escape(&mut self, string: Option<TableString<'_>>, name_only: bool) {
        let Some(string) = string else { return };
        let mut escaped = Escaped { out: self.out, is_procmon: self.is_procmon };
        let decoded;
        let mut text = string.text();
        if self.is_procmon && !string.is_valid() {
            let characters = char::decode_utf16(string.units()).map(|unit| unit.unwrap_or('_'));
            decoded = characters.collect::<String>();
            text = &decoded;
        }
        if self.is_procmon {
            text = text.split('\0').next().unwrap_or_default();
        }
        if name_only {
            text = file_name(text);
        }
        for (i, part) in text.split('\0').enumerate() {
            // Writing into memory does not fail.
            let _ = escaped.write_str(if i > 0 { "\u{2400}" } else { "" });
            let _ = escaped.write_str(part);
        }
    }

    fn write_hex(&mut self, number: u64) {
        let mut text = Ascii::new();
        text.push_hex(number, HexDigits::LOWER);
        self.out.extend_from_slice(text.as_bytes());
    }
}

/// Writes a cell as the element of its column.
#[derive(Clone, Debug)]
struct Elements {
    /// The opening and closing tag of each column.
    tags: Vec<(String, String)>,
    is_procmon: bool,
}

impl Elements {
    /// Creates the tags. The tag of a column is its title, with `_` for each character that is not an ASCII letter or
    /// digit. As in Procmon, an unknown column has the tag of the column before it, and the first one `ProcessIndex`.
    fn new(columns: &[Column], style: &Style) -> Self {
        let mut tag = "ProcessIndex".to_owned();
        let mut tags = Vec::with_capacity(columns.len());
        for &column in columns {
            if let Some(title) = column.name().filter(|_| style.has_column(column)) {
                tag = title.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '_' }).collect();
            }
            tags.push((format!("<{tag}>"), format!("</{tag}>\r\n")));
        }
        Self { tags, is_procmon: style.is_procmon() }
    }
}

impl Dialect for Elements {
    type Escaped<'o> = Escaped<'o>;

    #[inline]
    fn cell(
        &self,
        place: usize,
        _is_unquoted: bool,
        out: &mut Vec<u8>,
        write: impl FnOnce(&mut Escaped<'_>) -> fmt::Result,
    ) {
        let (open, close) = self.tags.get(place).map_or(("", ""), |(open, close)| (open, close));
        out.extend_from_slice(open.as_bytes());
        // Writing into memory does not fail.
        let _ = write(&mut Escaped { out, is_procmon: self.is_procmon });
        out.extend_from_slice(close.as_bytes());
    }
}

/// Writes the text of an element, escaped.
struct Escaped<'o> {
    out: &'o mut Vec<u8>,
    is_procmon: bool,
}

/// True for each byte that may begin a character to be escaped.
#[expect(clippy::indexing_slicing, reason = "an index out of bounds does not compile here")]
const SPECIAL: [bool; 256] = {
    let mut special = [false; 256];
    let mut byte = 0;
    while byte < 0x20 {
        special[byte] = byte != b'\t' as usize;
        byte += 1;
    }
    special[b'&' as usize] = true;
    special[b'<' as usize] = true;
    special[b'>' as usize] = true;
    special[b'"' as usize] = true;
    special[b'\'' as usize] = true;
    byte = 0xEF; // the first byte of U+F000 and above
    while byte < 0x100 {
        special[byte] = true;
        byte += 1;
    }
    special
};

impl fmt::Write for Escaped<'_> {
    #[inline]
    fn write_str(&mut self, text: &str) -> fmt::Result {
        let mut rest = text;
        while let Some(at) = rest.bytes().position(|byte| SPECIAL.get(usize::from(byte)) == Some(&true)) {
            let (plain, special) = rest.split_at_checked(at).unwrap_or((rest, ""));
            self.out.extend_from_slice(plain.as_bytes());
            let mut characters = special.chars();
            self.special(characters.next().unwrap_or_default());
            rest = characters.as_str();
        }
        self.out.extend_from_slice(rest.as_bytes());
        Ok(())
    }
}

impl Escaped<'_> {
    #[cold]
    fn special(&mut self, character: char) {
        let escape = match character {
            '&' => "&amp;",
            '<' => "&lt;",
            '>' => "&gt;",
            '"' => "&quot;",
            '\'' => "&apos;",
            '\n' => "\r\n",
            // XML parsers turn a literal CR into a line feed (XML 1.0, section 2.11).
            '\r' if !self.is_procmon => "&#13;",
            '\0'..' ' if character != '\r' => "_",
            '\u{FFFE}' | '\u{FFFF}' => "_",
            '\u{10000}'.. if self.is_procmon => "__",
            _ => {
                self.out.extend_from_slice(character.encode_utf8(&mut [0; 4]).as_bytes());
                return;
            }
        };
        self.out.extend_from_slice(escape.as_bytes());
    }
}
