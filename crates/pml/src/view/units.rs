//! Formats numbers with units for people: two digits are enough to compare.

use procmon_parser::Ticks;

/// Returns a span of time, such as `1.2 s`; empty for 0.
pub(crate) fn time(Ticks(ticks): Ticks) -> String {
    const UNITS: [(u64, &str); 3] = [(10_000_000, "s"), (10_000, "ms"), (10, "µs")];
    const MINUTE: u64 = 60;
    let seconds = (ticks / 10_000_000).saturating_add(u64::from(ticks % 10_000_000 >= 5_000_000));
    match seconds {
        0..120 => scaled(ticks, &UNITS).unwrap_or_else(|| if ticks == 0 { String::new() } else { "< 1 µs".into() }),
        120..7200 => format!("{} min {:02} s", seconds / MINUTE, seconds % MINUTE),
        7200..172_800 => format!("{} h {:02} min", seconds / 3600, seconds / MINUTE % 60),
        _ => format!("{} d {} h", seconds / 86_400, seconds / 3600 % 24),
    }
}

/// Returns a number of bytes, such as `3.4 MB`, in units of 1024 as in Windows; empty for 0.
pub(crate) fn bytes(bytes: u64) -> String {
    const UNITS: [(u64, &str); 5] =
        [(1 << 50, "PB"), (1 << 40, "TB"), (1 << 30, "GB"), (1 << 20, "MB"), (1 << 10, "KB")];
    match bytes {
        0 => String::new(),
        _ => scaled(bytes, &UNITS).unwrap_or_else(|| format!("{bytes} B")),
    }
}

/// Returns a number in the first unit that is not larger than it, with one decimal if it is less than 10.
fn scaled(number: u64, units: &[(u64, &str)]) -> Option<String> {
    let &(unit, name) = units.iter().find(|(unit, _)| number >= *unit)?;
    let rounded = |factor: u128| (u128::from(number) * factor + u128::from(unit / 2)) / u128::from(unit);
    let tenths = rounded(10);
    Some(match tenths {
        0..100 => format!("{}.{} {name}", tenths / 10, tenths % 10),
        _ => format!("{} {name}", rounded(1)),
    })
}

#[cfg(test)]
mod tests {
    use procmon_parser::Ticks;

    use super::{bytes, time};

    #[test]
    fn numbers_have_two_or_three_digits() {
        let times = [0, 5, 123, 12_345, 9_950_000, 12_000_000, 1_190_000_000, 1_200_000_000, 72_000_000_000];
        let texts = times.map(|ticks| time(Ticks(ticks)));
        assert_eq!(texts, ["", "< 1 µs", "12 µs", "1.2 ms", "995 ms", "1.2 s", "119 s", "2 min 00 s", "2 h 00 min"]);
        assert_eq!(time(Ticks(u64::MAX)), "21350398 d 5 h");
        let texts = [0, 999, 1024, 3_565_158, 1 << 40, u64::MAX].map(bytes);
        assert_eq!(texts, ["", "999 B", "1.0 KB", "3.4 MB", "1.0 TB", "16384 PB"]);
    }
}
