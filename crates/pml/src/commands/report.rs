//! `pml report`: writes the event table, the statistics and the HTML page of existing logs.

use std::path::{Path, PathBuf};

use clap::Args;

use crate::args::content::ContentArgs;
use crate::args::select::{SelectArgs, Selection};
use crate::error::{Failure, Outcome};
use crate::io::input::{self, Input};
use crate::term::report_unreadable;
use crate::view::{output_folder, page};

#[derive(Debug, Args)]
pub(crate) struct ReportArgs {
    /// Logs to report on. Several logs share one page, which requires --html.
    ///
    /// If you name one file of a capture in several files (x.pml, x-1.pml, ...), all of them are read.
    #[arg(value_name = "RAW.pml", required = true)]
    logs: Vec<PathBuf>,
    /// Write the HTML page alone, to this file, replaced atomically; - is standard output.
    ///
    /// The page opens in any browser, without a network. --events selects events by number; --embed limits the number
    /// of events that the page contains.
    #[arg(long, value_name = "FILE", conflicts_with_all = ["working", "format"])]
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
    let [log] = &args.logs[..] else {
        return Err(Failure::Usage("several logs are named; --html FILE writes one page about them".to_owned()));
    };
    let input = output_folder::open(log)?;
    selection.warn(|| input::indexes(std::slice::from_ref(&input)));
    let folder = output_folder::new_folder(&args.content.working)?;
    output_folder::write(&input, &folder, &selection, None, &args.content)
}

/// Writes the page alone. A log without events has a page too.
fn html(args: &ReportArgs, path: &Path, selection: &Selection) -> Result<Outcome, Failure> {
    let inputs = open(&args.logs)?;
    selection.warn(|| input::indexes(&inputs));
    let keep = args.select.files();
    let page = page::to_file(&inputs, path, keep, selection, args.content.embed)?;
    if let Some(error) = page.first_error() {
        report_unreadable(page.unreadable(), inputs.iter().map(Input::event_count).sum(), error);
    }
    Ok(output_folder::outcome(&inputs, page.unreadable()))
}

/// Opens logs. The files of one capture are one log, even if several of them are named.
fn open(paths: &[PathBuf]) -> Result<Vec<Input>, Failure> {
    let mut inputs: Vec<Input> = Vec::new();
    for path in paths {
        let input = output_folder::open_any(path)?;
        if !inputs.iter().any(|other| other.has_files_of(&input)) {
            inputs.push(input);
        }
    }
    Ok(inputs)
}
