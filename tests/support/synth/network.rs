//! Events of the Network class.

use std::net::{IpAddr, SocketAddr};

use super::{Block, Event, GARBAGE, Text};

const NETWORK: u32 = 5;

pub const UNKNOWN: u16 = 0;
pub const OTHER: u16 = 1;
pub const SEND: u16 = 2;
pub const RECEIVE: u16 = 3;
pub const ACCEPT: u16 = 4;
pub const CONNECT: u16 = 5;
pub const DISCONNECT: u16 = 6;
pub const RECONNECT: u16 = 7;
pub const RETRANSMIT: u16 = 8;
pub const TCP_COPY: u16 = 9;

/// Encodes an address as events and the host table store it: an IPv4 address takes the first four of 16 bytes.
pub fn address(address: IpAddr) -> [u8; 16] {
    match address {
        IpAddr::V4(address) => {
            let [a, b, c, d] = address.octets();
            [a, b, c, d, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]
        }
        IpAddr::V6(address) => address.octets(),
    }
}

/// Returns a TCP event of any operation. `pairs` are the names and values that the Detail column shows.
pub fn tcp(operation: u16, local: SocketAddr, remote: SocketAddr, length: u32, pairs: &[(&str, &str)]) -> Event {
    event(true, operation, [local, remote], length, pairs)
}

/// Returns a UDP event; see [`tcp`].
pub fn udp(operation: u16, local: SocketAddr, remote: SocketAddr, length: u32, pairs: &[(&str, &str)]) -> Event {
    event(false, operation, [local, remote], length, pairs)
}

fn event(tcp: bool, operation: u16, [local, remote]: [SocketAddr; 2], length: u32, pairs: &[(&str, &str)]) -> Event {
    let flags = u16::from(local.is_ipv4()) | u16::from(remote.is_ipv4()) << 1 | u16::from(tcp) << 2;
    // An empty name ends the pairs. Six uninitialized bytes end the block.
    let pairs: String = pairs.iter().flat_map(|(name, value)| [name, "\0", value, "\0"]).chain(["\0"]).collect();
    let detail = Block::new(44)
        .u16(0, flags)
        .u16(2, GARBAGE)
        .u32(4, length)
        .bytes(8, &address(local.ip()))
        .bytes(24, &address(remote.ip()))
        .u16(40, local.port())
        .u16(42, remote.port())
        .append(&Text::wide(&pairs).bytes)
        .append(&[0xA5; 6]);
    Event::new(NETWORK, operation, detail.done(), None)
}
