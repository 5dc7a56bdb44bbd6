//! Logs that are written: saved, joined and redacted.

use std::collections::BTreeMap;
use std::sync::Arc;

use procmon_parser::write::{self, SaveOptions};
use procmon_parser::{Event, Index, LogsStream, OpenOptions, Redactor};
use pyo3::prelude::*;

use crate::error::{self, Result};
use crate::log::Log;
use crate::output::Target;
use crate::selection::Selection;
use crate::shared::{Shared, Stream};
use crate::task::{self, Cancelled};

/// Saves the events of a log, and returns their number.
pub(crate) fn save(py: Python<'_>, log: &Log, target: &Target) -> Result<u64> {
    let summary = task::run(py, |cancelled| {
        target.write_seek(|out| {
            let keep = |event: Event<'_>| !cancelled.get() && log.selection.has(event);
            let summary = write::save(out, &log.shared.stream, keep)?;
            cancelled.check()?;
            Ok(summary)
        })
    })?;
    error::warn_unreadable(py, summary.unreadable, summary.first_error.as_ref())?;
    Ok(summary.events)
}

/// Joins logs to one, in the order of time, and returns the number of events. Each log can be a part of one, such as the
/// result of a filter.
///
/// >>> import io
/// >>> import procmon_pml as pml
/// >>> log = pml.Log("fixtures/sample64.pml")
/// >>> out = io.BytesIO()
/// >>> pml.merge(out, [log[:10], log[20:30]])
/// 20
#[pyfunction]
pub(crate) fn merge(py: Python<'_>, target: &Bound<'_, PyAny>, logs: Vec<Bound<'_, Log>>) -> Result<u64> {
    let target = Target::new(target)?;
    let parts = Parts::new(&logs);
    let summary = task::run(py, |cancelled| {
        target.write_seek(|out| {
            let streams: Vec<&Stream> = parts.logs.iter().map(|(log, _)| &log.stream).collect();
            let keep = |event: Event<'_>| !cancelled.get() && parts.has(event);
            let summary = write::merge(out, &streams, keep)?;
            cancelled.check()?;
            Ok(summary)
        })
    })?;
    error::warn_unreadable(py, summary.unreadable, summary.first_error.as_ref())?;
    Ok(summary.events)
}

/// The logs to join, without duplicates, each with the parts of it that are joined.
struct Parts {
    logs: Vec<(Arc<Shared>, Vec<Selection>)>,
}

impl Parts {
    fn new(logs: &[Bound<'_, Log>]) -> Self {
        let mut parts = Self { logs: Vec::new() };
        for log in logs.iter().map(Bound::get) {
            match parts.logs.iter_mut().find(|(known, _)| Arc::ptr_eq(known, &log.shared)) {
                Some((_, selections)) => selections.push(log.selection.clone()),
                None => parts.logs.push((Arc::clone(&log.shared), vec![log.selection.clone()])),
            }
        }
        parts
    }

    fn has(&self, event: Event<'_>) -> bool {
        let has_index = |log: &Shared| log.stream.indexes().any(|index: &Index| index.ptr_eq(event.index()));
        let part = match self.logs.as_slice() {
            [only] => Some(only),
            logs => logs.iter().find(|(log, _)| has_index(log)),
        };
        part.is_some_and(|(_, selections)| selections.iter().any(|selection| selection.has(event)))
    }
}

/// The names that a redaction replaces.
pub(crate) struct Names {
    pub(crate) people: bool,
    pub(crate) hosts: bool,
    pub(crate) sids: bool,
    pub(crate) replace: BTreeMap<String, String>,
}

/// Saves a copy without names, checks it, and returns the replaced names.
pub(crate) fn redact(py: Python<'_>, log: &Log, target: &Target, names: &Names) -> Result<BTreeMap<String, String>> {
    task::run(py, |cancelled| {
        let stream = &log.shared.stream;
        let (redactor, replaced) = redactor(stream, names)?;
        // The copy is read again, so it is complete before it is written to its target.
        let copy = copy(log, &redactor, cancelled)?;
        let copy = OpenOptions::new().single_file(true).open_stream_with("<copy>", |_| Ok(copy.as_slice()))?;
        redactor.verify(&copy)?;
        cancelled.check()?;
        let copy: Vec<&[u8]> = LogsStream::into_readers(copy).collect();
        target.write(|out| Ok(copy.iter().try_for_each(|bytes| out.write_all(bytes))?))?;
        Ok(replaced)
    })
}

fn redactor(stream: &Stream, names: &Names) -> Result<(Redactor, BTreeMap<String, String>)> {
    let mut redactor = Redactor::new();
    let mut replaced = names.replace.clone();
    if names.people {
        replaced.extend(redactor.replace_people(stream)?);
    }
    if names.hosts {
        replaced.extend(redactor.replace_hosts(stream)?);
    }
    if names.sids {
        replaced.extend(redactor.replace_sids(stream)?);
    }
    for (from, to) in &names.replace {
        redactor.replace(from, to);
    }
    Ok((redactor, replaced))
}

fn copy(log: &Log, redactor: &Redactor, cancelled: &Cancelled) -> Result<Vec<u8>> {
    let mut copy = std::io::Cursor::new(Vec::new());
    let keep = |event: Event<'_>| !cancelled.get() && log.selection.has(event);
    SaveOptions::new().redact(redactor).save(&mut copy, &log.shared.stream, keep)?;
    cancelled.check()?;
    Ok(copy.into_inner())
}
