//! Flame graphs as SVG without scripts.
//!
//! The root is at the top, so that a browser shows it first. The width of a frame is its part of the whole.

use std::fmt::Write;
use std::io;

use procmon_parser::analysis::{StackRow, StackRowKind, StackTree, StackWeight};
use procmon_parser::{Result, Ticks};

use crate::frames::row_name;
use crate::texts::cut;

const WIDTH: f64 = 1200.0;
const MARGIN: f64 = 10.0;
/// The height of a frame, and that of its rectangle.
const ROW: u64 = 17;
const RECTANGLE: u64 = 16;
/// The top of the first frame.
const TOP: u64 = 64;
/// The width of a character.
const CHARACTER: f64 = 6.7;
/// The maximum number of frames side by side. Frames narrower than the width divided by this number are joined.
const FRAMES: u64 = 3000;
/// The number of bytes that are written at once.
const BUFFER: usize = 1 << 16;

/// Writes the call trees of all processes.
pub(crate) fn write(mut out: impl io::Write, tree: &StackTree<'_>, title: &str, weight: StackWeight) -> Result<()> {
    let all = tree.rows().next().map_or(0, |row| weight_of(&row, weight));
    let min_weight = all / FRAMES;
    let (count, time) = if weight == StackWeight::Time { (0, Ticks(min_weight)) } else { (min_weight, Ticks(0)) };
    let rows = || tree.rows_above(count, time);
    let deepest = rows().map(|row| row.depth).max().unwrap_or_default();
    let mut graph = Graph { text: String::new(), weight, all, places: Vec::new() };
    graph.begin(title, u64::from(deepest) + 1);
    for row in rows() {
        graph.add(&row);
        if graph.text.len() >= BUFFER {
            out.write_all(graph.text.as_bytes())?;
            graph.text.clear();
        }
    }
    graph.text.push_str("</svg>\n");
    out.write_all(graph.text.as_bytes())?;
    Ok(out.flush()?)
}

/// Returns the number of events of a row, or their time.
fn weight_of(row: &StackRow<'_>, weight: StackWeight) -> u64 {
    if weight == StackWeight::Time { row.time.0 } else { row.count }
}

struct Graph {
    text: String,
    weight: StackWeight,
    all: u64,
    /// The places of the rows from the root to the row that was drawn last.
    places: Vec<Place>,
}

/// The place of a row, in the unit of the weight.
#[derive(Clone, Copy, Debug)]
struct Place {
    end: u64,
    /// The start of the next row below this one.
    next: u64,
}

impl Graph {
    fn begin(&mut self, title: &str, rows: u64) {
        let height = TOP + rows * ROW + 10;
        let unit = match self.weight {
            StackWeight::Time => format!("{} seconds", Ticks(self.all)),
            _ => format!("{} events", self.all),
        };
        self.write(format_args!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{WIDTH}\" height=\"{height}\" \
             viewBox=\"0 0 {WIDTH} {height}\" font-family=\"monospace\" font-size=\"11\">\n\
             <title>{}</title>\n\
             <style>rect{{stroke:#fff;stroke-width:.25}}g:hover rect{{stroke:#000;stroke-width:1.5}}\
             text{{fill:#000;pointer-events:none}}</style>\n\
             <rect width=\"{WIDTH}\" height=\"{height}\" fill=\"#fff\"/>\n",
            Xml(title)
        ));
        self.write(format_args!("<text x=\"{MARGIN}\" y=\"24\" font-size=\"16\">{}</text>\n", Xml(title)));
        self.write(format_args!(
            "<text x=\"{MARGIN}\" y=\"44\">Stacks of {unit}. The outermost frame is at the top. Point at a frame for \
             its numbers.</text>\n",
        ));
    }

    /// Draws a row. The row that contains it must have been drawn before.
    fn add(&mut self, row: &StackRow<'_>) {
        self.places.truncate(row.depth as usize);
        let above = self.places.last_mut();
        let (start, limit) = above.as_ref().map_or((0, self.all), |place| (place.next, place.end));
        // A sum of times can overflow; a frame must still not extend past the frame above it.
        let end = start.saturating_add(weight_of(row, self.weight)).min(limit);
        if let Some(above) = above {
            above.next = end;
        }
        self.places.push(Place { end, next: start });
        let (left, right) = (self.x(start), self.x(end));
        if end > start || row.depth == 0 {
            self.frame(row, left, right - left);
        }
    }

    #[expect(clippy::cast_precision_loss, reason = "a position need not be exact")]
    fn x(&self, position: u64) -> f64 {
        MARGIN + (WIDTH - 2.0 * MARGIN) * (position as f64 / self.all.max(1) as f64)
    }

    fn frame(&mut self, row: &StackRow<'_>, x: f64, width: f64) {
        let y = TOP + u64::from(row.depth) * ROW;
        let name = row_name(row);
        let (percent, part) = percent(weight_of(row, self.weight), self.all);
        self.write(format_args!(
            "<g><title>{}: {} events, {} seconds, {percent}.{part:02} %",
            Xml(&name),
            row.count,
            row.time
        ));
        if row.kind == StackRowKind::Frame {
            self.write(format_args!("\n{}", Xml(cut(row.path, 300))));
        }
        let fill = color(row);
        self.write(format_args!(
            "</title><rect x=\"{x:.2}\" y=\"{y}\" width=\"{width:.2}\" height=\"{RECTANGLE}\" fill=\"{fill}\"/>"
        ));
        let label = fitting(&name, width - 6.0);
        if !label.is_empty() {
            let baseline = y + 12;
            self.write(format_args!("<text x=\"{:.2}\" y=\"{baseline}\">{}</text>", x + 3.0, Xml(&label)));
        }
        self.text.push_str("</g>\n");
    }

    fn write(&mut self, text: std::fmt::Arguments<'_>) {
        // Writing to a string does not fail.
        let _ = self.text.write_fmt(text);
    }
}

/// Returns a part of a whole in percent, and in hundredths of a percent.
fn percent(part: u64, whole: u64) -> (u128, u128) {
    let hundredths = u128::from(part) * 10_000 / u128::from(whole.max(1));
    (hundredths / 100, hundredths % 100)
}

/// Returns the color of a row. The frames of a module have one color.
fn color(row: &StackRow<'_>) -> String {
    if row.kind != StackRowKind::Frame {
        return if row.kind == StackRowKind::Omitted { "#ddd" } else { "#c8d7e6" }.to_owned();
    }
    // FNV-1a.
    let hash = row.name.bytes().fold(0x811C_9DC5_u32, |hash, byte| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193));
    let (green, blue) = (110 + (hash >> 8) % 120, 40 + (hash >> 20) % 60);
    format!("#{:02x}{green:02x}{blue:02x}", 225 + hash % 30)
}

/// Returns the part of a name that fits in a width; nothing if this is less than three characters.
fn fitting(name: &str, width: f64) -> String {
    // Characters of other scripts can be twice as wide.
    let wide = |c: char| if c.is_ascii() { CHARACTER } else { 2.0 * CHARACTER };
    if name.chars().map(wide).sum::<f64>() <= width {
        return name.to_owned();
    }
    let mut left = width - 2.0 * CHARACTER;
    let fits = |c: &char| {
        left -= wide(*c);
        left >= 0.0
    };
    let start: String = name.chars().take_while(fits).collect();
    if start.chars().nth(2).is_some() { start + ".." } else { String::new() }
}

/// A text in XML. Characters that XML does not allow, and those that change the direction of text, become U+FFFD.
struct Xml<'t>(&'t str);

impl std::fmt::Display for Xml<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        for c in self.0.chars() {
            match c {
                '&' => f.write_str("&amp;")?,
                '<' => f.write_str("&lt;")?,
                '>' => f.write_str("&gt;")?,
                '"' => f.write_str("&quot;")?,
                '\u{FFFE}'
                | '\u{FFFF}'
                | '\u{200E}'
                | '\u{200F}'
                | '\u{202A}'..='\u{202E}'
                | '\u{2066}'..='\u{2069}' => {
                    f.write_char(char::REPLACEMENT_CHARACTER)?;
                }
                _ if c.is_control() => f.write_char(char::REPLACEMENT_CHARACTER)?,
                _ => f.write_char(c)?,
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::{Xml, fitting};

    #[test]
    fn texts_are_xml() {
        let text = "<a href=\"x\">&\u{0}\u{1B}\u{9F}\u{202E}\u{FFFF}\u{1F600}'";
        let replaced = "\u{FFFD}".repeat(5);
        assert_eq!(Xml(text).to_string(), format!("&lt;a href=&quot;x&quot;&gt;&amp;{replaced}\u{1F600}'"));
    }

    #[test]
    fn labels_fit() {
        assert_eq!(fitting("ntdll.dll!0x1", 200.0), "ntdll.dll!0x1");
        assert_eq!(fitting("ntdll.dll!0x1", 50.0), "ntdll..");
        assert_eq!(fitting("ntdll.dll!0x1", 20.0), "");
        assert_eq!(fitting("\u{6F22}\u{5B57}\u{6F22}\u{5B57}", 56.0), "\u{6F22}\u{5B57}\u{6F22}\u{5B57}");
    }
}
