//! Names to leave out of a log.

use std::fs;
use std::path::PathBuf;
use std::str::FromStr;

use clap::Args;
use procmon_parser::{Log, Redactor};

use crate::error::Failure;

#[derive(Debug, Args)]
#[command(next_help_heading = "Redaction")]
pub(crate) struct RedactArgs {
    /// Write TO wherever the log says FROM, in any case and within words: in paths, names, command lines, environments,
    /// directory listings, registry data. Can be given several times; earlier ones go first.
    #[arg(long, value_name = "FROM=TO")]
    redact: Vec<Replacement>,
    /// Take such replacements from a file, one a line. Lines that are empty or begin with # say nothing.
    #[arg(long, value_name = "FILE")]
    redact_map: Vec<PathBuf>,
    /// Write user1, user2, ... for the people that the log names, computer1 for the computer and domain1, ... for its
    /// domain: as whole words, wherever they stand.
    #[arg(long)]
    redact_user: bool,
}

/// A text and its replacement.
#[derive(Clone, Debug)]
struct Replacement {
    from: String,
    to: String,
}

impl FromStr for Replacement {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text.split_once('=').filter(|(from, _)| !from.is_empty()) {
            Some((from, to)) if to.to_lowercase().contains(&from.to_lowercase()) => Err("TO has FROM in it".to_owned()),
            Some((from, to)) => Ok(Self { from: from.to_owned(), to: to.to_owned() }),
            None => Err("expected FROM=TO".to_owned()),
        }
    }
}

impl RedactArgs {
    /// The replacements that the options name, and those of the people that the logs name; `None` without any option.
    pub(crate) fn redactor(&self, logs: &[impl Log]) -> Result<Option<Redactor>, Failure> {
        let mut replacements = self.redact.clone();
        for path in &self.redact_map {
            let file = fs::read_to_string(path).map_err(|error| Failure::file(path, error))?;
            for (line, number) in file.lines().zip(1..).filter(|(line, _)| !line.is_empty() && !line.starts_with('#')) {
                let place = |message| Failure::Usage(format!("{}, line {number}: {message}", path.display()));
                replacements.push(line.parse().map_err(place)?);
            }
        }
        if replacements.is_empty() && !self.redact_user {
            return Ok(None);
        }
        let mut redactor = Redactor::new();
        for Replacement { from, to } in &replacements {
            redactor.replace(from, to);
        }
        if self.redact_user {
            for log in logs {
                redactor.replace_people(log)?;
            }
        }
        Ok(Some(redactor))
    }
}
