//! The icon table.

use super::table::Table;
use crate::error::Result;
use crate::wire::cursor::Cursor;
use crate::wire::layout::IconRecord;

/// An icon of the icon table: an icon resource of a program.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Icon<'a> {
    dimension: u32,
    image: &'a [u8],
}

const PNG_SIGNATURE: &[u8] = b"\x89PNG\r\n\x1a\n";

impl<'a> Icon<'a> {
    pub(crate) const PLACEHOLDER: Icon<'static> = Icon { dimension: 0, image: &[] };

    /// Returns the width and height that Procmon requested, in pixels: 16 or 32; 0 for the placeholder at index 0. The
    /// image can have a different size.
    #[must_use]
    pub fn dimension(self) -> u32 {
        self.dimension
    }

    /// Returns the bytes of the icon resource (`RT_ICON`): a device-independent bitmap with its mask, or a PNG.
    #[must_use]
    pub fn bytes(self) -> &'a [u8] {
        self.image
    }

    /// Returns true if the image is a PNG.
    #[must_use]
    pub fn is_png(self) -> bool {
        self.image.starts_with(PNG_SIGNATURE)
    }

    /// Returns the image as an `.ico` file; `None` for the placeholder and for an image without a valid header.
    ///
    /// ```
    /// let log = procmon_parser::LogsReader::open("fixtures/sample64.pml")?;
    /// let icons: Vec<_> = log.index().icons().filter_map(|icon| icon.to_ico()).collect();
    /// assert!(icons.iter().all(|ico| ico.starts_with(&[0, 0, 1, 0, 1, 0])));
    /// # Ok::<(), procmon_parser::Error>(())
    /// ```
    #[must_use]
    pub fn to_ico(self) -> Option<Vec<u8>> {
        /// The size of an ICONDIR with one ICONDIRENTRY, in bytes.
        const HEAD: u32 = 6 + 16;
        let (width, height, bits) = if self.is_png() { self.png_size()? } else { self.bitmap_size()? };
        let mut ico = Vec::with_capacity(HEAD as usize + self.image.len());
        ico.extend_from_slice(&[0, 0, 1, 0, 1, 0]);
        // A byte of 0 means 256 or more pixels.
        ico.push(u8::try_from(width).unwrap_or(0));
        ico.push(u8::try_from(height).unwrap_or(0));
        ico.extend_from_slice(&[0, 0, 1, 0]);
        ico.extend_from_slice(&bits.to_le_bytes());
        ico.extend_from_slice(&u32::try_from(self.image.len()).ok()?.to_le_bytes());
        ico.extend_from_slice(&HEAD.to_le_bytes());
        ico.extend_from_slice(self.image);
        Some(ico)
    }

    /// Returns the width and the height from the IHDR chunk, which is always the first chunk, and 32 bits per pixel.
    fn png_size(self) -> Option<(u32, u32, u16)> {
        let number = |at: usize| Some(u32::from_be_bytes(*self.image.get(at..)?.first_chunk()?));
        Some((number(16)?, number(20)?, 32))
    }

    /// Returns the width, the height and the bits per pixel from the BITMAPINFOHEADER, whose height includes the mask.
    fn bitmap_size(self) -> Option<(u32, u32, u16)> {
        let mut header = Cursor::new(self.image, 0);
        header.read::<u32>("size").ok()?;
        let (width, height) = (header.read::<u32>("width").ok()?, header.read::<u32>("height").ok()?);
        header.skip(2);
        Some((width, height / 2, header.read::<u16>("bits").ok()?))
    }
}

/// All icons, with their images in one buffer.
#[derive(Debug, Default)]
pub(crate) struct Icons {
    images: Vec<u8>,
    icons: Vec<IconPlace>,
}

/// The place of the image of an icon.
#[derive(Clone, Copy, Debug)]
struct IconPlace {
    dimension: u32,
    size: u32,
    /// The offset from the start of the table; after `copy`, the offset in the buffer.
    start: u64,
}

impl IconPlace {
    fn end(self) -> u64 {
        self.start + u64::from(self.size)
    }
}

impl Icons {
    pub(crate) fn parse(table: Table<'_>) -> Result<Self> {
        let mut icons = Vec::new();
        for at in table.offsets("icons.count", "icons.offset")?.into_iter().map(u64::from) {
            let record: IconRecord = table.record(at, IconRecord::SIZE, "icons.record", ())?;
            let start = at + IconRecord::SIZE as u64;
            table.check(start, record.size.into(), "icons.image")?;
            icons.push(IconPlace { dimension: record.dimension, size: record.size, start });
        }
        let images = copy(table, &mut icons)?;
        Ok(Self { images, icons })
    }

    pub(crate) fn len(&self) -> usize {
        self.icons.len()
    }

    pub(crate) fn icon(&self, number: u32) -> Option<Icon<'_>> {
        let place = self.icons.get(number as usize)?;
        let image = self.images.get(usize::try_from(place.start).ok()?..)?.get(..place.size as usize)?;
        Some(Icon { dimension: place.dimension, image })
    }
}

/// Copies the images to a buffer and sets their offsets in it. Bytes that several images share are copied once.
fn copy(table: Table<'_>, icons: &mut [IconPlace]) -> Result<Vec<u8>> {
    let mut by_start: Vec<&mut IconPlace> = icons.iter_mut().collect();
    by_start.sort_by_key(|icon| icon.start);
    let mut images = Vec::new();
    let mut end = 0; // of the bytes copied so far, from the start of the table
    for icon in by_start {
        let (start, icon_end) = (icon.start, icon.end());
        end = start.max(end);
        icon.start = images.len() as u64 - (end - start);
        if icon_end > end {
            images.extend_from_slice(&table.bytes(end, icon_end - end, "icons.image")?);
            end = icon_end;
        }
    }
    images.shrink_to_fit();
    Ok(images)
}
