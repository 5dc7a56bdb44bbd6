//! Names of hosts and ports.

use std::collections::HashMap;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use super::table::Table;
use crate::Result;
use crate::code::Protocol;
use crate::wire::PmlStr;
use crate::wire::layout::{HostRecord, PortRecord};

/// A host of the host table.
///
/// The table does not tell IPv4 from IPv6: an IPv4 address is the first four bytes, followed by zeros.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Host {
    /// The address as it stands in the table.
    pub address: [u8; 16],
    /// The name; empty if it was not resolved.
    pub name: Box<str>,
}

impl Host {
    /// The address, taken for IPv4 if all but the first four bytes are zero.
    #[must_use]
    pub fn ip(&self) -> IpAddr {
        match self.address {
            [a, b, c, d, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0] => Ipv4Addr::new(a, b, c, d).into(),
            address => Ipv6Addr::from(address).into(),
        }
    }
}

/// A port of the port table.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Port {
    /// Port number.
    pub port: u16,
    /// Transport protocol.
    pub protocol: Protocol,
    /// Name of the service; its number where it has none.
    pub name: Box<str>,
}

/// Both tables, sorted by their keys.
#[derive(Debug, Default)]
pub(crate) struct Hosts {
    pub(crate) hosts: Vec<Host>,
    pub(crate) ports: Vec<Port>,
    /// The code units of the few names that are no valid UTF-16.
    pub(crate) invalid_hosts: HashMap<[u8; 16], Box<[u16]>>,
    pub(crate) invalid_ports: HashMap<(u16, Protocol), Box<[u16]>>,
}

impl Hosts {
    /// Reads what can be read; an error tells where that ended.
    pub(crate) fn parse(table: Table<'_>) -> (Self, Result<()>) {
        let mut names = Self::default();
        let end = names.read(table);
        // Stable sorts: of entries with one key the first stays first, and it is the one that lookups find.
        names.hosts.sort_by_key(|host| host.address);
        names.hosts.dedup_by_key(|host| host.address);
        names.ports.sort_by_key(|port| (port.port, port.protocol));
        names.ports.dedup_by_key(|port| (port.port, port.protocol));
        (names, end)
    }

    fn read(&mut self, table: Table<'_>) -> Result<()> {
        let mut at = 0;
        for _ in 0..table.u32(at, "hosts.count")? {
            let record: HostRecord = table.record(at + 4, HostRecord::SIZE, "hosts.record", ())?;
            let (name, invalid) = name(table, at + 4 + HostRecord::SIZE as u64, record.name_size, "hosts.name")?;
            if let Some(units) = invalid {
                self.invalid_hosts.entry(record.address).or_insert(units);
            }
            self.hosts.push(Host { address: record.address, name });
            at += HostRecord::SIZE as u64 + u64::from(record.name_size);
        }
        at += 4;
        for _ in 0..table.u32(at, "ports.count")? {
            let record: PortRecord = table.record(at + 4, PortRecord::SIZE, "ports.record", ())?;
            let (name, invalid) = name(table, at + 4 + PortRecord::SIZE as u64, record.name_size, "ports.name")?;
            let protocol = if record.is_tcp == 0 { Protocol::Udp } else { Protocol::Tcp };
            if let Some(units) = invalid {
                self.invalid_ports.entry((record.port, protocol)).or_insert(units);
            }
            self.ports.push(Port { port: record.port, protocol, name });
            at += PortRecord::SIZE as u64 + u64::from(record.name_size);
        }
        Ok(())
    }

    pub(crate) fn host(&self, address: &[u8; 16]) -> Option<&Host> {
        let found = self.hosts.binary_search_by(|host| host.address.cmp(address)).ok()?;
        self.hosts.get(found)
    }

    pub(crate) fn port(&self, port: u16, protocol: Protocol) -> Option<&Port> {
        let found = self.ports.binary_search_by_key(&(port, protocol), |entry| (entry.port, entry.protocol)).ok()?;
        self.ports.get(found)
    }
}

/// A name, and its code units if they are no valid UTF-16.
type Name = (Box<str>, Option<Box<[u16]>>);

fn name(table: Table<'_>, at: u64, size: u32, field: &'static str) -> Result<Name> {
    let bytes = table.bytes(at, size.into(), field)?;
    let name = PmlStr::utf16(&bytes).until_nul();
    let is_valid = char::decode_utf16(name.units()).all(|unit| unit.is_ok());
    Ok((name.to_string().into(), (!is_valid).then(|| name.units().collect())))
}
