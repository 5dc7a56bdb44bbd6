//! The expected value of every cell, computed from the library's events, and the comparison with record batches.

#![allow(dead_code, unreachable_pub)] // each test program uses only a part of this module

use std::collections::HashMap;
use std::io::Cursor;

use arrow_array::cast::AsArray;
use arrow_array::types::{
    Int32Type, Int64Type, TimestampMicrosecondType, TimestampNanosecondType, UInt16Type, UInt32Type, UInt64Type,
};
use arrow_array::{Array, RecordBatch};
use arrow_schema::{DataType, Schema, TimeUnit};
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use procmon_arrow::{Columns, EventColumn, Exporter, Timestamps};
use procmon_parser::{Column, Event, FileTime, LogsReader, Style};
use serde_json::Value;

/// Returns a cell as text; `None` for null.
pub fn cell(array: &dyn Array, row: usize) -> Option<String> {
    if array.is_null(row) {
        return None;
    }
    Some(match array.data_type() {
        DataType::Boolean => array.as_boolean().value(row).to_string(),
        DataType::UInt16 => array.as_primitive::<UInt16Type>().value(row).to_string(),
        DataType::UInt32 => array.as_primitive::<UInt32Type>().value(row).to_string(),
        DataType::UInt64 => array.as_primitive::<UInt64Type>().value(row).to_string(),
        DataType::Int32 => array.as_primitive::<Int32Type>().value(row).to_string(),
        DataType::Int64 => array.as_primitive::<Int64Type>().value(row).to_string(),
        DataType::Utf8 => array.as_string::<i32>().value(row).to_owned(),
        DataType::Timestamp(unit, zone) => {
            assert_eq!(zone.as_deref(), Some("UTC"));
            match unit {
                TimeUnit::Nanosecond => array.as_primitive::<TimestampNanosecondType>().value(row).to_string(),
                _ => array.as_primitive::<TimestampMicrosecondType>().value(row).to_string(),
            }
        }
        DataType::Dictionary(..) => {
            let array = array.as_dictionary::<Int32Type>();
            let key = usize::try_from(array.keys().value(row)).unwrap();
            return cell(array.values(), key);
        }
        DataType::List(_) => {
            let list = array.as_list::<i32>().value(row);
            let frames = list.as_struct();
            let cells = |row| [0, 1, 2].map(|column| cell(frames.column(column), row).unwrap_or("null".to_owned()));
            (0..frames.len()).map(|row| cells(row).join(" ") + "\n").collect()
        }
        other => panic!("unexpected type {other}"),
    })
}

fn time(time: FileTime, timestamps: Timestamps) -> Option<String> {
    let ticks = i128::from(time.0) - i128::from(FileTime::UNIX_EPOCH.0);
    let number = match timestamps {
        Timestamps::Nanoseconds => ticks * 100,
        Timestamps::Microseconds => ticks.div_euclid(10),
    };
    i64::try_from(number).ok().map(|number| number.to_string())
}

fn ticks(value: &Value) -> Option<String> {
    i64::try_from(u128::from(value.as_u64()?) * 100).ok().map(|number| number.to_string())
}

/// The values of an event.
pub struct Expected<'a> {
    event: Event<'a>,
    style: &'a Style,
    timestamps: Timestamps,
    log: &'a str,
    detail: Option<Value>,
}

impl<'a> Expected<'a> {
    pub fn new(event: Event<'a>, style: &'a Style, timestamps: Timestamps, log: &'a str) -> Self {
        let detail = event.detail().ok().map(|detail| serde_json::to_value(detail).unwrap());
        Self { event, style, timestamps, log, detail }
    }

    fn at(&self, path: &str) -> Option<&Value> {
        self.detail.as_ref()?.pointer(path).filter(|value| !value.is_null())
    }

    fn first(&self, paths: &[&str]) -> Option<&Value> {
        paths.iter().find_map(|path| self.at(path))
    }

    fn number(&self, paths: &[&str]) -> Option<String> {
        self.first(paths).map(Value::to_string)
    }

    fn signed(&self, paths: &[&str]) -> Option<String> {
        self.first(paths).map(|value| value.as_u64().unwrap().cast_signed().to_string())
    }

    fn text(&self, paths: &[&str]) -> Option<String> {
        self.first(paths).map(|value| value.as_str().unwrap().to_owned())
    }

    /// Returns the name of a code, or its number.
    fn code(&self, paths: &[&str]) -> Option<String> {
        let code = self.first(paths)?;
        let number = || format!("{:#X}", code["code"].as_u64().unwrap());
        Some(code["name"].as_str().map_or_else(number, str::to_owned))
    }

    fn registry_value(&self) -> Option<String> {
        let data = self.first(&REGISTRY_DATA)?;
        let value = data["value"].as_object()?;
        let (_, value) = value.iter().next()?;
        Some(match value {
            Value::Array(strings) => strings.iter().map(|text| text.as_str().unwrap()).collect::<Vec<_>>().join("\n"),
            Value::String(text) => text.clone(),
            number => number.to_string(),
        })
    }

    fn exit_status(&self) -> Option<String> {
        let thread = self.at("/process/thread_exit/exit_status/code");
        let status = thread.or_else(|| self.first(&["/process/exit/exit_status", "/process/statistics/exit_status"]));
        status.map(|status| u32::try_from(status.as_u64().unwrap()).unwrap().cast_signed().to_string())
    }

    /// Returns the value of a column as text.
    pub fn value(&self, column: EventColumn) -> Option<String> {
        use EventColumn as C;
        let (event, style) = (self.event, self.style);
        let process = event.process();
        let shown = |column| Some(event.text_in(column, style).to_string());
        let of_process = |text: fn(procmon_parser::Process<'_>) -> String| process.map(text);
        match column {
            C::Log => Some(self.log.to_owned()),
            C::Ordinal => Some(event.ordinal().to_string()),
            C::Time => time(event.time(), self.timestamps),
            C::DurationNs => {
                event.duration().and_then(|span| i64::try_from(u128::from(span.0) * 100).ok()).map(|n| n.to_string())
            }
            C::ProcessName => of_process(|process| process.name().to_owned()),
            C::Pid => of_process(|process| process.pid().to_string()),
            C::ParentPid => of_process(|process| process.parent_pid().to_string()),
            C::ProcessKey => Some(event.process_key().0.to_string()),
            C::Tid => shown(Column::TID),
            C::Class => shown(Column::EVENT_CLASS),
            C::Operation => shown(Column::OPERATION),
            C::Path => shown(Column::PATH),
            C::Result => shown(Column::RESULT),
            C::ResultCode => Some(event.status().0.to_string()),
            C::Category => shown(Column::CATEGORY).filter(|text| !text.is_empty()),
            C::Detail => shown(Column::DETAIL),
            C::Offset => self.signed(&OFFSETS),
            C::Length => self.signed(&LENGTHS),
            C::BytesTransferred => {
                self.number(&["/file/request/read/transferred", "/file/request/write/transferred", "/network/length"])
            }
            C::DesiredAccess => self.number(&[
                "/file/request/create/desired_access/bits",
                "/registry/request/open_key/desired_access/bits",
                "/registry/request/create_key/desired_access/bits",
            ]),
            C::Disposition => self.code(&["/file/request/create/disposition"]),
            C::CreateOptions => self.number(&["/file/request/create/options/bits"]),
            C::OpenResult => {
                self.code(&["/file/request/create/open_result", "/registry/request/create_key/result/disposition"])
            }
            C::NewPath => self.text(&[
                "/file/request/set_information/information/rename/target",
                "/file/request/set_information/information/rename_ex/target",
                "/file/request/set_information/information/link/file_name",
                "/registry/request/rename_key/new_name",
            ]),
            C::RegistryType => self.code(&REGISTRY_TYPES),
            C::RegistryData => self.registry_value(),
            C::RegistryLength => self.first(&REGISTRY_DATA).map(|data| data["length"].to_string()),
            C::ControlCode => self
                .number(&["/file/request/file_system_control/code/code", "/file/request/device_io_control/code/code"]),
            C::LocalAddress => self.text(&["/network/local/address"]),
            C::LocalPort => self.number(&["/network/local/port"]),
            C::RemoteAddress => self.text(&["/network/remote/address"]),
            C::RemotePort => self.number(&["/network/remote/port"]),
            C::TargetKey => self.number(&["/process/create/process_key", "/process/defined/process_key"]),
            C::TargetPid => self.number(&["/process/create/pid", "/process/defined/pid"]),
            C::TargetTid => self.number(&["/process/thread_create/thread_id"]),
            C::ImageBase => self.number(&["/process/load_image/base"]),
            C::ImageSize => self.number(&["/process/load_image/size"]),
            C::ExitStatus => self.exit_status(),
            C::CpuUserNs => self.first(&SAMPLES.map(|sample| sample.0)).and_then(ticks),
            C::CpuKernelNs => self.first(&SAMPLES.map(|sample| sample.1)).and_then(ticks),
            C::WorkingSet => self.signed(&[
                "/process/exit/working_set",
                "/process/statistics/working_set",
                "/profiling/process/working_set",
            ]),
            C::PrivateBytes => self.signed(&[
                "/process/exit/private_bytes",
                "/process/statistics/private_bytes",
                "/profiling/process/private_bytes",
            ]),
            C::ImagePath => of_process(|process| process.image_path().to_owned()),
            C::CommandLine => of_process(|process| process.command_line().to_owned()),
            C::User => of_process(|process| process.user().to_owned()),
            C::Integrity => of_process(|process| process.integrity().to_owned()),
            C::Session => of_process(|process| process.session().to_string()),
            C::AuthenticationId => of_process(|process| process.authentication_id().cast_signed().to_string()),
            C::Virtualized => process.and_then(|process| process.is_virtualized()).map(|flag| flag.to_string()),
            C::Company => of_process(|process| process.company().to_owned()),
            C::Description => of_process(|process| process.description().to_owned()),
            C::Version => of_process(|process| process.version().to_owned()),
            C::Architecture => process.and_then(|_| shown(Column::ARCHITECTURE)),
            C::ProcessStart => process.and_then(|process| time(process.start_time(), self.timestamps)),
            C::Stack => Some(stack(event)),
            C::DetailJson => event.detail().ok().map(|detail| serde_json::to_string(&detail).unwrap()),
            _ => panic!("no expectation for {column:?}"),
        }
    }
}

fn stack(event: Event<'_>) -> String {
    let frame = |frame: procmon_parser::Frame<'_>| match frame.module {
        Some(module) => {
            format!("{} {} {}\n", module.path(), frame.address.wrapping_sub(module.base()), frame.address)
        }
        None => format!("null null {}\n", frame.address),
    };
    event.frames().map(frame).collect()
}

const OFFSETS: [&str; 7] = [
    "/file/request/read/offset",
    "/file/request/write/offset",
    "/file/request/prepare_mdl_write/offset",
    "/file/request/mdl_read/offset",
    "/file/request/mdl_write_complete/offset",
    "/file/request/check_if_possible/offset",
    "/file/request/lock/offset",
];

const LENGTHS: [&str; 7] = [
    "/file/request/read/requested",
    "/file/request/write/requested",
    "/file/request/prepare_mdl_write/length",
    "/file/request/mdl_read/length",
    "/file/request/check_if_possible/length",
    "/file/request/lock/length",
    "/network/length",
];

const REGISTRY_DATA: [&str; 5] = [
    "/registry/request/set_value/data",
    "/registry/request/query_value/result/full/data",
    "/registry/request/query_value/result/partial/data",
    "/registry/request/enum_value/result/full/data",
    "/registry/request/enum_value/result/partial/data",
];

const REGISTRY_TYPES: [&str; 9] = [
    "/registry/request/set_value/data/value_type",
    "/registry/request/query_value/result/full/data/value_type",
    "/registry/request/query_value/result/partial/data/value_type",
    "/registry/request/query_value/result/basic/value_type",
    "/registry/request/query_value/result/truncated/value_type",
    "/registry/request/enum_value/result/full/data/value_type",
    "/registry/request/enum_value/result/partial/data/value_type",
    "/registry/request/enum_value/result/basic/value_type",
    "/registry/request/enum_value/result/truncated/value_type",
];

/// The CPU times in user mode and in the kernel.
const SAMPLES: [(&str, &str); 5] = [
    ("/process/exit/user_time", "/process/exit/kernel_time"),
    ("/process/statistics/user_time", "/process/statistics/kernel_time"),
    ("/process/thread_exit/user_time", "/process/thread_exit/kernel_time"),
    ("/profiling/thread/user_time", "/profiling/thread/kernel_time"),
    ("/profiling/process/user_time", "/profiling/process/kernel_time"),
];

/// Reads the batches of a Parquet file.
pub fn read_parquet(file: Vec<u8>) -> Vec<RecordBatch> {
    let file = bytes::Bytes::from(file);
    let reader = ParquetRecordBatchReaderBuilder::try_new(file).unwrap().with_batch_size(10_000).build().unwrap();
    reader.map(Result::unwrap).collect()
}

/// Reads the batches of an Arrow IPC file.
pub fn read_file(file: Vec<u8>) -> Vec<RecordBatch> {
    arrow_ipc::reader::FileReader::try_new(Cursor::new(file), None).unwrap().map(Result::unwrap).collect()
}

/// Reads the batches of an Arrow IPC stream.
pub fn read_stream(stream: &[u8]) -> Vec<RecordBatch> {
    arrow_ipc::reader::StreamReader::try_new(stream, None).unwrap().map(Result::unwrap).collect()
}

/// Compares all cells of batches with the events of a log.
pub fn compare(log: &LogsReader, columns: &Columns, batches: &[RecordBatch], name: &str) {
    let style = Style::new();
    let mut rows = batches.iter().flat_map(|batch| (0..batch.num_rows()).map(move |row| (batch, row)));
    for event in log.events().flatten() {
        let (batch, row) = rows.next().expect("as many rows as readable events");
        let expected = Expected::new(event, &style, columns.resolution(), name);
        for (column, array) in columns.iter().zip(batch.columns()) {
            let (found, expected) = (cell(array, row), expected.value(column));
            assert_eq!(found, expected, "{name} event {} {column:?}", event.ordinal());
            assert!(found.is_some() || column.info().nullable, "{name} {column:?} is null");
        }
    }
    assert!(rows.next().is_none(), "no more rows than readable events");
    // Descriptions are improved from version to version.
    let plain = |schema: &Schema| -> Vec<_> {
        schema.fields().iter().map(|field| field.as_ref().clone().with_metadata(HashMap::new())).collect()
    };
    for batch in batches {
        assert!(plain(&batch.schema()) == plain(&columns.schema()), "{name}: {:?}", batch.schema());
        for array in batch.columns() {
            check_unique(array);
        }
    }
}

/// Checks that the values of a dictionary are unique.
fn check_unique(array: &dyn Array) {
    if let DataType::Dictionary(..) = array.data_type() {
        let values = array.as_dictionary::<Int32Type>().values().as_string::<i32>();
        let unique: std::collections::HashSet<_> = values.iter().collect();
        assert_eq!(unique.len(), values.len());
    }
}

/// Exports all columns of a log in each format, reads the files, and compares all cells.
pub fn check_all(log: &LogsReader, name: &str) {
    let names = vec![name.to_owned(); log.indexes().len()];
    for timestamps in [Timestamps::Nanoseconds, Timestamps::Microseconds] {
        let columns = Columns::parse("all").unwrap().timestamps(timestamps);
        let exporter = Exporter::new().columns(columns.clone()).log_names(names.clone());
        let mut file = Vec::new();
        exporter.parquet(&mut file, log).unwrap();
        compare(log, &columns, &read_parquet(file), name);
    }
    let columns = Columns::parse("all").unwrap();
    let exporter = Exporter::new().columns(columns.clone()).log_names(names);
    let (mut file, mut stream) = (Vec::new(), Vec::new());
    exporter.ipc_file(&mut file, log).unwrap();
    compare(log, &columns, &read_file(file), name);
    exporter.ipc_stream(&mut stream, log).unwrap();
    compare(log, &columns, &read_stream(&stream), name);
}
