//! The hosts and ports tables.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use super::table::Table;
use crate::code::Protocol;
use crate::error::Result;
use crate::wire::PmlStr;
use crate::wire::layout::{HostRecord, PortRecord};

/// A host of the hosts table.
///
/// The table does not distinguish IPv4 from IPv6. An IPv4 address is stored in the first four bytes, followed by zeros.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct Host {
    /// The address as stored in the table. It is serialized like the result of [`ip`](Self::ip).
    #[cfg_attr(feature = "serde", serde(serialize_with = "serialize_ip"))]
    pub address: [u8; 16],
    /// The name that a reverse lookup returned during the capture. If the lookup failed, it is the address as text or
    /// an empty string.
    pub name: Box<str>,
    /// The code units of the name, if they are not valid UTF-16.
    #[cfg_attr(feature = "serde", serde(skip))]
    pub(crate) invalid_name: Option<Box<[u16]>>,
}

impl Host {
    /// Returns the IP address: IPv4 if all bytes after the first four are zero, else IPv6.
    #[must_use]
    pub fn ip(&self) -> IpAddr {
        ip(self.address)
    }

    fn is_named(&self) -> bool {
        is_host_name(&self.name, &self.address)
    }
}

/// Returns true if `text` is the name of a host. If the lookup of a name failed, the hosts table has an empty string or
/// the address.
pub(crate) fn is_host_name(text: &str, address: &[u8; 16]) -> bool {
    let number = text.split('%').next().and_then(|number| number.parse().ok());
    !text.is_empty() && number.is_none_or(|number| address_key(number) != *address)
}

/// Returns true if `text` is the name of a port. For a port without a name, the ports table has an empty string or the
/// number.
pub(crate) fn is_port_name(text: &str, port: u16) -> bool {
    !text.is_empty() && text.parse() != Ok(port)
}

/// Returns an IP address in the form of the hosts table.
pub(crate) fn address_key(address: IpAddr) -> [u8; 16] {
    match address {
        IpAddr::V4(address) => {
            let [a, b, c, d] = address.octets();
            [a, b, c, d, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]
        }
        IpAddr::V6(address) => address.octets(),
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

/// A port of the ports table.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct Port {
    /// The port number.
    pub port: u16,
    /// The transport protocol.
    pub protocol: Protocol,
    /// The name of the service, or the port number as text if the service has no name.
    pub name: Box<str>,
    /// The code units of the name, if they are not valid UTF-16.
    #[cfg_attr(feature = "serde", serde(skip))]
    pub(crate) invalid_name: Option<Box<[u16]>>,
}

impl Port {
    fn is_named(&self) -> bool {
        is_port_name(&self.name, self.port)
    }
}

/// Both tables, sorted by address and by port.
#[derive(Debug, Default)]
pub(crate) struct Hosts {
    pub(crate) hosts: Vec<Host>,
    pub(crate) ports: Vec<Port>,
    /// The bytes of the tables as stored, up to the first entry that could not be read.
    stored: Box<[u8]>,
}

/// A stored entry of the tables, with the bytes of its name.
#[derive(Clone, Copy, Debug)]
pub(crate) enum StoredName<'a> {
    Host(HostRecord, &'a [u8]),
    Port(PortRecord, &'a [u8]),
}

impl<'a> StoredName<'a> {
    /// Returns the bytes of the name as stored.
    pub(crate) fn name(&self) -> &'a [u8] {
        match self {
            Self::Host(_, name) | Self::Port(_, name) => name,
        }
    }
}

impl Hosts {
    /// The first format version whose logs have these tables.
    pub(crate) const FIRST_VERSION: u32 = 5;

    /// Reads both tables up to the first entry that cannot be read, and returns the error of that entry too.
    pub(crate) fn parse(table: Table<'_>) -> (Self, Result<()>) {
        let mut names = Self::default();
        let mut end = 0;
        let read = read(table, &mut end, |entry| match entry {
            StoredName::Host(record, name) => {
                let (name, invalid_name) = text(name);
                names.hosts.push(Host { address: record.address, name, invalid_name });
            }
            StoredName::Port(record, name) => {
                // Procmon ignores a port with any other number.
                let protocol = match record.is_tcp {
                    0 => Protocol::Udp,
                    1 => Protocol::Tcp,
                    _ => return,
                };
                let (name, invalid_name) = text(name);
                names.ports.push(Port { port: record.port, protocol, name, invalid_name });
            }
        });
        names.stored = table.bytes(0, end, "hosts").unwrap_or_default().into();
        names.sort();
        (names, read)
    }

    /// Sorts the entries, and removes all but the first one of each key.
    fn sort(&mut self) {
        // The sorts are stable, so the first of several entries with one key is the one that was added first.
        self.hosts.sort_by_key(|host| host.address);
        self.hosts.dedup_by_key(|host| host.address);
        self.ports.sort_by_key(|port| (port.port, port.protocol));
        self.ports.dedup_by_key(|port| (port.port, port.protocol));
    }

    /// Adds the entries of other tables that have a name. If a key has several names, keeps the one that was added
    /// first.
    pub(super) fn add_names(&mut self, others: &Self) {
        self.hosts.extend(others.hosts.iter().filter(|host| host.is_named()).cloned());
        self.ports.extend(others.ports.iter().filter(|port| port.is_named()).cloned());
        self.sort();
    }

    /// Returns true if the file has the tables, even if they are empty.
    pub(super) fn are_stored(&self) -> bool {
        !self.stored.is_empty()
    }

    /// Returns the entry of a host, if it has a name.
    pub(super) fn named_host(&self, address: &[u8; 16]) -> Option<&Host> {
        self.host(address).filter(|host| host.is_named())
    }

    /// Returns the entry of a port, if it has a name.
    pub(super) fn named_port(&self, port: u16, protocol: Protocol) -> Option<&Port> {
        self.port(port, protocol).filter(|port| port.is_named())
    }

    /// Calls `entry` for each stored entry, in stored order: all hosts, then all ports.
    pub(crate) fn for_each_stored(&self, entry: impl FnMut(StoredName<'_>)) {
        // An error was already reported by `parse`.
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

/// Calls `entry` for each entry of both tables. Afterwards `at` is the end of the last entry that could be read.
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

/// A name, and its code units if they are not valid UTF-16.
type Name = (Box<str>, Option<Box<[u16]>>);

fn text(name: &[u8]) -> Name {
    let name = PmlStr::utf16(name).until_nul();
    let is_valid = char::decode_utf16(name.units()).all(|unit| unit.is_ok());
    (name.to_string().into(), (!is_valid).then(|| name.units().collect()))
}
