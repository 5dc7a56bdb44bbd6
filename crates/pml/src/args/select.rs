//! The selection of events, and how a configuration shows them.

use std::path::PathBuf;

use clap::Args;
use procmon_parser::filter::{Lint, Matcher, Query};
use procmon_parser::{Configuration, Filter, Index, Style};

use crate::args::columns::Columns;
use crate::args::list::{ListArgs, Rules};
use crate::args::rules;
use crate::error::Failure;
use crate::term::{printable, warn};

/// The options that select events.
#[derive(Debug, Args)]
pub(crate) struct SelectArgs {
    /// Show what Procmon shows under a configuration (PMC): its filter, columns, advanced names, resolution of
    /// addresses. What is asked for by an option of its own counts more.
    #[arg(long, value_name = "FILE.pmc", help_heading = "Selection")]
    pub(crate) config: Option<PathBuf>,
    /// Take the events that the filter of Procmon shows which has this rule, such as "Path contains temp then
    /// Include"; any number of times. The rules are added to those of the configuration or filter file as in Procmon's
    /// dialog: includes of one column are alternatives, and an exclude counts more than any include. @FILE reads a rule
    /// from each line of a text file.
    #[arg(long, value_name = "RULE|@FILE", help_heading = "Selection")]
    pub(crate) filter: Vec<Rules>,
    #[command(flatten, next_help_heading = "Selection")]
    pub(crate) lists: ListArgs,
    /// Take the events that an exported filter (PMF) shows, in place of the filter of the configuration.
    #[arg(long, value_name = "FILE.pmf", help_heading = "Selection")]
    pub(crate) filter_file: Option<PathBuf>,
    /// Take the events for which this is true, such as "Path ends with .dll and not (Result is SUCCESS or Duration more
    /// than 250ms)"; any number of times, all have to be true. Not a filter of Procmon's, but with real dates and spans,
    /// parentheses, and "matches" for regular expressions.
    #[arg(long, value_name = "QUERY", help_heading = "Selection")]
    pub(crate) query: Vec<Query>,
}

/// The selection that [`SelectArgs`] describe, read from its files.
#[derive(Debug, Default)]
pub(crate) struct Selection {
    configuration: Option<Configuration>,
    filter: Filter,
    queries: Vec<Query>,
}

impl SelectArgs {
    /// Reads the configuration and the filter file.
    pub(crate) fn read(&self) -> Result<Selection, Failure> {
        let read = |path: &Option<PathBuf>| path.as_deref().map(rules::read).transpose();
        let (configuration, own) = read(&self.config)?.unwrap_or_default();
        let mut filter = read(&self.filter_file)?.map_or(own, |(_, filter)| filter);
        filter.add_all(Rules::read(&self.filter)?.into_iter().chain(self.lists.read()?));
        Ok(Selection { configuration, filter, queries: self.query.clone() })
    }
}

impl Selection {
    /// The selection of a configuration.
    pub(crate) fn of(configuration: Configuration) -> Self {
        Self { filter: configuration.filter(), configuration: Some(configuration), queries: Vec::new() }
    }

    /// The style of texts that the configuration asks for.
    pub(crate) fn style(&self) -> Style {
        Style::new().advanced_names(self.advanced_names()).resolve_addresses(self.resolve_addresses())
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

    /// Warns of rules and comparisons that match no event, or all of them, in logs with these tables.
    pub(crate) fn warn<'i, I>(&self, indexes: impl Fn() -> I)
    where
        I: IntoIterator<Item = &'i Index>,
    {
        const MOST: usize = 5;
        let of_rules = self
            .filter
            .lint(indexes())
            .into_iter()
            .filter_map(|lint| Some((self.filter.rules().get(lint.rule)?.to_string(), lint)));
        let of_queries = self.queries.iter().flat_map(|query| {
            let text = |lint: &Lint| query.comparisons().nth(lint.rule).unwrap_or_default().to_owned();
            query.lint(indexes()).into_iter().map(move |lint| (text(&lint), lint))
        });
        let futile: Vec<_> = of_rules.chain(of_queries).filter(|(_, lint)| lint.kind.is_futile()).collect();
        for (condition, lint) in futile.iter().take(MOST) {
            warn(&format!("{}: {lint}", printable(condition)));
        }
        if let Some(more @ 1..) = futile.len().checked_sub(MOST) {
            warn(&format!("{more} more rules match nothing, or everything; `pml pmc lint` lists those of a file"));
        }
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
