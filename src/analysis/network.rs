//! Network Summary: network events by remote endpoint.

use std::borrow::Cow;
use std::io;

use super::Analysis;
use super::codes::Coded;
use super::keys::{Keys, Limits};
use super::path::remote;
use super::table::{self, Add, Dialog, Table, TableColumn, counts, grouped, total};
use crate::code::{Column, EventClass, NetworkOperation, Operation};
use crate::detail::network;
use crate::error::Result;
use crate::event::Event;
use crate::text::Style;
use crate::wire::Ticks;

counts! {
    /// The numbers in a row of a [`NetworkSummary`].
    pub struct NetworkCounts {
        procmon: {
            /// The sum of the durations, modulo 2^64.
            time: Ticks = Time,
            /// The number of events, including operations that Procmon does not know.
            events: u64 = Events,
            /// The number of Accept, Connect and Reconnect events.
            connects: u64 = Connects,
            /// The number of Disconnect events.
            disconnects: u64 = Disconnects,
            /// The number of Send events.
            sends: u64 = Sends,
            /// The number of Receive events.
            receives: u64 = Receives,
            /// The number of bytes sent, without retransmissions.
            send_bytes: u64 = SendBytes,
            /// The number of bytes received.
            receive_bytes: u64 = ReceiveBytes,
            /// The number of Unknown, Other, Retransmit and TCPCopy events.
            other: u64 = Other,
        }
        more: {
            /// The number of events whose result is an error.
            failed: u64 = Failed,
        }
    }
}

/// Returns the column that counts an operation in addition to the total, or `None` if Procmon does not know it.
#[inline]
pub(super) fn counted_as(operation: NetworkOperation) -> Option<TableColumn> {
    use NetworkOperation as Op;
    match operation {
        Op::ACCEPT | Op::CONNECT | Op::RECONNECT => Some(TableColumn::Connects),
        Op::DISCONNECT => Some(TableColumn::Disconnects),
        Op::SEND => Some(TableColumn::Sends),
        Op::RECEIVE => Some(TableColumn::Receives),
        Op::UNKNOWN | Op::OTHER | Op::RETRANSMIT | Op::TCP_COPY => Some(TableColumn::Other),
        _ => None,
    }
}

impl NetworkCounts {
    #[inline]
    fn add(&mut self, event: &Event<'_>, operation: NetworkOperation, length: u64) {
        self.events += 1;
        self.failed += u64::from(event.status().is_error());
        self.time.add(event.duration().unwrap_or_default());
        match counted_as(operation) {
            Some(TableColumn::Connects) => self.connects += 1,
            Some(TableColumn::Disconnects) => self.disconnects += 1,
            Some(TableColumn::Sends) => {
                self.sends += 1;
                self.send_bytes.add(length);
            }
            Some(TableColumn::Receives) => {
                self.receives += 1;
                self.receive_bytes.add(length);
            }
            Some(_) => self.other += 1,
            None => {}
        }
    }
}

/// The number, time and bytes of network events, by remote endpoint.
///
/// ```
/// use procmon_parser::LogsReader;
/// use procmon_parser::analysis::{Analysis, NetworkSummary, TableColumn};
///
/// let log = LogsReader::open("fixtures/sample64.pml")?;
/// let mut summary = NetworkSummary::default();
/// log.events().flatten().for_each(|event| summary.add(&event));
/// let mut table = summary.table();
/// table.sort_by(TableColumn::ReceiveBytes);
/// for row in &table.rows {
///     println!("{} {} {}", row.counts.send_bytes, row.counts.receive_bytes, row.name);
/// }
/// # assert!(!table.rows.is_empty());
/// # Ok::<(), procmon_parser::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct NetworkSummary {
    style: Style,
    endpoints: Coded<3, NetworkCounts>,
}

impl Default for NetworkSummary {
    fn default() -> Self {
        Self::new(Style::new())
    }
}

impl NetworkSummary {
    /// Creates an empty summary of endpoints, as the style prints them: with or without the names of hosts and ports.
    #[must_use]
    pub fn new(style: Style) -> Self {
        Self::with_limits(style, Limits::default())
    }

    /// Creates an empty summary with the given limits on its endpoints.
    #[must_use]
    pub fn with_limits(style: Style, limits: Limits) -> Self {
        Self { style, endpoints: Coded::new(Keys::new(limits)) }
    }

    /// Returns a row for each remote endpoint: host and port, as in the Path column. Endpoints that differ only in case
    /// are one endpoint.
    #[must_use]
    pub fn table(&self) -> Table<'_, NetworkCounts> {
        table::table(&self.endpoints.keys)
    }

    /// Writes the file that Procmon's dialog Network Summary saves, in which endpoints that differ in case have
    /// separate rows. It is the same byte for byte if the style has the [`Compat`](crate::Compat) of a version of
    /// Procmon. Events beyond the limits are only in `<Total>`.
    ///
    /// # Errors
    /// If writing to `out` fails.
    pub fn write_procmon_csv(&self, out: impl io::Write) -> Result<()> {
        let kept = self.endpoints.keys.kept();
        let rows = grouped(&kept.entries, Cow::Borrowed);
        let dialog = Dialog { time: "Network Time", name: "Path", name_first: false };
        dialog.write_with_total(out, NetworkCounts::PROCMON, &rows, &total(&kept), |name| Cow::Borrowed(name))
    }
}

/// Counts the events of the network class.
impl Analysis for NetworkSummary {
    #[inline]
    fn add(&mut self, event: &Event<'_>) {
        if event.class() != EventClass::NETWORK {
            return;
        }
        let Operation::Network(_, operation) = event.operation() else { return };
        let (code, length) = match network::decode(&event.source()) {
            Ok(network) => {
                let key = network.remote.key();
                let half = |bytes: Option<&[u8; 8]>| bytes.map_or(0, |&bytes| u64::from_le_bytes(bytes));
                let is_ipv4 = u64::from(network.remote.address.is_ipv4());
                let rest = u64::from(network.remote.port) << 16 | (network.protocol as u64) << 1 | is_ipv4;
                ([half(key.first_chunk()), half(key.last_chunk()), rest], network.length.into())
            }
            Err(_) => ([0, 0, u64::MAX], 0),
        };
        let style = &self.style;
        let sum = self.endpoints.sum(event, code, |text| {
            // Writing to a string does not fail.
            let _ = event.text_in(Column::PATH, style).write_exact(text);
            let local = text.len() - remote(text).len();
            text.drain(..local);
        });
        sum.add(event, operation, length);
    }

    fn merge(&mut self, later: Self) {
        self.endpoints.keys.merge(&later.endpoints.keys);
    }
}
