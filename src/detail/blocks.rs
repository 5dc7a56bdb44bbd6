//! The blocks that encoders fill.

use std::mem::discriminant;

use super::Unknown;
use crate::error::{Error, Result};
use crate::wire::codec::Writer;

/// A buffer for the blocks of an event. [`Detail::encode_into`](super::Detail::encode_into) can fill it repeatedly.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct DetailBlocks {
    /// The bytes of the detail block.
    pub detail: Vec<u8>,
    /// The bytes of the extra block, without its size field; `None` if the event has no extra block.
    pub extra: Option<Vec<u8>>,
    /// The allocation to reuse for the next extra block, while `extra` is `None`.
    spare: Vec<u8>,
}

impl DetailBlocks {
    /// The maximum size of an extra block in bytes: the format stores the size in 16 bits.
    pub const MAX_EXTRA: usize = 0xFFFF;

    pub(super) fn clear(&mut self) {
        self.detail.clear();
        if let Some(extra) = self.extra.take() {
            self.spare = extra;
        }
    }

    /// Returns a writer that appends to the detail block.
    pub(super) fn writer(&mut self) -> Writer<'_> {
        Writer::new(&mut self.detail)
    }

    /// Creates an empty extra block, and returns a writer that appends to it.
    pub(super) fn extra_writer(&mut self) -> Writer<'_> {
        self.spare.clear();
        Writer::new(self.extra.insert(std::mem::take(&mut self.spare)))
    }

    /// Copies an extra block unchanged, if there is one.
    pub(super) fn copy_extra(&mut self, extra: Option<&[u8]>) {
        if let Some(extra) = extra {
            self.spare.clear();
            self.extra.insert(std::mem::take(&mut self.spare)).extend_from_slice(extra);
        }
    }

    /// Copies undecoded blocks unchanged.
    pub(super) fn copy(&mut self, unknown: Unknown<'_>) -> Result<()> {
        self.detail.extend_from_slice(unknown.detail);
        self.copy_extra(unknown.extra);
        Ok(())
    }

    /// Returns an error if `found` and `expected` are different variants of an enum.
    pub(super) fn expect_same<T>(&self, found: &T, expected: &T, operation: Option<&'static str>) -> Result<()> {
        if discriminant(found) == discriminant(expected) {
            Ok(())
        } else {
            Err(Error::wrong_detail(operation, "the parameters of a different operation"))
        }
    }
}
