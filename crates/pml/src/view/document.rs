//! Writes whole documents: text, with colors on a terminal, or data, with hidden characters escaped on a terminal.

use std::io::{self, BufWriter, IsTerminal, Write};
use std::path::Path;

use anstream::StripStream;
use procmon_parser::{Error, Result};

use crate::error::Failure;
use crate::io::escape::Escaper;
use crate::io::output::Output;

/// The width of lines on standard output if it is not a terminal.
const WIDTH: usize = 100;

/// Writes a document to a file, or to standard output if the path is missing or "-". Refuses to overwrite a file that
/// was read. Text has colors on a terminal only.
pub(crate) fn write<'a>(
    path: Option<&Path>,
    read: impl IntoIterator<Item = &'a Path>,
    is_text: bool,
    write: impl FnOnce(&mut dyn Write) -> Result<()>,
) -> std::result::Result<(), Failure> {
    let failed = |error: Error| Failure::output(path, error);
    let output = Output::create(path, read)?;
    if is_text && matches!(output, Output::Stdout(_)) {
        return buffered(anstream::stdout().lock(), write).map_err(failed);
    }
    let is_terminal = output.is_terminal();
    let mut output = Escaper::new(output, is_terminal);
    if is_text {
        let out: &mut dyn Write = &mut output;
        buffered(StripStream::new(out), write).map_err(failed)?;
    } else {
        buffered(&mut output, write).map_err(failed)?;
    }
    output.finish().map_err(|error| failed(error.into()))?.finish()
}

fn buffered(out: impl Write, write: impl FnOnce(&mut dyn Write) -> Result<()>) -> Result<()> {
    let mut out = BufWriter::new(out);
    write(&mut out)?;
    Ok(out.flush()?)
}

/// Returns the maximum number of characters in a line of text. In a file, it is unlimited. On standard output, it is
/// the value of the environment variable `COLUMNS`, or else the width of the terminal, or 100 without a terminal.
pub(crate) fn width(path: Option<&Path>) -> usize {
    if path.is_some_and(|path| path.as_os_str() != "-") {
        return usize::MAX;
    }
    let variable = std::env::var("COLUMNS").ok().and_then(|columns| columns.parse().ok()).filter(|&width| width > 0);
    variable.unwrap_or_else(|| {
        let is_terminal = io::stdout().is_terminal();
        let size = if is_terminal { terminal_size::terminal_size() } else { None };
        size.map_or(WIDTH, |(width, _)| width.0.into())
    })
}
