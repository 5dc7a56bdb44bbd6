//! The selection of events, and the display settings of a configuration.

use std::path::PathBuf;

use clap::Args;
use procmon_parser::filter::{Matcher, Query};
use procmon_parser::{Configuration, Filter, Index, Locale, Rule, SavedFilter, Style};

use crate::args::columns::Columns;
use crate::error::Failure;

/// The options that select events.
#[derive(Debug, Args)]
pub(crate) struct SelectArgs {
    /// Apply the filter and the display settings of a configuration (PMC).
    ///
    /// The display settings are columns, advanced names and resolved addresses. Options on the command line take
    /// precedence.
    #[arg(long, value_name = "FILE.pmc", help_heading = "Selection")]
    pub(crate) config: Option<PathBuf>,
    /// Keep only the events that a filter rule shows; can be repeated.
    ///
    /// Example: "Path contains temp then Include". Rules are added to those of the configuration or filter file and
    /// combine as in Procmon's dialog: includes of one column are alternatives, and an exclude overrides any include.
    #[arg(long, value_name = "RULE", help_heading = "Selection")]
    pub(crate) filter: Vec<Rule>,
    /// Apply an exported filter (PMF) instead of the configuration's.
    #[arg(long, value_name = "FILE.pmf", help_heading = "Selection")]
    pub(crate) filter_file: Option<PathBuf>,
    /// Keep only the events that match a query; can be repeated.
    ///
    /// Example: "Path ends with .dll and not (Result is SUCCESS or Duration more than 250ms)". All queries must match.
    /// In addition to what Procmon's filter can do, queries have parentheses, true dates and durations, and "matches"
    /// for regular expressions. Values with spaces need quotes: 'Result is "NAME NOT FOUND"'.
    #[arg(long, value_name = "QUERY", help_heading = "Selection")]
    pub(crate) query: Vec<Query>,
    /// Regional settings for dates, times and thousands, such as de-DE.
    ///
    /// They apply to the output and to the text that filters compare. Parts that differ from those of Windows can follow
    /// the tag: "de-DE;date=yyyy-MM-dd;time=H:mm:ss;decimal=.;thousands= ".
    #[arg(long, value_name = "TAG", default_value = "en-US")]
    pub(crate) locale: Locale,
}

/// The selection that [`SelectArgs`] describe, read from its files.
#[derive(Debug, Default)]
pub(crate) struct Selection {
    configuration: Option<Configuration>,
    filter: Filter,
    queries: Vec<Query>,
    locale: Locale,
}

impl SelectArgs {
    /// Reads the configuration and the filter file.
    pub(crate) fn read(&self) -> Result<Selection, Failure> {
        let configuration = self.config.as_ref().map(Configuration::open).transpose()?;
        let mut filter = match (&self.filter_file, &configuration) {
            (Some(path), _) => SavedFilter::open(path)?.filter,
            (None, Some(configuration)) => configuration.filter(),
            (None, None) => Filter::new(),
        };
        filter.add_all(self.filter.iter().cloned());
        Ok(Selection { configuration, filter, queries: self.query.clone(), locale: self.locale.clone() })
    }
}

impl Selection {
    /// Returns the selection of a configuration.
    pub(crate) fn of(configuration: Configuration) -> Self {
        Self { filter: configuration.filter(), configuration: Some(configuration), ..Self::default() }
    }

    /// Returns the text style of the configuration and the locale.
    pub(crate) fn style(&self) -> Style {
        let style = Style::new().advanced_names(self.advanced_names()).resolve_addresses(self.resolve_addresses());
        style.locale(self.locale.clone())
    }

    /// Returns the columns of the configuration.
    pub(crate) fn columns(&self) -> Option<Columns> {
        self.configuration.as_ref().map(|configuration| Columns(configuration.columns()))
    }

    /// Returns true if the configuration turns on advanced names.
    pub(crate) fn advanced_names(&self) -> bool {
        self.configuration.as_ref().is_some_and(Configuration::advanced_mode)
    }

    /// Returns true if names of hosts and ports are shown. This is the default without a configuration.
    pub(crate) fn resolve_addresses(&self) -> bool {
        self.configuration.as_ref().is_none_or(Configuration::resolve_addresses)
    }

    /// Compiles the selection for the events of the logs with these tables, as the style shows them.
    pub(crate) fn compile<'i, I>(&self, indexes: impl Fn() -> I, style: &Style) -> Matcher
    where
        I: IntoIterator<Item = &'i Index>,
    {
        let queries = self.queries.iter().map(|query| query.compile_with(indexes(), style));
        Matcher::all([self.filter.compile_with(indexes(), style)].into_iter().chain(queries))
    }
}
