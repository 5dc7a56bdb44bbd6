//! Converts many logs to a folder of Parquet files. A later run continues an interrupted conversion.

use std::collections::{HashMap, HashSet};
use std::fs::{self, File};
use std::hash::{Hash, Hasher};
use std::num::NonZero;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread;

use procmon_arrow::{SCHEMA_VERSION, Table};
use procmon_parser::Event;

use crate::args::format::Format;
use crate::args::select::Selection;
use crate::args::tables::Partition;
use crate::error::{Failure, Outcome};
use crate::io::compress::Compression;

use crate::io::input::{Found, Input};
use crate::io::output::Output;
use crate::term::{counted, note, printable, report_unreadable, warn};
use crate::view::typed::{Typed, failure};

/// The folder of the table of events.
const EVENTS: &str = "events";
/// The entry in the metadata of a file that identifies the options that it was written with.
const OPTIONS: &str = "pml.options";

/// The conversion of logs to a folder.
pub(crate) struct Lake<'a> {
    pub(crate) folder: &'a Path,
    pub(crate) partitions: &'a [Partition],
    pub(crate) tables: &'static [Table],
    pub(crate) typed: Typed,
    pub(crate) selection: &'a Selection,
    /// A description of all options that affect the contents of a file.
    pub(crate) options: String,
}

/// The state that the threads share.
struct State<'i> {
    logs: Mutex<&'i mut (dyn Iterator<Item = Result<Found, Failure>> + Send)>,
    /// The identities of the logs that were converted or found.
    identities: Mutex<HashSet<String>>,
    has_warned: AtomicBool,
    converted: AtomicUsize,
    skipped: AtomicUsize,
    incomplete: AtomicUsize,
    /// The failures. The first one is returned at the end.
    failures: Mutex<Vec<Failure>>,
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Lake<'_> {
    /// Converts the logs, several at a time. A log that cannot be converted does not stop the others.
    pub(crate) fn write(
        &self,
        logs: &mut (dyn Iterator<Item = Result<Found, Failure>> + Send),
    ) -> Result<Outcome, Failure> {
        fs::create_dir_all(self.folder).map_err(|error| Failure::file(self.folder, error))?;
        let threads = self.typed.threads.or_else(|| thread::available_parallelism().ok());
        let state = State {
            logs: Mutex::new(logs),
            identities: Mutex::default(),
            has_warned: AtomicBool::new(false),
            converted: AtomicUsize::new(0),
            skipped: AtomicUsize::new(0),
            incomplete: AtomicUsize::new(0),
            failures: Mutex::default(),
        };
        thread::scope(|scope| {
            for _ in 0..threads.map_or(1, NonZero::get) {
                scope.spawn(|| self.work(&state));
            }
        });
        let count = |number: AtomicUsize| number.into_inner() as u64;
        let converted = counted(count(state.converted), "log was", "logs were");
        note(&format!("{converted} converted, {} were complete already", count(state.skipped)));
        let mut failures = state.failures.into_inner().unwrap_or_else(PoisonError::into_inner).into_iter();
        match (failures.next(), state.incomplete.into_inner()) {
            (Some(first), _) => Err(first),
            (None, 0) => Ok(Outcome::Done),
            (None, _) => Ok(Outcome::Incomplete),
        }
    }

    fn work(&self, state: &State<'_>) {
        loop {
            let Some(found) = lock(&state.logs).next() else { return };
            if let Err(failure) = found.and_then(Found::open).and_then(|input| self.convert(&input, state)) {
                let mut failures = lock(&state.failures);
                if !failures.is_empty() {
                    warn(&failure.message());
                }
                failures.push(failure);
            }
        }
    }

    fn convert(&self, input: &Input, state: &State<'_>) -> Result<(), Failure> {
        let identity = identity(input);
        if !lock(&state.identities).insert(identity.clone()) {
            warn(&format!("{}: another log has the same events; it is converted once", printable(&input.name())));
            return Ok(());
        }
        let name = name(input, &identity);
        let target = self.target(EVENTS, input, &name);
        let options = hex(&self.options);
        if let Some(metadata) = metadata(&target).filter(|metadata| is_current(metadata, &options)) {
            state.skipped.fetch_add(1, Ordering::Relaxed);
            let is_complete = metadata.get("procmon.unreadable_events").is_none_or(|count| count == "0");
            state.incomplete.fetch_add(usize::from(!is_complete), Ordering::Relaxed);
            return Ok(());
        }
        let selector = self.selection.compile(&[&input.log], &self.typed.style)?;
        if !state.has_warned.swap(true, Ordering::Relaxed) {
            self.selection.warn(|| input.log.indexes());
        }
        let (inputs, names) = (std::slice::from_ref(input), vec![name.clone(); input.log.indexes().len()]);
        let mut outputs = Vec::new();
        for table in self.tables {
            let path = self.target(table.name(), input, &name);
            let mut output = create(&path)?;
            self.typed.write_table(*table, &mut output, &path, inputs, &names)?;
            outputs.push(output);
        }
        let mut output = create(&target)?;
        let matches = |event: Event<'_>| selector.matches(event);
        let exporter = self.typed.exporter(names).filter(&matches).metadata(OPTIONS, options);
        let exporter = exporter.threads(NonZero::<usize>::MIN);
        let summary = output.write_seekable(|file| exporter.parquet(file, &input.log));
        let summary = summary.map_err(|error| failure(Some(&target), error))?;
        input.check_unchanged()?;
        outputs.into_iter().try_for_each(Output::finish)?;
        // The events are written last, so if they exist, all tables of the log exist.
        output.finish()?;
        state.converted.fetch_add(1, Ordering::Relaxed);
        if let Some(first) = summary.first_error {
            report_unreadable(summary.unreadable, input.event_count(), &first);
            state.incomplete.fetch_add(1, Ordering::Relaxed);
        }
        Ok(())
    }

    /// Returns the file of a table of a log.
    fn target(&self, table: &str, input: &Input, name: &str) -> PathBuf {
        let mut path = self.folder.join(table);
        let index = input.log.index();
        for partition in self.partitions {
            let value = match partition {
                Partition::Computer => index.system().computer_name.clone(),
                Partition::Date => index.origin().to_string().chars().take_while(|&c| c != 'T').collect(),
            };
            path.push(format!("{}={}", partition.name(), escape(&value)));
        }
        path.join(format!("{name}.{}", Format::Parquet.extension()))
    }
}

/// Returns the name of a log in a folder, in paths and in the column `log`: the name of its file and its identity.
fn name(input: &Input, identity: &str) -> String {
    /// The length of the name in bytes that leaves space for the identity and the extension.
    const LONGEST: usize = 200;
    let stem = input.paths.first().and_then(|path| Compression::of(path).1.file_stem()).unwrap_or_default();
    let stem = stem.to_string_lossy();
    // Spark and pyarrow skip files whose names begin with "_" or ".".
    let prefix = if stem.starts_with(['_', '.']) || stem.is_empty() { "log" } else { "" };
    let mut name = prefix.to_owned();
    for part in stem.chars().map(escape_char) {
        if name.len() + part.len() > LONGEST {
            break;
        }
        name.push_str(&part);
    }
    format!("{name}-{identity}")
}

/// Creates a file and the folders that contain it.
fn create(path: &Path) -> Result<Output, Failure> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder).map_err(|error| Failure::file(folder, error))?;
    }
    Output::replace(Some(path))
}

/// Returns the metadata of a file, or `None` if it is not a complete Parquet file.
fn metadata(path: &Path) -> Option<HashMap<String, String>> {
    File::open(path).ok().and_then(|file| procmon_arrow::file_metadata(file).ok())
}

/// Returns true if a file with this metadata has the current schema and was written with these options.
fn is_current(metadata: &HashMap<String, String>, options: &str) -> bool {
    let has = |key: &str, value: &str| metadata.get(key).is_some_and(|of_file| of_file == value);
    has(OPTIONS, options) && has("procmon.schema_version", &SCHEMA_VERSION.to_string())
}

/// Returns a number that identifies the contents of a log: its computer, its size, its times and its processes. A copy
/// of the log has the same number.
fn identity(input: &Input) -> String {
    let mut hasher = Fnv::new();
    for index in input.log.indexes() {
        (&index.system().computer_name, index.format_version(), index.event_count()).hash(&mut hasher);
        (index.is_64bit(), index.origin()).hash(&mut hasher);
        for process in index.processes() {
            (process.key().0, process.name(), process.command_line(), process.user()).hash(&mut hasher);
            (process.start_time(), process.modules().count()).hash(&mut hasher);
        }
    }
    format!("{:016x}", hasher.finish())
}

fn hex(text: &str) -> String {
    let mut hasher = Fnv::new();
    text.hash(&mut hasher);
    format!("{:016x}", hasher.finish())
}

/// FNV-1a with 64 bits. The hasher of the standard library may change, and then the names of files would.
struct Fnv(u64);

impl Fnv {
    const fn new() -> Self {
        Self(0xCBF2_9CE4_8422_2325)
    }
}

impl Hasher for Fnv {
    fn write(&mut self, bytes: &[u8]) {
        for &byte in bytes {
            self.0 = (self.0 ^ u64::from(byte)).wrapping_mul(0x0100_0000_01B3);
        }
    }

    fn finish(&self) -> u64 {
        self.0
    }
}

/// Escapes a value for a folder of a partition, as Hive does.
fn escape(value: &str) -> String {
    if value.is_empty() {
        return "__HIVE_DEFAULT_PARTITION__".to_owned();
    }
    value.chars().map(escape_char).collect()
}

/// Returns a character as a part of a path: escaped byte by byte unless it is a letter, a digit or harmless.
fn escape_char(c: char) -> String {
    if c.is_alphanumeric() || matches!(c, '-' | '_' | '.' | ' ') {
        return c.to_string();
    }
    c.encode_utf8(&mut [0; 4]).bytes().map(|byte| format!("%{byte:02X}")).collect()
}

#[cfg(test)]
mod tests {
    use super::escape;

    #[test]
    fn values_are_escaped() {
        assert_eq!(escape("PC-1"), "PC-1");
        assert_eq!(escape("a/b=c"), "a%2Fb%3Dc");
        assert_eq!(escape("a\u{2028}b"), "a%E2%80%A8b");
        assert_eq!(escape(""), "__HIVE_DEFAULT_PARTITION__");
    }
}
