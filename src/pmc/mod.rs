//! Configurations of Procmon (PMC) and saved filters (PMF), read and written without loss.
//!
//! A [`Configuration`] keeps the options of a file in their order, byte for byte. Each of Procmon's 24 options has a
//! getter and a setter. The format is described in `docs/PMC-FORMAT.md`.

mod columns;
mod defaults;
mod font;
mod key;
mod release;
mod rules;
mod saved_filter;
#[cfg(feature = "serde")]
mod serialize;
mod stored;
mod value;

pub use font::{Color, LogFont};
pub use key::Key;
pub use release::Release;
pub use saved_filter::SavedFilter;
pub use stored::StoredOption;
pub use value::{MAX_COLUMNS, Value};

use std::fs;
use std::io;
use std::path::Path;

use crate::error::{Error, ErrorKind, Result};
use crate::filter::Rule;
use crate::text::{Compat, Style};

use value::Stored;

/// The values of Theme that Procmon 3.94 sets: the default one, and Dark.
pub const THEMES: [&str; 2] = ["", "DarkTheme"];

/// The values of Profiling that Procmon 3.94 sets: the number of samples of each thread per second.
pub const PROFILING_RATES: [u32; 3] = [0, 1, 10];

/// A configuration of Procmon: the contents of a PMC file.
///
/// All options are kept in their order, including duplicates and unknown ones, with all their bytes. A configuration
/// that was read and not changed is written as the same bytes.
///
/// ```
/// use procmon_parser::{Configuration, Rule};
///
/// let mut configuration = Configuration::procmon_default();
/// configuration.set_drop_filtered_events(true).add_filter_rules([Rule::process_name().is("python.exe").include()]);
///
/// let bytes = configuration.to_bytes();
/// assert_eq!(Configuration::parse(&bytes)?, configuration);
/// # Ok::<(), procmon_parser::Error>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Configuration {
    options: Vec<StoredOption>,
    /// Bytes after the last option.
    trailing: Vec<u8>,
}

impl Configuration {
    /// Creates a configuration without options. Procmon uses the default for each.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Returns the configuration that Procmon 3.94 starts with. It has all 24 options, with seven columns and the 23
    /// rules of [`Filter::procmon_default`](crate::Filter::procmon_default).
    #[must_use]
    pub fn procmon_default() -> Self {
        Self::procmon_default_of(Release::Procmon3_94)
    }

    /// Returns the configuration that a version of Procmon starts with. Every version loads the configurations of the
    /// others.
    #[must_use]
    pub fn procmon_default_of(release: Release) -> Self {
        let mut configuration = Self::new();
        for &key in Key::ALL.iter().filter(|&&key| release.has(key)) {
            configuration.set(key.name(), &Self::default_bytes(key));
        }
        if release == Release::Procmon3_5 {
            configuration.set_history_depth(200);
        }
        configuration
    }

    /// Reads a PMC file into memory and parses it.
    ///
    /// # Errors
    /// If the file cannot be read, or if [`parse`](Self::parse) fails.
    pub fn open(path: impl AsRef<Path>) -> Result<Self> {
        let path = path.as_ref();
        let bytes = fs::read(path).map_err(|error| Error::from(error).in_file(path))?;
        Self::parse(&bytes).map_err(|error| error.in_file(path))
    }

    /// Parses the bytes of a PMC file. This is stricter than Procmon, which crashes on some damaged files and silently
    /// uses the defaults for others.
    ///
    /// # Errors
    /// If an option is truncated or its sizes contradict each other, if the value of one of Procmon's options is too
    /// long, or if a list has fewer rules than its count. The error has the offset in the file and the
    /// [option](Error::config_option). [`parse_lenient`](Self::parse_lenient) returns the readable part of such a file.
    ///
    /// A record of size 0 ends the list, so zeros after the last option are not an error.
    pub fn parse(bytes: &[u8]) -> Result<Self> {
        match Self::parse_lenient(bytes) {
            (configuration, None) => Ok(configuration),
            (_, Some(error)) => Err(error),
        }
    }

    /// Parses the bytes of a PMC file as far as possible, and returns the first error, if any.
    ///
    /// The configuration has all options before the first damaged one, and the rest as [trailing
    /// bytes](Self::trailing), so that it is written as the same bytes. An option that is complete but has an invalid
    /// value is kept, and so are the options after it.
    ///
    /// ```
    /// use procmon_parser::Configuration;
    /// use procmon_parser::pmc::Key;
    ///
    /// let bytes = Configuration::procmon_default().to_bytes();
    /// let (configuration, error) = Configuration::parse_lenient(&bytes[..800]);
    /// assert_eq!(error.unwrap().config_option(), Some("LogFont"));
    /// assert_eq!(configuration.options().last().unwrap().key(), Some(Key::Theme));
    /// assert_eq!(configuration.to_bytes(), &bytes[..800]);
    /// ```
    #[must_use]
    pub fn parse_lenient(bytes: &[u8]) -> (Self, Option<Error>) {
        let mut configuration = Self::new();
        let mut at = 0;
        let mut first_error = None;
        loop {
            let rest = bytes.get(at..).unwrap_or_default();
            let previous = configuration.options.last().map(StoredOption::name);
            match StoredOption::read(rest, at as u64, previous) {
                Ok(Some(option)) => {
                    at += option.as_bytes().len();
                    configuration.options.push(option);
                }
                Ok(None) => break,
                Err(error) if at == 0 && !error.is_truncation() => {
                    first_error = Some(Error::at(ErrorKind::InvalidConfiguration, 0, "option.head"));
                    break;
                }
                Err(error) => {
                    first_error = Some(error);
                    break;
                }
            }
        }
        configuration.trailing = bytes.get(at..).unwrap_or_default().to_vec();
        // An invalid value precedes the damage, because only complete options have values.
        let error = configuration.check().err().or(first_error);
        (configuration, error)
    }

    /// Checks that Procmon can load the values of all its options.
    ///
    /// # Errors
    /// If a value is invalid. The error is that of the first one in the file.
    pub fn check(&self) -> Result<()> {
        let values = Key::ALL.iter().map(|&key| self.value(key).map(drop));
        let errors = values.chain([self.check_column_count()]).filter_map(Result::err);
        errors.min_by_key(|error| error.place().map(|place| place.offset)).map_or(Ok(()), Err)
    }

    /// Returns the bytes of the PMC file.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let options = self.options.iter().map(StoredOption::as_bytes);
        options.chain([self.trailing.as_slice()]).collect::<Vec<_>>().concat()
    }

    /// Writes the PMC file.
    ///
    /// # Errors
    /// If writing fails.
    pub fn write_to(&self, mut out: impl io::Write) -> Result<()> {
        Ok(out.write_all(&self.to_bytes())?)
    }

    /// Returns the options, in the order of the file.
    #[must_use]
    pub fn options(&self) -> &[StoredOption] {
        &self.options
    }

    /// Returns the bytes after the last option, which Procmon ignores.
    #[must_use]
    pub fn trailing(&self) -> &[u8] {
        &self.trailing
    }

    /// Returns the option that Procmon loads: the first one with its name. Returns `None` if there is none; Procmon
    /// then uses the default.
    #[must_use]
    pub fn option(&self, key: Key) -> Option<&StoredOption> {
        self.options.iter().find(|option| option.key() == Some(key))
    }

    /// Sets the value of the first option with this name, ignoring ASCII case. If there is none, the option is added
    /// where Procmon would write it, or at the end if Procmon does not know it.
    pub fn set(&mut self, name: &str, value: &[u8]) -> &mut Self {
        if let Some(option) = self.options.iter_mut().find(|option| option.name().eq_ignore_ascii_case(name)) {
            option.set_value(value);
            return self;
        }
        let option = StoredOption::new(name, value);
        let follows = |there: &StoredOption| option.key().is_some() && there.key() > option.key();
        let at = self.options.iter().position(follows).unwrap_or(self.options.len());
        self.options.insert(at, option);
        self
    }

    /// Removes all options with a name, so that Procmon uses the default. Returns true if there was one.
    pub fn remove(&mut self, name: &str) -> bool {
        let before = self.options.len();
        self.options.retain(|option| !option.name().eq_ignore_ascii_case(name));
        self.options.len() < before
    }

    /// Returns the options with a value that the dialogs of Procmon never set: a Theme that is not in
    /// [`THEMES`], or a Profiling that is not in [`PROFILING_RATES`].
    pub fn unknown_values(&self) -> impl Iterator<Item = Key> {
        let theme = (!THEMES.contains(&self.theme().as_str())).then_some(Key::Theme);
        let profiling = (!PROFILING_RATES.contains(&self.profiling())).then_some(Key::Profiling);
        theme.into_iter().chain(profiling)
    }

    /// Returns the options that Procmon ignores: unknown ones, and all after the first with the same name.
    pub fn ignored_options(&self) -> impl Iterator<Item = &StoredOption> {
        let is_loaded = |option: &StoredOption| {
            option.key().and_then(|key| self.option(key)).is_some_and(|first| std::ptr::eq(first, option))
        };
        self.options.iter().filter(move |option| !is_loaded(option))
    }

    /// Adds rules to the filter, each as [`Filter::add`](crate::Filter::add) does.
    pub fn add_filter_rules(&mut self, rules: impl IntoIterator<Item = Rule>) -> &mut Self {
        let mut filter = self.filter();
        filter.add_all(rules);
        self.set_filter(filter)
    }

    /// Returns the style in which Procmon 3.94 shows events with this configuration, but in UTC. AdvancedMode and
    /// ResolveAddresses of the configuration apply.
    ///
    /// ```
    /// use procmon_parser::{Configuration, LogsReader};
    ///
    /// let log = LogsReader::open("fixtures/sample64.pml")?;
    /// let configuration = Configuration::procmon_default();
    /// let matcher = configuration.filter().compile_with(log.indexes(), &configuration.style());
    /// assert!(log.events().flatten().any(|event| matcher.matches(event)));
    /// # Ok::<(), procmon_parser::Error>(())
    /// ```
    #[must_use]
    pub fn style(&self) -> Style {
        let style = Style::new().compat(Compat::Procmon3_94);
        style.advanced_names(self.advanced_mode()).resolve_addresses(self.resolve_addresses())
    }

    /// Decodes the value of an option, after copying it over the default.
    fn read<T: Stored>(&self, key: Key, default: T) -> Result<T> {
        let Some(option) = self.option(key) else { return Ok(default) };
        let offset = self.value_offset(key).unwrap_or(0);
        T::read(option.value(), default, offset).map_err(|error| error.in_option(key.name()))
    }

    /// Returns the offset in the file of the value of an option.
    fn value_offset(&self, key: Key) -> Option<u64> {
        let position = self.options.iter().position(|option| option.key() == Some(key))?;
        let (before, rest) = self.options.split_at_checked(position)?;
        let size: usize = before.iter().map(|option| option.as_bytes().len()).sum();
        Some((size + rest.first()?.value_offset()) as u64)
    }
}
