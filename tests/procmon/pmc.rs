//! Configurations and exported filters: they are written byte for byte as they were read, and errors have a place.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};

use crate::data;
use crate::logs::named;
use procmon_parser::code::{Action, Relation};
use procmon_parser::pmc::{Color, Key, LogFont, MAX_COLUMNS, Release, Value};
use procmon_parser::{Column, Configuration, Error, ErrorKind, Filter, Rule, SavedFilter};
use proptest::prelude::*;

crate::tests! {
    plain:
        configurations_are_written_unchanged,
        exported_filters_are_written_unchanged,
        changing_an_option_keeps_all_other_bytes,
        setters_write_what_getters_read,
        a_missing_option_has_its_default,
        the_first_option_of_a_name_counts_ignoring_case,
        records_may_have_gaps,
        short_values_replace_the_start_of_the_default,
        strings_keep_their_terminators,
        errors_of_changed_sizes_have_a_place,
        invalid_values_are_errors_that_name_the_option,
        errors_of_truncated_rules_have_a_place,
        other_files_are_refused_with_a_specific_error,
        bytes_after_the_last_option_are_kept,
        filters_have_any_number_of_rules,
        added_rules_join_their_group,
        unchanged_rules_keep_their_bytes,
        fonts_keep_filler_bytes,
        values_print_in_readable_form,
        #[cfg(feature = "serde")] configurations_serialize_with_readable_names,
        generated_configurations_are_written_unchanged,
        damaged_configurations_are_written_unchanged,
        generated_filters_are_written_unchanged,
        a_file_cut_at_some_lengths_keeps_the_options_before_the_cut;
    slow:
        a_file_cut_to_any_length_keeps_the_options_before_the_cut;
    with_data:
        the_default_configuration_is_what_procmon_writes,
        the_default_configuration_of_4_04_is_what_procmon_writes,
        real_configurations_have_the_options_of_a_release,
        a_configuration_shows_the_events_that_procmon_shows;
}

/// Returns the files of the comparison data with an extension, ignoring its case.
fn files(extension: &str) -> Vec<(PathBuf, Vec<u8>)> {
    let Some(data) = data::folder() else { return Vec::new() };
    let folders = ["corpus/pmc", "oracle", "conformance/filter"].map(|folder| data.join(folder));
    let entries = folders.iter().filter_map(|folder| fs::read_dir(folder).ok()).flatten();
    let paths = entries.map(|entry| entry.unwrap().path());
    let mut paths: Vec<_> =
        paths.filter(|path| path.extension().is_some_and(|found| found.eq_ignore_ascii_case(extension))).collect();
    paths.sort();
    paths.into_iter().map(|path| (path.clone(), fs::read(path).unwrap())).collect()
}

fn configurations() -> Vec<(PathBuf, Vec<u8>)> {
    let mut files = files("pmc");
    for release in Release::ALL {
        files.push((format!("default of {release}").into(), Configuration::procmon_default_of(release).to_bytes()));
    }
    files
}

/// Returns the record of an option, laid out without the library.
fn record(name: &str, value: &[u8]) -> Vec<u8> {
    let name: Vec<u8> = name.encode_utf16().chain([0]).flat_map(u16::to_le_bytes).collect();
    let value_offset = 16 + name.len();
    let head = [value_offset + value.len(), 16, value_offset, value.len()].map(|size| (size as u32).to_le_bytes());
    [head.as_flattened(), &name, value].concat()
}

/// Returns the range of an option's value in the file.
fn value_range(configuration: &Configuration, key: Key) -> std::ops::Range<usize> {
    let mut at = 0;
    for option in configuration.options() {
        at += option.as_bytes().len();
        if option.key() == Some(key) {
            return at - option.value().len()..at;
        }
    }
    panic!("the configuration has no option {key}")
}

/// Sets an option to a value other than its default, with the setter of the option.
fn set_another(configuration: &mut Configuration, key: Key) {
    let rules = || [Rule::pid().is(4711).include(), Rule::path().contains("ähnlich").exclude()];
    let font = || "Consolas, height -13, italic".parse().unwrap();
    let color = Color { red: 1, green: 2, blue: 3 };
    let mut columns = [Column(0); MAX_COLUMNS];
    columns[..2].copy_from_slice(&[Column::TID, Column::DURATION]);
    match key {
        Key::Columns => configuration.set_column_widths([77; MAX_COLUMNS]),
        Key::ColumnCount => configuration.set_column_count(2),
        Key::ColumnMap => configuration.set_column_map(columns),
        Key::DbgHelpPath => configuration.set_dbghelp_path(r"D:\dbghelp.dll"),
        Key::Logfile => configuration.set_log_file(r"D:\ängste.pml"),
        Key::HighlightFG => configuration.set_highlight_foreground(color),
        Key::HighlightBG => configuration.set_highlight_background(color),
        Key::Theme => configuration.set_theme("Dark"),
        Key::LogFont => configuration.set_log_font(font()),
        Key::BoookmarkFont => configuration.set_bookmark_font(font()),
        Key::AdvancedMode => configuration.set_advanced_mode(!configuration.advanced_mode()),
        Key::Autoscroll => configuration.set_autoscroll(!configuration.autoscroll()),
        Key::HistoryDepth => configuration.set_history_depth(99),
        Key::Profiling => configuration.set_profiling(3),
        Key::DestructiveFilter => configuration.set_drop_filtered_events(!configuration.drop_filtered_events()),
        Key::AlwaysOnTop => configuration.set_always_on_top(!configuration.always_on_top()),
        Key::ResolveAddresses => configuration.set_resolve_addresses(!configuration.resolve_addresses()),
        Key::SourcePath => configuration.set_source_path(r"D:\src"),
        Key::SymbolPath => configuration.set_symbol_path(r"srv*D:\symbols"),
        Key::FilterRules => configuration.set_filter(rules()),
        Key::HighlightRules => configuration.set_highlight_filter(rules()),
        Key::FlightRecorder => configuration.set_flight_recorder(!configuration.flight_recorder()),
        Key::RingBufferSize => configuration.set_ring_buffer_size(512),
        Key::RingBufferMin => configuration.set_ring_buffer_minutes(15),
        _ => unreachable!("{key} is new"),
    };
}

fn configurations_are_written_unchanged() {
    let files = configurations();
    for (path, bytes) in &files {
        let configuration = Configuration::parse(bytes).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        assert!(configuration.to_bytes() == *bytes, "{}", path.display());
        let mut written = Vec::new();
        configuration.write_to(&mut written).unwrap();
        assert!(written == *bytes, "{}", path.display());
        for key in Key::ALL {
            configuration.value(*key).unwrap();
        }
        // Encoding a decoded value gives the same bytes, both over the original value and from scratch.
        let mut again = configuration.clone();
        again.set_filter(configuration.filter()).set_highlight_filter(configuration.highlight_filter());
        again.set_log_font(configuration.log_font()).set_bookmark_font(configuration.bookmark_font());
        for option in configuration.options().iter().filter(|option| option.key().is_some()) {
            assert_eq!(again.option(option.key().unwrap()), Some(option), "{}", path.display());
        }
        for key in [Key::FilterRules, Key::HighlightRules] {
            let (Some(option), Ok(Value::Rules(filter))) = (configuration.option(key), configuration.value(key)) else {
                continue;
            };
            assert!(SavedFilter::new(filter).to_bytes()[4..] == *option.value(), "{}: {key}", path.display());
        }
    }
    assert!(data::folder().is_none() || files.len() >= 129, "only {} configurations found", files.len());
}

fn exported_filters_are_written_unchanged() {
    let files = files("pmf");
    for (path, bytes) in &files {
        let saved = SavedFilter::parse(bytes).unwrap();
        assert!(saved.to_bytes() == *bytes, "{}", path.display());
        assert!(!saved.filter.is_empty());
        let mut sorted = saved.filter.clone();
        sorted.sort();
        assert!(SavedFilter::new(sorted).to_bytes() == *bytes, "{}: rules are in dialog order", path.display());
    }
    assert!(data::folder().is_none() || !files.is_empty());
}

fn the_default_configuration_is_what_procmon_writes(data: &Path) {
    let procmon = Configuration::open(data.join("oracle/default.pmc")).unwrap();
    let ours = Configuration::procmon_default();
    let names = |configuration: &Configuration| -> Vec<_> {
        configuration.options().iter().map(|option| option.name().to_owned()).collect()
    };
    assert_eq!(names(&ours), names(&procmon));
    for key in Key::ALL {
        match key {
            // The case of the drive letter and the filler bytes of a font depend on the computer.
            Key::DbgHelpPath => assert!(ours.dbghelp_path().eq_ignore_ascii_case(&procmon.dbghelp_path())),
            Key::LogFont => assert_eq!(ours.log_font().to_string(), procmon.log_font().to_string()),
            Key::BoookmarkFont => assert_eq!(ours.bookmark_font().to_string(), procmon.bookmark_font().to_string()),
            _ => assert_eq!(ours.option(*key), procmon.option(*key), "{key}"),
        }
    }
}

/// Procmon 3.5x, 3.94 and 4.04 write different sets of options.
fn real_configurations_have_the_options_of_a_release(data: &Path) {
    let keys = |configuration: &Configuration| -> Vec<_> {
        configuration.options().iter().map(|option| option.key().unwrap()).collect()
    };
    let folder = data.join("corpus/pmc");
    let mut seen = BTreeSet::new();
    for (path, bytes) in files("pmc").iter().filter(|(path, _)| path.parent() == Some(&folder)) {
        let configuration = Configuration::parse(bytes).unwrap();
        let has = |release: &Release| keys(&Configuration::procmon_default_of(*release)) == keys(&configuration);
        seen.insert(Release::ALL.into_iter().find(has).unwrap_or_else(|| panic!("{}", path.display())));
    }
    assert!(seen.into_iter().eq(Release::ALL));
}

/// The file of Procmon 4.04 has the defaults, except for the filter, dropped events and the character set of the fonts.
fn the_default_configuration_of_4_04_is_what_procmon_writes(data: &Path) {
    let path = data.join("corpus/pmc/numbereleven-a-ProcmonHelper-c9012b-ExcludeProcmon.pmc");
    let procmon = Configuration::open(path).unwrap();
    let mut ours = Configuration::procmon_default_of(Release::Procmon4_04);
    ours.set_filter(procmon.filter()).set_drop_filtered_events(true);
    ours.set_log_font(procmon.log_font()).set_bookmark_font(procmon.bookmark_font());
    for key in Key::ALL {
        assert_eq!(ours.option(*key), procmon.option(*key), "{key}");
    }
    assert_eq!(ours.log_font().face(), LogFont::new("MS Shell Dlg").face());
    assert_eq!(ours, procmon);
}

fn a_configuration_shows_the_events_that_procmon_shows(data: &Path) {
    let folder = data.join("conformance/filter");
    let expected = String::from_utf8(data::unzip(&folder.join("expected.tsv.gz"))).unwrap();
    let mut compared = 0;
    for line in expected.lines().filter(|line| line.contains(".pmc")) {
        let [file, log, advanced, shown, _] = line.split('\t').collect::<Vec<_>>()[..] else { panic!("{line}") };
        let log = named(&format!("corpus/{log}"));
        let configuration = Configuration::open(folder.join(file)).unwrap();
        assert_eq!(configuration.advanced_mode(), advanced == "1", "{file}");
        let matcher = configuration.filter().compile_with(log.indexes(), &configuration.style());
        let ours = log.events().flatten().filter(|event| matcher.matches(*event)).count();
        assert_eq!(ours.to_string(), shown, "{file}");
        compared += 1;
    }
    assert_eq!(compared, 120);
}

fn changing_an_option_keeps_all_other_bytes() {
    for (path, bytes) in configurations() {
        for &key in Key::ALL {
            let mut configuration = Configuration::parse(&bytes).unwrap();
            let was_there = configuration.option(key).is_some();
            set_another(&mut configuration, key);
            let changed = configuration.to_bytes();
            let again = Configuration::parse(&changed).unwrap();
            assert_eq!(again, configuration, "{}: {key}", path.display());
            let range = value_range(&configuration, key);
            let mut expected = configuration.clone();
            if was_there {
                let old = Configuration::parse(&bytes).unwrap();
                let old_range = value_range(&old, key);
                assert!(changed[range.end..] == bytes[old_range.end..], "{}: {key}", path.display());
                expected.set(key.name(), &bytes[old_range]);
            } else {
                expected.remove(key.name());
            }
            assert!(expected.to_bytes() == bytes, "{}: {key}", path.display());
        }
    }
}

fn setters_write_what_getters_read() {
    for &key in Key::ALL {
        let mut configuration = Configuration::new();
        let default = configuration.value(key).unwrap();
        set_another(&mut configuration, key);
        assert_ne!(configuration.value(key).unwrap(), default, "{key}");
        assert_eq!(configuration.options().len(), 1);
    }
    let mut configuration = Configuration::new();
    Key::ALL.iter().rev().for_each(|&key| set_another(&mut configuration, key));
    let order: Vec<_> = configuration.options().iter().map(|option| option.key().unwrap()).collect();
    assert_eq!(order, Key::ALL, "added options are in the order in which Procmon writes them");
    assert_eq!(configuration.columns(), [Column::TID, Column::DURATION]);
    assert_eq!(configuration.log_font().face(), "Consolas");
    assert_eq!(configuration.filter().len(), 2);
    assert_eq!(configuration.ring_buffer_minutes(), 15);
}

fn a_missing_option_has_its_default() {
    let configuration = Configuration::new();
    assert_eq!(configuration.columns().len(), 7);
    assert_eq!(configuration.filter(), Filter::procmon_default());
    assert!(configuration.resolve_addresses() && !configuration.advanced_mode());
    assert!(configuration.highlight_filter().is_empty());
    assert_eq!(configuration.bookmark_font().weight, 700);
    assert_eq!(configuration.to_bytes(), b"");
}

fn the_first_option_of_a_name_counts_ignoring_case() {
    let bytes = [
        record("advancedmode", &1_u32.to_le_bytes()),
        record("Unknown", b"some bytes"),
        record("AdvancedMode", &0_u32.to_le_bytes()),
        record("", b""),
    ]
    .concat();
    let mut configuration = Configuration::parse(&bytes).unwrap();
    assert!(configuration.advanced_mode());
    assert_eq!(configuration.options().len(), 4);
    configuration.set_advanced_mode(false);
    assert!(!configuration.advanced_mode());
    configuration.set_advanced_mode(true);
    assert_eq!(configuration.to_bytes(), bytes);
    configuration.set("UNKNOWN", b"other bytes");
    assert_eq!(configuration.options()[1].value(), b"other bytes");
    assert!(configuration.remove("AdvancedMode") && !configuration.advanced_mode());
    assert_eq!(configuration.options().len(), 2);
}

fn records_may_have_gaps() {
    let gaps = |name_gap: usize, value_gap: usize, end: usize| {
        let name: Vec<u8> = "ColumnCount\0".encode_utf16().flat_map(u16::to_le_bytes).collect();
        let name_offset = 16 + name_gap;
        let value_offset = name_offset + name.len() + value_gap;
        let head = [value_offset + 4 + end, name_offset, value_offset, 4].map(|size| (size as u32).to_le_bytes());
        let value = 2_u32.to_le_bytes();
        [head.as_flattened(), &vec![1; name_gap], &name, &vec![2; value_gap], &value, &vec![3; end]].concat()
    };
    for (name_gap, value_gap, end) in [(0, 0, 0), (4, 0, 0), (0, 8, 0), (0, 0, 8), (3, 5, 7)] {
        let bytes = [gaps(name_gap, value_gap, end), record("Autoscroll", &[1, 0, 0, 0])].concat();
        let mut configuration = Configuration::parse(&bytes).unwrap();
        assert_eq!(configuration.columns().len(), 2);
        assert!(configuration.autoscroll());
        configuration.set_column_count(3);
        assert_eq!(Configuration::parse(&configuration.to_bytes()).unwrap().columns().len(), 3);
        configuration.set_column_count(2);
        assert_eq!(configuration.to_bytes(), bytes);
    }
}

fn short_values_replace_the_start_of_the_default() {
    let mut configuration = Configuration::new();
    configuration.set("ColumnCount", &[2]).set("ColumnMap", &[0x88, 0x9C, 0, 0, 0x76]);
    assert_eq!(
        configuration.columns(),
        [Column::TID, Column(0x9C76)],
        "the second column keeps three bytes of the default"
    );
    configuration.set("LogFont", &20_i32.to_le_bytes());
    assert_eq!(configuration.log_font().to_string(), "MS Shell Dlg, height 20, weight 400");
    configuration.set("AdvancedMode", &[]).set("ResolveAddresses", &[]).set("FilterRules", &[]);
    assert_eq!(configuration.filter(), Filter::procmon_default());
    assert!(!configuration.advanced_mode() && configuration.resolve_addresses());
    configuration.check().unwrap();
}

fn strings_keep_their_terminators() {
    for end in ["", "\0"] {
        let units = |text: &str| -> Vec<u8> { text.encode_utf16().flat_map(u16::to_le_bytes).collect() };
        let bytes = record("SymbolPath", &units(&format!("srv*ä{end}")));
        let mut configuration = Configuration::parse(&bytes).unwrap();
        assert_eq!(configuration.symbol_path(), "srv*ä");
        configuration.set_symbol_path("cache*");
        assert_eq!(configuration.options()[0].value(), units(&format!("cache*{end}")));
    }
}

/// Checks that an error has an offset in the file and names the option.
fn assert_placed(error: &Error, len: usize) {
    let place = error.place().unwrap_or_else(|| panic!("{error} has no place"));
    assert!(place.offset <= len as u64, "{error}");
    assert!(error.config_option().is_some_and(|option| error.to_string().contains(option)), "{error}");
}

/// Checks that a truncated configuration has the options before the cut and an error at the place of the cut.
fn check_cut(path: &Path, whole: &Configuration, ends: &[usize], cut: &[u8]) {
    let len = cut.len();
    let place = format_args!("{} to {len}", path.display());
    let (configuration, error) = Configuration::parse_lenient(cut);
    let options = ends.partition_point(|&end| end <= len) - 1;
    assert_eq!(configuration.options(), &whole.options()[..options], "{place}");
    assert!(configuration.to_bytes() == cut, "{place}");
    if len > 0 && ends[options] == len {
        return assert!(error.is_none(), "{place}, between two options: {error:?}");
    }
    let error = error.unwrap_or_else(|| panic!("{place}"));
    assert!(error.is_truncation(), "{place}: {error}");
    assert_placed(&error, len);
    assert!(error.place().unwrap().offset >= ends[options] as u64, "{place}: {error}");
    let next = whole.options()[options].name();
    let previous = options.checked_sub(1).map(|previous| whole.options()[previous].name());
    let unnamed = previous.map_or("at the start".to_owned(), |previous| format!("after {previous}"));
    assert!(error.config_option() == Some(next) || error.config_option() == Some(&unnamed), "{place}: {error}");
}

fn a_file_cut_at_some_lengths_keeps_the_options_before_the_cut() {
    check_cuts(16);
}

fn a_file_cut_to_any_length_keeps_the_options_before_the_cut() {
    check_cuts(1);
}

/// Truncates every configuration to every `step`-th length.
fn check_cuts(step: usize) {
    let files = configurations();
    let next = AtomicUsize::new(0);
    let work = || {
        while let Some((path, bytes)) = files.get(next.fetch_add(1, Ordering::Relaxed)) {
            let whole = Configuration::parse(bytes).unwrap();
            let sizes = whole.options().iter().map(|option| option.as_bytes().len());
            let ends: Vec<_> = [0]
                .into_iter()
                .chain(sizes)
                .scan(0, |at, size| {
                    *at += size;
                    Some(*at)
                })
                .collect();
            for len in (0..bytes.len()).step_by(step) {
                check_cut(path, &whole, &ends, &bytes[..len]);
            }
        }
    };
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    std::thread::scope(|scope| (0..threads).for_each(|_| drop(scope.spawn(work))));
}

fn errors_of_changed_sizes_have_a_place() {
    let bytes = Configuration::procmon_default().to_bytes();
    let whole = Configuration::parse(&bytes).unwrap();
    let mut at = 0;
    for (number, option) in whole.options().iter().enumerate() {
        for field in [0, 4, 8, 12] {
            let original = u32::from_le_bytes(bytes[at + field..][..4].try_into().unwrap());
            for value in [original + 1, original + 0x1000, 0x7FFF_FFFF, u32::MAX, 1, original.wrapping_sub(1)] {
                let mut bytes = bytes.clone();
                bytes[at + field..][..4].copy_from_slice(&value.to_le_bytes());
                let (configuration, error) = Configuration::parse_lenient(&bytes);
                assert!(configuration.to_bytes() == bytes);
                assert!(
                    configuration.options().len() >= number
                        && configuration.options()[..number] == whole.options()[..number]
                );
                if let Some(error) = error.filter(|error| !matches!(error.kind(), ErrorKind::InvalidConfiguration)) {
                    assert_placed(&error, bytes.len());
                }
                if value > 0x7000_0000 {
                    assert!(Configuration::parse(&bytes).is_err(), "{} field {field}", option.name());
                }
            }
        }
        at += option.as_bytes().len();
    }
}

fn invalid_values_are_errors_that_name_the_option() {
    let too_long = [
        ("LogFont", 93),
        ("BoookmarkFont", 200),
        ("Columns", 129),
        ("ColumnMap", 260),
        ("ColumnCount", 8),
        ("HighlightBG", 5),
        ("Profiling", 5),
    ];
    for (name, size) in too_long {
        let bytes = [record("Theme", b""), record(name, &vec![0; size]), record("Autoscroll", &[1, 0, 0, 0])].concat();
        let (configuration, error) = Configuration::parse_lenient(&bytes);
        let error = error.unwrap();
        assert_eq!(error.config_option(), Some(name));
        assert_eq!(error.place().unwrap().offset, record("Theme", b"").len() as u64 + record(name, b"").len() as u64);
        assert!(configuration.autoscroll(), "options after the invalid one are read");
        assert_eq!(configuration.to_bytes(), bytes);
    }
    let count = record("ColumnCount", &65_u32.to_le_bytes());
    let error = Configuration::parse(&count).unwrap_err();
    assert_eq!((error.config_option(), error.place().unwrap().offset), (Some("ColumnCount"), 40));
}

fn errors_of_truncated_rules_have_a_place() {
    let rule = |count: u32| {
        let rules = [Rule::pid().is(1).include(), Rule::path().is("x").exclude()];
        let mut value = SavedFilter::new(rules).to_bytes().split_off(4);
        value[1..5].copy_from_slice(&count.to_le_bytes());
        value
    };
    for count in [3, 4, 255, 256, 0x1_0000, u32::MAX] {
        let error = Configuration::parse(&record("FilterRules", &rule(count))).unwrap_err();
        assert_eq!(error.config_option(), Some("FilterRules"));
        assert_eq!((error.place().unwrap().field, error.place().unwrap().offset), ("rules.count", 41), "{error}");
    }
    for len in 1..rule(2).len() {
        let bytes = record("HighlightRules", &rule(2)[..len]);
        let error = Configuration::parse(&bytes).unwrap_err();
        assert_placed(&error, bytes.len());
        assert!(Configuration::parse_lenient(&bytes).0.highlight_filter().is_empty(), "the option has its default");
    }
    // Procmon accepts a list with fewer rules than its bytes hold, even one without rules.
    for (list, len) in [(rule(1), 1), (vec![], 0)] {
        let file = [&(list.len() as u32).to_le_bytes(), &list[..]].concat();
        let saved = SavedFilter::parse(&file).unwrap();
        assert_eq!((saved.filter.len(), saved.to_bytes()), (len, file));
    }
    // For Procmon, an option without bytes has the default filter, so a filter without rules is stored with bytes.
    let mut configuration = Configuration::new();
    configuration.set("FilterRules", &[]).set_filter([]);
    assert!(configuration.filter().is_empty());
}

fn other_files_are_refused_with_a_specific_error() {
    for bytes in [&b"Time of Day,Process Name,PID"[..], &[0; 64], &[0xFF; 64], b"PML_\x09\0\0\0\x01\0\0\0A\0B\0"] {
        let error = Configuration::parse(bytes).unwrap_err();
        assert!(matches!(error.kind(), ErrorKind::InvalidConfiguration), "{error}");
        assert!(error.to_string().contains("not a Process Monitor configuration"), "{error}");
    }
    assert!(Configuration::parse(b"").unwrap_err().is_truncation());
    let missing = Configuration::open("fixtures/missing.pmc").unwrap_err();
    assert!(missing.is_io() && missing.to_string().contains("missing.pmc"));
}

fn bytes_after_the_last_option_are_kept() {
    let sound = Configuration::procmon_default().to_bytes();
    for zeros in [4, 16, 1000] {
        let bytes = [&sound[..], &vec![0; zeros]].concat();
        let mut configuration = Configuration::parse(&bytes).unwrap();
        assert_eq!(configuration.trailing().len(), zeros);
        assert_eq!(configuration.to_bytes(), bytes);
        configuration.set("New", b"option");
        assert!(configuration.to_bytes().ends_with(&vec![0; zeros]));
    }
    for junk in [&b"abc"[..], b"hello", &[0xFF; 40], b"a text that is no option of a configuration"] {
        let bytes = [&sound[..], junk].concat();
        let (configuration, error) = Configuration::parse_lenient(&bytes);
        let error = error.unwrap();
        assert_eq!(error.config_option(), Some("after RingBufferMin"));
        assert!((sound.len()..sound.len() + 16).contains(&(error.place().unwrap().offset as usize)), "{error}");
        assert_eq!(configuration.options().len(), 24);
        assert_eq!(configuration.to_bytes(), bytes);
    }
}

fn filters_have_any_number_of_rules() {
    for count in [0, 1, 255, 256, 257, 1000, 65_535, 65_536, 70_000] {
        let filter: Filter = (0..count).map(|pid| Rule::pid().is(pid).exclude()).collect();
        let mut configuration = Configuration::new();
        configuration.set_filter(filter.clone());
        let bytes = configuration.to_bytes();
        let configuration = Configuration::parse(&bytes).unwrap();
        assert_eq!(configuration.to_bytes(), bytes);
        assert_eq!(configuration.filter().len(), count as usize);
        assert!(configuration.filter().iter().enumerate().all(|(pid, rule)| rule.number() == pid as i64));
        let mut saved = SavedFilter::parse(&SavedFilter::new(filter.clone()).to_bytes()).unwrap();
        assert_eq!(saved.filter, filter);
        saved.filter.add_all((0..count).chain([count]).map(|pid| Rule::pid().is(pid).exclude()));
        assert_eq!(saved.filter.len(), count as usize + 1, "a rule that is present is not added again");
        assert_eq!(saved.filter.remove(&Rule::pid().is(count).exclude()), 1);
        assert_eq!(saved.filter, filter);
    }
}

fn added_rules_join_their_group() {
    let rule = |text: &str| text.parse::<Rule>().unwrap();
    let mut filter = Filter::new();
    filter.add_all([
        rule("Path contains b then Include"),
        rule("PID is 1 then Exclude"),
        rule("Process Name is x then Include"),
        rule("Path contains a then Include"),
        rule("Path contains c then Exclude"),
    ]);
    let sentences = |filter: &Filter| filter.iter().map(|rule| rule.to_string()).collect::<Vec<_>>();
    let sorted = [
        "Process Name is x then Include",
        "Path contains b then Include",
        "Path contains a then Include",
        "PID is 1 then Exclude",
        "Path contains c then Exclude",
    ];
    assert_eq!(sentences(&filter), sorted);
}

/// Returns a list of rules whose bytes and order differ from what Procmon writes.
fn unusual_list() -> Vec<u8> {
    let rule = |column: Column, relation: u32, action: u8, value: &[u8], number: i64| {
        let head = [column.0.to_le_bytes(), relation.to_le_bytes()];
        let size = (value.len() as u32).to_le_bytes();
        [head.as_flattened(), &[action], &size, value, &number.to_le_bytes()].concat()
    };
    let rules = [
        rule(Column::PID, 99, 7, &[0x41, 0, 0, 0, 0x42], -1),
        rule(Column::PATH, 6, 0, b"c\0", 0),
        rule(Column::PATH, 6, 1, b"b\0\0\0x\0", 0),
        rule(Column::PATH, 6, 1, b"b\0\0\0y\0", 0),
        rule(Column::PATH, 6, 1, b"\0\0", 0),
    ];
    [&[2, 5, 0, 0, 0], &rules.concat()[..], b"after"].concat()
}

fn unchanged_rules_keep_their_bytes() {
    let rule = |text: &str| text.parse::<Rule>().unwrap();
    let list = unusual_list();
    let file = [&(list.len() as u32).to_le_bytes(), &list[..]].concat();
    let mut saved = SavedFilter::parse(&file).unwrap();
    let unusual = Rule::new(Column::PID, Relation(99), "A", Action(7)).with_number(-1);
    assert_eq!(saved.filter.rules()[0], unusual);
    assert_eq!(saved.to_bytes(), file);

    assert!(saved.filter.add(rule("Path contains a then Include")));
    assert!(!saved.filter.add(rule("Path contains a then Include")));
    let added = saved.to_bytes();
    assert_eq!(SavedFilter::parse(&added).unwrap().filter, saved.filter);
    let [start, end] = [4 + 5, file.len() - 5];
    assert!(added[start..].starts_with(&file[start..end]) && added.ends_with(b"after"));
    assert_eq!(saved.filter.remove(&rule("Path contains a then Include")), 1);
    assert_eq!(saved.to_bytes(), file);

    // The same is true for a configuration, and for a filter that is built from the rules.
    let mut configuration = Configuration::new();
    configuration.set("FilterRules", &list);
    configuration.set_filter(configuration.filter().iter().cloned().collect::<Vec<_>>());
    assert_eq!(configuration.options()[0].value(), list);
    saved.filter.sort();
    configuration.set_filter(saved.filter.clone());
    assert_eq!(configuration.filter(), saved.filter);
    assert_eq!(configuration.options()[0].value().len(), list.len());
    assert_eq!(configuration.options()[0].value(), &saved.to_bytes()[4..]);
}

fn fonts_keep_filler_bytes() {
    let mut bytes = vec![0; 92];
    bytes[20] = 255; // italic
    bytes[28..][..6].copy_from_slice(b"A\0\0\0x\0");
    let mut configuration = Configuration::new();
    configuration.set("LogFont", &bytes);
    let mut font = configuration.log_font();
    assert_eq!((font.face(), font.italic), ("A", true));
    configuration.set_log_font(font.clone());
    assert_eq!(configuration.options()[0].value(), bytes);
    font.height = 7;
    configuration.set_log_font(font);
    bytes[0] = 7;
    assert_eq!(configuration.options()[0].value(), bytes);
    configuration.set_log_font(LogFont::new("B"));
    assert_eq!(configuration.log_font(), LogFont::new("B"));
}

fn values_print_in_readable_form() {
    let configuration = Configuration::procmon_default();
    let text = |key| configuration.value(key).unwrap().to_string();
    assert_eq!(text(Key::DestructiveFilter), "off");
    assert_eq!(text(Key::ResolveAddresses), "on");
    assert_eq!(text(Key::HighlightBG), "#80ffff");
    assert_eq!(text(Key::ColumnMap), "Time of Day, Process Name, PID, Operation, Path, Result, Detail");
    assert_eq!(text(Key::BoookmarkFont), "MS Shell Dlg, height 8, weight 700");
    assert!(text(Key::FilterRules).starts_with("Process Name is Procmon.exe then Exclude\n"));
    assert!(matches!(configuration.value(Key::HistoryDepth), Ok(Value::Number(18))));
    for text in ["MS Shell Dlg, height 8, weight 700", "Consolas, height -13, weight 400, italic, struck out"] {
        assert_eq!(text.parse::<LogFont>().unwrap().to_string(), text);
    }
    for text in ["", ", weight 4", "X, weight", "X, bold"] {
        text.parse::<LogFont>().unwrap_err();
    }
    for text in ["", "80ffff", "#80fff", "#80ffzz", "#+0ffff"] {
        text.parse::<Color>().unwrap_err();
    }
}

#[cfg(feature = "serde")]
fn configurations_serialize_with_readable_names() {
    use serde_json::{json, to_value};
    let rule: Rule = "PID is 99 with number 12 then Include".parse().unwrap();
    let expected = json!({
        "rule": "PID is 99 with number 12 then Include",
        "column": "PID",
        "relation": "is",
        "value": "99",
        "action": "Include",
        "number": 12,
    });
    assert_eq!(to_value(&rule).unwrap(), expected);
    assert_eq!(to_value(SavedFilter::new([rule.clone()])).unwrap(), json!({ "rules": [expected] }));

    let bytes = [record("AdvancedMode", &[1, 0, 0, 0]), record("ColumnCount", &[0; 8]), record("Other", &[0xAB])];
    let (mut configuration, _) = Configuration::parse_lenient(&[&bytes.concat()[..], &[0; 4]].concat());
    configuration.set_highlight_filter([rule]);
    let value = to_value(&configuration).unwrap();
    assert_eq!(value["trailing_bytes"], 4);
    let option = |name: &str| {
        let options = value["options"].as_array().unwrap();
        options
            .iter()
            .find(|option| option["name"] == name)
            .unwrap_or_else(|| panic!("option {name} is missing"))
            .clone()
    };
    assert_eq!(option("AdvancedMode"), json!({ "name": "AdvancedMode", "value": true, "stored": true }));
    assert_eq!(option("HighlightBG"), json!({ "name": "HighlightBG", "value": "#80ffff", "stored": false }));
    assert_eq!(option("LogFont")["value"], "MS Shell Dlg, height 8, weight 400");
    assert_eq!(option("ColumnMap")["value"][1], "Process Name");
    assert_eq!(option("Columns")["value"], json!([50, 100, 40, 100, 200, 100, 100]));
    assert!(option("ColumnCount")["error"].as_str().unwrap().contains("ColumnCount"));
    assert_eq!(option("HighlightRules")["value"], json!([expected]));
    assert_eq!(option("Other"), json!({ "name": "Other", "bytes": "ab", "stored": true }));
    assert_eq!(value["options"].as_array().unwrap().len(), 25);
}

/// Generates options: valid values for some of Procmon's options, and any values for unknown names.
fn any_option() -> impl Strategy<Value = Vec<u8>> {
    let rules = prop::collection::vec((any::<u32>(), 0..9_u32, any::<u8>(), any::<Vec<u8>>(), any::<i64>()), 0..5);
    let rules = (any::<u8>(), rules, any::<Vec<u8>>()).prop_map(|(lead, rules, after_rules)| {
        let mut value = vec![lead];
        value.extend((rules.len() as u32).to_le_bytes());
        for (column, relation, action, text, number) in rules {
            value.extend(column.to_le_bytes());
            value.extend(relation.to_le_bytes());
            value.push(action);
            value.extend((text.len() as u32).to_le_bytes());
            value.extend(text);
            value.extend(number.to_le_bytes());
        }
        value.extend(after_rules);
        value
    });
    let number = prop::collection::vec(any::<u8>(), 0..=4);
    prop_oneof![
        rules.prop_map(|value| record("FilterRules", &value)),
        number.prop_map(|value| record("HISTORYDEPTH", &value)),
        (0..=64_u32).prop_map(|value| record("ColumnCount", &value.to_le_bytes())),
        prop::collection::vec(any::<u8>(), 0..=92).prop_map(|value| record("LogFont", &value)),
        any::<Vec<u8>>().prop_map(|value| record("SymbolPath", &value)),
        ("\\PC{0,10}", any::<Vec<u8>>()).prop_map(|(name, value)| record(&format!("?{name}"), &value)),
    ]
}

proptest! {
    fn generated_configurations_are_written_unchanged(options in prop::collection::vec(any_option(), 1..12), zeros in prop_oneof![Just(0), 4..50_usize]) {
        let bytes = [options.concat(), vec![0; zeros]].concat();
        let configuration = Configuration::parse(&bytes).unwrap();
        prop_assert_eq!(configuration.options().len(), options.len());
        prop_assert_eq!(configuration.to_bytes(), bytes);
    }

    fn damaged_configurations_are_written_unchanged(mut bytes in prop::collection::vec(any_option(), 1..6).prop_map(|options| options.concat()), damage in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..20)) {
        for (at, byte) in damage {
            let at = at.index(bytes.len());
            bytes[at] = byte;
        }
        let (configuration, _) = Configuration::parse_lenient(&bytes);
        prop_assert_eq!(configuration.to_bytes(), bytes);
        for &key in Key::ALL {
            let _ = configuration.value(key).map(|value| value.to_string());
        }
        let _ = configuration.columns();
    }

    fn generated_filters_are_written_unchanged(bytes in any::<Vec<u8>>(), rules in prop::collection::vec((0..3_u32, "\\PC*"), 0..9)) {
        let rules = rules.into_iter().map(|(column, text)| Rule::new(Column(40052 + column), Relation::IS, &text, Action::EXCLUDE));
        let filter: Filter = rules.collect();
        let file = [SavedFilter::new(filter.clone()).to_bytes(), bytes.clone()].concat();
        let saved = SavedFilter::parse(&file).unwrap();
        prop_assert_eq!(&saved.filter, &filter);
        prop_assert_eq!(saved.to_bytes(), file);
        if let Ok(saved) = SavedFilter::parse(&bytes) {
            prop_assert_eq!(saved.to_bytes(), bytes);
        }
    }
}
