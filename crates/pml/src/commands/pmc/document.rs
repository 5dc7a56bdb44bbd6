//! Configurations and exported filters.

use std::io::Write;
use std::path::Path;

use procmon_parser::pmc::Key;
use procmon_parser::{Configuration, Filter, Rule, SavedFilter};
use serde::Serialize;

use super::settings::Settings;
use crate::args::rules::Contents;
use crate::error::{Failure, Outcome};
use crate::io::output::Output;
use crate::term::warn;

/// A configuration or an exported filter.
#[derive(Debug, Serialize)]
#[serde(tag = "kind", rename_all = "lowercase")]
pub(super) enum Document {
    Configuration(Configuration),
    Filter(SavedFilter),
}

impl Document {
    /// Reads a file and detects its kind. Reads a damaged configuration as far as possible, and warns.
    pub(super) fn open(path: &Path) -> Result<(Self, Outcome), Failure> {
        Ok(match Contents::read(path)? {
            Contents::Filter(filter) => (Self::Filter(filter), Outcome::Done),
            Contents::Configuration(configuration, None) => (Self::Configuration(configuration), Outcome::Done),
            Contents::Configuration(configuration, Some(error)) => {
                warn(&format!("{}: {error}", path.display()));
                (Self::Configuration(configuration), Outcome::Incomplete)
            }
        })
    }

    /// Returns the filter of a configuration as an exported filter.
    pub(super) fn filter_of(configuration: &Configuration) -> Self {
        Self::Filter(SavedFilter::new(configuration.filter()))
    }

    /// Converts a configuration to an exported filter.
    pub(super) fn into_filter(self) -> Self {
        match self {
            Self::Configuration(configuration) => Self::filter_of(&configuration),
            Self::Filter(filter) => Self::Filter(filter),
        }
    }

    /// Returns the filter.
    pub(super) fn filter(&self) -> Filter {
        match self {
            Self::Configuration(configuration) => configuration.filter(),
            Self::Filter(saved) => saved.filter.clone(),
        }
    }

    /// Changes the filter. If the filter stays the same, so do all bytes of the file.
    pub(super) fn change_filter(&mut self, change: impl FnOnce(&mut Filter)) {
        let before = self.filter();
        let mut filter = before.clone();
        change(&mut filter);
        match self {
            _ if filter == before => {}
            Self::Configuration(configuration) => _ = configuration.set_filter(filter),
            Self::Filter(saved) => saved.filter = filter,
        }
    }

    /// Removes all rules equal to `rule`. Fails if there are none.
    pub(super) fn remove_rule(&mut self, rule: &Rule) -> Result<(), Failure> {
        let mut removed = 0;
        self.change_filter(|filter| removed = filter.remove(rule));
        if removed > 0 { Ok(()) } else { Err(Failure::Usage(format!("rule not found: {rule}"))) }
    }

    /// Removes the option with this name. Fails if the file does not have it.
    pub(super) fn remove_option(&mut self, name: &str) -> Result<(), Failure> {
        let is_removed = match self {
            Self::Configuration(configuration) => configuration.remove(name),
            Self::Filter(_) => false,
        };
        if is_removed { Ok(()) } else { Err(Failure::Usage(format!("option not found: {name:?}"))) }
    }

    /// Changes the settings. Fails for an exported filter if a setting is not a rule.
    pub(super) fn apply(&mut self, settings: &Settings) -> Result<(), Failure> {
        match self {
            Self::Configuration(configuration) => settings.apply(configuration),
            Self::Filter(saved) => {
                let mut configuration = Configuration::new();
                configuration.set_filter(saved.filter.clone());
                settings.apply(&mut configuration)?;
                if let Some(other) =
                    configuration.options().iter().find(|option| option.key() != Some(Key::FilterRules))
                {
                    let name = other.name();
                    return Err(Failure::Usage(format!("an exported filter stores only rules; it cannot have {name}")));
                }
                saved.filter = configuration.filter();
                Ok(())
            }
        }
    }

    /// Writes the file, or to standard output if the path is missing or "-". May replace the file that was read.
    pub(super) fn write(&self, path: Option<&Path>) -> Result<(), Failure> {
        let bytes = match self {
            Self::Configuration(configuration) => configuration.to_bytes(),
            Self::Filter(filter) => filter.to_bytes(),
        };
        let mut output = Output::replace(path)?.refuse_terminal()?;
        let written = output.write_all(&bytes).and_then(|()| output.flush());
        written.map_err(|error| Failure::output(path, error))?;
        output.finish()
    }
}
