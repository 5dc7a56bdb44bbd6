//! The file format of speedscope: <https://www.speedscope.app/file-format-schema.json>.
//!
//! Each process is a profile of type "sampled". Its samples are the stacks of its call tree, with the number of events
//! or their time.

use std::collections::HashMap;
use std::io;

use procmon_parser::Result;
use procmon_parser::analysis::{StackRow, StackRowKind, StackTree, StackWeight};

use crate::frames::row_name;
use crate::json::Json;

/// The number of bytes that are written at once.
const BUFFER: usize = 1 << 16;

/// Writes the call trees of all processes.
pub(crate) fn write(mut out: impl io::Write, tree: &StackTree<'_>, title: &str, weight: StackWeight) -> Result<()> {
    let mut file =
        File { out: &mut out, json: Json::default(), frames: Frames::default(), weight, profiles: 0, is_open: false };
    file.begin(title);
    let mut profile = Profile::default();
    for row in tree.rows().skip(1) {
        if row.kind == StackRowKind::Process {
            file.end_profile(&mut profile);
            file.begin_profile(&row);
        }
        file.add(&row, &mut profile)?;
    }
    file.end_profile(&mut profile);
    file.finish()
}

struct File<'o, W: io::Write> {
    out: &'o mut W,
    json: Json,
    frames: Frames,
    weight: StackWeight,
    profiles: usize,
    /// True while a profile is written.
    is_open: bool,
}

/// The profile that is being written.
#[derive(Debug, Default)]
struct Profile {
    /// The frames from the process to the latest row.
    path: Vec<usize>,
    weights: Vec<u64>,
}

/// The names of frames, in the order of their first use.
#[derive(Debug, Default)]
struct Frames {
    names: Vec<String>,
    indexes: HashMap<String, usize>,
}

impl Frames {
    /// Returns the index of a name. Adds the name if it is new.
    fn index(&mut self, name: String) -> usize {
        let next = self.names.len();
        let names = &mut self.names;
        *self.indexes.entry(name).or_insert_with_key(|name| {
            names.push(name.clone());
            next
        })
    }
}

impl<W: io::Write> File<'_, W> {
    fn begin(&mut self, title: &str) {
        self.json.raw("{\"$schema\":\"https://www.speedscope.app/file-format-schema.json\",\"exporter\":");
        self.json.text(concat!("procmon-trace ", env!("CARGO_PKG_VERSION")));
        self.json.raw(",\"name\":");
        self.json.text(title);
        self.json.raw(",\"activeProfileIndex\":0,\"profiles\":[");
    }

    fn begin_profile(&mut self, process: &StackRow<'_>) {
        self.json.raw(if self.profiles > 0 { ",\n" } else { "\n" });
        self.profiles += 1;
        self.json.raw("{\"type\":\"sampled\",\"name\":");
        self.json.text(&row_name(process));
        self.json.raw(match self.weight {
            StackWeight::Time => ",\"unit\":\"microseconds\"",
            _ => ",\"unit\":\"none\"",
        });
        self.json.raw(",\"startValue\":0,\"samples\":[");
        self.is_open = true;
    }

    /// Adds the row of a process or of a frame, whose depth is at least 1.
    fn add(&mut self, row: &StackRow<'_>, profile: &mut Profile) -> Result<()> {
        profile.path.truncate((row.depth as usize).saturating_sub(1));
        profile.path.push(self.frames.index(row_name(row)));
        let weight = match self.weight {
            StackWeight::Time => row.self_time.0,
            _ => row.self_count,
        };
        if weight == 0 || !self.is_open {
            return Ok(());
        }
        self.json.raw(if profile.weights.is_empty() { "[" } else { ",[" });
        profile.weights.push(weight);
        for (index, &frame) in profile.path.iter().enumerate() {
            self.json.raw(if index > 0 { "," } else { "" });
            self.json.number(frame as u64);
        }
        self.json.raw("]");
        self.flush(BUFFER)
    }

    fn end_profile(&mut self, profile: &mut Profile) {
        if !std::mem::take(&mut self.is_open) {
            return;
        }
        self.json.raw("],\"weights\":[");
        let mut sum = 0_u64;
        for (index, weight) in profile.weights.drain(..).enumerate() {
            self.json.raw(if index > 0 { "," } else { "" });
            write_weight(&mut self.json, weight, self.weight);
            sum = sum.saturating_add(weight);
        }
        self.json.raw("],\"endValue\":");
        write_weight(&mut self.json, sum, self.weight);
        self.json.raw("}");
        profile.path.clear();
    }

    fn finish(mut self) -> Result<()> {
        if self.profiles == 0 {
            // The viewer refuses a file without profiles.
            self.json.raw("\n{\"type\":\"sampled\",\"name\":\"no events\",\"unit\":\"none\",\"startValue\":0");
            self.json.raw(",\"samples\":[],\"weights\":[],\"endValue\":0}");
        }
        self.json.raw("\n],\"shared\":{\"frames\":[");
        let names = std::mem::take(&mut self.frames.names);
        for (index, name) in names.iter().enumerate() {
            self.json.raw(if index > 0 { ",\n{\"name\":" } else { "\n{\"name\":" });
            self.json.text(name);
            self.json.raw("}");
            self.flush(BUFFER)?;
        }
        self.json.raw("\n]}}\n");
        self.flush(0)?;
        Ok(self.out.flush()?)
    }

    /// Writes the buffer if it has at least a given number of bytes.
    fn flush(&mut self, min_len: usize) -> Result<()> {
        if self.json.text.len() >= min_len {
            self.out.write_all(self.json.text.as_bytes())?;
            self.json.text.clear();
        }
        Ok(())
    }
}

/// Writes a number of events, or a time in microseconds.
fn write_weight(json: &mut Json, weight: u64, of: StackWeight) {
    match of {
        StackWeight::Time => json.micros(weight),
        _ => json.number(weight),
    }
}
