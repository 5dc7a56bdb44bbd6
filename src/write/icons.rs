//! The icons of a log that is being written.

use std::collections::HashMap;
use std::sync::Arc;

use super::table::{Order, append, number, table};
use crate::error::Result;
use crate::index::{Icon, Index};
use crate::wire::layout::IconRecord;

/// The id of an icon that was added to a log. The default means no icon.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct IconId(pub(super) u32);

/// The pool of icons. Number 0 means no icon.
#[derive(Debug)]
pub(super) struct Icons {
    /// The width in pixels and the image of each icon.
    icons: Vec<(u32, Arc<[u8]>)>,
    by_content: HashMap<(u32, Arc<[u8]>), u32>,
    /// The number in the pool, by source and number in the source.
    imported: HashMap<(usize, u32), u32>,
    /// True if icons are merged and numbered as in Procmon.
    like_procmon: bool,
}

impl Icons {
    /// Creates a pool that has only the placeholder. If `like_procmon` is true, all equal icons are merged.
    pub(super) fn new(like_procmon: bool) -> Self {
        let placeholder = (Icon::PLACEHOLDER.dimension(), Arc::from(Icon::PLACEHOLDER.bytes()));
        let by_content = HashMap::from([(placeholder.clone(), 0)]);
        Self { icons: vec![placeholder], by_content, imported: HashMap::new(), like_procmon }
    }

    pub(super) fn add(&mut self, dimension: u32, image: &[u8]) -> IconId {
        let image: Arc<[u8]> = image.into();
        let number = u32::try_from(self.icons.len()).unwrap_or(u32::MAX);
        self.icons.push((dimension, Arc::clone(&image)));
        self.by_content.entry((dimension, image)).or_insert(number);
        IconId(number)
    }

    pub(super) fn has(&self, icon: IconId) -> bool {
        (icon.0 as usize) < self.icons.len()
    }

    /// Adds an icon from another log. Returns its number in the pool.
    ///
    /// Icons of the first log stay separate even if they are equal, so that a copy has the same icon table. Icons of
    /// further logs are merged with equal ones. Number 0 means no icon.
    ///
    /// Procmon merges all equal icons, and treats number 0 of a log like any other icon.
    pub(super) fn import(&mut self, source: usize, index: &Index, number: u32) -> u32 {
        let Some(icon) = index.icon(number).filter(|_| number != 0 || self.like_procmon) else { return 0 };
        if let Some(&imported) = self.imported.get(&(source, number)) {
            return imported;
        }
        let known = if source > 0 || self.like_procmon { self.alike(icon) } else { None };
        let imported = known.unwrap_or_else(|| self.add(icon.dimension(), icon.bytes()).0);
        self.imported.insert((source, number), imported);
        imported
    }

    /// Returns the number of an equal icon in the pool.
    fn alike(&self, icon: Icon<'_>) -> Option<u32> {
        self.by_content.get(&(icon.dimension(), icon.bytes().into())).copied()
    }
}

/// The numbering of icons in the file: by first reference, as in Procmon (docs/PML-FORMAT.md, "Numbering of strings and
/// icons").
#[derive(Debug)]
pub(super) struct IconNumbering<'i> {
    icons: &'i Icons,
    order: Order,
}

impl<'i> IconNumbering<'i> {
    /// Creates a numbering in which the placeholder is number 0.
    pub(super) fn new(icons: &'i Icons) -> Self {
        Self { icons, order: Order::new() }
    }

    /// Replaces a number of the pool with the number in the file.
    pub(super) fn apply(&mut self, number: &mut u32) {
        *number = self.order.number(*number);
    }

    /// Encodes the icon table. Icons without a reference are at the end.
    pub(super) fn table(mut self) -> Result<Vec<u8>> {
        for number in (0..).take(self.icons.icons.len()) {
            self.apply(&mut { number });
        }
        let icons = self.order.pooled().iter().filter_map(|&number| self.icons.icons.get(number as usize));
        let icons: Vec<_> = icons.collect();
        table("icons", icons.into_iter(), |(dimension, image), out| {
            append(out, IconRecord { dimension: *dimension, size: number("icons.image", image.len())? })?;
            out.extend_from_slice(image);
            Ok(())
        })
    }
}
