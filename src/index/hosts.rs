//! Names of hosts and ports.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use super::table::Table;
use crate::code::Protocol;
use crate::error::Result;
use crate::wire::PmlStr;
use crate::wire::layout::{HostRecord, PortRecord};

/// A host of the host table.
///
/// The table does not distinguish IPv4 from IPv6: an IPv4 address is the first four bytes, followed by zeros.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct Host {
    /// The address as stored in the table; serialized as that of [`ip`](Self::ip).
    #[cfg_attr(feature = "serde", serde(serialize_with = "serialize_ip"))]
    pub address: [u8; 16],
    /// The name; empty if it was not resolved.
    pub name: Box<str>,
    /// Its code units, if they are not valid UTF-16.
    #[cfg_attr(feature = "serde", serde(skip))]
    pub(crate) invalid_name: Option<Box<[u16]>>,
}

impl Host {
    /// The address; IPv4 if all but the first four bytes are zero.
    #[must_use]
    pub fn ip(&self) -> IpAddr {
        ip(self.address)
    }
}

fn ip(address: [u8; 16]) -> IpAddr {
    match address {
        [a, b, c, d, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0] => Ipv4Addr::new(a, b, c, d).into(),
        address => Ipv6Addr::from(address).into(),
    }
}

#[cfg(feature = "serde")]
fn serialize_ip<S: serde::Serializer>(address: &[u8; 16], serializer: S) -> Result<S::Ok, S::Error> {
    serde::Serialize::serialize(&ip(*address), serializer)
}

/// A port of the port table.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct Port {
    /// Port number.
    pub port: u16,
    /// Transport protocol.
    pub protocol: Protocol,
    /// Name of the service; its number where it has none.
    pub name: Box<str>,
    /// Its code units, if they are not valid UTF-16.
    #[cfg_attr(feature = "serde", serde(skip))]
    pub(crate) invalid_name: Option<Box<[u16]>>,
}

/// Both tables, sorted by their keys.
#[derive(Debug, Default)]
pub(crate) struct Hosts {
    pub(crate) hosts: Vec<Host>,
    pub(crate) ports: Vec<Port>,
    /// The tables as they stand in the file, as far as they could be read.
    stored: Box<[u8]>,
}

/// An entry of the tables as it stands in the file, with the bytes of its name.
#[derive(Clone, Copy, Debug)]
pub(crate) enum StoredName<'a> {
    Host(HostRecord, &'a [u8]),
    Port(PortRecord, &'a [u8]),
}

impl<'a> StoredName<'a> {
    /// The name as it is stored.
    pub(crate) fn name(&self) -> &'a [u8] {
        match self {
            Self::Host(_, name) | Self::Port(_, name) => name,
        }
    }
}

impl Hosts {
    /// Reads what can be read; an error tells where that ended.
    pub(crate) fn parse(table: Table<'_>) -> (Self, Result<()>) {
        let mut names = Self::default();
        let mut end = 0;
        let read = read(table, &mut end, |entry| match entry {
            StoredName::Host(record, name) => {
                let (name, invalid_name) = text(name);
                names.hosts.push(Host { address: record.address, name, invalid_name });
            }
            StoredName::Port(record, name) => {
                let protocol = if record.is_tcp == 0 { Protocol::Udp } else { Protocol::Tcp };
                let (name, invalid_name) = text(name);
                names.ports.push(Port { port: record.port, protocol, name, invalid_name });
            }
        });
        names.stored = table.bytes(0, end, "hosts").unwrap_or_default().into();
        // Stable sorts: of entries with one key the first stays first, and it is the one that lookups find.
        names.hosts.sort_by_key(|host| host.address);
        names.hosts.dedup_by_key(|host| host.address);
        names.ports.sort_by_key(|port| (port.port, port.protocol));
        names.ports.dedup_by_key(|port| (port.port, port.protocol));
        (names, read)
    }

    /// The entries in the order of the file: all hosts, then all ports.
    pub(crate) fn for_each_stored(&self, entry: impl FnMut(StoredName<'_>)) {
        // Where the table could not be read further, it cannot now.
        let _ = read(Table { source: &&*self.stored, offset: 0 }, &mut 0, entry);
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

/// Passes each entry of both tables on; `at` is the end of what could be read.
fn read(table: Table<'_>, at: &mut u64, mut entry: impl FnMut(StoredName<'_>)) -> Result<()> {
    let count = table.u32(*at, "hosts.count")?;
    *at += 4;
    for _ in 0..count {
        let record: HostRecord = table.record(*at, HostRecord::SIZE, "hosts.record", ())?;
        let name = table.bytes(*at + HostRecord::SIZE as u64, record.name_size.into(), "hosts.name")?;
        entry(StoredName::Host(record, &name));
        *at += (HostRecord::SIZE + name.len()) as u64;
    }
    let count = table.u32(*at, "ports.count")?;
    *at += 4;
    for _ in 0..count {
        let record: PortRecord = table.record(*at, PortRecord::SIZE, "ports.record", ())?;
        let name = table.bytes(*at + PortRecord::SIZE as u64, record.name_size.into(), "ports.name")?;
        entry(StoredName::Port(record, &name));
        *at += (PortRecord::SIZE + name.len()) as u64;
    }
    Ok(())
}

/// A name, and its code units if they are no valid UTF-16.
type Name = (Box<str>, Option<Box<[u16]>>);

fn text(name: &[u8]) -> Name {
    let name = PmlStr::utf16(name).until_nul();
    let is_valid = char::decode_utf16(name.units()).all(|unit| unit.is_ok());
    (name.to_string().into(), (!is_valid).then(|| name.units().collect()))
}
