//! Files of Procmon: configurations and exported filters.

use std::fs;
use std::io::Write;
use std::path::Path;

use procmon_parser::pmc::{Key, RuleList};
use procmon_parser::{Configuration, FilterSet, Rule};

use super::settings::Settings;
use crate::error::{Failure, Outcome};
use crate::io::output::Output;
use crate::term::warn;

/// A file of Procmon.
#[derive(Debug)]
pub(super) enum Document {
    Configuration(Configuration),
    Filter(FilterSet),
}

/// Returns whether the extension of a file is that of exported filters.
pub(super) fn is_filter_name(path: Option<&Path>) -> bool {
    path.and_then(Path::extension).is_some_and(|extension| extension.eq_ignore_ascii_case("pmf"))
}

impl Document {
    /// Reads a file and finds out what it is. A damaged configuration is read as far as possible, with a warning.
    pub(super) fn open(path: &Path) -> Result<(Self, Outcome), Failure> {
        let failed = |error| Failure::file(path, error);
        let bytes = fs::read(path).map_err(failed)?;
        let (configuration, error) = Configuration::parse_lenient(&bytes);
        if is_filter(&bytes) || is_filter_name(Some(path)) && configuration.options().is_empty() {
            let filter = FilterSet::parse(&bytes).map_err(|error| failed(error.into()))?;
            return Ok((Self::Filter(filter), Outcome::Done));
        }
        match error {
            None => Ok((Self::Configuration(configuration), Outcome::Done)),
            Some(error) if configuration.options().is_empty() => Err(failed(error.into())),
            Some(error) => {
                warn(&format!("{}: {error}", path.display()));
                Ok((Self::Configuration(configuration), Outcome::Incomplete))
            }
        }
    }

    /// The exported filter of a configuration.
    pub(super) fn filter_of(configuration: &Configuration) -> Self {
        Self::Filter(FilterSet::new(configuration.filter_rules()))
    }

    pub(super) fn into_filter(self) -> Self {
        match self {
            Self::Configuration(configuration) => Self::filter_of(&configuration),
            Self::Filter(filter) => Self::Filter(filter),
        }
    }

    /// The rules of the filter.
    pub(super) fn rules(&self) -> RuleList {
        match self {
            Self::Configuration(configuration) => configuration.filter_rules(),
            Self::Filter(filter) => filter.rules.clone(),
        }
    }

    /// Changes the rules of the filter. The bytes of the file stay as they are if `change` changes no rule.
    pub(super) fn change_rules(&mut self, change: impl FnOnce(&mut RuleList)) {
        let before = self.rules();
        let mut rules = before.clone();
        change(&mut rules);
        match self {
            _ if rules == before => {}
            Self::Configuration(configuration) => _ = configuration.set_filter_rules(rules),
            Self::Filter(filter) => filter.rules = rules,
        }
    }

    /// Removes all rules that equal `rule`. Fails if there is none.
    pub(super) fn remove_rule(&mut self, rule: &Rule) -> Result<(), Failure> {
        let before = self.rules().len();
        self.change_rules(|rules| _ = rules.remove(rule));
        let is_removed = self.rules().len() < before;
        if is_removed { Ok(()) } else { Err(Failure::Usage(format!("there is no rule {rule}"))) }
    }

    pub(super) fn remove_option(&mut self, name: &str) -> Result<(), Failure> {
        let is_removed = match self {
            Self::Configuration(configuration) => configuration.remove(name),
            Self::Filter(_) => false,
        };
        if is_removed { Ok(()) } else { Err(Failure::Usage(format!("there is no option {name:?}"))) }
    }

    pub(super) fn apply(&mut self, settings: &Settings) -> Result<(), Failure> {
        match self {
            Self::Configuration(configuration) => settings.apply(configuration),
            Self::Filter(filter) => {
                let mut configuration = Configuration::new();
                configuration.set(Key::FilterRules.name(), &filter.rules.to_bytes());
                settings.apply(&mut configuration)?;
                if let Some(other) =
                    configuration.options().iter().find(|option| option.key() != Some(Key::FilterRules))
                {
                    return Err(Failure::Usage(format!("an exported filter has rules only, and no {}", other.name())));
                }
                filter.rules = configuration.filter_rules();
                Ok(())
            }
        }
    }

    /// Writes the file, to standard output if there is no path. The file that was read may be replaced.
    pub(super) fn write(&self, path: Option<&Path>) -> Result<(), Failure> {
        let bytes = match self {
            Self::Configuration(configuration) => configuration.to_bytes(),
            Self::Filter(filter) => filter.to_bytes(),
        };
        let mut output = Output::replace(path)?;
        let written = output.write_all(&bytes).and_then(|()| output.flush());
        written.map_err(|error| Failure::output(path, error))?;
        output.finish()
    }
}

/// Returns whether bytes are an exported filter. It begins with the size of the rest, a configuration with the size of
/// its first option.
fn is_filter(bytes: &[u8]) -> bool {
    let size = bytes.first_chunk().map(|&size| u32::from_le_bytes(size) as usize);
    size.is_some_and(|size| size.checked_add(4) == Some(bytes.len())) && FilterSet::parse(bytes).is_ok()
}
