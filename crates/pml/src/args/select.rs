//! The selection of events, and how a configuration shows them.

use std::path::PathBuf;

use clap::Args;
use procmon_parser::filter::{Matcher, Query};
use procmon_parser::{Configuration, Filter, Index, Locale, Rule, SavedFilter, Style};

use crate::args::columns::Columns;
use crate::error::Failure;

/// The options that select events.
#[derive(Debug, Args)]
pub(crate) struct SelectArgs {
    /// Show what Procmon shows under a configuration (PMC): its filter, columns, advanced names, resolution of
    /// addresses. What is asked for by an option of its own counts more.
    #[arg(long, value_name = "FILE.pmc", help_heading = "Selection")]
    pub(crate) config: Option<PathBuf>,
    /// Take the events that the filter of Procmon shows which has this rule, such as "Path contains temp then
    /// Include"; any number of times. The rules are added to those of the configuration or filter file as in Procmon's
    /// dialog: includes of one column are alternatives, and an exclude counts more than any include.
    #[arg(long, value_name = "RULE", help_heading = "Selection")]
    pub(crate) filter: Vec<Rule>,
    /// Take the events that an exported filter (PMF) shows, in place of the filter of the configuration.
    #[arg(long, value_name = "FILE.pmf", help_heading = "Selection")]
    pub(crate) filter_file: Option<PathBuf>,
    /// Take the events for which this is true, such as "Path ends with .dll and not (Result is SUCCESS or Duration more
    /// than 250ms)"; any number of times, all have to be true. Not a filter of Procmon's, but with real dates and spans,
    /// parentheses, and "matches" for regular expressions.
    #[arg(long, value_name = "QUERY", help_heading = "Selection")]
    pub(crate) query: Vec<Query>,
    /// The regional settings of Windows for dates, times of day and thousands, in output and in the text that filters
    /// compare: a tag such as de-DE. Parts that differ from Windows' own may follow:
    /// "de-DE;date=yyyy-MM-dd;time=H:mm:ss;decimal=.;thousands= ".
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
    /// The selection of a configuration.
    pub(crate) fn of(configuration: Configuration) -> Self {
        Self { filter: configuration.filter(), configuration: Some(configuration), ..Self::default() }
    }

    /// The style of texts that the configuration and the locale ask for.
    pub(crate) fn style(&self) -> Style {
        let style = Style::new().advanced_names(self.advanced_names()).resolve_addresses(self.resolve_addresses());
        style.locale(self.locale.clone())
    }

    /// The columns of the configuration.
    pub(crate) fn columns(&self) -> Option<Columns> {
        self.configuration.as_ref().map(|configuration| Columns(configuration.columns()))
    }

    /// Returns whether the configuration turns on advanced names.
    pub(crate) fn advanced_names(&self) -> bool {
        self.configuration.as_ref().is_some_and(Configuration::advanced_mode)
    }

    /// Returns whether names of hosts and ports are shown, which is the default without a configuration.
    pub(crate) fn resolve_addresses(&self) -> bool {
        self.configuration.as_ref().is_none_or(Configuration::resolve_addresses)
    }

    /// Compiles the selection for the events of logs with these tables that are shown in a style.
    pub(crate) fn compile<'i, I>(&self, indexes: impl Fn() -> I, style: &Style) -> Matcher
    where
        I: IntoIterator<Item = &'i Index>,
    {
        let queries = self.queries.iter().map(|query| query.compile_with(indexes(), style));
        Matcher::all([self.filter.compile_with(indexes(), style)].into_iter().chain(queries))
    }
}
