//! Names to replace in a log.

use std::fs;
use std::path::PathBuf;
use std::str::FromStr;

use clap::Args;
use procmon_parser::{Log, Redactor};

use crate::error::Failure;

#[derive(Debug, Args)]
#[command(next_help_heading = "Redaction")]
pub(crate) struct RedactArgs {
    /// Replace FROM with TO everywhere in the log; can be repeated.
    ///
    /// Case is ignored, and FROM is also replaced inside longer words: in paths, names, command lines, environments,
    /// directory listings and registry data. Replacements are applied in the order given.
    #[arg(long, value_name = "FROM=TO")]
    redact: Vec<Replacement>,
    /// Read replacements from FILE, one FROM=TO per line; can be repeated.
    ///
    /// Empty lines and lines that start with # are ignored.
    #[arg(long, value_name = "FILE")]
    redact_map: Vec<PathBuf>,
    /// Replace the names of users, computer and domain.
    ///
    /// They become user1, user2, ..., computer1 and domain1, ... wherever they occur as whole words. SIDs and the names
    /// and addresses of other hosts are kept.
    #[arg(long)]
    redact_user: bool,
}

/// A string and its replacement.
#[derive(Clone, Debug)]
struct Replacement {
    from: String,
    to: String,
}

impl FromStr for Replacement {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text.split_once('=').filter(|(from, _)| !from.is_empty()) {
            Some((from, to)) if to.to_lowercase().contains(&from.to_lowercase()) => {
                Err("TO must not contain FROM".to_owned())
            }
            Some((from, to)) => Ok(Self { from: from.to_owned(), to: to.to_owned() }),
            None => Err("expected FROM=TO".to_owned()),
        }
    }
}

impl RedactArgs {
    /// Returns the replacements of the options, and with `--redact-user` those of the people in the logs; `None` if no
    /// option was given.
    pub(crate) fn redactor(&self, logs: &[impl Log]) -> Result<Option<Redactor>, Failure> {
        let mut replacements = self.redact.clone();
        for path in &self.redact_map {
            let file = fs::read_to_string(path).map_err(|error| Failure::file(path, error))?;
            for (line, number) in file.lines().zip(1..).filter(|(line, _)| !line.is_empty() && !line.starts_with('#')) {
                let wrong = |message| Failure::Usage(format!("{}, line {number}: {message}", path.display()));
                replacements.push(line.parse().map_err(wrong)?);
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
