//! The selection of events, and the display settings of a configuration.

use std::io::{self, IsTerminal};
use std::path::PathBuf;

use clap::Args;
use indicatif::HumanCount;
use procmon_parser::filter::{Lint, Matcher, Query};
use procmon_parser::{Configuration, Event, Filter, Index, Locale, Log, Style};

use crate::args::columns::Columns;
use crate::args::list::{ListArgs, Rules};
use crate::args::query::QueryArg;
use crate::args::range::{EventRange, RangeArgs};
use crate::args::rules;
use crate::args::zone::UtcOffset;
use crate::error::Failure;
use crate::term::{counted, note, printable, warn};

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
    /// @FILE reads a rule from each line of a text file. Rules on Path find network events by the names and by the numbers
    /// of hosts and ports; under --compat procmon-*, only by the text that Procmon shows.
    #[arg(long, value_name = "RULE|@FILE", help_heading = "Selection")]
    pub(crate) filter: Vec<Rules>,
    #[command(flatten, next_help_heading = "Selection")]
    pub(crate) lists: ListArgs,
    /// Apply an exported filter (PMF) instead of the configuration's.
    #[arg(long, value_name = "FILE.pmf", help_heading = "Selection")]
    pub(crate) filter_file: Option<PathBuf>,
    /// Keep only the events that match a query; can be repeated.
    ///
    /// Example: "Path ends with .dll and not (Result is SUCCESS or Duration more than 250ms)". All queries must match.
    /// In addition to what Procmon's filter can do, queries have parentheses, true dates and durations, and "matches"
    /// for regular expressions. Path is compared both with the names and with the numbers of hosts and ports,
    /// regardless of which of them the output shows. "any contains secret" searches all columns, "PID in (4, 8)"
    /// compares with several values, and "Path contains any of @words.txt" with the lines of a file. "pml help query"
    /// describes queries.
    #[arg(long, value_name = "QUERY", value_parser = QueryArg::parse, help_heading = "Selection")]
    pub(crate) query: Vec<QueryArg>,
    #[command(flatten)]
    range: RangeArgs,
    // Resets the help heading of the lists, which would otherwise also apply to the options that follow.
    #[command(flatten, next_help_heading = None::<&str>)]
    regional: RegionalArgs,
}

/// The options for regional settings.
#[derive(Clone, Debug, Default, Args)]
pub(crate) struct RegionalArgs {
    /// Regional settings for dates, times and thousands, such as de-DE.
    ///
    /// They apply to the output and to the text that filters compare. Settings that differ from the defaults of Windows
    /// can follow the tag: "de-DE;date=yyyy-MM-dd;time=H:mm:ss;decimal=.;thousands= ".
    #[arg(long, value_name = "TAG", default_value = "en-US")]
    locale: Locale,
    /// Time zone: UTC, local, or an offset such as +02:00.
    ///
    /// It applies to the times of event tables, to times on the command line, and to dates in filters and queries.
    /// "local" is the current offset of this computer.
    #[arg(long, default_value_t, value_name = "OFFSET", allow_hyphen_values = true)]
    utc_offset: UtcOffset,
}

/// The selection that [`SelectArgs`] describe, read from its files.
#[derive(Debug, Default)]
pub(crate) struct Selection {
    configuration: Option<Configuration>,
    filter: Filter,
    queries: Vec<Query>,
    range: RangeArgs,
    regional: RegionalArgs,
}

impl SelectArgs {
    /// Reads the configuration and the filter file.
    pub(crate) fn read(&self) -> Result<Selection, Failure> {
        let read = |path: &Option<PathBuf>| path.as_deref().map(rules::read).transpose();
        let (configuration, own) = read(&self.config)?.unwrap_or_default();
        let mut filter = read(&self.filter_file)?.map_or(own, |(_, filter)| filter);
        filter.add_all(Rules::read(&self.filter)?.into_iter().chain(self.lists.read()?));
        let queries = self.query.iter().map(|argument| argument.query.clone()).collect();
        let (range, regional) = (self.range.clone(), self.regional.clone());
        Ok(Selection { configuration, filter, queries, range, regional })
    }
}

impl Selection {
    /// Returns the selection of a configuration, under regional settings.
    pub(crate) fn of(configuration: Configuration, regional: &RegionalArgs) -> Self {
        let (filter, regional) = (configuration.filter(), regional.clone());
        Self { configuration: Some(configuration), filter, regional, ..Self::default() }
    }

    /// Adds a query, which events must match too.
    pub(crate) fn add(&mut self, query: Option<Query>) {
        self.queries.extend(query);
    }

    /// Returns the text style of the configuration and the regional settings.
    pub(crate) fn style(&self) -> Style {
        let style = Style::new().advanced_names(self.advanced_names()).resolve_addresses(self.resolve_addresses());
        style.locale(self.regional.locale.clone()).utc_offset(self.regional.utc_offset.0)
    }

    /// Returns the time zone of the output.
    pub(crate) fn utc_offset(&self) -> procmon_parser::UtcOffset {
        self.regional.utc_offset.0
    }

    /// Returns true if no option selects events.
    pub(crate) fn is_everything(&self) -> bool {
        self.queries.is_empty() && self.filter.rules().is_empty() && self.range.is_everything()
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

    /// Warns if a rule or a comparison matches no event or every event of the logs that have these tables.
    pub(crate) fn warn<'i, I>(&self, indexes: impl Fn() -> I)
    where
        I: IntoIterator<Item = &'i Index>,
    {
        const MAX: usize = 5;
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
        for (condition, lint) in futile.iter().take(MAX) {
            warn(&format!("{}: {lint}", printable(condition)));
        }
        if let Some(more @ 1..) = futile.len().checked_sub(MAX) {
            let rules = counted(more as u64, "more rule matches", "more rules match");
            warn(&format!("{rules} no event or every event; \"pml pmc lint\" lists the rules of a file"));
        }
    }

    /// Compiles the selection for the events of these logs, as the style shows them.
    pub(crate) fn compile<L: Log>(&self, logs: &[L], style: &Style) -> Result<Selector, Failure> {
        let indexes = || logs.iter().flat_map(Log::indexes);
        let queries = self.queries.iter().map(|query| query.compile_with(indexes(), style));
        let filter = Some(&self.filter).filter(|filter| !filter.rules().is_empty());
        let filter = filter.map(|filter| filter.compile_with(indexes(), style));
        let matchers: Vec<_> = filter.into_iter().chain(queries).collect();
        let matcher = (!matchers.is_empty()).then(|| Matcher::all(matchers));
        Ok(Selector { matcher, range: self.range.resolve(logs, self.regional.utc_offset)? })
    }
}

/// A [`Selection`] that was compiled for logs.
#[derive(Debug)]
pub(crate) struct Selector {
    /// The filters and queries; `None` if there are none.
    matcher: Option<Matcher>,
    range: EventRange,
}

impl Selector {
    /// Returns true if an event is selected. Its number is its ordinal within its log.
    #[inline]
    pub(crate) fn matches(&self, event: Event<'_>) -> bool {
        self.is_in_range(event, event.ordinal().into()) && self.shows(event)
    }

    /// Returns true if the range of times and numbers contains an event that has this number.
    #[inline]
    pub(crate) fn is_in_range(&self, event: Event<'_>, number: u64) -> bool {
        self.range.contains(event, number)
    }

    /// Returns true if the filters and queries show an event.
    #[inline]
    pub(crate) fn shows(&self, event: Event<'_>) -> bool {
        self.matcher.as_ref().is_none_or(|matcher| matcher.matches(event))
    }

    /// On a terminal, reports how many of the events were selected, if a selection was requested.
    pub(crate) fn report(&self, selected: u64, events: u64) {
        if self.matcher.is_some() || !self.range.is_everything() {
            report(selected, events);
        }
    }
}

/// Reports how many of the events were selected, on a terminal.
pub(crate) fn report(selected: u64, events: u64) {
    if io::stderr().is_terminal() {
        note(&format!("{} of {}", HumanCount(selected), counted(events, "event", "events")));
    }
}
