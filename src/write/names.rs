//! Hosts and ports of the log that is written.

use super::strings::terminated;
use super::table::number;
use crate::Result;
use crate::code::Protocol;
use crate::index::{Index, StoredName};

/// Both tables. Those of one log are kept as they are; where entries come together, each is kept once, in order.
#[derive(Debug, Default)]
pub(super) struct Names {
    hosts: Vec<([u8; 16], Vec<u8>)>,
    /// By whether it is TCP (the number that the file has for it), and port.
    ports: Vec<((u16, u16), Vec<u8>)>,
    sources: usize,
}

impl Names {
    pub(super) fn add_host(&mut self, address: [u8; 16], name: &str) {
        self.sources = 2;
        let mut bytes = Vec::new();
        terminated(name.encode_utf16(), &mut bytes);
        self.hosts.push((address, bytes));
    }

    pub(super) fn add_port(&mut self, port: u16, protocol: Protocol, name: &str) {
        self.sources = 2;
        let mut bytes = Vec::new();
        terminated(name.encode_utf16(), &mut bytes);
        self.ports.push(((u16::from(protocol == Protocol::Tcp), port), bytes));
    }

    pub(super) fn carry(&mut self, index: &Index) {
        self.sources += 1;
        index.for_each_stored_name(|entry| match entry {
            StoredName::Host(record, name) => self.hosts.push((record.address, name.to_vec())),
            StoredName::Port(record, name) => self.ports.push(((record.is_tcp, record.port), name.to_vec())),
        });
    }

    /// The hosts and, right behind them, the ports.
    pub(super) fn table(mut self) -> Result<Vec<u8>> {
        if self.sources > 1 {
            // An entry with a name comes before one without; of several names the first stays.
            self.hosts.sort_by_key(|(address, name)| (*address, name.is_empty()));
            self.hosts.dedup_by_key(|(address, _)| *address);
            self.ports.sort_by_key(|(port, name)| (*port, name.is_empty()));
            self.ports.dedup_by_key(|(port, _)| *port);
        }
        let mut table = number("hosts.count", self.hosts.len())?.to_le_bytes().to_vec();
        for (address, name) in &self.hosts {
            table.extend_from_slice(address);
            table.extend_from_slice(&number("hosts.name", name.len())?.to_le_bytes());
            table.extend_from_slice(name);
        }
        table.extend_from_slice(&number("ports.count", self.ports.len())?.to_le_bytes());
        for ((is_tcp, port), name) in &self.ports {
            table.extend_from_slice(&port.to_le_bytes());
            table.extend_from_slice(&is_tcp.to_le_bytes());
            table.extend_from_slice(&number("ports.name", name.len())?.to_le_bytes());
            table.extend_from_slice(name);
        }
        Ok(table)
    }
}
