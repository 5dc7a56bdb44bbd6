//! Finding names in text and in bytes.

use crate::wire::Field;

/// A name and what stands in its place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Name {
    /// Without capitals.
    from: Vec<u16>,
    to: Vec<u16>,
    /// Whether letters and digits beside it make it a part of another name.
    is_whole: bool,
}

impl Name {
    /// `None` if there is nothing to look for.
    pub(super) fn new(from: &str, to: &str, is_whole: bool) -> Option<Self> {
        let from: Vec<u16> = from.encode_utf16().map(fold).collect();
        (!from.is_empty()).then(|| Self { from, to: to.encode_utf16().collect(), is_whole })
    }
}

/// A character without its capital, as Windows compares names; of characters beyond ASCII those that have one of 16 bits.
pub(super) fn fold(unit: u16) -> u16 {
    if let Ok(byte) = u8::try_from(unit)
        && byte.is_ascii()
    {
        return byte.to_ascii_lowercase().into();
    }
    let Some(character) = char::from_u32(unit.into()) else { return unit };
    let mut small = character.to_lowercase();
    match (small.next().map(u32::from).map(u16::try_from), small.next()) {
        (Some(Ok(small)), None) => small,
        _ => unit,
    }
}

fn is_letter(unit: u16) -> bool {
    char::from_u32(unit.into()).is_some_and(char::is_alphanumeric)
}

/// Text as it lies in bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Encoding {
    Latin1,
    Utf16,
}

impl Encoding {
    pub(super) const ALL: [Self; 2] = [Self::Latin1, Self::Utf16];

    /// Size of a character in bytes.
    pub(super) fn width(self) -> usize {
        match self {
            Self::Latin1 => 1,
            Self::Utf16 => 2,
        }
    }

    /// The character at an offset in bytes.
    #[inline]
    fn unit(self, bytes: &[u8], at: usize) -> Option<u16> {
        match self {
            Self::Latin1 => bytes.get(at).map(|&byte| byte.into()),
            Self::Utf16 => u16::read(bytes.get(at..)?),
        }
    }
}

/// The names to be replaced, in the order in which they are looked for.
#[derive(Clone, Debug, Default)]
pub(super) struct Names {
    names: Vec<Name>,
    /// Whether a name begins with a character of this low byte, in either case.
    starts: Starts,
}

#[derive(Clone)]
struct Starts(Box<[bool; 256]>);

impl Default for Starts {
    fn default() -> Self {
        Self(Box::new([false; 256]))
    }
}

impl std::fmt::Debug for Starts {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Starts")
    }
}

impl Names {
    pub(super) fn push(&mut self, name: Name) {
        if self.names.iter().any(|known| known.from == name.from && known.is_whole == name.is_whole) {
            return;
        }
        let first = name.from.first().copied().unwrap_or_default();
        for (low, start) in (0..=u8::MAX).zip(self.starts.0.iter_mut()) {
            // Beyond ASCII the low byte alone tells too little.
            *start |= first >= 0x80 || fold(low.into()) == first;
        }
        self.names.push(name);
    }

    /// The name that stands at an offset.
    #[inline]
    fn at(&self, bytes: &[u8], at: usize, encoding: Encoding) -> Option<&Name> {
        let low = *bytes.get(at)?;
        if !self.starts.0.get(usize::from(low)).is_some_and(|&start| start) {
            return None;
        }
        self.names.iter().find(|name| name.is_at(bytes, at, encoding))
    }

    /// The first name from an offset on, looked for at every `step`th byte, with its offset.
    pub(super) fn find(&self, bytes: &[u8], from: usize, encoding: Encoding, step: usize) -> Option<(usize, &Name)> {
        (from..bytes.len()).step_by(step).find_map(|at| self.at(bytes, at, encoding).map(|name| (at, name)))
    }

    /// Whether the characters of a name stand anywhere in bytes, whatever is beside them: those may belong to another text.
    pub(super) fn may_be_in(&self, bytes: &[u8]) -> bool {
        let any = |encoding| {
            (0..bytes.len()).any(|at| {
                let is_start = bytes.get(at).and_then(|&low| self.starts.0.get(usize::from(low))) == Some(&true);
                is_start && self.names.iter().any(|name| name.has_characters(bytes, at, encoding))
            })
        };
        Encoding::ALL.into_iter().any(any)
    }

    /// Whether a name stands anywhere in bytes of which nothing is known.
    pub(super) fn are_in(&self, bytes: &[u8]) -> bool {
        Encoding::ALL.into_iter().any(|encoding| self.find(bytes, 0, encoding, 1).is_some())
    }

    /// A text with its names replaced; `None` if it has none.
    pub(super) fn replaced(&self, bytes: &[u8], encoding: Encoding) -> Option<Vec<u16>> {
        let step = encoding.width();
        let units = |range: std::ops::Range<usize>| {
            range.step_by(step).filter_map(|at| encoding.unit(bytes, at)).collect::<Vec<_>>()
        };
        let (mut found, mut name) = self.find(bytes, 0, encoding, step)?;
        let (mut text, mut copied) = (Vec::new(), 0);
        loop {
            text.extend(units(copied..found));
            text.extend_from_slice(&name.to);
            copied = found + name.from.len() * step;
            match self.find(bytes, copied, encoding, step) {
                Some(next) => (found, name) = next,
                None => break,
            }
        }
        text.extend(units(copied..bytes.len()));
        Some(text)
    }

    /// Replaces names in bytes of which nothing is known by as many characters: what stands in their place, cut or filled
    /// up with `_`. Gives their number.
    pub(super) fn blank(&self, bytes: &mut [u8]) -> usize {
        let mut count = 0;
        for encoding in Encoding::ALL {
            let mut from = 0;
            while let Some((at, name)) = self.find(bytes, from, encoding, 1) {
                let len = name.from.len();
                let filler = name.to.iter().copied().chain(std::iter::repeat(b'_'.into())).take(len);
                // What stands in the place of a name may itself hold one.
                let filler: Vec<u8> = filler.flat_map(|unit| encoded(unit, encoding)).collect();
                let is_clean = !self.are_in(&filler);
                for (n, to) in bytes.iter_mut().skip(at).take(len * encoding.width()).enumerate() {
                    let underscores = if n % encoding.width() == 0 { b'_' } else { 0 };
                    *to = if is_clean { filler.get(n).copied().unwrap_or(b'_') } else { underscores };
                }
                from = at + 1;
                count += 1;
            }
        }
        count
    }
}

impl Names {
    /// Blanks the beginning of a name at the end of a text that was cut short there.
    pub(super) fn blank_cut_end(&self, units: &mut [u16]) {
        /// A single character gives nothing away.
        const LEAST: usize = 2;
        let longest = |name: &Name| {
            let begins = |len: &usize| {
                let end = units.len().checked_sub(*len).and_then(|at| units.get(at..)).unwrap_or_default();
                end.len() == *len && end.iter().zip(&name.from).all(|(&unit, &expected)| fold(unit) == expected)
            };
            (LEAST..name.from.len()).rev().find(begins).unwrap_or(0)
        };
        let len = self.names.iter().map(longest).max().unwrap_or(0);
        units.iter_mut().rev().take(len).for_each(|unit| *unit = b'_'.into());
    }
}

fn encoded(unit: u16, encoding: Encoding) -> impl Iterator<Item = u8> {
    let [low, high] = unit.to_le_bytes();
    let low = if encoding == Encoding::Latin1 && high != 0 { b'_' } else { low };
    [low, high].into_iter().take(encoding.width())
}

impl Name {
    fn is_at(&self, bytes: &[u8], at: usize, encoding: Encoding) -> bool {
        let is_here = self.has_characters(bytes, at, encoding);
        if !is_here || !self.is_whole {
            return is_here;
        }
        let step = encoding.width();
        let before = at.checked_sub(step).and_then(|before| encoding.unit(bytes, before));
        let behind = encoding.unit(bytes, at + self.from.len() * step);
        !before.is_some_and(is_letter) && !behind.is_some_and(is_letter)
    }

    #[inline]
    fn has_characters(&self, bytes: &[u8], at: usize, encoding: Encoding) -> bool {
        let unit = |n: usize| encoding.unit(bytes, at + n * encoding.width());
        (0..).zip(&self.from).all(|(n, &expected)| unit(n).is_some_and(|unit| fold(unit) == expected))
    }
}
