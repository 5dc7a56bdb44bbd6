//! Classes, kinds of operations, and texts of limited length.

use std::fmt::{self, Write};

use procmon_parser::code::{
    EventClass, FileOperation, NetworkOperation, Operation, ProcessOperation, RegistryOperation,
};

use crate::data::Kind;

/// The names of the classes, in the order of the page.
pub(crate) const CLASSES: [&str; 7] = ["Process", "File System", "Registry", "Network", "Profiling", "IPC", "Other"];
/// The number of classes that a page always shows.
pub(crate) const USUAL_CLASSES: usize = 5;
pub(crate) const FILE_SYSTEM: usize = 1;
pub(crate) const REGISTRY: usize = 2;
pub(crate) const NETWORK: usize = 3;
pub(crate) const IPC: usize = 5;

/// Returns the position of a class in [`CLASSES`].
pub(crate) fn class_number(class: EventClass) -> usize {
    match class {
        EventClass::PROCESS => 0,
        EventClass::FILE_SYSTEM => FILE_SYSTEM,
        EventClass::REGISTRY => REGISTRY,
        EventClass::NETWORK => NETWORK,
        EventClass::PROFILING => 4,
        EventClass::IPC => IPC,
        _ => 6,
    }
}

/// Returns the kind of an operation. Kinds agree with the columns of `FileSummary`, `RegistrySummary` and
/// `NetworkSummary`.
pub(crate) fn kind(operation: Operation, name: &str) -> Kind {
    match operation {
        Operation::File(operation) | Operation::Ipc(operation) => file_kind(operation, name),
        Operation::Registry(operation) => registry_kind(operation),
        Operation::Network(_, operation) => match operation {
            NetworkOperation::ACCEPT | NetworkOperation::CONNECT | NetworkOperation::RECONNECT => Kind::Connect,
            NetworkOperation::DISCONNECT => Kind::Close,
            NetworkOperation::SEND => Kind::Send,
            NetworkOperation::RECEIVE => Kind::Receive,
            _ => Kind::Other,
        },
        Operation::Process(ProcessOperation::LOAD_IMAGE) => Kind::Open,
        _ => Kind::Other,
    }
}

fn file_kind(operation: FileOperation, name: &str) -> Kind {
    match operation {
        FileOperation::CREATE => Kind::Open,
        FileOperation::CLOSE | FileOperation::CLEANUP => Kind::Close,
        FileOperation::READ => Kind::Read,
        FileOperation::WRITE => Kind::Write,
        FileOperation::DIRECTORY_CONTROL => Kind::Enumerate,
        FileOperation::SET_INFORMATION if name.starts_with("SetRename") => Kind::Rename,
        FileOperation::SET_INFORMATION if name.starts_with("SetDisposition") => Kind::Delete,
        FileOperation::QUERY_INFORMATION
        | FileOperation::QUERY_EA
        | FileOperation::QUERY_OPEN
        | FileOperation::QUERY_VOLUME_INFORMATION => Kind::Query,
        _ => Kind::Other,
    }
}

fn registry_kind(operation: RegistryOperation) -> Kind {
    use RegistryOperation as Op;
    match operation {
        Op::OPEN_KEY | Op::CREATE_KEY | Op::OPEN_KEY_2 => Kind::Open,
        Op::CLOSE_KEY => Kind::Close,
        Op::QUERY_VALUE | Op::QUERY_MULTIPLE_VALUE_KEY => Kind::Read,
        Op::SET_VALUE => Kind::Write,
        Op::QUERY_KEY | Op::QUERY_KEY_SECURITY => Kind::Query,
        Op::ENUM_KEY | Op::ENUM_VALUE => Kind::Enumerate,
        Op::DELETE_KEY | Op::DELETE_VALUE => Kind::Delete,
        Op::RENAME_KEY => Kind::Rename,
        _ => Kind::Other,
    }
}

/// Replaces the contents of a buffer by a text of at most `limit` bytes. A longer text is cut, with a mark at its end.
pub(crate) fn write_limited(buffer: &mut String, limit: usize, text: impl fmt::Display) {
    buffer.clear();
    let mut limited = Limited { buffer, limit };
    if write!(limited, "{text}").is_err() {
        buffer.push_str(CUT);
    }
}

/// Returns a text of at most `limit` bytes.
pub(crate) fn limited(limit: usize, text: impl fmt::Display) -> String {
    let mut buffer = String::new();
    write_limited(&mut buffer, limit, text);
    buffer
}

/// The end of a text that was cut.
const CUT: &str = " … (cut)";

/// A text that rejects what is beyond its limit.
struct Limited<'b> {
    buffer: &'b mut String,
    limit: usize,
}

impl Write for Limited<'_> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        let room = self.limit - self.buffer.len();
        if text.len() <= room {
            self.buffer.push_str(text);
            return Ok(());
        }
        let end = (0..=room).rev().find(|&end| text.is_char_boundary(end)).unwrap_or_default();
        self.buffer.push_str(&text[..end]);
        Err(fmt::Error)
    }
}

/// Returns the file name of a path: the text after its last backslash.
pub(crate) fn file_name(path: &str) -> &str {
    path.rsplit_once('\\').map_or(path, |(_, name)| name)
}

/// Returns the folder of a path, as the page does.
pub(crate) fn folder(path: &str) -> &str {
    match path.rfind('\\') {
        None => path,
        Some(2) => &path[..3],
        Some(end) => &path[..end],
    }
}

/// Returns the extension of a path in lower case, with its dot, as the page does.
pub(crate) fn extension(path: &str) -> String {
    let name = file_name(path);
    match name.rfind('.') {
        None | Some(0) => String::new(),
        Some(dot) => name[dot..].to_lowercase(),
    }
}

/// Returns the remote endpoint of the path of a network event.
pub(crate) fn remote(path: &str) -> &str {
    path.rsplit_once(" -> ").map_or(path, |(_, remote)| remote)
}

/// Returns a number with its thousands separated by commas.
pub(crate) fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// The largest integer that the page represents exactly.
const MAX_INTEGER: u64 = (1 << 53) - 1;

/// Returns a number that the page represents exactly: larger ones become the largest one.
pub(crate) fn exact(number: u64) -> u64 {
    number.min(MAX_INTEGER)
}

#[cfg(test)]
mod tests {
    use super::{extension, folder, grouped, limited, remote};

    #[test]
    fn long_texts_are_cut_between_characters() {
        assert_eq!(limited(8, "abcdef"), "abcdef");
        assert_eq!(limited(4, "abcäef"), "abc … (cut)");
        assert_eq!(limited(0, "a"), " … (cut)");
    }

    #[test]
    fn paths_are_divided_as_in_the_page() {
        assert_eq!([folder("C:\\a\\b.txt"), folder("C:\\a"), folder("a")], ["C:\\a", "C:\\", "a"]);
        assert_eq!([extension("C:\\a\\b.TXT"), extension("C:\\.x"), extension("a.b\\c")], [".txt", "", ""]);
        assert_eq!([grouped(0), grouped(999), grouped(1_234_567)], ["0", "999", "1,234,567"]);
        assert_eq!(remote("a:1 -> b:2"), "b:2");
    }
}
