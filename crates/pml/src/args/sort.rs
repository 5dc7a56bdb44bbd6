//! Columns by which tables are sorted.

use clap::builder::{PossibleValuesParser, TypedValueParser};
use procmon_parser::analysis::TableColumn;

/// Returns the name of a column on the command line; in JSON, underscores replace the hyphens.
pub(crate) const fn key(column: TableColumn) -> &'static str {
    match column {
        TableColumn::Count => "count",
        TableColumn::Time => "time",
        TableColumn::Events => "events",
        TableColumn::Opens => "opens",
        TableColumn::Closes => "closes",
        TableColumn::Reads => "reads",
        TableColumn::Writes => "writes",
        TableColumn::ReadBytes => "read-bytes",
        TableColumn::WriteBytes => "write-bytes",
        TableColumn::GetAcl => "get-acl",
        TableColumn::SetAcl => "set-acl",
        TableColumn::Connects => "connects",
        TableColumn::Disconnects => "disconnects",
        TableColumn::Sends => "sends",
        TableColumn::Receives => "receives",
        TableColumn::SendBytes => "send-bytes",
        TableColumn::ReceiveBytes => "receive-bytes",
        TableColumn::Other => "other",
        TableColumn::ReadRequested => "read-requested",
        TableColumn::WriteRequested => "write-requested",
        TableColumn::ReadTransferred => "read-transferred",
        TableColumn::WriteTransferred => "write-transferred",
        TableColumn::Failed => "failed",
        TableColumn::Writers => "writers",
        TableColumn::Readers => "readers",
        _ => "name",
    }
}

/// Returns a parser of the names of columns, and of `name`, which lists them in the help and suggests similar ones.
pub(crate) fn parser(columns: &'static [TableColumn]) -> impl TypedValueParser<Value = TableColumn> {
    let names = columns.iter().map(|&column| key(column)).filter(|&key| key != "name");
    PossibleValuesParser::new(names.chain(["name"])).map(|name| {
        let known = TableColumn::ALL.iter().find(|&&column| key(column) == name);
        known.copied().unwrap_or(TableColumn::Name)
    })
}
