//! Tables of events: fitted to the width of a terminal, as plain columns, or as JSON Lines.

use std::fmt::Write as _;
use std::io::{self, Write};

use anstyle::{AnsiColor, Style as Color};
use procmon_parser::export::jsonl::JsonLines;
use procmon_parser::{Column, Configuration, Event, Style};
use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

use crate::term::{heading, printable};
use crate::view::table::shortened;

/// The number of rows that determine the widths of the columns.
const SAMPLE: usize = 1000;
/// The number of characters between two columns.
const GAP: usize = 2;
/// The widths that columns keep, in the order in which they are reduced: of paths, of other long texts, and of the
/// rest. A time has 18 characters, and most names of operations and results have no more than 14.
const MIN: [[usize; 3]; 3] = [[28, 14, 18], [20, 14, 12], [6, 6, 6]];
/// The style of results that are errors.
const FAILED: Color = AnsiColor::Red.on_default();
/// The style of context.
const CONTEXT: Color = Color::new().dimmed();

/// The form of a table.
pub(crate) enum Form {
    /// Columns with blanks between them, fitted to a width.
    Fitted(usize),
    /// Cells with tabs between them.
    Plain,
    /// An object for each event.
    Json(Box<JsonLines>),
}

/// The columns of a table.
pub(crate) enum ColumnChoice {
    /// All of these.
    Chosen(Vec<Column>),
    /// Those that Procmon shows by default. A table that is fitted to a narrow terminal has no Detail.
    Default,
}

/// Writes events as the rows of a table.
pub(crate) struct EventTable<W> {
    out: W,
    columns: Vec<Column>,
    /// True if the last column may be left out.
    can_omit: bool,
    style: Style,
    /// The names of the logs, if the first column shows them. JSON Lines has its own.
    logs: Option<Vec<String>>,
    has_header: bool,
    layout: Layout,
}

enum Layout {
    Fitted(Fitted),
    Plain,
    Json(Box<JsonLines>, Vec<u8>),
}

/// The rows from which the widths are determined, then the widths.
struct Fitted {
    width: usize,
    sample: Vec<Row>,
    widths: Option<Vec<usize>>,
}

enum Row {
    Event { cells: Vec<String>, is_failed: bool, is_context: bool },
    Separator,
}

impl<W: Write> EventTable<W> {
    /// Creates a table. With `logs`, the first column has the names of the logs.
    pub(crate) fn new(out: W, columns: ColumnChoice, style: Style, logs: Option<Vec<String>>, form: Form) -> Self {
        let (columns, can_omit) = match columns {
            ColumnChoice::Chosen(columns) => (columns, false),
            ColumnChoice::Default => (Configuration::procmon_default().columns(), true),
        };
        let layout = match form {
            Form::Fitted(width) => Layout::Fitted(Fitted { width, sample: Vec::new(), widths: None }),
            Form::Plain => Layout::Plain,
            Form::Json(json) => Layout::Json(json, Vec::new()),
        };
        Self { out, columns, can_omit, style, logs, has_header: true, layout }
    }

    /// Omits the titles.
    pub(crate) fn without_header(mut self) -> Self {
        self.has_header = false;
        self
    }

    /// Writes the titles of plain columns. A fitted table has its titles when its widths are known.
    pub(crate) fn begin(&mut self) -> io::Result<()> {
        match self.layout {
            Layout::Plain if self.has_header => {
                let titles = self.titles().join("\t");
                writeln!(self.out, "{titles}")
            }
            _ => Ok(()),
        }
    }

    fn titles(&self) -> Vec<String> {
        let log = self.logs.as_ref().map(|_| "Log".to_owned());
        log.into_iter().chain(self.columns.iter().map(ToString::to_string)).collect()
    }

    /// Writes an event of the log with the given number. `is_context` is true if it is shown because of another event.
    pub(crate) fn event(&mut self, log: usize, event: Event<'_>, is_context: bool) -> io::Result<()> {
        if let Layout::Json(json, line) = &mut self.layout {
            line.clear();
            json.append_event(event, line);
            return self.out.write_all(line);
        }
        let name = self.logs.as_ref().map(|logs| printable(logs.get(log).map_or("", String::as_str)));
        let mut text = String::new();
        let of_event = self.columns.iter().map(|&column| {
            text.clear();
            // Writing to a string does not fail.
            let _ = write!(text, "{}", event.text_in(column, &self.style));
            printable(&text)
        });
        let cells: Vec<_> = name.into_iter().chain(of_event).collect();
        match &self.layout {
            Layout::Fitted(_) => self.row(Row::Event { cells, is_failed: event.status().is_error(), is_context }),
            _ => writeln!(self.out, "{}", cells.join("\t")),
        }
    }

    /// Writes the line between two groups of events. JSON Lines has none.
    pub(crate) fn separator(&mut self) -> io::Result<()> {
        match self.layout {
            Layout::Fitted(_) => self.row(Row::Separator),
            Layout::Plain => writeln!(self.out, "--"),
            Layout::Json(..) => Ok(()),
        }
    }

    /// Adds a row to the sample, or writes it if the widths are known.
    fn row(&mut self, mut row: Row) -> io::Result<()> {
        let kinds = self.kinds();
        let Layout::Fitted(fitted) = &mut self.layout else { return Ok(()) };
        if let Some(widths) = &fitted.widths {
            return write_row(&mut self.out, &row, widths, &kinds);
        }
        if let Row::Event { cells, .. } = &mut row {
            for (cell, kind) in cells.iter_mut().zip(&kinds) {
                *cell = kind.shorten(cell, fitted.width);
            }
        }
        fitted.sample.push(row);
        if fitted.sample.len() < SAMPLE { Ok(()) } else { self.write_sample() }
    }

    /// Determines the widths, and writes the titles and the sample.
    fn write_sample(&mut self) -> io::Result<()> {
        let (mut kinds, mut titles) = (self.kinds(), self.titles());
        let Layout::Fitted(fitted) = &mut self.layout else { return Ok(()) };
        if fitted.widths.is_some() {
            return Ok(());
        }
        let mut widths: Vec<_> = titles.iter().map(|title| title.width()).collect();
        for row in &fitted.sample {
            let Row::Event { cells, .. } = row else { continue };
            for (width, cell) in widths.iter_mut().zip(cells) {
                *width = cell.width().max(*width);
            }
        }
        if self.can_omit && is_narrow(&widths, &kinds, fitted.width) {
            self.columns.pop();
            _ = (kinds.pop(), titles.pop(), widths.pop());
        }
        let widths = fit(widths, &kinds, fitted.width);
        if self.has_header && !fitted.sample.is_empty() {
            heading(&mut self.out, &line(&titles, &widths, &kinds, |_, _| None))?;
        }
        for row in fitted.sample.drain(..) {
            write_row(&mut self.out, &row, &widths, &kinds)?;
        }
        fitted.widths = Some(widths);
        Ok(())
    }

    /// Writes the remaining rows, and flushes the output.
    pub(crate) fn finish(&mut self) -> io::Result<()> {
        self.write_sample()?;
        self.out.flush()
    }

    fn kinds(&self) -> Vec<Kind> {
        let log = self.logs.as_ref().map(|_| Kind::Path);
        log.into_iter().chain(self.columns.iter().map(|&column| Kind::of(column))).collect()
    }
}

fn write_row(out: &mut impl Write, row: &Row, widths: &[usize], kinds: &[Kind]) -> io::Result<()> {
    match row {
        Row::Separator => writeln!(out, "--"),
        Row::Event { cells, is_failed, is_context } => {
            let color = |kind: Kind, _: &str| match (is_context, kind) {
                (true, _) => Some(CONTEXT),
                (false, Kind::Result) if *is_failed => Some(FAILED),
                _ => None,
            };
            writeln!(out, "{}", line(cells, widths, kinds, color))
        }
    }
}

/// The alignment of a column, and the place where long texts are cut.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Text,
    Long,
    Number,
    Path,
    Result,
}

impl Kind {
    fn of(column: Column) -> Self {
        match column {
            Column::PATH | Column::IMAGE_PATH => Self::Path,
            Column::DETAIL | Column::COMMAND_LINE => Self::Long,
            Column::RESULT => Self::Result,
            Column::PID | Column::PARENT_PID | Column::TID | Column::SESSION | Column::DURATION => Self::Number,
            _ => Self::Text,
        }
    }

    /// Returns the width that a column of this kind keeps, given the widths of the three groups in [`MIN`].
    fn min_width(self, [path, long, other]: [usize; 3]) -> usize {
        match self {
            Self::Path => path,
            Self::Long => long,
            _ => other,
        }
    }

    /// Shortens a text to a width: a path in its middle, any other text at its end.
    fn shorten(self, text: &str, width: usize) -> String {
        match self {
            Self::Path => shortened(text, width),
            _ if text.width() <= width => text.to_owned(),
            _ => text.chars().take(count_within(text.chars(), width.saturating_sub(1))).chain(['…']).collect(),
        }
    }
}

/// Returns the number of characters that fit in a width.
fn count_within(chars: impl Iterator<Item = char>, width: usize) -> usize {
    let mut used = 0;
    let fits = |c: &char| {
        used += c.width().unwrap_or(0);
        used <= width
    };
    chars.take_while(fits).count()
}

/// Returns the widths of the columns so that a row fits: the widest columns become narrower, first those with long
/// texts.
fn fit(mut widths: Vec<usize>, kinds: &[Kind], width: usize) -> Vec<usize> {
    let mut excess = widths.iter().sum::<usize>().saturating_sub(room(widths.len(), width));
    for min in MIN {
        while excess > 0 {
            let wider = widths.iter_mut().zip(kinds).filter(|(width, kind)| **width > kind.min_width(min));
            let Some((widest, _)) = wider.max_by_key(|(width, _)| **width) else { break };
            *widest -= 1;
            excess -= 1;
        }
    }
    widths
}

/// Returns the number of characters for the cells of a row.
fn room(columns: usize, width: usize) -> usize {
    width.saturating_sub(GAP * columns.saturating_sub(1))
}

/// Returns true if columns with these widths have to be reduced to the smallest ones to fit.
fn is_narrow(widths: &[usize], kinds: &[Kind], width: usize) -> bool {
    let [.., min, _] = MIN;
    let reduced = widths.iter().zip(kinds).map(|(width, kind)| kind.min_width(min).min(*width));
    reduced.sum::<usize>() > room(widths.len(), width)
}

/// Returns a line with the cells, each in the color that `color` returns.
fn line(cells: &[String], widths: &[usize], kinds: &[Kind], color: impl Fn(Kind, &str) -> Option<Color>) -> String {
    let mut line = String::new();
    for ((cell, &width), &kind) in cells.iter().zip(widths).zip(kinds) {
        let text = kind.shorten(cell, width);
        let blanks = " ".repeat(width.saturating_sub(text.width()));
        let colored = color(kind, &text).map_or_else(|| text.clone(), |color| format!("{color}{text}{color:#}"));
        if !line.is_empty() {
            line.push_str(&" ".repeat(GAP));
        }
        match kind {
            Kind::Number => line.extend([blanks, colored]),
            _ => line.extend([colored, blanks]),
        }
    }
    line.truncate(line.trim_end().len());
    line
}

#[cfg(test)]
mod tests {
    use unicode_width::UnicodeWidthStr;

    use super::{Kind, fit, is_narrow};

    #[test]
    fn paths_are_shortened_in_the_middle() {
        let path = r"C:\Windows\System32\drivers\etc\hosts";
        assert_eq!(Kind::Path.shorten(path, 40), path);
        assert_eq!(Kind::Path.shorten(path, 20), r"C:\Windo…s\etc\hosts");
        assert_eq!(Kind::Text.shorten(path, 10), r"C:\Window…");
        for width in 0..40 {
            for kind in [Kind::Path, Kind::Text, Kind::Number] {
                for text in
                    [path, "日本語のファイル名はとても長いです日本語のファイル", "e\u{301}e\u{301}e\u{301}e\u{301}"]
                {
                    let shown = kind.shorten(text, width);
                    assert!(shown.width() <= width.max(1), "{shown} {width}");
                    // A text can be shortened twice, because the rows of the sample are shortened again.
                    assert!(kind.shorten(&kind.shorten(text, width + 7), width).width() <= width.max(1));
                }
            }
        }
    }

    #[test]
    fn the_widest_columns_become_narrower() {
        let kinds = [Kind::Text, Kind::Path, Kind::Long];
        assert_eq!(fit(vec![10, 20, 30], &kinds, 80), [10, 20, 30]);
        assert_eq!(fit(vec![10, 40, 40], &kinds, 60), [10, 28, 18]);
        assert_eq!(fit(vec![18, 40, 40], &kinds, 64), [18, 28, 14]);
        assert_eq!(fit(vec![18, 40, 40], &kinds, 50), [12, 20, 14]);
        assert_eq!(fit(vec![10, 40, 40], &kinds, 5), [6, 6, 6]);
        assert!(is_narrow(&[18, 40, 40], &kinds, 49) && !is_narrow(&[18, 40, 40], &kinds, 50));
        assert!(!is_narrow(&[5, 5, 5], &kinds, 19));
    }
}
