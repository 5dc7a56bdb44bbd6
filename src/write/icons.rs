//! Icons of the log that is written.

use std::collections::HashMap;
use std::sync::Arc;

use super::table::{Order, table};
use crate::error::Result;
use crate::index::{Icon, Index};

/// An icon that was added to a log. The default is no icon.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct IconId(pub(super) u32);

/// All icons that anything may refer to. Number 0 stands for none.
#[derive(Debug)]
pub(super) struct Icons {
    icons: Vec<(u32, Arc<[u8]>)>,
    by_content: HashMap<(u32, Arc<[u8]>), u32>,
    /// From the source and the number that an icon has there.
    carried: HashMap<(usize, u32), u32>,
}

impl Default for Icons {
    fn default() -> Self {
        Self { icons: vec![(0, Arc::from([]))], by_content: HashMap::new(), carried: HashMap::new() }
    }
}

impl Icons {
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

    /// The icon of another log. Icons of one log stay apart even if they look the same, those of two logs do not.
    pub(super) fn carry(&mut self, source: usize, index: &Index, number: u32) -> u32 {
        let Some(icon) = index.icon(number).filter(|_| number != 0) else { return 0 };
        if let Some(&carried) = self.carried.get(&(source, number)) {
            return carried;
        }
        let known = if source == 0 { None } else { self.alike(icon) };
        let carried = known.unwrap_or_else(|| self.add(icon.dimension(), icon.bytes()).0);
        self.carried.insert((source, number), carried);
        carried
    }

    fn alike(&self, icon: Icon<'_>) -> Option<u32> {
        self.by_content.get(&(icon.dimension(), icon.bytes().into())).copied()
    }
}

/// The numbers of the file, in the order in which icons are first named.
#[derive(Debug)]
pub(super) struct IconNumbering<'i> {
    icons: &'i Icons,
    order: Order,
}

impl<'i> IconNumbering<'i> {
    /// Number 0 is the placeholder.
    pub(super) fn new(icons: &'i Icons) -> Self {
        Self { icons, order: Order::new() }
    }

    /// Puts the number of the file in place of that of the pool.
    pub(super) fn apply(&mut self, number: &mut u32) {
        *number = self.order.number(*number);
    }

    /// The icon table, with what was added and never named at the end.
    pub(super) fn table(mut self) -> Result<Vec<u8>> {
        for number in (0..).take(self.icons.icons.len()) {
            self.apply(&mut { number });
        }
        let icons = self.order.pooled().iter().filter_map(|&number| self.icons.icons.get(number as usize));
        let icons: Vec<_> = icons.collect();
        table("icons", icons.into_iter(), |(dimension, image), out| {
            out.extend_from_slice(&dimension.to_le_bytes());
            out.extend_from_slice(&u32::try_from(image.len()).unwrap_or(u32::MAX).to_le_bytes());
            out.extend_from_slice(image);
        })
    }
}
