//! The columns Path and Detail of network events.

use std::fmt;

use super::ColumnText;
use super::cell::{Cell, Items};
use super::number;
use crate::detail::NetworkDetail;
use crate::detail::network::decode;

pub(super) fn path<W: fmt::Write + ?Sized>(cx: &ColumnText<'_, '_>, cell: &mut Cell<'_, W>) -> fmt::Result {
    let Ok(network) = decode(&cx.event.source()) else { return Ok(()) };
    cx.endpoint(cell, network.local, network.protocol)?;
    cell.literal(" -> ")?;
    cx.endpoint(cell, network.remote, network.protocol)
}

pub(super) fn detail<W: fmt::Write + ?Sized>(items: &mut Items<'_, '_, W>, detail: &NetworkDetail<'_>) -> fmt::Result {
    items.item("Length: ", |cell| number::decimal(cell, detail.length))?;
    for (name, value) in detail.properties {
        if items.is_full() {
            break;
        }
        items.named(name, value)?;
    }
    Ok(())
}
