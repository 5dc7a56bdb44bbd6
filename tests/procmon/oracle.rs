//! Written logs, opened by Procmon itself. `PROCMON_ORACLE_SCRIPT` names a script that runs Procmon (see
//! `docs/TESTING.md`). Without the script, these tests are ignored.

use std::fs::{self, File};
use std::io::{self, Cursor, Seek, SeekFrom, Write};
use std::ops::RangeInclusive;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::data::unzip;
use crate::logs::{self, named};
use crate::support::synth::{self, Log};
use crate::support::written::{self, without_fillers};
use crate::write::encoded;
use procmon_parser::ProcessKey;
use procmon_parser::Redactor;
use procmon_parser::code::{EventClass, Operation};
use procmon_parser::write::{NewDetail, NewEvent};
use procmon_parser::{
    Column, Compat, Configuration, Event, LogsReader, LogsWriter, Style,
    export::{self, csv},
    write,
};

crate::tests! {
    with_oracle:
        logs_of_all_versions_are_exported_as_by_procmon,
        a_saved_capture_of_several_segments_is_what_procmon_saves,
        procmon_opens_written_logs,
        procmon_opens_a_written_log_larger_than_4_gib;
    with_oracle_and_data:
        a_saved_log_is_what_procmon_saves,
        a_filtered_log_is_what_procmon_saves_with_the_filter,
        procmon_reads_encoded_details,
        procmon_opens_redacted_logs,
        procmon_opens_merged_captures;
}

/// A Procmon with a temporary folder.
pub(crate) struct Procmon {
    script: PathBuf,
    folder: tempfile::TempDir,
}

impl Procmon {
    pub(crate) fn new(script: &Path) -> Self {
        Self { script: script.to_owned(), folder: tempfile::tempdir().unwrap() }
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Lets Procmon open a log and save it in the format of the output's extension.
    pub(crate) fn convert(&self, log: &Path, output: &Path, configuration: Option<&Path>, filter: bool) {
        let mut command = Command::new(&self.script);
        command.args([log, output]).args(configuration).env("FILTER", if filter { "1" } else { "0" });
        let run = command.output().unwrap();
        let message = String::from_utf8_lossy(&run.stderr);
        assert!(run.status.success(), "Procmon cannot convert {}: {message}", log.display());
    }

    /// Lets Procmon open and save a log, and returns the saved log.
    fn save(&self, log: &[u8], configuration: Option<&Path>, filter: bool) -> Vec<u8> {
        let [input, output] = ["in.pml", "out.pml"].map(|name| self.path(name));
        fs::write(&input, log).unwrap();
        self.convert(&input, &output, configuration, filter);
        fs::read(output).unwrap()
    }

    /// Checks that Procmon opens a log and exports the same CSV as the library.
    fn assert_exports_the_same<D: AsRef<[u8]>>(&self, name: &str, path: &Path, log: &LogsReader<D>) {
        let [output, configuration] = ["out.csv", "all.pmc"].map(|name| self.path(name));
        let mut all_columns = Configuration::procmon_default();
        all_columns.set_columns(Column::PROCMON_ORDER).unwrap();
        fs::write(&configuration, all_columns.to_bytes()).unwrap();
        self.convert(path, &output, Some(&configuration), false);
        let theirs = fs::read(&output).unwrap();
        let mut ours = Vec::new();
        export::write(
            &mut ours,
            log.events(),
            csv::Csv::new(Column::PROCMON_ORDER, Style::new().compat(Compat::Procmon3_94)),
        )
        .unwrap();
        assert!(ours == theirs, "{name}: the exports differ");
        eprintln!("{name}: same CSV ({} events, {} bytes)", log.len(), ours.len());
    }

    fn assert_opens(&self, name: &str, bytes: Vec<u8>) {
        let path = self.path("log.pml");
        fs::write(&path, &bytes).unwrap();
        self.assert_exports_the_same(name, &path, &LogsReader::new(bytes).unwrap());
    }
}

fn part<D: AsRef<[u8]>>(log: &LogsReader<D>, keep: impl FnMut(Event<'_>) -> bool) -> Vec<u8> {
    let mut out = Cursor::new(Vec::new());
    write::save(&mut out, log, keep).unwrap();
    out.into_inner()
}

/// Zeroes the filler bytes and the durations of pending operations, which Procmon does not always copy.
fn without_garbage(log: Vec<u8>) -> Vec<u8> {
    const PENDING: [u8; 4] = 0x103_u32.to_le_bytes();
    let mut log = without_fillers(log);
    let pending: Vec<usize> = {
        let reader = LogsReader::new(&log).unwrap();
        let offsets = reader.events().flatten().map(|event| event.offset() as usize);
        offsets.filter(|&at| log[at + 0x24..at + 0x28] == PENDING).collect()
    };
    for at in pending {
        log[at + 0x14..at + 0x1C].fill(0);
    }
    log
}

pub(crate) fn assert_same_save(name: &str, ours: Vec<u8>, theirs: Vec<u8>) {
    let len = theirs.len();
    let (ours, theirs) = (without_garbage(ours), without_garbage(theirs));
    if let Some(at) = ours.iter().zip(&theirs).position(|(a, b)| a != b) {
        panic!("{name}: the files of {} and {len} bytes differ at {at:#x}", ours.len());
    }
    assert_eq!(ours.len(), len, "{name}");
    eprintln!("{name}: same file ({len} bytes)");
}

/// The text depends on the version: Procmon shows the parameters of a Process Start from format version 8 on.
fn logs_of_all_versions_are_exported_as_by_procmon(script: &Path) {
    let procmon = Procmon::new(script);
    for version in 4..=9 {
        procmon.assert_opens(&format!("version {version}"), Log { version, ..synth::sample(true) }.bytes());
    }
}

fn a_saved_log_is_what_procmon_saves(script: &Path, _data: &Path) {
    let procmon = Procmon::new(script);
    let mut logs = vec![("sample", synth::sample(true).bytes())];
    let captured = logs::all().iter().filter(|log| log.name.contains('/'));
    logs.extend(captured.map(|log| (log.name.as_str(), log.files()[0].clone())));
    for (name, bytes) in logs {
        let log = LogsReader::new(bytes.as_slice()).unwrap();
        // The 64-bit Procmon refuses 32-bit logs.
        if log.index().is_64bit() {
            assert_same_save(name, part(&log, |_| true), procmon.save(&bytes, None, false));
        }
    }
}

fn a_saved_capture_of_several_segments_is_what_procmon_saves(script: &Path) {
    let procmon = Procmon::new(script);
    for (number, log) in synth::segments().iter().enumerate() {
        let suffix = if number == 0 { String::new() } else { format!("-{number}") };
        fs::write(procmon.path(&format!("capture{suffix}.pml")), written::bytes(log)).unwrap();
    }
    let capture = LogsReader::open(procmon.path("capture.pml")).unwrap();
    let output = procmon.path("out.pml");
    procmon.convert(&procmon.path("capture.pml"), &output, None, false);
    assert_same_save("capture", part(&capture, |_| true), fs::read(output).unwrap());
}

/// Parses a list of ordinals, for example `0-7,9`.
fn ranges(list: &str) -> Vec<RangeInclusive<u32>> {
    let range = |text: &str| {
        let (first, last) = text.split_once('-').unwrap_or((text, text));
        first.parse().unwrap()..=last.parse().unwrap()
    };
    list.split(',').filter(|text| !text.is_empty()).map(range).collect()
}

fn a_filtered_log_is_what_procmon_saves_with_the_filter(script: &Path, data: &Path) {
    let procmon = Procmon::new(script);
    let folder = data.join("conformance/filter");
    let expected = String::from_utf8(unzip(&folder.join("expected.tsv.gz"))).unwrap();
    for (number, line) in expected.lines().enumerate() {
        // Tests every tenth filter, or all of them if PROCMON_ALL is set.
        if number % 10 != 0 && std::env::var_os("PROCMON_ALL").is_none() {
            continue;
        }
        let [file, name, _advanced, _count, survivors] = line.split('\t').collect::<Vec<_>>()[..] else { panic!() };
        let bytes = unzip(&data.join(format!("corpus/{name}.pml.gz")));
        let log = LogsReader::new(bytes.as_slice()).unwrap();
        let survivors = ranges(survivors);
        let ours = part(&log, |event| survivors.iter().any(|range| range.contains(&event.ordinal())));
        assert_same_save(file, ours, procmon.save(&bytes, Some(&folder.join(file)), true));
    }
}

fn procmon_opens_written_logs(script: &Path) {
    let procmon = Procmon::new(script);
    for (name, bytes) in written::fixtures() {
        // Procmon refuses or crashes on unclosed, damaged and 32-bit logs; version 7 is tested below.
        if !["unclosed.pml", "damaged.pml", "sample32.pml", "version7.pml"].contains(&name.as_str()) {
            procmon.assert_opens(&name, bytes);
        }
    }
    // Procmon shows only the parent PID of a Process Start in version 7, so these events are removed.
    let mut version7 = Log { version: 7, ..synth::sample(true) };
    version7.events.retain(|event| (event.class, event.operation) != (1, 7));
    procmon.assert_opens("version 7", written::bytes(&version7));
    let events = synth::large_events(20_000).collect();
    procmon.assert_opens("synthetic", written::bytes(&Log { events, ..synth::large_tables() }));

    let sample = LogsReader::open("fixtures/sample64.pml").unwrap();
    procmon.assert_opens("a part", part(&sample, |event| event.ordinal() % 3 == 1));
    procmon.assert_opens("no events", part(&sample, |_| false));
    let damaged = LogsReader::open("fixtures/damaged.pml").unwrap();
    procmon.assert_opens("the readable events of a damaged log", part(&damaged, |_| true));
    let parts = [0, 1, 2].map(|n| LogsReader::new(part(&sample, |event| event.ordinal() % 3 == n)).unwrap());
    let mut joined = Cursor::new(Vec::new());
    write::merge(&mut joined, &parts.each_ref(), |_| true).unwrap();
    procmon.assert_opens("merged parts", joined.into_inner());
}

fn procmon_opens_merged_captures(script: &Path, _data: &Path) {
    let procmon = Procmon::new(script);
    let logs = ["corpus/win10-64-process", "corpus/win10-64-filesystem"].map(named);
    let mut joined = Cursor::new(Vec::new());
    write::merge(&mut joined, &logs, |event| event.ordinal() % 4 == 0).unwrap();
    procmon.assert_opens("merged captures", joined.into_inner());
}

fn procmon_reads_encoded_details(script: &Path, _data: &Path) {
    let procmon = Procmon::new(script);
    for name in ["win10-64-process", "win10-64-filesystem", "win10-64-mixed"] {
        let log = named(&format!("corpus/{name}"));
        procmon.assert_opens(&format!("{name}, encoded"), encoded(log));
    }
}

fn procmon_opens_redacted_logs(script: &Path, _data: &Path) {
    let procmon = Procmon::new(script);
    for name in ["win10-64-process", "win10-64-filesystem", "win10-64-mixed"] {
        let log = named(&format!("corpus/{name}"));
        let mut redactor = Redactor::new();
        redactor.replace("currentversion", "a key of a longer name").replace("microsoft", "m");
        redactor.replace_people(log).unwrap();
        let mut redacted = Cursor::new(Vec::new());
        let summary = write::SaveOptions::new().redact(&redactor).save(&mut redacted, log, |_| true).unwrap();
        redactor.verify(&LogsReader::new(redacted.get_ref()).unwrap()).unwrap();
        procmon.assert_opens(&format!("{name}, redacted in {} events", summary.redacted), redacted.into_inner());
    }
}

/// A file that stores blocks of zeros as holes.
struct Sparse(File);

impl Write for Sparse {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let block = &bytes[..bytes.len().min(1 << 16)];
        if block.len() == 1 << 16 && block.iter().all(|&byte| byte == 0) {
            self.0.seek_relative(block.len() as i64)?;
            return Ok(block.len());
        }
        self.0.write(block)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush()
    }
}

impl Seek for Sparse {
    fn seek(&mut self, position: SeekFrom) -> io::Result<u64> {
        self.0.seek(position)
    }
}

#[cfg(target_pointer_width = "64")]
fn procmon_opens_a_written_log_larger_than_4_gib(script: &Path) {
    let procmon = Procmon::new(script);
    let sample = LogsReader::open("fixtures/sample64.pml").unwrap();
    let path = procmon.path("log.pml");
    let mut writer = LogsWriter::for_copy(Sparse(File::create(&path).unwrap()), sample.index()).unwrap();
    // Large events of a class that Procmon does not know and shows without detail.
    let zeros = vec![0; 64 << 20];
    let time = sample.event(0).unwrap().time();
    for _ in 0..70 {
        let mut event = NewEvent::new(ProcessKey::NONE, Operation::Unknown(EventClass(7), 0));
        event.time = time;
        event.detail = NewDetail::Bytes { detail: &zeros, extra: None };
        writer.write_event(&event).unwrap();
    }
    sample.events().flatten().for_each(|event| writer.copy_event(event).unwrap());
    writer.finish().unwrap();
    let file = File::open(&path).unwrap();
    // SAFETY: no other code modifies the file.
    let log = LogsReader::new(unsafe { memmap2::Mmap::map(&file) }.unwrap()).unwrap();
    assert!(log.event(log.len() - 1).unwrap().offset() > 1 << 32);
    procmon.assert_exports_the_same("beyond 4 GiB", &path, &log);
}
