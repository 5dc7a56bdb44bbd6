//! The results of rules on Event Class and Operation, computed in advance for each operation that may have a name.

use std::ops::Range;

use super::run::Run;
use crate::code::{Column, EventClass, Operation, Origin, Protocol};
use crate::detail;
use crate::event::Event;
use crate::text::Style;

/// The size of the table: classes and operation codes from here on are not in it. Rules on these are evaluated for each
/// event.
const CLASSES: usize = 8;
const CODES: usize = 64;
/// The number of variants of an operation: 256 minor functions, each by IRP and by fast I/O.
const VARIANTS: usize = 512;

/// A bit for each class, operation and variant, set if its events are shown.
#[derive(Clone)]
pub(super) struct Operations {
    /// The runs from which the bits are computed.
    runs: Vec<Run>,
    bits: Vec<[u64; VARIANTS / 64]>,
}

impl Operations {
    pub(super) fn new(runs: Vec<Run>, style: &Style) -> Self {
        let mut bits = Vec::with_capacity(CLASSES * CODES);
        for (class, code) in (0..CLASSES).flat_map(|class| (0..CODES).map(move |code| (class, code))) {
            let [class, code] = [class, code].map(|number| u16::try_from(number).unwrap_or_default());
            bits.push(row(&runs, style, EventClass(class), code));
        }
        Self { runs, bits }
    }

    #[inline]
    pub(super) fn show(&self, event: Event<'_>, style: &Style) -> bool {
        let (class, code) = (usize::from(event.class().0), usize::from(event.operation_code()));
        let row = if class < CLASSES && code < CODES { self.bits.get(class * CODES + code) } else { None };
        let Some(row) = row else { return self.show_unknown(event, style) };
        let variant = variant(event);
        row.get(variant / 64).is_some_and(|bits| bits >> (variant % 64) & 1 == 1)
    }

    #[cold]
    fn show_unknown(&self, event: Event<'_>, style: &Style) -> bool {
        self.runs.iter().all(|run| match run.column() {
            Column::EVENT_CLASS => run.shows_class(style.class_name(event.class())),
            _ => run.shows(event, style),
        })
    }
}

/// Returns the names of the variants of an operation of a class, each with the variants that have it.
fn names_of(style: &Style, class: EventClass, code: u16) -> impl Iterator<Item = (Range<usize>, &'static str)> {
    let protocol = |number: usize| [None, Some(Protocol::Udp), Some(Protocol::Tcp)].get(number).copied().flatten();
    // The number of names, and the number of variants of each.
    let (names, width) = match Operation::new(class, code, None) {
        Operation::File(operation) | Operation::Ipc(operation) if operation.has_minors() => (VARIANTS, 1),
        Operation::File(_) | Operation::Ipc(_) => (2, VARIANTS / 2),
        _ => (3, 1),
    };
    (0..names).zip((0..=u8::MAX).cycle()).map(move |(number, minor)| {
        let variants = number * width..(number + 1) * width;
        let origin = if variants.start < VARIANTS / 2 { Origin::Irp } else { Origin::FastIo };
        (variants, style.operation(Operation::of(class, code, || protocol(number)), minor, origin))
    })
}

/// Returns the variant of an event. Events of the same class, operation and variant have the same name.
#[inline]
fn variant(event: Event<'_>) -> usize {
    match event.class() {
        EventClass::FILE_SYSTEM | EventClass::IPC => {
            let fast_io = detail::file::origin(&event) == Origin::FastIo;
            usize::from(detail::file::minor(&event)) + if fast_io { VARIANTS / 2 } else { 0 }
        }
        EventClass::NETWORK => match event.protocol() {
            None => 0,
            Some(Protocol::Udp) => 1,
            Some(Protocol::Tcp) => 2,
        },
        _ => 0,
    }
}

/// Computes the bits of an operation of a class.
fn row(runs: &[Run], style: &Style, class: EventClass, code: u16) -> [u64; VARIANTS / 64] {
    let of_class = runs.iter().filter(|run| run.column() == Column::EVENT_CLASS);
    if !of_class.into_iter().all(|run| run.shows_class(style.class_name(class))) {
        return [0; VARIANTS / 64];
    }
    let runs = || runs.iter().filter(|run| run.column() == Column::OPERATION);
    let shown = |name: &str| runs().all(|run| run.shows_text(name));
    let mut bits = [0; VARIANTS / 64];
    let mut last = None;
    for (variants, name) in names_of(style, class, code) {
        let show = match last {
            Some((last, show)) if last == name => show,
            _ => shown(name),
        };
        last = Some((name, show));
        for variant in variants.filter(|_| show) {
            if let Some(word) = bits.get_mut(variant / 64) {
                *word |= 1 << (variant % 64);
            }
        }
    }
    bits
}

impl std::fmt::Debug for Operations {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Operations").field("runs", &self.runs).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::{CODES, VARIANTS, names_of};
    use crate::code::{EventClass, Operation, Origin};
    use crate::text::Style;

    #[test]
    fn each_variant_of_a_file_operation_has_its_name() {
        let style = Style::new();
        for class in [EventClass::FILE_SYSTEM, EventClass::IPC] {
            for code in (0..CODES).filter_map(|code| u16::try_from(code).ok()) {
                let names = names_of(&style, class, code).flat_map(|(variants, name)| variants.map(move |_| name));
                let origins = [Origin::Irp, Origin::FastIo].into_iter();
                let variants = origins.flat_map(|origin| (0..=u8::MAX).map(move |minor| (origin, minor)));
                let operation = Operation::new(class, code, None);
                let expected = variants.map(|(origin, minor)| style.operation(operation, minor, origin));
                assert!(names.eq(expected), "{operation:?}");
                assert_eq!(names_of(&style, class, code).map(|(variants, _)| variants.len()).sum::<usize>(), VARIANTS);
            }
        }
    }
}
