//! Crafted logs against what Procmon 3.94 answered to each event: every cell.

use crate::procmon::{Csv, compare, data, log, report};
use procmon_parser::{Compat, Style};

/// Compares a crafted log with an export of it.
fn check(name: &str, export: &str, style: Style) {
    let Some(data) = data() else { return };
    let log = log(&data.join("conformance"), name);
    let csv = Csv::open(&data.join("conformance").join(format!("{name}.{export}.csv.gz")));
    let differences = compare(&log, &csv, &style.compat(Compat::Procmon3_94));
    assert!(differences.is_empty(), "{name}: {}", report(&log, &differences));
}

#[test]
fn registry_1() {
    check("registry_1", "procmon-3.94", Style::new());
}

#[test]
fn registry_2() {
    check("registry_2", "procmon-3.94", Style::new());
}

#[test]
fn misc_1() {
    check("misc_1", "procmon-3.94", Style::new());
}

#[test]
fn misc_1_east_of_utc() {
    check("misc_1", "procmon-3.94.utc+0530", Style::new().utc_offset("+05:30".parse().unwrap()));
}

#[test]
fn misc_2() {
    check("misc_2", "procmon-3.94", Style::new());
}

#[test]
fn fs_1() {
    check("fs_1", "procmon-3.94", Style::new());
}

#[test]
fn fs_1_advanced() {
    check("fs_1", "procmon-3.94.advanced", Style::new().advanced_names(true));
}

#[test]
fn fs_2() {
    check("fs_2", "procmon-3.94", Style::new());
}

#[test]
fn fs32_1() {
    check("fs32_1", "procmon-3.94", Style::new());
}
