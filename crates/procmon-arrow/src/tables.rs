//! The tables that accompany the events: processes, modules, systems and hosts.

use std::collections::HashMap;
use std::io::Write;
use std::sync::Arc;

use arrow_array::types::{Int32Type, Int64Type};
use arrow_array::{
    ArrayRef, BooleanArray, DictionaryArray, Int32Array, Int64Array, PrimitiveArray, RecordBatch, UInt32Array,
    UInt64Array,
};
use arrow_schema::Schema;
use procmon_parser::{FileTime, Index, Log, Module, Process};

use crate::builder::times;
use crate::error::Result;
use crate::parquet::write_table;
use crate::schema::{ColumnInfo, HostColumn, ModuleColumn, ProcessColumn, SystemColumn, Timestamps};
use crate::source::{architecture, last_time, metadata, timestamp};
use crate::store::{Dictionary, strings};

/// A table that accompanies the events of a log.
///
/// ```
/// use procmon_arrow::{Table, Timestamps};
/// use procmon_parser::LogsReader;
///
/// let log = LogsReader::open("../../fixtures/sample64.pml")?;
/// let processes = Table::Processes.batch(&log, &["sample64".to_owned()], Timestamps::default())?;
/// assert_eq!(processes.num_rows(), log.index().processes().len());
/// # Ok::<(), procmon_arrow::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Table {
    /// The processes.
    Processes,
    /// The modules of the processes.
    Modules,
    /// The captured systems: a row for each file of the log.
    System,
    /// The names of hosts.
    Hosts,
}

impl Table {
    /// All tables.
    pub const ALL: [Self; 4] = [Self::Processes, Self::Modules, Self::System, Self::Hosts];

    /// Returns the name of the table.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Processes => "processes",
            Self::Modules => "modules",
            Self::System => "system",
            Self::Hosts => "hosts",
        }
    }

    /// Returns the declarations of the columns.
    #[must_use]
    pub fn columns(self) -> Vec<ColumnInfo> {
        match self {
            Self::Processes => ProcessColumn::ALL.iter().map(|column| column.info()).collect(),
            Self::Modules => ModuleColumn::ALL.iter().map(|column| column.info()).collect(),
            Self::System => SystemColumn::ALL.iter().map(|column| column.info()).collect(),
            Self::Hosts => HostColumn::ALL.iter().map(|column| column.info()).collect(),
        }
    }

    /// Returns the Arrow schema.
    #[must_use]
    pub fn schema(self, timestamps: Timestamps) -> Schema {
        self.schema_with(timestamps, HashMap::new())
    }

    fn schema_with(self, timestamps: Timestamps, metadata: HashMap<String, String>) -> Schema {
        let fields: Vec<_> = self.columns().iter().map(|column| column.field(timestamps)).collect();
        Schema::new_with_metadata(fields, metadata)
    }

    /// Returns the table of a log. `names` are the names of its files in the order of [`Log::indexes`], for the column
    /// `log`.
    ///
    /// # Errors
    /// If the last events of the log, whose time is a part of the metadata, cannot be read.
    pub fn batch<L: Log + ?Sized>(self, log: &L, names: &[String], timestamps: Timestamps) -> Result<RecordBatch> {
        let name = |index: usize| names.get(index).map_or("", String::as_str);
        let files: Vec<(&str, &Index)> = log.indexes().enumerate().map(|(i, index)| (name(i), index)).collect();
        let columns = match self {
            Self::Processes => processes(&files, timestamps)?,
            Self::Modules => modules(&files, timestamps)?,
            Self::System => systems(&files, timestamps)?,
            Self::Hosts => hosts(&files)?,
        };
        let schema = self.schema_with(timestamps, metadata(log, names, last_time(log)?));
        Ok(RecordBatch::try_new(Arc::new(schema), columns)?)
    }

    /// Writes the table of a log as a Parquet file. Takes the same arguments as [`batch`](Self::batch).
    ///
    /// # Errors
    /// If reading the log or writing to `out` fails.
    pub fn parquet<L: Log + ?Sized>(
        self,
        out: impl Write + Send,
        log: &L,
        names: &[String],
        timestamps: Timestamps,
    ) -> Result<()> {
        write_table(out, &self.batch(log, names, timestamps)?)
    }
}

/// Returns a column of texts in a dictionary.
fn names<'t>(texts: impl Iterator<Item = &'t str>) -> Result<ArrayRef> {
    let mut dictionary = Dictionary::default();
    let keys: Int32Array = texts.map(|text| Some(dictionary.key(text))).collect();
    Ok(Arc::new(DictionaryArray::<Int32Type>::try_new(keys, dictionary.array()?)?))
}

/// Returns a column of texts that are different in each row.
fn texts<T: AsRef<str>>(texts: impl Iterator<Item = T>) -> Result<ArrayRef> {
    let texts: Vec<T> = texts.collect();
    strings(texts.iter().map(AsRef::as_ref))
}

fn time_column(list: impl Iterator<Item = Option<FileTime>>, timestamps: Timestamps) -> ArrayRef {
    let numbers: PrimitiveArray<Int64Type> = list.map(|time| timestamp(time?, timestamps)).collect();
    times(numbers, timestamps)
}

fn processes(files: &[(&str, &Index)], timestamps: Timestamps) -> Result<Vec<ArrayRef>> {
    let rows: Vec<(&str, Process<'_>)> =
        files.iter().flat_map(|&(log, index)| index.processes().map(move |process| (log, process))).collect();
    let text = |text: fn(Process<'_>) -> &str| names(rows.iter().map(|&(_, process)| text(process)));
    let number = |number: fn(Process<'_>) -> u32| -> ArrayRef {
        Arc::new(UInt32Array::from_iter_values(rows.iter().map(|&(_, process)| number(process))))
    };
    let time = |time: fn(Process<'_>) -> Option<FileTime>| {
        time_column(rows.iter().map(|&(_, process)| time(process)), timestamps)
    };
    let column = |column| -> Result<ArrayRef> {
        Ok(match column {
            ProcessColumn::Log => names(rows.iter().map(|&(log, _)| log))?,
            ProcessColumn::Key => number(|process| process.key().0),
            ProcessColumn::Pid => number(|process| process.pid()),
            ProcessColumn::ParentKey => number(|process| process.parent_key().0),
            ProcessColumn::ParentPid => number(|process| process.parent_pid()),
            ProcessColumn::Name => text(|process| process.name())?,
            ProcessColumn::ImagePath => text(|process| process.image_path())?,
            ProcessColumn::CommandLine => text(|process| process.command_line())?,
            ProcessColumn::User => text(|process| process.user())?,
            ProcessColumn::Integrity => text(|process| process.integrity())?,
            ProcessColumn::Session => number(|process| process.session()),
            ProcessColumn::AuthenticationId => {
                let ids = rows.iter().map(|(_, process)| process.authentication_id().cast_signed());
                Arc::new(Int64Array::from_iter_values(ids))
            }
            ProcessColumn::Virtualized => {
                Arc::new(rows.iter().map(|(_, process)| process.is_virtualized()).collect::<BooleanArray>())
            }
            ProcessColumn::Company => text(|process| process.company())?,
            ProcessColumn::Description => text(|process| process.description())?,
            ProcessColumn::Version => text(|process| process.version())?,
            ProcessColumn::Architecture => text(|process| architecture(process))?,
            ProcessColumn::Start => time(|process| Some(process.start_time())),
            ProcessColumn::End => time(|process| process.end_time()),
        })
    };
    ProcessColumn::ALL.iter().map(|&name| column(name)).collect()
}

fn modules(files: &[(&str, &Index)], timestamps: Timestamps) -> Result<Vec<ArrayRef>> {
    let processes = files.iter().flat_map(|&(log, index)| index.processes().map(move |process| (log, process)));
    let rows: Vec<(&str, Process<'_>, Module<'_>)> =
        processes.flat_map(|(log, process)| process.modules().map(move |module| (log, process, module))).collect();
    let text = |text: fn(Module<'_>) -> &str| names(rows.iter().map(|&(_, _, module)| text(module)));
    let number = |number: fn(Module<'_>) -> Option<u32>| -> ArrayRef {
        Arc::new(rows.iter().map(|&(_, _, module)| number(module)).collect::<UInt32Array>())
    };
    let of_process = |number: fn(Process<'_>) -> u32| -> ArrayRef {
        Arc::new(UInt32Array::from_iter_values(rows.iter().map(|&(_, process, _)| number(process))))
    };
    let column = |column| -> Result<ArrayRef> {
        Ok(match column {
            ModuleColumn::Log => names(rows.iter().map(|&(log, ..)| log))?,
            ModuleColumn::ProcessKey => of_process(|process| process.key().0),
            ModuleColumn::Pid => of_process(|process| process.pid()),
            ModuleColumn::Base => {
                Arc::new(UInt64Array::from_iter_values(rows.iter().map(|(_, _, module)| module.base())))
            }
            ModuleColumn::Size => number(|module| Some(module.size())),
            ModuleColumn::Path => text(|module| module.path())?,
            ModuleColumn::Version => text(|module| module.version())?,
            ModuleColumn::Company => text(|module| module.company())?,
            ModuleColumn::Description => text(|module| module.description())?,
            ModuleColumn::LoadTime => {
                time_column(rows.iter().map(|(_, _, module)| Some(module.load_time())), timestamps)
            }
            ModuleColumn::TimeDateStamp => number(|module| module.time_date_stamp()),
            ModuleColumn::SizeOfImage => number(|module| module.size_of_image()),
        })
    };
    ModuleColumn::ALL.iter().map(|&name| column(name)).collect()
}

fn systems(files: &[(&str, &Index)], timestamps: Timestamps) -> Result<Vec<ArrayRef>> {
    let text = |text: fn(&Index) -> String| texts(files.iter().map(|(_, index)| text(index)));
    let number = |number: fn(&Index) -> u32| -> ArrayRef {
        Arc::new(UInt32Array::from_iter_values(files.iter().map(|(_, index)| number(index))))
    };
    let flag = |flag: fn(&Index) -> bool| -> ArrayRef {
        Arc::new(files.iter().map(|(_, index)| Some(flag(index))).collect::<BooleanArray>())
    };
    let column = |column| -> Result<ArrayRef> {
        Ok(match column {
            SystemColumn::Log => names(files.iter().map(|&(log, _)| log))?,
            SystemColumn::ComputerName => text(|index| index.system().computer_name.clone())?,
            SystemColumn::OsName => text(|index| index.system().os_name())?,
            SystemColumn::OsMajor => number(|index| index.system().os_major),
            SystemColumn::OsMinor => number(|index| index.system().os_minor),
            SystemColumn::OsBuild => number(|index| index.system().os_build),
            SystemColumn::IsServer => flag(|index| index.system().is_server),
            SystemColumn::ServicePack => text(|index| index.system().service_pack.clone())?,
            SystemColumn::SystemRoot => text(|index| index.system().system_root.clone())?,
            SystemColumn::Is64Bit => flag(|index| index.is_64bit()),
            SystemColumn::Processors => number(|index| index.system().processors),
            SystemColumn::PhysicalMemory => {
                let sizes = files.iter().map(|(_, index)| index.system().physical_memory);
                Arc::new(UInt64Array::from_iter_values(sizes))
            }
            SystemColumn::FormatVersion => number(Index::format_version),
            SystemColumn::Origin => time_column(files.iter().map(|(_, index)| Some(index.origin())), timestamps),
            SystemColumn::Events => number(Index::event_count),
        })
    };
    SystemColumn::ALL.iter().map(|&name| column(name)).collect()
}

fn hosts(files: &[(&str, &Index)]) -> Result<Vec<ArrayRef>> {
    let rows = || files.iter().flat_map(|&(log, index)| index.hosts().iter().map(move |host| (log, host)));
    let column = |column| -> Result<ArrayRef> {
        Ok(match column {
            HostColumn::Log => names(rows().map(|(log, _)| log))?,
            HostColumn::Address => texts(rows().map(|(_, host)| host.ip().to_string()))?,
            HostColumn::Name => texts(rows().map(|(_, host)| &host.name))?,
        })
    };
    HostColumn::ALL.iter().map(|&name| column(name)).collect()
}
