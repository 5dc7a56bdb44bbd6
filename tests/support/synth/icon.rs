//! The image of the icon table.

use super::{Block, Icon};

/// Returns a palette of 16 shades, each as blue, green, red and a reserved zero.
fn palette() -> Vec<u8> {
    (0..16).flat_map(|shade| [0xFF - 8 * shade, 0x10 * shade, 0xA0, 0]).collect()
}

/// Returns an image of a disk, `dimension` pixels wide, in the format of an icon resource: a `BITMAPINFOHEADER` with
/// twice the height, a palette, the colors (four bits per pixel) and the mask (one bit per pixel, set where the icon is
/// transparent). `dimension` must be a multiple of 8.
pub fn icon(dimension: u32) -> Icon {
    let header = Block::new(40)
        .u32(0, 40)
        .u32(4, dimension)
        .u32(8, 2 * dimension)
        .u16(12, 1)
        .u16(14, 4)
        .u32(20, dimension * dimension / 2 + dimension * mask_row(dimension));
    let mut image = header.append(&palette()).done();
    for y in 0..dimension {
        image.extend((0..dimension / 2).map(|x| color(dimension, 2 * x, y) << 4 | color(dimension, 2 * x + 1, y)));
    }
    for y in 0..dimension {
        image.extend((0..mask_row(dimension)).map(|byte| mask(dimension, 8 * byte, y)));
    }
    Icon { dimension, image }
}

/// Returns the number of bytes in a row of the mask, a multiple of four.
fn mask_row(dimension: u32) -> u32 {
    (dimension / 8).next_multiple_of(4)
}

/// Returns eight pixels of the mask, starting at `x`, the first in the highest bit.
fn mask(dimension: u32, x: u32, y: u32) -> u8 {
    (0..8).fold(0, |byte, bit| byte << 1 | u8::from(distance(dimension, x + bit, y) > 16))
}

fn color(dimension: u32, x: u32, y: u32) -> u8 {
    distance(dimension, x, y).min(15) as u8
}

/// Returns the squared distance from the center, scaled to 16 at the middle of an edge.
fn distance(dimension: u32, x: u32, y: u32) -> u32 {
    let from_middle = |position: u32| (2 * position + 1).abs_diff(dimension);
    let (x, y) = (from_middle(x), from_middle(y));
    16 * (x * x + y * y) / (dimension * dimension)
}
