//! The tables that accompany the events.

use std::io::Cursor;

use arrow_array::RecordBatch;
use procmon_arrow::{Table, Timestamps};
use procmon_parser::write::ProcessInfo;
use procmon_parser::{FileTime, LogsReader, LogsWriter, PointerWidth, SystemInfo};

use crate::open;
use crate::support::{cell, read_parquet};

fn read(table: Table, log: &LogsReader) -> Vec<Vec<Option<String>>> {
    let names = vec!["log".to_owned(); log.indexes().len()];
    let mut file = Vec::new();
    table.parquet(&mut file, log, &names, Timestamps::default()).unwrap();
    let rows = |batch: &RecordBatch| -> Vec<Vec<Option<String>>> {
        for (field, info) in batch.schema().fields().iter().zip(table.columns()) {
            assert_eq!(**field, info.field(Timestamps::default()));
        }
        (0..batch.num_rows()).map(|row| batch.columns().iter().map(|array| cell(array, row)).collect()).collect()
    };
    read_parquet(file).iter().flat_map(rows).collect()
}

fn nanoseconds(time: FileTime) -> Option<String> {
    let ticks = i128::from(time.0) - i128::from(FileTime::UNIX_EPOCH.0);
    i64::try_from(ticks * 100).ok().map(|number| number.to_string())
}

fn some(text: impl ToString) -> Option<String> {
    Some(text.to_string())
}

/// A string of the log can be shared by all processes.
#[test]
fn a_long_command_line_is_stored_once() {
    let mut writer = LogsWriter::new(Cursor::new(Vec::new()), &SystemInfo::new(PointerWidth::Bits64)).unwrap();
    for pid in 0..300 {
        let mut process = ProcessInfo::new(pid, "a.exe");
        process.command_line = "x".repeat(1 << 20).as_str().into();
        writer.add_process(&process).unwrap();
    }
    let log = LogsReader::new(writer.finish().unwrap().into_inner()).unwrap();
    let table = Table::Processes.batch(&log, &[], Timestamps::default()).unwrap();
    assert_eq!(table.num_rows(), 300);
    assert!(table.get_array_memory_size() < 4 << 20);
}

const LOGS: [&str; 5] = ["sample64.pml", "sample32.pml", "version7.pml", "empty.pml", "damaged.pml"];

#[test]
fn processes_equal_the_table() {
    for log in LOGS.map(open) {
        let rows = read(Table::Processes, &log);
        let expected = log.index().processes().map(|process| {
            vec![
                some("log"),
                some(process.key().0),
                some(process.pid()),
                some(process.parent_key().0),
                some(process.parent_pid()),
                some(process.name()),
                some(process.image_path()),
                some(process.command_line()),
                some(process.user()),
                some(process.integrity()),
                some(process.session()),
                some(process.authentication_id().cast_signed()),
                process.is_virtualized().map(|flag| flag.to_string()),
                some(process.company()),
                some(process.description()),
                some(process.version()),
                some(if process.is_64bit() { "64-bit" } else { "32-bit" }),
                nanoseconds(process.start_time()),
                process.end_time().and_then(nanoseconds),
            ]
        });
        assert_eq!(rows, expected.collect::<Vec<_>>());
    }
}

#[test]
fn modules_equal_the_lists() {
    for log in LOGS.map(open) {
        let rows = read(Table::Modules, &log);
        let modules =
            log.index().processes().flat_map(|process| process.modules().map(move |module| (process, module)));
        let expected = modules.map(|(process, module)| {
            vec![
                some("log"),
                some(process.key().0),
                some(process.pid()),
                some(module.base()),
                some(module.size()),
                some(module.path()),
                some(module.version()),
                some(module.company()),
                some(module.description()),
                nanoseconds(module.load_time()),
                module.time_date_stamp().map(|stamp| stamp.to_string()),
                module.size_of_image().map(|size| size.to_string()),
            ]
        });
        assert_eq!(rows, expected.collect::<Vec<_>>());
    }
}

#[test]
fn systems_and_hosts_equal_the_tables() {
    for log in LOGS.map(open) {
        let (index, system) = (log.index(), log.index().system());
        let expected = [
            some("log"),
            some(&system.computer_name),
            some(system.os_name()),
            some(system.os_major),
            some(system.os_minor),
            some(system.os_build),
            some(system.is_server),
            some(&system.service_pack),
            some(&system.system_root),
            some(index.is_64bit()),
            some(system.processors),
            some(system.physical_memory),
            some(index.format_version()),
            nanoseconds(index.origin()),
            some(index.event_count()),
        ];
        assert_eq!(read(Table::System, &log), [expected]);
        let hosts = index.hosts().iter().map(|host| vec![some("log"), some(host.ip()), some(&host.name)]);
        assert_eq!(read(Table::Hosts, &log), hosts.collect::<Vec<_>>());
    }
}
