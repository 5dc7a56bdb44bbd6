//! Details of the network class.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use super::{DetailBlocks, Source};
use crate::code::{NetworkOperation, Protocol};
use crate::error::{Error, Result};
use crate::wire::PmlStr;
use crate::wire::codec::Codec;
use crate::wire::head::Head;

/// The detail of an event of the network class. All operations share one layout.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct NetworkDetail<'a> {
    /// The transport protocol.
    pub protocol: Protocol,
    /// The number of payload bytes transferred. The payload itself is not in the log.
    pub length: u32,
    /// The endpoint on the captured computer, regardless of the direction of the transfer.
    pub local: Endpoint,
    /// The endpoint of the peer, which can be on the same computer.
    pub remote: Endpoint,
    /// Further properties of the operation, as name-value pairs.
    pub properties: NetworkProperties<'a>,
}

impl NetworkDetail<'_> {
    /// Returns the detail of an operation between `local` and `remote`, with a length of 0 and no properties.
    ///
    /// ```
    /// use procmon_parser::PointerWidth;
    /// use procmon_parser::code::{NetworkOperation, Operation, Protocol};
    /// use procmon_parser::detail::{Detail, DetailBlocks, Endpoint, NetworkDetail, NetworkProperties};
    ///
    /// let local = "192.168.1.2:49712".parse()?;
    /// let remote = "93.184.216.34:443".parse()?;
    /// let mut buffer = Vec::new();
    /// let mut send = NetworkDetail::new(Protocol::Tcp, Endpoint::from_socket(local), Endpoint::from_socket(remote));
    /// send.length = 517;
    /// send.properties = NetworkProperties::encode([("seqnum", "0"), ("connid", "0")], &mut buffer);
    ///
    /// let operation = Operation::Network(Some(Protocol::Tcp), NetworkOperation::SEND);
    /// let mut blocks = DetailBlocks::default();
    /// Detail::Network(send).encode_into(operation, PointerWidth::Bits64, &mut blocks)?;
    /// let decoded = Detail::decode(operation, PointerWidth::Bits64, &blocks.detail, None)?;
    /// assert_eq!(decoded, Detail::Network(send));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn new(protocol: Protocol, local: Endpoint, remote: Endpoint) -> Self {
        Self { protocol, length: 0, local, remote, properties: NetworkProperties(&[]) }
    }
}

/// An endpoint of a connection or datagram.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct Endpoint {
    /// The IP address.
    pub address: IpAddr,
    /// The port number.
    pub port: u16,
}

impl Endpoint {
    /// Returns the endpoint with the address and port of `socket`.
    #[must_use]
    pub fn from_socket(socket: SocketAddr) -> Self {
        Self { address: socket.ip(), port: socket.port() }
    }

    fn from_key(key: [u8; 16], is_ipv4: bool, port: u16) -> Self {
        let address = match key.first_chunk::<4>() {
            Some(&v4) if is_ipv4 => Ipv4Addr::from(v4).into(),
            _ => Ipv6Addr::from(key).into(),
        };
        Self { address, port }
    }

    /// Returns the address as the hosts table stores it, in network byte order: the 16 bytes of an IPv6 address, or the
    /// 4 bytes of an IPv4 address followed by 12 zeros.
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

/// The properties of a network event: name-value pairs in stored order, such as `mss` with the value `1460`.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct NetworkProperties<'a>(&'a [u8]);

impl std::fmt::Debug for NetworkProperties<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_map().entries(*self).finish()
    }
}

impl<'a> NetworkProperties<'a> {
    /// Appends the encoded list of `pairs` to `buffer` and returns a view of the list. Names must not be empty, because
    /// an empty name ends the list.
    pub fn encode<'t>(pairs: impl IntoIterator<Item = (&'t str, &'t str)>, buffer: &'a mut Vec<u8>) -> Self {
        let texts = pairs.into_iter().flat_map(|(name, value)| [name, value]).chain([""]);
        Self(PmlStr::encode_nul_terminated(texts, buffer).as_bytes())
    }

    /// Returns a view of a stored list: alternating names and values in UTF-16LE, each terminated by a NUL. An empty
    /// name ends the list.
    #[must_use]
    pub fn from_bytes(bytes: &'a [u8]) -> Self {
        Self(bytes)
    }

    /// Returns the bytes of the stored list, and of any filler that follows it in the block.
    #[must_use]
    pub fn as_bytes(self) -> &'a [u8] {
        self.0
    }
}

/// Serializes a list of `{name, value}` rather than a map, because a name may occur more than once.
#[cfg(feature = "serde")]
impl serde::Serialize for NetworkProperties<'_> {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        #[derive(serde::Serialize)]
        struct Property<'a> {
            name: PmlStr<'a>,
            value: PmlStr<'a>,
        }
        serializer.collect_seq(self.into_iter().map(|(name, value)| Property { name, value }))
    }
}

impl<'a> IntoIterator for NetworkProperties<'a> {
    type Item = (PmlStr<'a>, PmlStr<'a>);
    type IntoIter = NetworkPropertyIter<'a>;

    fn into_iter(self) -> NetworkPropertyIter<'a> {
        NetworkPropertyIter(self.0)
    }
}

/// An iterator over [`NetworkProperties`].
///
/// Iteration ends at an empty name or at the end of the block. If the block ends after a name, the value of that name
/// is empty.
#[derive(Clone, Debug)]
pub struct NetworkPropertyIter<'a>(&'a [u8]);

impl<'a> NetworkPropertyIter<'a> {
    fn string(&mut self) -> PmlStr<'a> {
        let string = PmlStr::utf16(self.0).until_nul();
        self.0 = self.0.get(string.as_bytes().len() + 2..).unwrap_or_default();
        string
    }
}

impl<'a> Iterator for NetworkPropertyIter<'a> {
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

impl std::iter::FusedIterator for NetworkPropertyIter<'_> {}

const LOCAL_IS_IPV4: u16 = 1;
const REMOTE_IS_IPV4: u16 = 2;

/// Reads or writes the fields of the detail block. All operations share this layout.
#[inline]
fn lay_out<'a, C: Codec<'a>>(block: &mut C, detail: &mut NetworkDetail<'a>) -> Result<()> {
    let flag = |flag: u16, is_set: bool| if is_set { flag } else { 0 };
    let mut flags = flag(LOCAL_IS_IPV4, detail.local.address.is_ipv4())
        | flag(REMOTE_IS_IPV4, detail.remote.address.is_ipv4())
        | flag(Protocol::TCP_FLAG, detail.protocol == Protocol::Tcp);
    let (mut local, mut remote) = (detail.local.key(), detail.remote.key());
    block.field("network.flags", &mut flags)?;
    block.filler_to(4, "network.filler")?;
    block.field("network.length", &mut detail.length)?;
    block.field("network.local_address", &mut local)?;
    block.field("network.remote_address", &mut remote)?;
    block.field("network.local_port", &mut detail.local.port)?;
    block.field("network.remote_port", &mut detail.remote.port)?;
    block.rest(&mut detail.properties.0);
    detail.protocol = Protocol::from_flags(flags);
    detail.local = Endpoint::from_key(local, flags & LOCAL_IS_IPV4 != 0, detail.local.port);
    detail.remote = Endpoint::from_key(remote, flags & REMOTE_IS_IPV4 != 0, detail.remote.port);
    Ok(())
}

/// Returns a detail with placeholder values, which decoding replaces.
#[inline]
fn empty() -> NetworkDetail<'static> {
    let nowhere = Endpoint { address: Ipv6Addr::UNSPECIFIED.into(), port: 0 };
    NetworkDetail::new(Protocol::Udp, nowhere, nowhere)
}

/// Returns the size in bytes of the head of the detail block, which consists of all fields before the properties.
pub(super) fn head_size() -> usize {
    Head::size(|head| lay_out(head, &mut empty()))
}

#[inline]
pub(crate) fn decode<'a>(source: &Source<'a>) -> Result<NetworkDetail<'a>> {
    let mut detail = empty();
    lay_out(&mut source.detail_cursor(), &mut detail)?;
    Ok(detail)
}

pub(super) fn encode(
    mut detail: NetworkDetail<'_>,
    (protocol, operation): (Option<Protocol>, NetworkOperation),
    blocks: &mut DetailBlocks,
) -> Result<()> {
    if protocol.is_some_and(|protocol| protocol != detail.protocol) {
        return Err(Error::wrong_detail(operation.name(), "a protocol other than that of the operation"));
    }
    lay_out(&mut blocks.writer(), &mut detail)
}
