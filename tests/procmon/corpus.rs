//! Compares every cell of the real logs with Procmon's exports.

use std::path::Path;

use crate::data::{Csv, KnownDifferences, cells, compare, compare_events, report};
use crate::logs::named;
use procmon_parser::export::{self, csv};
use procmon_parser::{AccountNames, Column, Compat, Configuration, Filter, Rule, Style};

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
        cells_of_winxp_32_v7_match_procmon_3_0,
        cells_of_win11_64_match_procmon_4_01,
        cells_of_win11_64_match_procmon_4_01_with_process_start,
        cells_of_win7_64_es_match_procmon_4_01,
        cells_of_win7_64_es_match_procmon_4_01_with_process_start,
        columns_of_3_94_match_in_its_style,
        filtered_cells_of_win7_64_es_match_procmon_3_61_in_spanish;
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
    if compat < Compat::Procmon3_94 {
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
    cells_of_win11_64_match_procmon_4_01: "win11-64-procmon-4.01", "4.01", Procmon4_01, "+00:00";
    cells_of_win11_64_match_procmon_4_01_with_process_start: "win11-64-procmon-4.01", "4.01.process-start", Procmon4_01, "+00:00";
    cells_of_win7_64_es_match_procmon_4_01: "win7-64-es", "4.01", Procmon4_01, "+00:00";
    cells_of_win7_64_es_match_procmon_4_01_with_process_start: "win7-64-es", "4.01.process-start", Procmon4_01, "+00:00";
}

/// Procmon 4.01 prints what 3.94 prints, in the columns that 3.94 has. The configuration also has the two others.
fn columns_of_3_94_match_in_its_style(data: &Path) {
    let configuration = Configuration::open(data.join("oracle/process-start-columns.pmc")).unwrap();
    let new = [Column::PROCESS_START, Column::HIGH_RESOLUTION_PROCESS_START];
    assert!(configuration.columns().ends_with(&new));
    for name in ["win11-64-procmon-4.01", "win7-64-es"] {
        let log = named(&format!("corpus/{name}"));
        let csv = Csv::open(&data.join(format!("corpus/{name}.procmon-4.01.process-start.csv.gz")));
        assert_eq!(csv.columns(), configuration.columns());
        let mut ours = Vec::new();
        let format = csv::Csv::new(&configuration.columns(), Style::new().compat(Compat::Procmon3_94));
        export::write(&mut ours, log.events(), format).unwrap();
        let ours = String::from_utf8(ours).unwrap();
        let mut lines = ours.lines();
        assert!(lines.next().unwrap().ends_with(r#","Category","Category","Category""#));
        for (ours, procmon) in lines.zip(csv.rows()) {
            let (mut ours, procmon) = (cells(ours), cells(procmon));
            assert!(ours.ends_with(&[String::new(), String::new()]));
            ours.truncate(ours.len() - new.len());
            assert_eq!(ours, procmon[..procmon.len() - new.len()]);
        }
    }
}

/// A filtered export that Procmon 3.61 made on the captured computer, under the Spanish regional settings of Windows 7.
/// The times of its rows give the offset of local time; it contains all events of the two processes called
/// `sample_1_r3.exe`, and no others.
fn filtered_cells_of_win7_64_es_match_procmon_3_61_in_spanish(data: &Path) {
    let log = named("corpus/win7-64-es");
    let csv = Csv::open(&data.join("corpus/win7-64-es.procmon-3.61-spanish.csv.gz"));
    let matcher = Filter::from([Rule::process_name().is("sample_1_r3.exe").include()]).compile(log.indexes());
    let style = Style::new().compat(Compat::Procmon3_61).utc_offset("+02:00".parse().unwrap());
    let style = style.locale("es-ES".parse().unwrap()).accounts(AccountNames::from_events(log.events()));
    let events = log.events().filter(|event| event.as_ref().is_ok_and(|event| matcher.matches(*event)));
    let differences = compare_events(events, &csv, &style);
    assert!(differences.is_empty(), "{}", report(log, &differences));
}
