//! The data that all batches of a log share.

use arrow_schema::SchemaRef;
use procmon_parser::code::{
    Category, CreateDisposition, EventClass, NtStatus, OpenResult, RegistryDisposition, RegistryType,
};
use procmon_parser::{Log, Style};

use crate::columns::Columns;
use crate::error::Result;
use crate::schema::EventColumn;
use crate::source::{Modules, Source, last_time, metadata};
use crate::store::Known;

/// The columns, the schema, the tables of the log, and the names of codes.
pub(crate) struct Plan<'l> {
    pub(crate) columns: Columns,
    pub(crate) schema: SchemaRef,
    pub(crate) style: Style,
    /// A bit for each of the columns.
    chosen: u64,
    pub(crate) source: Source<'l>,
    pub(crate) modules: Option<Modules>,
    pub(crate) classes: Known,
    pub(crate) operations: Known,
    pub(crate) results: Known,
    pub(crate) categories: Known,
    pub(crate) dispositions: Known,
    pub(crate) open_results: Known,
    pub(crate) registry_types: Known,
}

impl<'l> Plan<'l> {
    pub(crate) fn new<L: Log + ?Sized>(
        log: &'l L,
        columns: Columns,
        style: Style,
        names: &[String],
        more: &[(String, String)],
    ) -> Result<Self> {
        let schema = schema(log, &columns, names, more)?;
        let source = Source::new(log, names)?;
        let modules = columns.contains(EventColumn::Stack).then(|| source.modules()).transpose()?;
        let dispositions = OpenResult::ALL.iter().filter_map(|code| code.name());
        let dispositions = dispositions.chain(RegistryDisposition::ALL.iter().filter_map(|code| code.name()));
        Ok(Self {
            chosen: columns.iter().fold(0, |chosen, column| chosen | 1 << column as u32),
            columns,
            schema,
            source,
            modules,
            classes: Known::new(EventClass::ALL.iter().filter_map(|code| code.name()).chain([""])),
            operations: Known::new(style.operation_names().into_iter().chain([""])),
            results: Known::new(NtStatus::ALL.iter().filter_map(|code| code.name())),
            categories: Known::new(Category::ALL.iter().map(|category| category.name()).chain([""])),
            dispositions: Known::new(CreateDisposition::ALL.iter().filter_map(|code| code.name())),
            open_results: Known::new(dispositions),
            registry_types: Known::new(RegistryType::ALL.iter().filter_map(|code| code.name())),
            style,
        })
    }

    /// Returns true if a column is one of the columns.
    #[inline]
    pub(crate) fn has(&self, column: EventColumn) -> bool {
        self.chosen >> (column as u32) & 1 == 1
    }
}

/// Returns the schema of the events of a log.
pub(crate) fn schema<L: Log + ?Sized>(
    log: &L,
    columns: &Columns,
    names: &[String],
    more: &[(String, String)],
) -> Result<SchemaRef> {
    let mut metadata = metadata(log, names, last_time(log)?);
    metadata.extend(more.iter().cloned());
    Ok(columns.schema_with(metadata))
}

const _: () = assert!(EventColumn::ALL.len() <= u64::BITS as usize);
