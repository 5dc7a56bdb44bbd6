//! The HTML of the page.

use std::io::{self, Write};
use std::num::NonZero;
use std::sync::{Mutex, PoisonError, mpsc};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use flate2::Compression;
use flate2::write::DeflateEncoder;
use maud::{DOCTYPE, Markup, PreEscaped, html};
use procmon_parser::{FileTime, Result};
use sha2::{Digest, Sha256};

use crate::data::Data;
use crate::hidden::visible;
use crate::names::grouped;

const SCRIPT: &str = include_str!("../web/dist/report.js");
const STYLES: &str = include_str!("../web/dist/report.css");

/// The number of processes and of findings of a rule in the summary for browsers without scripts.
const SHOWN: usize = 25;

/// The content of an element of the page, before compression.
#[derive(Debug)]
pub(crate) struct Element {
    pub(crate) id: String,
    pub(crate) content: Vec<u8>,
}

/// Receives elements.
pub(crate) type Send<'s> = &'s mut dyn FnMut(Element);

/// Compresses the elements that `produce` sends, with deflate, and encodes the result in base64. The other threads
/// compress while `produce` runs. Returns the result of `produce`, and the ids and texts of the elements in their
/// order.
pub(crate) fn pack<T>(
    threads: NonZero<usize>,
    produce: impl FnOnce(Send<'_>) -> Result<T>,
) -> Result<(T, Vec<(String, String)>)> {
    let (sender, receiver) = mpsc::channel();
    let receiver = Mutex::new(receiver);
    let work = || -> io::Result<Vec<(usize, String, String)>> {
        let next = || receiver.lock().unwrap_or_else(PoisonError::into_inner).recv();
        let mut packed = Vec::new();
        while let Ok((at, Element { id, content })) = next() {
            let mut encoder = DeflateEncoder::new(Vec::new(), Compression::new(5));
            encoder.write_all(&content)?;
            packed.push((at, id, STANDARD.encode(encoder.finish()?)));
        }
        Ok(packed)
    };
    let (produced, parts) = std::thread::scope(|scope| {
        let handles: Vec<_> = (1..threads.get()).map(|_| scope.spawn(work)).collect();
        let mut count = 0;
        let produced = produce(&mut |element| {
            // Sending cannot fail, because the receiver exists until the end.
            let _ = sender.send((count, element));
            count += 1;
        });
        drop(sender);
        let mut parts = vec![work()];
        for handle in handles {
            parts.push(handle.join().unwrap_or_else(|_| Err(io::Error::other("a thread failed"))));
        }
        (produced, parts)
    });
    let produced = produced?;
    let parts = parts.into_iter().collect::<io::Result<Vec<_>>>()?;
    let mut packed: Vec<_> = parts.into_iter().flatten().collect();
    packed.sort_unstable_by_key(|(at, ..)| *at);
    Ok((produced, packed.into_iter().map(|(_, id, text)| (id, text)).collect()))
}

/// Writes the page.
pub(crate) fn write(out: &mut dyn Write, data: &Data, elements: &[(String, String)]) -> io::Result<()> {
    let head = head(&visible(&data.title)).into_string();
    write!(out, "{head}\n<body>\n{}\n", summary(data).into_string())?;
    out.write_all(b"<script type=\"application/json\" id=\"report-data\">")?;
    serde_json::to_writer(ScriptText(&mut *out), data)?;
    out.write_all(b"</script>\n")?;
    for (id, text) in elements {
        writeln!(out, "<script type=\"text/plain\" id=\"{id}\">{text}</script>")?;
    }
    write!(out, "<script>{SCRIPT}</script>\n</body>\n</html>\n")?;
    out.flush()
}

fn head(title: &str) -> Markup {
    let policy = format!(
        "default-src 'none'; script-src {}; style-src {}; img-src data:; base-uri 'none'; form-action 'none'",
        hash(SCRIPT),
        hash(STYLES)
    );
    html! {
        (DOCTYPE)
        (PreEscaped("<html lang=\"en\">"))
        head {
            meta charset="utf-8";
            meta http-equiv="Content-Security-Policy" content=(policy);
            meta name="viewport" content="width=device-width, initial-scale=1";
            title { (title) }
            style { (PreEscaped(STYLES)) }
        }
    }
}

/// Returns the hash of a script or style, as the content security policy of the page lists it.
fn hash(text: &str) -> String {
    format!("'sha256-{}'", STANDARD.encode(Sha256::digest(text.as_bytes())))
}

/// Returns the summary, which browsers without scripts show. The script of the page removes it.
fn summary(data: &Data) -> Markup {
    let overview = &data.overview;
    let epoch = data.epoch.parse().unwrap_or_default();
    let time = |ticks: u64| FileTime(u64::saturating_add(epoch, ticks)).to_string();
    html! {
        div id="summary" {
            h1 { (visible(&data.title)) }
            p {
                @for log in data.logs.iter().take(SHOWN) { (visible(&log.computer)) ", " (visible(&log.system)) ". " }
                (grouped(overview.events)) " events of " (overview.processes) " processes"
                @if overview.events > 0 { ", from " (time(overview.start)) " to " (time(overview.end)) }
                "."
            }
            p { "The charts, tables and events of this page need scripts. They load nothing from the network." }
            @if !overview.warnings.is_empty() {
                h2 { "Warnings" }
                ul { @for warning in &overview.warnings { li { (visible(warning)) } } }
            }
            h2 { "Events by class" }
            (table(&["Class", "Events"], data.classes.iter().zip(&overview.by_class).map(|(name, events)| {
                vec![(*name).to_owned(), grouped(*events)]
            })))
            @if !overview.segments.is_empty() {
                h2 { "Files" }
                (table(&["File", "Bytes", "Events", "Unreadable", "Note"], overview.segments.iter().map(|file| {
                    let [bytes, events, unreadable] = [file.bytes, file.events, file.unreadable].map(grouped);
                    vec![visible(&file.name), bytes, events, unreadable, visible(&file.note)]
                })))
            }
            h2 { "What stands out" }
            @for rule in data.findings.iter().filter(|rule| !rule.findings.is_empty()) {
                h3 { (rule.title) }
                p { (rule.explanation) }
                (table(&["Events", "Process", "What"], rule.findings.iter().take(SHOWN).map(|finding| {
                    vec![grouped(finding.count), process(data, finding.process), visible(&finding.text)]
                })))
                @let more = rule.findings.len().saturating_sub(SHOWN) + rule.left_out;
                @if more > 0 || rule.incomplete {
                    p { @if rule.incomplete { "At least " } (more) " more" }
                }
            }
            h2 { "Processes with the most events" }
            (table(&["PID", "Process", "Events", "Command line"], busiest(data).into_iter().map(|process| {
                let events = process.events.iter().sum();
                let texts = [&process.name, &process.command_line].map(|text| visible(text));
                let [name, command_line] = texts;
                vec![process.pid.to_string(), name, grouped(events), command_line]
            })))
            p { "Written by " (data.generator) ". Times are in UTC." }
        }
    }
}

fn table(titles: &[&str], rows: impl Iterator<Item = Vec<String>>) -> Markup {
    html! {
        table class="plain" {
            thead { tr { @for title in titles { th scope="col" { (title) } } } }
            tbody { @for row in rows { tr { @for cell in row { td { (cell) } } } } }
        }
    }
}

/// Returns the processes with the most events.
fn busiest(data: &Data) -> Vec<&crate::data::Process> {
    let mut processes: Vec<_> = data.processes.iter().collect();
    processes.sort_by_key(|process| std::cmp::Reverse(process.events.iter().sum::<u64>()));
    processes.truncate(SHOWN);
    processes
}

fn process(data: &Data, index: Option<usize>) -> String {
    let process = index.and_then(|index| data.processes.get(index));
    process.map_or_else(String::new, |process| format!("{} ({})", visible(&process.name), process.pid))
}

/// A writer of JSON in a script element: replaces `<`, U+2028 and U+2029 by escapes. In JSON, these characters occur
/// only within strings.
struct ScriptText<'o>(&'o mut dyn Write);

impl Write for ScriptText<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.write_all(bytes)?;
        Ok(bytes.len())
    }

    fn write_all(&mut self, mut bytes: &[u8]) -> io::Result<()> {
        // serde_json writes whole characters.
        while let Some(at) = bytes.iter().position(|byte| matches!(byte, b'<' | 0xE2)) {
            let (before, rest) = bytes.split_at(at);
            self.0.write_all(before)?;
            let (length, text): (_, &[u8]) = match rest {
                [b'<', ..] => (1, b"\\u003c"),
                [0xE2, 0x80, 0xA8, ..] => (3, b"\\u2028"),
                [0xE2, 0x80, 0xA9, ..] => (3, b"\\u2029"),
                _ => (1, &rest[..1]),
            };
            self.0.write_all(text)?;
            bytes = &rest[length..];
        }
        self.0.write_all(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush()
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::ScriptText;

    #[test]
    fn json_cannot_end_its_element() {
        let mut out = Vec::new();
        ScriptText(&mut out).write_all("a</script>\u{2028}\u{2029}â€\u{e9}".as_bytes()).unwrap();
        assert_eq!(String::from_utf8(out).unwrap(), "a\\u003c/script>\\u2028\\u2029â€\u{e9}");
    }
}
