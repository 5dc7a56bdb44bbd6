//! Crafted logs against what Procmon 3.94 answered to each event: every cell.

use std::path::Path;

use crate::data::{Csv, compare, report};
use crate::logs::{CONFORMANCE, named};
use procmon_parser::{Compat, Style};

crate::tests! {
    plain:
        registry_1,
        misc_1,
        fs_1,
        fs_2,
        fs32_1;
    with_data:
        registry_2,
        misc_1_east_of_utc,
        misc_2,
        fs_1_advanced,
        fs_1_german,
        misc_1_german,
        misc_1_polish,
        misc_1_japanese;
}

/// Compares a crafted log with an export of it by 3.94 or 4.01, which is in a folder.
fn check(folder: &Path, name: &str, export: &str, style: Style) {
    let log = named(&format!("conformance/{name}"));
    let csv = Csv::open(&folder.join(format!("{name}.{export}.csv.gz")));
    let compat = if export.starts_with("procmon-4.01") { Compat::Procmon4_01 } else { Compat::Procmon3_94 };
    let differences = compare(log, &csv, &style.compat(compat));
    assert!(differences.is_empty(), "{name}: {}", report(log, &differences));
}

/// Compares a log that is checked in.
fn check_fixture(name: &str) {
    check(CONFORMANCE.as_ref(), name, "procmon-3.94", Style::new());
}

/// Compares a log of the comparison data.
fn check_data(data: &Path, name: &str, export: &str, style: Style) {
    check(&data.join("conformance"), name, export, style);
}

/// Compares a log of the comparison data with an export under other regional settings, which were those of Wine: their
/// short dates differ from Windows.
fn check_locale(data: &Path, name: &str, export: &str, locale: &str) {
    check_data(data, name, &format!("procmon-4.01.{export}"), Style::new().locale(locale.parse().unwrap()));
}

fn registry_1() {
    check_fixture("registry_1");
}

fn registry_2(data: &Path) {
    check_data(data, "registry_2", "procmon-3.94", Style::new());
}

fn misc_1() {
    check_fixture("misc_1");
}

fn misc_1_east_of_utc(data: &Path) {
    check_data(data, "misc_1", "procmon-3.94.utc+0530", Style::new().utc_offset("+05:30".parse().unwrap()));
}

fn misc_2(data: &Path) {
    check_data(data, "misc_2", "procmon-3.94", Style::new());
}

fn fs_1() {
    check_fixture("fs_1");
}

fn fs_1_advanced(data: &Path) {
    check_data(data, "fs_1", "procmon-3.94.advanced", Style::new().advanced_names(true));
}

fn fs_2() {
    check_fixture("fs_2");
}

fn fs32_1() {
    check_fixture("fs32_1");
}

fn fs_1_german(data: &Path) {
    check_locale(data, "fs_1", "de_DE", "de-DE;date=d.M.yyyy");
}

fn misc_1_german(data: &Path) {
    check_locale(data, "misc_1", "de_DE", "de-DE;date=d.M.yyyy");
}

fn misc_1_polish(data: &Path) {
    check_locale(data, "misc_1", "pl_PL", "pl-PL;date=d.MM.yyyy");
}

fn misc_1_japanese(data: &Path) {
    check_locale(data, "misc_1", "ja_JP", "ja-JP;date=yyyy/M/d");
}
