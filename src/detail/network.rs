//! Details of the network class.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use crate::Result;
use crate::code::Protocol;
use crate::event::Event;
use crate::wire::PmlStr;

/// Detail of an event of the network class. All operations have the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct NetworkDetail<'a> {
    /// Transport protocol.
    pub protocol: Protocol,
    /// Number of bytes transferred.
    pub length: u32,
    /// The end of this computer, whatever the direction.
    pub local: Endpoint,
    /// The other end.
    pub remote: Endpoint,
    /// What else the operation tells, as pairs of texts.
    pub properties: Properties<'a>,
}

/// An end of a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct Endpoint {
    /// Address.
    pub address: IpAddr,
    /// Port.
    pub port: u16,
}

impl Endpoint {
    /// The address as the host table has it: IPv6, or IPv4 followed by zeros.
    #[must_use]
    pub fn key(self) -> [u8; 16] {
        match self.address {
            IpAddr::V4(address) => {
                let mut key = [0; 16];
                for (to, from) in key.iter_mut().zip(address.octets()) {
                    *to = from;
                }
                key
            }
            IpAddr::V6(address) => address.octets(),
        }
    }
}

impl From<Endpoint> for SocketAddr {
    fn from(endpoint: Endpoint) -> Self {
        Self::new(endpoint.address, endpoint.port)
    }
}

/// Pairs of a name and a value, such as `mss` and `1460`, in stored order.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Properties<'a>(&'a [u8]);

impl std::fmt::Debug for Properties<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_map().entries(*self).finish()
    }
}

/// A list of `{name, value}`: names may occur again.
#[cfg(feature = "serde")]
impl serde::Serialize for Properties<'_> {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        #[derive(serde::Serialize)]
        struct Property<'a> {
            name: PmlStr<'a>,
            value: PmlStr<'a>,
        }
        serializer.collect_seq(self.into_iter().map(|(name, value)| Property { name, value }))
    }
}

impl<'a> IntoIterator for Properties<'a> {
    type Item = (PmlStr<'a>, PmlStr<'a>);
    type IntoIter = PropertyPairs<'a>;

    fn into_iter(self) -> PropertyPairs<'a> {
        PropertyPairs(self.0)
    }
}

/// Iterator over [`Properties`]. It ends with an empty name; a last name without a value has an empty one.
#[derive(Clone, Debug)]
pub struct PropertyPairs<'a>(&'a [u8]);

impl<'a> PropertyPairs<'a> {
    fn string(&mut self) -> PmlStr<'a> {
        let string = PmlStr::utf16(self.0).until_nul();
        self.0 = self.0.get(string.as_bytes().len() + 2..).unwrap_or_default();
        string
    }
}

impl<'a> Iterator for PropertyPairs<'a> {
    type Item = (PmlStr<'a>, PmlStr<'a>);

    fn next(&mut self) -> Option<Self::Item> {
        let name = self.string();
        if name.is_empty() {
            self.0 = &[];
            return None;
        }
        Some((name, self.string()))
    }
}

impl std::iter::FusedIterator for PropertyPairs<'_> {}

const LOCAL_IS_IPV4: u16 = 1;
const REMOTE_IS_IPV4: u16 = 2;
const IS_TCP: u16 = 4;

/// The protocol of a network event; `None` if it is too short to tell.
pub(crate) fn protocol(event: &Event<'_>) -> Option<Protocol> {
    event.detail_cursor().u16("network.flags").ok().map(protocol_of)
}

fn protocol_of(flags: u16) -> Protocol {
    if flags & IS_TCP == 0 { Protocol::Udp } else { Protocol::Tcp }
}

#[inline]
pub(crate) fn decode<'a>(event: &Event<'a>) -> Result<NetworkDetail<'a>> {
    let mut detail = event.detail_cursor();
    let flags = detail.u16("network.flags")?;
    detail.bytes(2, "network.filler")?;
    let length = detail.u32("network.length")?;
    let address = |bytes: &[u8], is_ipv4: u16| match (bytes.first_chunk::<4>(), bytes.first_chunk::<16>()) {
        (Some(&v4), _) if flags & is_ipv4 != 0 => IpAddr::from(Ipv4Addr::from(v4)),
        (_, Some(&v6)) => IpAddr::from(Ipv6Addr::from(v6)),
        _ => IpAddr::from(Ipv6Addr::UNSPECIFIED), // not reached: 16 bytes were read
    };
    let local = address(detail.bytes(16, "network.local_address")?, LOCAL_IS_IPV4);
    let remote = address(detail.bytes(16, "network.remote_address")?, REMOTE_IS_IPV4);
    let local_port = detail.u16("network.local_port")?;
    let remote_port = detail.u16("network.remote_port")?;
    Ok(NetworkDetail {
        protocol: protocol_of(flags),
        length,
        local: Endpoint { address: local, port: local_port },
        remote: Endpoint { address: remote, port: remote_port },
        properties: Properties(detail.rest()),
    })
}
