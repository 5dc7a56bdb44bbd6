//! Encodes numbers as Parquet stores them in pages (the RLE/bit-packing hybrid): as runs of equal numbers, and as
//! groups of eight numbers of a fixed width in bits.

/// The size of a group: eight numbers.
const GROUP: usize = 8;

/// Returns the number of bits that every number below `count` fits in.
pub(crate) fn width(count: usize) -> u8 {
    let bits = usize::BITS - count.saturating_sub(1).leading_zeros();
    u8::try_from(bits).unwrap_or(u8::MAX)
}

/// Appends numbers of `width` bits each, at most 32.
pub(crate) fn encode(numbers: &[u32], width: u8, out: &mut Vec<u8>) {
    let (mut start, mut next) = (0, 0);
    while next < numbers.len() {
        let rest = &numbers[next..];
        let run = rest.iter().take_while(|&&number| number == rest[0]).count();
        if run < GROUP {
            next = numbers.len().min(next + GROUP);
            continue;
        }
        encode_groups(&numbers[start..next], width, out);
        encode_run(rest[0], run, width, out);
        next += run;
        start = next;
    }
    encode_groups(&numbers[start..], width, out);
}

/// Appends a run: a number, and how often it is repeated.
pub(crate) fn encode_run(number: u32, count: usize, width: u8, out: &mut Vec<u8>) {
    encode_header(count << 1, out);
    out.extend_from_slice(&number.to_le_bytes()[..usize::from(width.div_ceil(8)).min(4)]);
}

/// Appends numbers in groups. The last group is filled up with zeros.
fn encode_groups(numbers: &[u32], width: u8, out: &mut Vec<u8>) {
    if numbers.is_empty() {
        return;
    }
    encode_header(numbers.len().div_ceil(GROUP) << 1 | 1, out);
    let (groups, rest) = numbers.as_chunks::<GROUP>();
    groups.iter().for_each(|group| encode_group(group, width, out));
    if !rest.is_empty() {
        let mut group = [0; GROUP];
        group[..rest.len()].copy_from_slice(rest);
        encode_group(&group, width, out);
    }
}

/// Appends a group. Eight numbers of `width` bits take `width` bytes.
#[inline]
fn encode_group(group: &[u32; GROUP], width: u8, out: &mut Vec<u8>) {
    if width <= 16 {
        let end = out.len() + usize::from(width);
        let pack = |half: &[u32; 4]| half.iter().rev().fold(0_u64, |bits, &number| bits << width | u64::from(number));
        let halves = group.as_chunks::<4>().0.iter().rev();
        let bits = halves.fold(0_u128, |bits, half| bits << (4 * width) | u128::from(pack(half)));
        // Copying all 16 bytes and truncating is faster than copying a variable number of bytes.
        out.extend_from_slice(&bits.to_le_bytes());
        out.truncate(end);
        return;
    }
    let (mut bits, mut length) = (0_u64, 0);
    for &number in group {
        bits |= u64::from(number) << length;
        length += width;
        while length >= 8 {
            out.extend_from_slice(&bits.to_le_bytes()[..1]);
            bits >>= 8;
            length -= 8;
        }
    }
}

/// Appends a header in LEB128: seven bits in each byte.
fn encode_header(mut header: usize, out: &mut Vec<u8>) {
    while header >= 0x80 {
        out.push(header.to_le_bytes()[0] | 0x80);
        header >>= 7;
    }
    out.push(header.to_le_bytes()[0]);
}

#[cfg(test)]
mod tests {
    use super::{encode, width};

    /// Decodes numbers as the specification of Parquet describes.
    fn decode(bytes: &[u8], width: usize, count: usize) -> Vec<u32> {
        let (mut numbers, mut at) = (Vec::new(), 0);
        while numbers.len() < count {
            let (mut header, mut shift) = (0_usize, 0);
            loop {
                let byte = usize::from(bytes[at]);
                at += 1;
                header |= (byte & 0x7F) << shift;
                shift += 7;
                if byte < 0x80 {
                    break;
                }
            }
            if header & 1 == 0 {
                let length = width.div_ceil(8);
                let number = bytes[at..at + length].iter().rev().fold(0, |number, &byte| number << 8 | u32::from(byte));
                at += length;
                numbers.resize(numbers.len() + (header >> 1), number);
            } else {
                let bit = |bit: usize| u32::from(bytes[at + bit / 8] >> (bit % 8) & 1);
                for place in 0..(header >> 1) * 8 {
                    numbers.push((0..width).fold(0, |number, n| number | bit(place * width + n) << n));
                }
                at += (header >> 1) * width;
            }
        }
        assert_eq!(at, bytes.len());
        numbers.truncate(count);
        numbers
    }

    #[test]
    fn numbers_are_encoded_as_runs_and_groups() {
        for count in [1, 2, 3, 200, 70_000, u32::MAX] {
            for length in [0, 1, 7, 8, 9, 100, 1000] {
                let mut numbers = Vec::new();
                let mut state = count;
                while numbers.len() < length {
                    state = state.wrapping_mul(0x9E37_79B1).wrapping_add(7);
                    let run = if state >> 30 == 0 { state as usize >> 8 & 31 } else { 1 };
                    numbers.resize(length.min(numbers.len() + run), (state >> 3) % count);
                }
                let mut bytes = Vec::new();
                let width = width(count as usize);
                encode(&numbers, width, &mut bytes);
                assert_eq!(decode(&bytes, width.into(), length), numbers, "{count} {length}");
            }
        }
    }

    #[test]
    fn widths_are_those_of_the_greatest_number() {
        assert_eq!([0, 1, 2, 3, 256, 257].map(width), [0, 0, 1, 2, 8, 9]);
    }
}
