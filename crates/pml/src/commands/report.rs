//! `pml report`: writes the event table and the statistics of an existing log.

use std::path::PathBuf;

use clap::Args;

use crate::args::content::ContentArgs;
use crate::args::select::SelectArgs;
use crate::error::{Failure, Outcome};
use crate::io::input;
use crate::view::report;

#[derive(Debug, Args)]
pub(crate) struct ReportArgs {
    /// Log to report on.
    ///
    /// Naming one file of a capture that consists of several (x.pml, x-1.pml, ...) reads all of them.
    #[arg(value_name = "RAW.pml")]
    log: PathBuf,
    #[command(flatten)]
    content: ContentArgs,
    #[command(flatten)]
    select: SelectArgs,
}

pub(crate) fn run(args: &ReportArgs) -> Result<Outcome, Failure> {
    let selection = args.select.read()?;
    let input = report::open(&args.log)?;
    selection.warn(|| input::indexes(std::slice::from_ref(&input)));
    let folder = report::new_folder(&args.content.working)?;
    report::write(&input, &folder, &selection, None, &args.content)
}
