//! Endpoints of connections.

use std::fmt;
use std::net::IpAddr;

use super::ColumnText;
use super::cell::Cell;
use super::number;
use crate::code::Protocol;
use crate::detail::Endpoint;

impl ColumnText<'_, '_> {
    /// Writes `host:port`, with names from the hosts and ports tables if they are to be resolved.
    pub(super) fn endpoint<W: fmt::Write + ?Sized>(
        &self,
        cell: &mut Cell<'_, W>,
        endpoint: Endpoint,
        protocol: Protocol,
    ) -> fmt::Result {
        let index = self.event.index();
        let resolve = self.style.resolve_addresses;
        let key = endpoint.key();
        let (host, port) = if self.style.compat.is_procmon() {
            let names = index.procmon_names();
            (names.host(&key), names.port(endpoint.port, protocol))
        } else {
            (index.host(&key), index.port(endpoint.port, protocol))
        };
        let host = host.filter(|host| resolve && !host.name.is_empty());
        match host {
            Some(host) => cell.named_string(&host.name, host.invalid_name.as_deref())?,
            None => numeric(cell, endpoint.address)?,
        }
        cell.literal(":")?;
        match port.filter(|port| resolve && !port.name.is_empty()) {
            Some(port) => cell.named_string(&port.name, port.invalid_name.as_deref()),
            None => number::decimal(cell, endpoint.port),
        }
    }
}

/// Writes an IPv4 address with dots, or an IPv6 address as eight groups: Procmon does not shorten zeros to `::`.
fn numeric<W: fmt::Write + ?Sized>(cell: &mut Cell<'_, W>, address: IpAddr) -> fmt::Result {
    match address {
        IpAddr::V4(address) => {
            for (i, octet) in address.octets().into_iter().enumerate() {
                if i > 0 {
                    cell.literal(".")?;
                }
                number::decimal(cell, octet)?;
            }
        }
        IpAddr::V6(address) => {
            for (i, group) in address.segments().into_iter().enumerate() {
                if i > 0 {
                    cell.literal(":")?;
                }
                fmt::Write::write_fmt(cell, format_args!("{group:x}"))?;
            }
        }
    }
    Ok(())
}
