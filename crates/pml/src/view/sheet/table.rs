//! Sheets of the tables of the library.

use std::borrow::Cow;

use procmon_parser::analysis::{Counts, Number, Table, TableColumn};

use super::model::{Column, Row, Sheet, Value};
use crate::args::sort;

/// Returns a sheet of the first rows of a table, sorted by a column. `name` is the column of the names.
pub(crate) fn sheet<'s, C: Counts + 's>(
    mut table: Table<'s, C>,
    name: Column,
    order: TableColumn,
    max_rows: usize,
) -> Sheet<'s> {
    table.sort_by(order);
    let is_tree = order == TableColumn::Name && table.rows.iter().any(|row| row.depth > 0);
    let left_out = table.truncate(max_rows);
    let mut columns = vec![name.rank(0).long().last()];
    columns.extend(C::COLUMNS.iter().map(|&column| self::column(column, order)));
    let left_out = (left_out.rows > 0).then(|| (left_out.rows as u64, row(Value::None, &left_out.counts)));
    let total = row(Value::None, &table.total);
    let others = table.others.as_ref().map(|others| row(Value::None, others));
    let indent = move |depth: usize, name: Cow<'s, str>| match is_tree {
        true => Cow::Owned(format!("{:indent$}{name}", "", indent = 2 * depth)),
        false => name,
    };
    let rows = table.rows.into_iter().map(move |of| row(Value::Text(indent(of.depth, of.name)), &of.counts));
    let mut sheet = Sheet::new(columns, rows);
    (sheet.left_out, sheet.others, sheet.total) = (left_out, others, Some(total));
    sheet
}

fn row<'s, C: Counts>(name: Value<'s>, counts: &C) -> Row<'s> {
    let numbers = C::COLUMNS.iter().map(|&column| match counts.number(column) {
        Some(Number::Count(number)) if is_of_bytes(column) => Value::Bytes(number),
        Some(Number::Count(number)) => Value::Count(number),
        Some(Number::Time(time)) => Value::Time(time),
        _ => Value::None,
    });
    [name].into_iter().chain(numbers).collect()
}

fn is_of_bytes(column: TableColumn) -> bool {
    use TableColumn as C;
    matches!(
        column,
        C::ReadBytes
            | C::WriteBytes
            | C::SendBytes
            | C::ReceiveBytes
            | C::ReadRequested
            | C::WriteRequested
            | C::ReadTransferred
            | C::WriteTransferred
    )
}

/// Returns the column of a number. The column by which the table is sorted is always shown.
fn column(column: TableColumn, order: TableColumn) -> Column {
    use TableColumn as C;
    let (key, title) = match column {
        C::Time => ("seconds", "Time"),
        C::Events => ("events", "Events"),
        C::ReadBytes => ("read_bytes", "Read Bytes"),
        C::WriteBytes => ("write_bytes", "Write Bytes"),
        C::GetAcl => ("get_acl", "Get ACL"),
        C::SetAcl => ("set_acl", "Set ACL"),
        C::SendBytes => ("send_bytes", "Send Bytes"),
        C::ReceiveBytes => ("receive_bytes", "Receive Bytes"),
        C::ReadRequested => ("read_requested", "Read Requested"),
        C::WriteRequested => ("write_requested", "Write Requested"),
        C::ReadTransferred => ("read_transferred", "Read Transferred"),
        C::WriteTransferred => ("write_transferred", "Write Transferred"),
        column => (sort::key(column), column.title()),
    };
    let rank = match column {
        column if column == order => Some(0),
        C::Count | C::Events => Some(0),
        C::Time => Some(1),
        C::Failed => Some(2),
        C::ReadBytes | C::WriteBytes | C::SendBytes | C::ReceiveBytes => Some(3),
        C::Reads | C::Writes | C::Sends | C::Receives => Some(4),
        C::Opens | C::Connects => Some(5),
        _ => None,
    };
    let column = Column::new(key, title);
    Column { rank, ..column }
}
