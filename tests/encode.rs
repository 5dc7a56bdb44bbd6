//! Details as bytes: what is decoded is written as it was, and what is written is decoded as it was.

mod procmon;

use std::collections::BTreeMap;

use procmon::all_logs;
use procmon_parser::detail::Blocks;
use procmon_parser::{Detail, Event};

/// Failures by operation: how many, and the first.
#[derive(Default)]
struct Failures(BTreeMap<String, (usize, String)>);

impl Failures {
    fn add(&mut self, name: &str, event: Event<'_>, blocks: &Blocks, message: &str) {
        let first = || {
            let mut text = format!("{name} event {}: {message}\n  {:?}", event.ordinal(), event.detail());
            for (what, log, ours) in [
                ("detail", Some(event.detail_bytes()), Some(blocks.detail.as_slice())),
                ("extra", event.extra(), blocks.extra.as_deref()),
            ] {
                text += &format!("\n  {what} of the log {log:02x?}\n  {what} as written {ours:02x?}");
            }
            text
        };
        let operation = format!("{:?} {}", event.operation(), event.operation_name());
        self.0.entry(operation).or_insert_with(|| (0, first())).0 += 1;
    }

    fn check(&self) {
        for (operation, (count, first)) in &self.0 {
            println!("{count} {operation}: {first:.4000}");
        }
        assert!(self.0.is_empty(), "{} operations fail", self.0.len());
    }
}

#[test]
fn what_is_written_is_decoded_as_it_was() {
    let mut blocks = Blocks::default();
    let mut failures = Failures::default();
    let mut count = 0;
    for (name, log) in all_logs() {
        for event in log.events().flatten() {
            let Ok(detail) = event.detail() else { continue };
            count += 1;
            let (operation, is_64bit) = (event.operation(), event.index().is_64bit());
            let written = detail.encode_into(operation, is_64bit, &mut blocks);
            let again = Detail::decode(operation, is_64bit, &blocks.detail, blocks.extra.as_deref());
            if written.is_err() || !again.as_ref().is_ok_and(|again| *again == detail) {
                failures.add(&name, event, &blocks, &format!("{written:?}, {again:?}"));
            }
        }
    }
    println!("{count} details");
    failures.check();
}
