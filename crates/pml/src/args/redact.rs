//! Names to replace in a log.

use std::path::PathBuf;
use std::str::FromStr;

use clap::Args;
use procmon_parser::{Log, Redactor};

use crate::args::list::read_text;
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
    /// Empty lines and lines that start with # are ignored. The file is UTF-8, or UTF-16 with a byte-order mark.
    #[arg(long, value_name = "FILE")]
    pub(super) redact_map: Vec<PathBuf>,
    /// Replace the names of users, of the computer and of its domain.
    ///
    /// They become user1, user2, ..., computer1 and domain1, ... wherever they occur as whole words. The SIDs of accounts
    /// are replaced as with --redact-sids. The names and addresses of other hosts are kept.
    #[arg(long)]
    redact_user: bool,
    /// Replace the SIDs of accounts, as text and in binary data.
    ///
    /// S-1-5-21-... becomes S-1-5-21-0-0-1-1001 and so on. SIDs that every Windows has, such as S-1-5-18, are kept.
    #[arg(long)]
    redact_sids: bool,
    /// Replace the names of the computer and of other hosts.
    ///
    /// They become computer1 and host1, host2, ... wherever they occur as whole words. The names come from the hosts
    /// table and from network paths. Addresses are kept.
    #[arg(long)]
    redact_hosts: bool,
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
    /// Returns the replacements that the options name and those for the names that the options find in the logs; `None`
    /// if no option was given.
    pub(crate) fn redactor(&self, logs: &[impl Log]) -> Result<Option<Redactor>, Failure> {
        let mut replacements = self.redact.clone();
        for path in &self.redact_map {
            let file = read_text(path)?;
            for (line, number) in file.lines().zip(1..).filter(|(line, _)| !line.is_empty() && !line.starts_with('#')) {
                let wrong = |message| Failure::Usage(format!("{}, line {number}: {message}", path.display()));
                replacements.push(line.parse().map_err(wrong)?);
            }
        }
        if replacements.is_empty() && !self.redact_user && !self.redact_sids && !self.redact_hosts {
            return Ok(None);
        }
        let mut redactor = Redactor::new();
        for Replacement { from, to } in &replacements {
            redactor.replace(from, to);
        }
        // Longer names first: the name of a host often begins with that of the computer.
        if self.redact_hosts {
            redactor.replace_hosts(logs)?;
        }
        if self.redact_user || self.redact_sids {
            redactor.replace_sids(logs)?;
        }
        if self.redact_user {
            redactor.replace_people(logs)?;
        }
        Ok(Some(redactor))
    }

    /// Returns the kinds of names that the options keep, with the options that replace them.
    pub(crate) fn kept(&self) -> Vec<&'static str> {
        let kinds = [
            (self.redact_user, "names of users and domains (--redact-user)"),
            (self.redact_user || self.redact_hosts, "the name of the computer (--redact-hosts)"),
            (self.redact_user || self.redact_sids, "SIDs of accounts (--redact-sids)"),
            (self.redact_hosts, "names of other hosts (--redact-hosts)"),
            (false, "network addresses"),
            (false, "other names in paths, command lines and data (--redact)"),
        ];
        kinds.into_iter().filter(|(is_replaced, _)| !is_replaced).map(|(_, kind)| kind).collect()
    }
}
