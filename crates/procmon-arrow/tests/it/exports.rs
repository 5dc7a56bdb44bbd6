//! Exports of the fixtures.

use std::collections::HashMap;
use std::fs;
use std::io::{self, Read, Write};
use std::num::NonZero;

use parquet::file::reader::{FileReader, SerializedFileReader};
use procmon_arrow::{Columns, Error, Exporter};
use procmon_parser::{LogsReader, LogsStream, OpenOptions};

use crate::support::{check_all, compare, read_file, read_parquet, read_stream};
use crate::{open, repository};

const LOGS: [&str; 5] = ["sample64.pml", "sample32.pml", "version7.pml", "empty.pml", "damaged.pml"];

fn threads(number: usize) -> NonZero<usize> {
    NonZero::new(number).unwrap()
}

#[test]
fn every_cell_equals_the_event() {
    for name in LOGS {
        check_all(&open(name), name);
    }
    let mut quirks = 0;
    for quirk in fs::read_dir(repository("fixtures/quirks")).unwrap() {
        let path = quirk.unwrap().path();
        if path.to_string_lossy().ends_with(".pml.gz") {
            let mut bytes = Vec::new();
            flate2::read::GzDecoder::new(fs::File::open(&path).unwrap()).read_to_end(&mut bytes).unwrap();
            check_all(&LogsReader::new(bytes).unwrap(), &path.to_string_lossy());
            quirks += 1;
        }
    }
    assert_eq!(quirks, 4);
}

#[test]
fn salvaged_events_are_exported() {
    let log = OpenOptions::new().salvage(true).open(repository("fixtures/unclosed.pml")).unwrap();
    assert!(!log.is_empty());
    check_all(&log, "unclosed");
}

/// Returns the metadata of a Parquet file.
fn metadata(file: &[u8]) -> HashMap<String, String> {
    let reader = SerializedFileReader::new(bytes::Bytes::copy_from_slice(file)).unwrap();
    let pairs = reader.metadata().file_metadata().key_value_metadata().cloned().unwrap_or_default();
    pairs.into_iter().map(|pair| (pair.key, pair.value.unwrap_or_default())).collect()
}

#[test]
fn the_metadata_describes_the_log() {
    let log = open("damaged.pml");
    let mut file = Vec::new();
    let names = ["damaged".to_owned()];
    let summary = Exporter::new().log_names(names).metadata("lab.case", "17").parquet(&mut file, &log).unwrap();
    let metadata = metadata(&file);
    let has = |key: &str, value: &str| assert_eq!(metadata.get(key).map(String::as_str), Some(value), "{key}");
    has("procmon.schema_version", "1");
    has("procmon.library", "procmon-arrow 0.1.0");
    has("procmon.logs", "damaged");
    has("procmon.computer", &log.index().system().computer_name);
    has("procmon.events", "165");
    has("procmon.rows", "157");
    has("procmon.unreadable_events", "8");
    has("procmon.first_time", &log.index().origin().to_string());
    has("lab.case", "17");
    assert_eq!((summary.rows, summary.unreadable), (157, 8));
    assert_eq!(metadata["procmon.first_error"], summary.first_error.unwrap().to_string());
    let last = log.events().flatten().last().unwrap();
    has("procmon.last_time", &last.time().to_string());
}

#[test]
fn threads_and_readers_do_not_change_the_output() {
    let path = repository("fixtures/sample64.pml");
    let (reader, stream) = (LogsReader::open(&path).unwrap(), LogsStream::open(&path).unwrap());
    let columns = Columns::parse("all").unwrap();
    let exporter = |number| Exporter::new().columns(columns.clone()).threads(threads(number));
    let (mut one, mut two) = (Vec::new(), Vec::new());
    exporter(1).parquet(&mut one, &reader).unwrap();
    exporter(2).parquet(&mut two, &stream).unwrap();
    assert!(one == two);
    let many = [&reader; 300];
    let (mut one, mut two) = (Vec::new(), Vec::new());
    exporter(1).parquet(&mut one, &many[..]).unwrap();
    exporter(3).parquet(&mut two, &many[..]).unwrap();
    assert!(one == two);
    let rows: usize = read_parquet(one).iter().map(arrow_array::RecordBatch::num_rows).sum();
    assert_eq!(rows, 300 * reader.len());
}

#[test]
fn small_batches_have_all_rows() {
    let log = open("sample64.pml");
    let columns = Columns::new();
    let mut batches = Vec::new();
    let exporter = Exporter::new().columns(columns.clone()).log_names(["log".to_owned()]).batch_rows(threads(7));
    let summary = exporter
        .batches(&log, |batch| {
            batches.push(batch);
            Ok(())
        })
        .unwrap();
    assert_eq!(summary.rows, log.len() as u64);
    assert!(batches.iter().all(|batch| batch.num_rows() <= 7));
    compare(&log, &columns, &batches, "log");
    let (mut file, mut stream) = (Vec::new(), Vec::new());
    exporter.ipc_file(&mut file, &log).unwrap();
    exporter.ipc_stream(&mut stream, &log).unwrap();
    compare(&log, &columns, &read_file(file), "log");
    compare(&log, &columns, &read_stream(&stream), "log");
}

#[test]
fn a_selective_filter_makes_few_row_groups() {
    let log = open("sample64.pml");
    let many = [&log; 3000];
    let is_failure = |event: procmon_parser::Event<'_>| event.status().is_error();
    let mut file = Vec::new();
    let exporter = Exporter::new().filter(&is_failure).threads(threads(2));
    let summary = exporter.parquet(&mut file, &many[..]).unwrap();
    assert_eq!(summary.rows, 3000 * log.events().flatten().filter(|&event| is_failure(event)).count() as u64);
    let reader = SerializedFileReader::new(bytes::Bytes::from(file)).unwrap();
    assert_eq!(reader.metadata().num_row_groups(), 1);
}

#[test]
fn statistics_are_those_of_the_values() {
    let log = open("sample64.pml");
    let many = [&log; 300];
    let mut file = Vec::new();
    Exporter::new().parquet(&mut file, &many[..]).unwrap();
    let reader = SerializedFileReader::new(bytes::Bytes::from(file)).unwrap();
    let group = reader.metadata().row_group(0);
    let check = |name: &str, values: Vec<Option<Vec<u8>>>, sort: fn(&Vec<u8>) -> (u64, Vec<u8>)| {
        let column = group.columns().iter().find(|column| column.column_path().string() == name).unwrap();
        assert_eq!(column.num_values(), group.num_rows(), "{name}");
        let statistics = column.statistics().unwrap();
        let present = || values.iter().flatten();
        let (least, greatest) = (present().min_by_key(|value| sort(value)), present().max_by_key(|value| sort(value)));
        assert_eq!(statistics.min_bytes_opt(), least.map(Vec::as_slice), "{name}");
        assert_eq!(statistics.max_bytes_opt(), greatest.map(Vec::as_slice), "{name}");
        let nulls = 300 * values.iter().filter(|value| value.is_none()).count() as u64;
        assert_eq!(statistics.null_count_opt(), Some(nulls), "{name}");
    };
    let numbers = |bytes: &Vec<u8>| (u32::from_le_bytes(bytes[..].try_into().unwrap()).into(), Vec::new());
    let texts = |bytes: &Vec<u8>| (0, bytes.clone());
    let style = procmon_parser::Style::new();
    let operation =
        |event: procmon_parser::Event<'_>| event.text_in(procmon_parser::Column::OPERATION, &style).to_string();
    let events: Vec<_> = log.events().flatten().collect();
    let processes = || events.iter().map(|event| event.process());
    check("pid", processes().map(|process| Some(process?.pid().to_le_bytes().to_vec())).collect(), numbers);
    check("process_name", processes().map(|process| Some(process?.name().into())).collect(), texts);
    check("operation", events.iter().map(|&event| Some(operation(event).into_bytes())).collect(), texts);
}

/// The file was written by the first version of the schema. It must stay readable, with the same values.
#[test]
fn a_stored_file_stays_readable() {
    let path = repository("fixtures/schema-1.parquet");
    let columns = Columns::parse("all").unwrap();
    let log = open("sample64.pml");
    if std::env::var_os("UPDATE_SCHEMA_FIXTURE").is_some() {
        let file = fs::File::create(&path).unwrap();
        let exporter = Exporter::new().columns(columns.clone()).log_names(["sample64.pml".to_owned()]);
        exporter.threads(threads(1)).parquet(file, &log).unwrap();
    }
    compare(&log, &columns, &read_parquet(fs::read(path).unwrap()), "sample64.pml");
}

/// Fails after some bytes.
struct Full(usize);

impl Write for Full {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0 = self.0.checked_sub(bytes.len()).ok_or(io::ErrorKind::StorageFull)?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[test]
fn a_full_disk_is_an_io_error() {
    let log = open("sample64.pml");
    let is_full = |error: Error| matches!(error, Error::Io(error) if error.kind() == io::ErrorKind::StorageFull);
    let exporter = Exporter::new();
    assert!(is_full(exporter.parquet(Full(2000), &log).unwrap_err()));
    assert!(is_full(exporter.ipc_file(Full(2000), &log).unwrap_err()));
    assert!(is_full(exporter.ipc_stream(Full(2000), &log).unwrap_err()));
}
