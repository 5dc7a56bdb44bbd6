//! `pml report`: writes the event table, the statistics and the HTML page of an existing log.

use std::path::{Path, PathBuf};

use clap::Args;

use crate::args::content::ContentArgs;
use crate::args::select::{SelectArgs, Selection};
use crate::error::{Failure, Outcome};
use crate::io::input;
use crate::term::report_unreadable;
use crate::view::{page, report};

#[derive(Debug, Args)]
pub(crate) struct ReportArgs {
    /// Log to report on.
    ///
    /// Naming one file of a capture that consists of several (x.pml, x-1.pml, ...) reads all of them.
    #[arg(value_name = "RAW.pml")]
    log: PathBuf,
    /// Write the HTML page alone, to this file, replaced atomically; - is standard output.
    ///
    /// The page opens in any browser, without a network. --events selects events by number; --embed limits those that
    /// the page contains.
    #[arg(long, value_name = "FILE")]
    html: Option<PathBuf>,
    #[command(flatten)]
    content: ContentArgs,
    #[command(flatten)]
    select: SelectArgs,
}

pub(crate) fn run(args: &ReportArgs) -> Result<Outcome, Failure> {
    let selection = args.select.read()?;
    if let Some(path) = &args.html {
        return html(args, path, &selection);
    }
    let input = report::open(&args.log)?;
    selection.warn(|| input::indexes(std::slice::from_ref(&input)));
    let folder = report::new_folder(&args.content.working)?;
    report::write(&input, &folder, &selection, None, &args.content)
}

/// Writes the page alone. A log without events has a page too.
fn html(args: &ReportArgs, path: &Path, selection: &Selection) -> Result<Outcome, Failure> {
    let input = report::open_any(&args.log)?;
    selection.warn(|| input::indexes(std::slice::from_ref(&input)));
    let keep = args.select.files();
    let page = page::to_file(&input, path, keep, selection, args.content.embed)?;
    if let Some(error) = page.first_error() {
        report_unreadable(page.unreadable(), input.event_count(), error);
    }
    Ok(report::outcome(&input, page.unreadable()))
}
