//! Crafted logs with data that Procmon reads in an unexpected way, compared byte for byte with the exports of Procmon
//! 3.94.
//!
//! The logs of `fixtures/quirks` have: characters above U+FFFF at the borders of buffers, registry values whose
//! strings end outside of their data, classes without a name, events without a process or that cannot be read, ports of
//! other protocols (`cells`); addresses and modules at the ends of the address space, paths with slashes, times after
//! 2^63 (`frames`); addresses and modules at the end of the address space of a 32-bit log (`frames32`); processes with
//! hundreds of modules of equal load times (`modules`).

use std::path::Path;

use crate::data::{Csv, compare, report, unzip};
use crate::{filter, xml};
use procmon_parser::code::EventClass;
use procmon_parser::export::{self, Pipeline, csv};
use procmon_parser::filter::{Matcher, Query};
use procmon_parser::{Column, Compat, Configuration, Filter, LogsReader, Rule, Style};

crate::tests! {
    plain:
        cells,
        frames,
        frames_of_32_bits,
        modules,
        buffers_are_the_same_in_threads,
        hosts_are_used_as_far_as_the_header_goes,
        queries_see_classes_without_a_name;
    with_data:
        misc_830008,
        misc_830008_with_stacks,
        registry_830008,
        registry_830008_with_stacks,
        modules_that_are_not_sorted,
        rules_on_classes_without_a_name,
        filtered_profiling;
}

const FOLDER: &str = "fixtures/quirks";

fn open(folder: &Path, name: &str) -> LogsReader {
    LogsReader::new(unzip(&folder.join(format!("{name}.pml.gz")))).unwrap()
}

fn attack(data: &Path) -> std::path::PathBuf {
    data.join("conformance/attack")
}

fn check_csv(folder: &Path, name: &str) {
    let log = open(folder, name);
    let csv = Csv::open(&folder.join(format!("{name}.procmon-3.94.csv.gz")));
    let differences = compare(&log, &csv, &Style::new().compat(Compat::Procmon3_94));
    assert!(differences.is_empty(), "{name}: {}", report(&log, &differences));
}

fn check_xml(folder: &Path, name: &str, file: &str) {
    let procmon = unzip(&folder.join(format!("{name}.procmon-3.94.{file}.gz")));
    xml::check_log(name, &open(folder, name), &procmon, file == "stacks.xml");
}

fn cells() {
    check_csv(FOLDER.as_ref(), "cells");
}

fn frames() {
    check_xml(FOLDER.as_ref(), "frames", "stacks.xml");
}

fn frames_of_32_bits() {
    check_xml(FOLDER.as_ref(), "frames32", "stacks.xml");
}

fn modules() {
    check_xml(FOLDER.as_ref(), "modules", "xml");
}

/// The split of a pair depends on everything that was written before it. It must not depend on threads.
fn buffers_are_the_same_in_threads() {
    let log = open(FOLDER.as_ref(), "cells");
    let csv = || csv::Csv::new(Column::PROCMON_ORDER, Style::new().compat(Compat::Procmon3_94));
    let mut expected = Vec::new();
    export::write(&mut expected, log.events(), csv()).unwrap();
    for (threads, chunk) in [(1, 100), (2, 1), (3, 7), (8, 300)] {
        let mut out = Vec::new();
        let pipeline = Pipeline::new().threads(threads.try_into().unwrap()).chunk(chunk.try_into().unwrap());
        pipeline.run(&mut out, &log, csv()).unwrap();
        assert!(out == expected, "{threads} threads, {chunk} events");
    }
}

/// Procmon reads the header up to the size that the header states: in a log of less than 16 MiB, three bytes of the
/// offset of the hosts are enough (measured on Procmon 3.94).
fn hosts_are_used_as_far_as_the_header_goes() {
    let bytes = unzip(&Path::new(FOLDER).join("cells.pml.gz"));
    let hosts = |size: u32| {
        let mut bytes = bytes.clone();
        bytes[0x398..0x39C].copy_from_slice(&size.to_le_bytes());
        LogsReader::new(bytes).unwrap().index().hosts().len()
    };
    assert_eq!([0x3A0, 0x3A2, 0x3A3, 0x3A7, 0x3A8, 0x3B0].map(hosts), [0, 0, 4, 4, 4, 4]);
}

/// Unlike a rule, a query compares the text that the column shows.
fn queries_see_classes_without_a_name() {
    let log = open(FOLDER.as_ref(), "cells");
    let count = |matcher: &Matcher| log.events().flatten().filter(|event| matcher.matches(*event)).count();
    let nameless = log.events().flatten().filter(|event| event.class().name().is_none()).count();
    let all = log.events().flatten().count();
    assert!(nameless > 0);
    for (query, expected) in [("is \"\"", nameless), ("is not \"\"", all - nameless), ("excludes File", all)] {
        let query: Query = format!("Event Class {query}").parse().unwrap();
        assert_eq!(count(&query.compile(log.indexes())), expected, "{query:?}");
    }
    // Filters compare like Procmon 3.94, in which the class IPC has no name.
    let named = all - nameless - log.events().flatten().filter(|event| event.class() == EventClass::IPC).count();
    for (rule, expected) in [("is \"\"", 0), ("is not \"\"", named), ("excludes File", named)] {
        let rule: Rule = format!("Event Class {rule} then Include").parse().unwrap();
        assert_eq!(count(&Filter::from([rule.clone()]).compile(log.indexes())), expected, "{rule}");
    }
}

fn misc_830008(data: &Path) {
    check_csv(&attack(data), "misc_830008");
}

fn misc_830008_with_stacks(data: &Path) {
    check_xml(&attack(data), "misc_830008", "stacks.xml");
}

fn registry_830008(data: &Path) {
    check_csv(&attack(data), "registry_830008");
}

fn registry_830008_with_stacks(data: &Path) {
    check_xml(&attack(data), "registry_830008", "stacks.xml");
}

fn modules_that_are_not_sorted(data: &Path) {
    check_xml(&attack(data), "modules-unsorted", "stacks.xml");
}

/// Returns the bytes of the events that the filter of a configuration shows, without profiling events, which Procmon
/// saves regardless of the filter.
fn shown(log: &LogsReader, configuration: Option<&Path>) -> Vec<Vec<u8>> {
    let style = Style::new().compat(Compat::Procmon3_94);
    let matcher = configuration.map(|path| filter::filters(path)[0].compile_with(log.indexes(), &style));
    let events = log.events().flatten().filter(|event| matcher.as_ref().is_none_or(|matcher| matcher.matches(*event)));
    events.filter(|event| event.class() != EventClass::PROFILING).map(|event| event.bytes().to_vec()).collect()
}

fn rules_on_classes_without_a_name(data: &Path) {
    let folder = attack(data);
    let log = open(&folder, "profiling-filter");
    let saved = LogsReader::new(unzip(&folder.join("class6-filter.procmon-3.94.saved.pml.gz"))).unwrap();
    assert_eq!(shown(&log, Some(&folder.join("class6-filter.pmc"))), shown(&saved, None));
}

fn filtered_profiling(data: &Path) {
    let folder = attack(data);
    let log = open(&folder, "profiling-filter");
    let configuration = Configuration::open(folder.join("profiling-filter.pmc")).unwrap();
    let style = Style::new().compat(Compat::Procmon3_94);
    let matcher = configuration.filter().compile_with(log.indexes(), &style);
    let procmon = unzip(&folder.join("profiling-filter.procmon-3.94.csv.gz"));
    let events = log.events().filter(|event| event.as_ref().is_ok_and(|event| matcher.matches(*event)));
    let mut ours = Vec::new();
    export::write(&mut ours, events, csv::Csv::new(&configuration.columns(), style)).unwrap();
    assert_eq!(String::from_utf8(ours).unwrap(), String::from_utf8(procmon).unwrap());
}
