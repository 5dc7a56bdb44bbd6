//! Access to the comparison data: real and crafted logs with Procmon's own exports of them.
//!
//! The data is not part of this repository. `PROCMON_DATA` names its folder (default: `../shared`), which contains
//! `corpus/` and `conformance/`. `docs/TESTING.md` describes their content and how to create your own with a Procmon.
//! Without the data, the comparisons are ignored, except on CI, where they fail.

#![allow(dead_code, unreachable_pub)] // each program uses only a part of this module

use std::collections::{BTreeMap, HashMap};
use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use procmon_parser::{
    Column, Event, LogsReader, Style,
    export::{self, csv},
};

/// Returns the folder of the comparison data: `PROCMON_DATA`, or `shared` next to the repository. `None` if it does not
/// exist.
pub fn folder() -> Option<&'static Path> {
    static FOLDER: LazyLock<Option<PathBuf>> = LazyLock::new(|| {
        let mut folders = Path::new(env!("CARGO_MANIFEST_DIR")).ancestors();
        let next_to_repository =
            || folders.find(|folder| folder.join("fixtures").is_dir()).map(|root| root.join("../shared"));
        let folder = std::env::var_os("PROCMON_DATA").map(PathBuf::from).or_else(next_to_repository);
        folder.filter(|folder| folder.join("corpus").is_dir())
    });
    FOLDER.as_deref()
}

/// Returns the folder of the comparison data. Panics if it does not exist.
pub fn required_folder() -> &'static Path {
    folder().expect("set PROCMON_DATA to the folder of the comparison data; see docs/TESTING.md")
}

/// Returns the uncompressed bytes of a gzip file.
pub fn unzip(path: &Path) -> Vec<u8> {
    let file = File::open(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let mut bytes = Vec::new();
    flate2::read::GzDecoder::new(file).read_to_end(&mut bytes).unwrap();
    bytes
}

/// A CSV file that Procmon exported.
pub struct Csv {
    file: String,
}

impl Csv {
    pub fn open(path: &Path) -> Self {
        Self { file: String::from_utf8(unzip(path)).unwrap() }
    }

    /// Returns the rows without their line ends. No cell contains a line feed.
    pub fn rows(&self) -> impl Iterator<Item = &str> {
        self.file.lines().skip(1)
    }

    pub fn columns(&self) -> Vec<Column> {
        cells(self.file.trim_start_matches('\u{FEFF}').lines().next().unwrap())
            .iter()
            .map(|title| title.parse().unwrap())
            .collect()
    }
}

/// Splits a row into its cells.
pub fn cells(row: &str) -> Vec<String> {
    let mut cells = Vec::new();
    let mut rest = row;
    while let Some(inside) = rest.strip_prefix('"') {
        let mut cell = String::new();
        let mut quoted = inside;
        loop {
            let end = quoted.find('"').expect("a quoted cell ends with a quote");
            cell.push_str(&quoted[..end]);
            quoted = &quoted[end + 1..];
            match quoted.strip_prefix('"') {
                Some(after) => {
                    cell.push('"');
                    quoted = after;
                }
                None => break,
            }
        }
        cells.push(cell);
        rest = quoted.strip_prefix(',').unwrap_or(quoted);
    }
    cells
}

/// A cell that differs.
#[derive(Debug)]
pub struct Difference {
    pub row: usize,
    pub column: Column,
    pub procmon: String,
    pub ours: String,
}

/// Exports a log and compares the file with Procmon's export. Returns the cells that differ.
pub fn compare(log: &LogsReader, csv: &Csv, style: &Style) -> Vec<Difference> {
    compare_events(log.events(), csv, style)
}

/// Like [`compare`], for some of the events of a log. Rows are counted among these events.
pub fn compare_events<'a>(
    events: impl IntoIterator<Item = procmon_parser::Result<Event<'a>>>,
    csv: &Csv,
    style: &Style,
) -> Vec<Difference> {
    let columns = csv.columns();
    let mut ours = Vec::new();
    let summary = export::write(&mut ours, events, csv::Csv::new(&columns, style.clone())).unwrap();
    let mut ours = String::from_utf8(ours).unwrap();
    if !csv.file.contains('\r') {
        // The only export of Procmon 3.0 was processed by a tool that removed the carriage returns.
        ours = ours.replace("\r\n", "\n");
    }
    if ours == csv.file {
        return Vec::new();
    }
    assert_eq!(summary.rows as usize, csv.rows().count(), "number of rows");
    let mut differences = Vec::new();
    for (row, (procmon, ours)) in csv.rows().zip(ours.lines().skip(1)).enumerate() {
        if procmon == ours {
            continue;
        }
        let (procmon, ours) = (cells(procmon), cells(ours));
        assert_eq!(procmon.len(), ours.len(), "number of cells in row {row}");
        for ((procmon, ours), &column) in procmon.into_iter().zip(ours).zip(&columns) {
            if procmon != ours {
                differences.push(Difference { row, column, procmon, ours });
            }
        }
    }
    assert!(!differences.is_empty(), "the files differ outside the cells");
    differences
}

/// Formats differences, grouped by column and operation.
pub fn report(log: &LogsReader, differences: &[Difference]) -> String {
    let mut groups = BTreeMap::<String, Vec<&Difference>>::new();
    for difference in differences {
        let event = log.event(difference.row);
        let operation =
            event.map_or("unreadable".into(), |event| format!("{} {}", event.class(), event.text(Column::OPERATION)));
        groups.entry(format!("{} of {operation}", difference.column)).or_default().push(difference);
    }
    let mut text = format!("{} cells differ\n", differences.len());
    for (group, differences) in groups {
        text += &format!("{:6} {group}\n", differences.len());
        for Difference { row, procmon, ours, .. } in differences.iter().take(2) {
            text += &format!("       row {row}\n         Procmon {procmon:.600?}\n         ours    {ours:.600?}\n");
        }
    }
    text
}

/// The cells of an export that cannot match, with the reasons: `tests/procmon/known_differences.tsv`.
pub struct KnownDifferences(HashMap<(String, usize, String), String>);

impl KnownDifferences {
    /// Returns the listed cells of the export with the given name.
    pub fn of(export: &str) -> Self {
        let list = include_str!("known_differences.tsv");
        let mut cells = HashMap::new();
        for line in list.lines().filter(|line| !line.starts_with('#') && !line.is_empty()) {
            let [name, row, column, reason] = line.split('\t').collect::<Vec<_>>()[..] else {
                panic!("known_differences.tsv: expected four fields: {line}");
            };
            if name == export {
                cells.insert((name.into(), row.parse().unwrap(), column.into()), reason.into());
            }
        }
        Self(cells)
    }

    /// Removes the listed cells from `differences`. Panics if a listed cell does not differ.
    pub fn apply(mut self, export: &str, differences: Vec<Difference>) -> Vec<Difference> {
        let mut unlisted = Vec::new();
        for difference in differences {
            let key = (export.to_owned(), difference.row, difference.column.to_string());
            if self.0.remove(&key).is_none() {
                unlisted.push(difference);
            }
        }
        assert!(
            self.0.is_empty(),
            "{export}: these cells match now, remove them from known_differences.tsv: {:?}",
            self.0.keys()
        );
        unlisted
    }
}

/// Returns the frames of each event of an XML export with stacks as `address`, `path` and `location`. The last two are
/// empty if Procmon found no module.
pub fn frames_of_xml(xml: &str) -> Vec<Vec<[String; 3]>> {
    let element = |text: &str, name: &str| {
        let inside = text.split_once(&format!("<{name}>")).and_then(|(_, rest)| rest.split_once(&format!("</{name}>")));
        let escapes = [("&lt;", "<"), ("&gt;", ">"), ("&quot;", "\""), ("&apos;", "'"), ("&amp;", "&")];
        escapes
            .iter()
            .fold(inside.map_or("", |(inside, _)| inside).to_owned(), |text, (from, to)| text.replace(from, to))
    };
    let events = xml.split_once("<eventlist>").unwrap().1.split("<stack>").skip(1);
    events
        .map(|event| {
            let stack = event.split_once("</stack>").unwrap().0;
            stack
                .split("<frame>")
                .skip(1)
                .map(|frame| ["address", "path", "location"].map(|name| element(frame, name)))
                .collect()
        })
        .collect()
}
