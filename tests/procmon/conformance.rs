//! Compares every cell of the crafted logs with Procmon 3.94's export.

use std::path::Path;

use crate::data::{Csv, compare, report};
use crate::logs::{CONFORMANCE, named};
use procmon_parser::{Compat, Style};

crate::tests! {
    plain:
        cells_of_registry_1_match,
        cells_of_misc_1_match,
        cells_of_fs_1_match,
        cells_of_fs_2_match,
        cells_of_fs32_1_match;
    with_data:
        cells_of_registry_2_match,
        cells_of_misc_1_match_east_of_utc,
        cells_of_misc_2_match,
        cells_of_fs_1_match_in_advanced_mode,
        cells_of_fs_1_match_in_german,
        cells_of_misc_1_match_in_german,
        cells_of_misc_1_match_in_polish,
        cells_of_misc_1_match_in_japanese;
}

/// Compares a crafted log with an export of Procmon 3.94 or 4.01 in a folder.
fn check(folder: &Path, name: &str, export: &str, style: Style) {
    let log = named(&format!("conformance/{name}"));
    let csv = Csv::open(&folder.join(format!("{name}.{export}.csv.gz")));
    let compat = if export.starts_with("procmon-4.01") { Compat::Procmon4_01 } else { Compat::Procmon3_94 };
    let differences = compare(log, &csv, &style.compat(compat));
    assert!(differences.is_empty(), "{name}: {}", report(log, &differences));
}

/// Compares a log of the repository.
fn check_fixture(name: &str) {
    check(CONFORMANCE.as_ref(), name, "procmon-3.94", Style::new());
}

/// Compares a log of the comparison data.
fn check_data(data: &Path, name: &str, export: &str, style: Style) {
    check(&data.join("conformance"), name, export, style);
}

/// Compares a log of the comparison data with an export under other regional settings. They are those of Wine, whose
/// short dates differ from those of Windows.
fn check_locale(data: &Path, name: &str, export: &str, locale: &str) {
    check_data(data, name, &format!("procmon-4.01.{export}"), Style::new().locale(locale.parse().unwrap()));
}

fn cells_of_registry_1_match() {
    check_fixture("registry_1");
}

fn cells_of_registry_2_match(data: &Path) {
    check_data(data, "registry_2", "procmon-3.94", Style::new());
}

fn cells_of_misc_1_match() {
    check_fixture("misc_1");
}

fn cells_of_misc_1_match_east_of_utc(data: &Path) {
    check_data(data, "misc_1", "procmon-3.94.utc+0530", Style::new().utc_offset("+05:30".parse().unwrap()));
}

fn cells_of_misc_2_match(data: &Path) {
    check_data(data, "misc_2", "procmon-3.94", Style::new());
}

fn cells_of_fs_1_match() {
    check_fixture("fs_1");
}

fn cells_of_fs_1_match_in_advanced_mode(data: &Path) {
    check_data(data, "fs_1", "procmon-3.94.advanced", Style::new().advanced_names(true));
}

fn cells_of_fs_2_match() {
    check_fixture("fs_2");
}

fn cells_of_fs32_1_match() {
    check_fixture("fs32_1");
}

fn cells_of_fs_1_match_in_german(data: &Path) {
    check_locale(data, "fs_1", "de_DE", "de-DE;date=d.M.yyyy");
}

fn cells_of_misc_1_match_in_german(data: &Path) {
    check_locale(data, "misc_1", "de_DE", "de-DE;date=d.M.yyyy");
}

fn cells_of_misc_1_match_in_polish(data: &Path) {
    check_locale(data, "misc_1", "pl_PL", "pl-PL;date=d.MM.yyyy");
}

fn cells_of_misc_1_match_in_japanese(data: &Path) {
    check_locale(data, "misc_1", "ja_JP", "ja-JP;date=yyyy/M/d");
}
