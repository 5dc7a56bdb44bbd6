//! The hosts and ports of a log that is being written.

use std::collections::BTreeMap;

use super::strings::terminated;
use super::table::{append, number};
use crate::code::Protocol;
use crate::error::Result;
use crate::index::{Hosts, StoredName, is_host_name, is_port_name};
use crate::redact::Redactor;
use crate::wire::PmlStr;
use crate::wire::layout::{HostRecord, PortRecord};

/// The hosts and ports tables, sorted as Procmon sorts them.
#[derive(Debug, Default)]
pub(super) struct Names {
    /// The names by address, in UTF-16 with a final NUL.
    hosts: BTreeMap<[u8; 16], Vec<u8>>,
    /// The names by protocol (1 for TCP, 0 for UDP) and port.
    ports: BTreeMap<(u16, u16), Vec<u8>>,
    /// The number of names that were left out, because an earlier log has a different name.
    differing: u64,
}

impl Names {
    pub(super) fn add_host(&mut self, address: [u8; 16], name: &str) {
        add(&mut self.hosts, address, bytes(name.encode_utf16()), names_host);
    }

    pub(super) fn add_port(&mut self, port: u16, protocol: Protocol, name: &str) {
        let is_tcp = u16::from(protocol == Protocol::Tcp);
        add(&mut self.ports, (is_tcp, port), bytes(name.encode_utf16()), names_port);
    }

    /// Adds all entries of a file. Like Procmon, takes the first of several entries with the same key, and cuts names
    /// at their first NUL.
    pub(super) fn import(&mut self, tables: &Hosts) {
        let mut names = Self::default();
        let text = |name: &[u8]| bytes(PmlStr::utf16(name).until_nul().units());
        tables.for_each_stored(|entry| match entry {
            StoredName::Host(record, name) => {
                names.hosts.entry(record.address).or_insert_with(|| text(name));
            }
            StoredName::Port(record, name) => {
                names.ports.entry((record.is_tcp, record.port)).or_insert_with(|| text(name));
            }
        });
        for (address, name) in names.hosts {
            self.differing += u64::from(add(&mut self.hosts, address, name, names_host));
        }
        for (port, name) in names.ports {
            self.differing += u64::from(add(&mut self.ports, port, name, names_port));
        }
    }

    /// Returns the number of names that were left out, because an earlier log has a different name for the host or
    /// port.
    pub(super) fn differing(&self) -> u64 {
        self.differing
    }

    /// Encodes the hosts table and, directly after it, the ports table.
    pub(super) fn table(&self, redactor: Option<&Redactor>) -> Result<Vec<u8>> {
        let redacted = |name: &Vec<u8>| {
            let units = redactor.and_then(|redactor| redactor.units(&PmlStr::utf16(name).units().collect::<Vec<_>>()));
            units.map(|units| units.into_iter().flat_map(u16::to_le_bytes).collect())
        };
        let mut table = number("hosts.count", self.hosts.len())?.to_le_bytes().to_vec();
        for (address, name) in &self.hosts {
            let other: Option<Vec<u8>> = redacted(name);
            let name = other.as_ref().unwrap_or(name);
            append(&mut table, HostRecord { address: *address, name_size: number("hosts.name", name.len())? })?;
            table.extend_from_slice(name);
        }
        table.extend_from_slice(&number("ports.count", self.ports.len())?.to_le_bytes());
        for ((is_tcp, port), name) in &self.ports {
            let other: Option<Vec<u8>> = redacted(name);
            let name = other.as_ref().unwrap_or(name);
            let name_size = number("ports.name", name.len())?;
            append(&mut table, PortRecord { port: *port, is_tcp: *is_tcp, name_size })?;
            table.extend_from_slice(name);
        }
        Ok(table)
    }
}

fn bytes(units: impl Iterator<Item = u16>) -> Vec<u8> {
    let mut bytes = Vec::new();
    terminated(units, &mut bytes);
    bytes
}

/// Adds an entry. Of several strings for a key, keeps the first one that is a name, else the first one that is not
/// empty. Returns true if this leaves out a name.
fn add<K: Ord + Copy>(names: &mut BTreeMap<K, Vec<u8>>, key: K, text: Vec<u8>, is_name: fn(K, &str) -> bool) -> bool {
    let known = names.entry(key).or_default();
    if known.is_empty() || *known == text {
        *known = text;
        return false;
    }
    let is_name = |text: &[u8]| is_name(key, &PmlStr::utf16(text).until_nul().to_string());
    match (is_name(known), is_name(&text)) {
        (true, is_other) => is_other,
        (false, true) => {
            *known = text;
            false
        }
        (false, false) => false,
    }
}

fn names_host(address: [u8; 16], text: &str) -> bool {
    is_host_name(text, &address)
}

fn names_port((_, port): (u16, u16), text: &str) -> bool {
    is_port_name(text, port)
}
