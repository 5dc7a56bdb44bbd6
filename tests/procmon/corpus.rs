//! Compares every cell of the real logs with Procmon's exports.

use std::path::Path;

use crate::data::{Csv, KnownDifferences, compare, report};
use crate::logs::named;
use procmon_parser::{AccountNames, Compat, Style};

crate::tests! {
    with_data:
        cells_of_win10_64_filesystem_match_in_advanced_mode,
        cells_of_win10_64_mixed_match_procmon_3_94,
        cells_of_win10_64_mixed_match_procmon_3_53,
        cells_of_win7_32_mixed_match_procmon_3_94,
        cells_of_win7_32_mixed_match_procmon_3_52,
        cells_of_win10_64_filesystem_match_procmon_3_94,
        cells_of_win10_64_filesystem_match_procmon_3_53,
        cells_of_win10_64_process_match_procmon_3_94,
        cells_of_win10_64_process_match_procmon_3_53,
        cells_of_winxp_32_v7_match_procmon_3_0;
}

fn cells_of_win10_64_filesystem_match_in_advanced_mode(data: &Path) {
    let log = named("corpus/win10-64-filesystem");
    let csv = Csv::open(&data.join("corpus/win10-64-filesystem.procmon-3.94.advanced.csv.gz"));
    let differences = compare(log, &csv, &Style::new().compat(Compat::Procmon3_94).advanced_names(true));
    assert!(differences.is_empty(), "{}", report(log, &differences));
}

/// Compares a log with an export from a computer in the given time zone.
fn check(data: &Path, name: &str, generation: &str, compat: Compat, zone: &str) {
    let log = named(&format!("corpus/{name}"));
    let export = format!("{name}.procmon-{generation}");
    let csv = Csv::open(&data.join("corpus").join(format!("{export}.csv.gz")));
    let mut style = Style::new().compat(compat).utc_offset(zone.parse().unwrap());
    if compat != Compat::Procmon3_94 {
        // These exports were made on the captured computer, on which Procmon could resolve the SIDs of its accounts.
        style = style.accounts(AccountNames::from_events(log.events()));
    }
    let differences = compare(log, &csv, &style);
    let differences = KnownDifferences::of(&export).apply(&export, differences);
    assert!(differences.is_empty(), "{export}: {}", report(log, &differences));
}

macro_rules! corpus {
    ($($test:ident: $log:literal, $generation:literal, $compat:ident, $zone:literal;)*) => { $(
        fn $test(data: &Path) {
            check(data, $log, $generation, Compat::$compat, $zone);
        }
    )* };
}

corpus! {
    cells_of_win10_64_mixed_match_procmon_3_94: "win10-64-mixed", "3.94", Procmon3_94, "+00:00";
    cells_of_win10_64_mixed_match_procmon_3_53: "win10-64-mixed", "3.53", Procmon3_53, "+00:00";
    cells_of_win7_32_mixed_match_procmon_3_94: "win7-32-mixed", "3.94", Procmon3_94, "+00:00";
    cells_of_win7_32_mixed_match_procmon_3_52: "win7-32-mixed", "3.52", Procmon3_52, "+00:00";
    cells_of_win10_64_filesystem_match_procmon_3_94: "win10-64-filesystem", "3.94", Procmon3_94, "+00:00";
    cells_of_win10_64_filesystem_match_procmon_3_53: "win10-64-filesystem", "3.53", Procmon3_53, "+00:00";
    cells_of_win10_64_process_match_procmon_3_94: "win10-64-process", "3.94", Procmon3_94, "+00:00";
    cells_of_win10_64_process_match_procmon_3_53: "win10-64-process", "3.53", Procmon3_53, "+00:00";
    cells_of_winxp_32_v7_match_procmon_3_0: "winxp-32-v7", "3.0", Procmon3_0, "-05:00";
}
