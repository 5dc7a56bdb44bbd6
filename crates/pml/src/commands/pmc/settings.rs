//! The settings of a configuration, as options of the command line.

use std::path::PathBuf;

use clap::builder::{PossibleValuesParser, TypedValueParser};
use clap::{Args, ValueEnum};
use procmon_parser::pmc::{Color, LogFont, THEMES};
use procmon_parser::{Configuration, Filter, Rule};

use crate::args::columns::{self, Columns};
use crate::args::list::{ListArgs, Rules};
use crate::args::number::parse_u32;
use crate::args::rules;
use crate::args::switch::Switch;
use crate::error::Failure;

/// The settings to change. All others keep their values.
#[derive(Debug, Args)]
pub(crate) struct Settings {
    #[command(flatten)]
    filter: FilterSettings,
    #[command(flatten)]
    display: DisplaySettings,
    #[command(flatten)]
    capture: CaptureSettings,
}

/// Settings of the filter and the highlighting.
#[derive(Debug, Args)]
#[command(next_help_heading = "Filter")]
struct FilterSettings {
    /// Remove the existing rules: Procmon's 23 default rules, or those of the file.
    #[arg(long)]
    no_rules: bool,
    /// Replace the existing rules with those of an exported filter (PMF).
    #[arg(long, value_name = "FILE.pmf", conflicts_with = "no_rules")]
    filter_file: Option<PathBuf>,
    /// Add an Include rule, such as "Process Name is python.exe"; can be repeated.
    #[arg(long, value_name = "CONDITION", value_parser = included)]
    include: Vec<Rule>,
    /// Add an Exclude rule, such as "Path begins with C:\Windows"; can be repeated.
    #[arg(long, value_name = "CONDITION", value_parser = excluded)]
    exclude: Vec<Rule>,
    /// Add a rule, such as "Path contains temp then Include"; can be repeated.
    ///
    /// @FILE adds a rule for each line of a text file.
    #[arg(long, value_name = "RULE|@FILE")]
    rule: Vec<Rules>,
    #[command(flatten)]
    lists: ListArgs,
    /// Add a highlighting rule, such as "Result is ACCESS DENIED"; can be repeated.
    #[arg(long, value_name = "CONDITION", value_parser = included)]
    highlight: Vec<Rule>,
    /// Do not store events that the filter hides, which keeps long captures small.
    #[arg(long, value_name = "on|off", num_args = 0..=1, require_equals = true, default_missing_value = "on")]
    drop_filtered_events: Option<Switch>,
}

/// Settings of the display.
#[derive(Debug, Args)]
#[command(next_help_heading = "Display")]
struct DisplaySettings {
    /// Columns to show, separated by commas; "default" stands for the 27 of Procmon 3.94.
    #[arg(long, value_name = "LIST", value_parser = columns::parser::<Columns>(), hide_possible_values = true)]
    columns: Option<Columns>,
    /// Show advanced (kernel) names of operations: IRP_MJ_CREATE instead of CreateFile.
    #[arg(long, value_name = "on|off", num_args = 0..=1, require_equals = true, default_missing_value = "on")]
    advanced: Option<Switch>,
    /// Show names of hosts and ports instead of numbers.
    #[arg(long, value_name = "on|off", num_args = 0..=1, require_equals = true, default_missing_value = "on")]
    resolve: Option<Switch>,
    /// Scroll to new events.
    #[arg(long, value_name = "on|off", num_args = 0..=1, require_equals = true, default_missing_value = "on")]
    autoscroll: Option<Switch>,
    /// Keep the window on top of others.
    #[arg(long, value_name = "on|off", num_args = 0..=1, require_equals = true, default_missing_value = "on")]
    always_on_top: Option<Switch>,
    /// Text color of highlighted events, as #rrggbb.
    #[arg(long, value_name = "COLOR")]
    highlight_foreground: Option<Color>,
    /// Background color of highlighted events, as #rrggbb.
    #[arg(long, value_name = "COLOR")]
    highlight_background: Option<Color>,
    /// Font of the event list, such as "Consolas, height -13, weight 400, italic".
    #[arg(long, value_name = "FONT")]
    log_font: Option<LogFont>,
    /// Font of bookmarked events.
    #[arg(long, value_name = "FONT")]
    bookmark_font: Option<LogFont>,
    /// Theme of the windows.
    #[arg(long, value_enum, value_name = "NAME", ignore_case = true)]
    theme: Option<Theme>,
}

/// Settings of the capture.
#[derive(Debug, Args)]
#[command(next_help_heading = "Capture")]
struct CaptureSettings {
    /// Number of events to keep, in millions.
    #[arg(long, value_name = "MILLIONS", value_parser = parse_u32)]
    history_depth: Option<u32>,
    /// Keep only the latest events, in a ring buffer (flight recorder).
    #[arg(long, value_name = "on|off", num_args = 0..=1, require_equals = true, default_missing_value = "on")]
    ring_buffer: Option<Switch>,
    /// Size of the ring buffer in MB.
    #[arg(long, value_name = "MB", value_parser = parse_u32)]
    ring_buffer_size: Option<u32>,
    /// Length of the ring buffer in minutes.
    #[arg(long, value_name = "MINUTES", value_parser = parse_u32)]
    ring_buffer_minutes: Option<u32>,
    /// Samples of each thread per second; 0 turns thread profiling off.
    #[arg(long, value_name = "NUMBER", value_parser = profiling_rate())]
    profiling: Option<u32>,
    /// Backing file of the capture; "" is virtual memory.
    #[arg(long, value_name = "PATH")]
    log_file: Option<String>,
    /// Path of the dbghelp.dll that resolves symbols.
    #[arg(long, value_name = "PATH")]
    dbghelp_path: Option<String>,
    /// Search path for symbols.
    #[arg(long, value_name = "PATH")]
    symbol_path: Option<String>,
    /// Search path for source files.
    #[arg(long, value_name = "PATH")]
    source_path: Option<String>,
}

/// A theme of Procmon.
#[derive(Clone, Copy, Debug, ValueEnum)]
enum Theme {
    Default,
    #[value(alias = "DarkTheme")]
    Dark,
}

impl Theme {
    /// Returns the value that configurations store.
    fn value(self) -> &'static str {
        let [default, dark] = THEMES;
        match self {
            Self::Default => default,
            Self::Dark => dark,
        }
    }
}

/// Returns a parser of the rates that Procmon offers. The help lists them.
fn profiling_rate() -> impl TypedValueParser<Value = u32> {
    PossibleValuesParser::new(["0", "1", "10"]).try_map(|rate| rate.parse::<u32>())
}

/// Parses a condition as an Include rule.
fn included(condition: &str) -> procmon_parser::Result<Rule> {
    format!("{condition} then Include").parse()
}

/// Parses a condition as an Exclude rule.
fn excluded(condition: &str) -> procmon_parser::Result<Rule> {
    format!("{condition} then Exclude").parse()
}

impl Settings {
    /// Applies the given settings to a configuration.
    pub(super) fn apply(&self, configuration: &mut Configuration) -> Result<(), Failure> {
        self.filter.apply(configuration)?;
        self.display.apply(configuration)?;
        self.capture.apply(configuration);
        Ok(())
    }
}

/// Calls a setter if its value is given.
fn set<'c, T>(
    configuration: &'c mut Configuration,
    value: Option<T>,
    setter: impl FnOnce(&'c mut Configuration, T) -> &'c mut Configuration,
) {
    if let Some(value) = value {
        setter(configuration, value);
    }
}

/// Calls the setter of a switch if its value is given.
fn switch<'c>(
    configuration: &'c mut Configuration,
    value: Option<Switch>,
    setter: impl FnOnce(&'c mut Configuration, bool) -> &'c mut Configuration,
) {
    set(configuration, value.map(|value| value.0), setter);
}

impl FilterSettings {
    fn apply(&self, configuration: &mut Configuration) -> Result<(), Failure> {
        if self.changes_rules() {
            let mut filter = match &self.filter_file {
                Some(path) => rules::read(path)?.1,
                None if self.no_rules => Filter::new(),
                None => configuration.filter(),
            };
            filter.add_all(self.include.iter().chain(&self.exclude).cloned());
            filter.add_all(Rules::read(&self.rule)?.into_iter().chain(self.lists.read()?));
            configuration.set_filter(filter);
        }
        if !self.highlight.is_empty() {
            let mut filter = configuration.highlight_filter();
            filter.add_all(self.highlight.iter().cloned());
            configuration.set_highlight_filter(filter);
        }
        switch(configuration, self.drop_filtered_events, Configuration::set_drop_filtered_events);
        Ok(())
    }

    fn changes_rules(&self) -> bool {
        let is_added = [&self.include, &self.exclude].iter().any(|rules| !rules.is_empty());
        self.no_rules || self.filter_file.is_some() || is_added || !self.rule.is_empty() || !self.lists.is_empty()
    }
}

impl DisplaySettings {
    fn apply(&self, configuration: &mut Configuration) -> Result<(), Failure> {
        if let Some(Columns(columns)) = &self.columns {
            configuration.set_columns(columns)?;
        }
        switch(configuration, self.advanced, Configuration::set_advanced_mode);
        switch(configuration, self.resolve, Configuration::set_resolve_addresses);
        switch(configuration, self.autoscroll, Configuration::set_autoscroll);
        switch(configuration, self.always_on_top, Configuration::set_always_on_top);
        set(configuration, self.highlight_foreground, Configuration::set_highlight_foreground);
        set(configuration, self.highlight_background, Configuration::set_highlight_background);
        set(configuration, self.log_font.clone(), Configuration::set_log_font);
        set(configuration, self.bookmark_font.clone(), Configuration::set_bookmark_font);
        set(configuration, self.theme.map(Theme::value), Configuration::set_theme);
        Ok(())
    }
}

impl CaptureSettings {
    fn apply(&self, configuration: &mut Configuration) {
        set(configuration, self.history_depth, Configuration::set_history_depth);
        switch(configuration, self.ring_buffer, Configuration::set_flight_recorder);
        set(configuration, self.ring_buffer_size, Configuration::set_ring_buffer_size);
        set(configuration, self.ring_buffer_minutes, Configuration::set_ring_buffer_minutes);
        set(configuration, self.profiling, Configuration::set_profiling);
        set(configuration, self.log_file.as_deref(), Configuration::set_log_file);
        set(configuration, self.dbghelp_path.as_deref(), Configuration::set_dbghelp_path);
        set(configuration, self.symbol_path.as_deref(), Configuration::set_symbol_path);
        set(configuration, self.source_path.as_deref(), Configuration::set_source_path);
    }
}
