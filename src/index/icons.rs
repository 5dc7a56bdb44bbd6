//! Icons of programs.

use super::table::{Table, offsets_table};
use crate::Result;
use crate::wire::cursor::Cursor;
use crate::wire::layout::IconRecord;

/// An icon of the icon table: the raw icon resource of a program.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Icon<'a> {
    dimension: u32,
    image: &'a [u8],
}

const PNG_SIGNATURE: &[u8] = b"\x89PNG\r\n\x1a\n";

impl<'a> Icon<'a> {
    pub(super) const PLACEHOLDER: Icon<'static> = Icon { dimension: 0, image: &[] };

    /// Width and height that Procmon asked for, in pixels: 16 or 32; 0 for the placeholder at index 0. The image may
    /// have another size.
    #[must_use]
    pub fn dimension(self) -> u32 {
        self.dimension
    }

    /// The bytes of the icon resource (`RT_ICON`): a device-independent bitmap with its mask, or a PNG.
    #[must_use]
    pub fn bytes(self) -> &'a [u8] {
        self.image
    }

    /// Whether the image is a PNG, a file of its own.
    #[must_use]
    pub fn is_png(self) -> bool {
        self.image.starts_with(PNG_SIGNATURE)
    }

    /// The image as the bytes of an `.ico` file; `None` for the placeholder and for an image without a header.
    ///
    /// ```
    /// let log = procmon_parser::LogsReader::open("fixtures/sample64.pml").unwrap();
    /// let icons: Vec<_> = log.index().icons().filter_map(|icon| icon.to_ico()).collect();
    /// assert!(icons.iter().all(|ico| ico.starts_with(&[0, 0, 1, 0, 1, 0])));
    /// ```
    #[must_use]
    pub fn to_ico(self) -> Option<Vec<u8>> {
        /// ICONDIR and its one ICONDIRENTRY.
        const HEAD: u32 = 6 + 16;
        let (width, height, bits) = if self.is_png() { self.png_size()? } else { self.bitmap_size()? };
        let mut ico = Vec::with_capacity(HEAD as usize + self.image.len());
        ico.extend_from_slice(&[0, 0, 1, 0, 1, 0]);
        // 0 stands for 256 and more.
        ico.push(u8::try_from(width).unwrap_or(0));
        ico.push(u8::try_from(height).unwrap_or(0));
        ico.extend_from_slice(&[0, 0, 1, 0]);
        ico.extend_from_slice(&bits.to_le_bytes());
        ico.extend_from_slice(&u32::try_from(self.image.len()).ok()?.to_le_bytes());
        ico.extend_from_slice(&HEAD.to_le_bytes());
        ico.extend_from_slice(self.image);
        Some(ico)
    }

    /// Width and height of the IHDR chunk, which comes first.
    fn png_size(self) -> Option<(u32, u32, u16)> {
        let number = |at: usize| Some(u32::from_be_bytes(*self.image.get(at..)?.first_chunk()?));
        Some((number(16)?, number(20)?, 32))
    }

    /// Width, height and bits per pixel of the BITMAPINFOHEADER, whose height counts the mask as well.
    fn bitmap_size(self) -> Option<(u32, u32, u16)> {
        let mut header = Cursor::new(self.image, 0);
        header.read::<u32>("size").ok()?;
        let (width, height) = (header.read::<u32>("width").ok()?, header.read::<u32>("height").ok()?);
        header.skip(2);
        Some((width, height / 2, header.read::<u16>("bits").ok()?))
    }
}

/// All icons, their images in one copy.
#[derive(Debug, Default)]
pub(crate) struct Icons {
    images: Box<[u8]>,
    icons: Vec<(u32, usize, usize)>,
}

impl Icons {
    pub(crate) fn parse(table: Table<'_>) -> Result<Self> {
        let mut icons = Vec::new();
        let mut end = 0;
        for at in offsets_table(table, "icons.count", "icons.offset")? {
            let record: IconRecord = table.record(at as usize, IconRecord::SIZE, "icons.record", ())?;
            let start = at as usize + IconRecord::SIZE;
            table.cursor(start).bytes(record.size as usize, "icons.image")?;
            end = end.max(start + record.size as usize);
            icons.push((record.dimension, start, start + record.size as usize));
        }
        Ok(Self { images: table.bytes.get(..end).unwrap_or_default().into(), icons })
    }

    pub(crate) fn len(&self) -> usize {
        self.icons.len()
    }

    pub(crate) fn icon(&self, number: u32) -> Option<Icon<'_>> {
        let &(dimension, start, end) = self.icons.get(number as usize)?;
        Some(Icon { dimension, image: self.images.get(start..end)? })
    }
}
