//! The options of Procmon, each declared once with its name, type and default.

use super::defaults::{DEFAULT_COLUMNS, DEFAULT_WIDTHS, padded};
use super::font::{Color, LogFont};
use super::value::{MAX_COLUMNS, Value};
use super::{Configuration, value::Stored};
use crate::code::Column;
use crate::error::{Error, Result};
use crate::filter::Filter;

macro_rules! options {
    ($( $(#[$doc:meta])* $Key:ident: $ty:ty = $default:expr => $getter:ident, $setter:ident($param:ty); )*) => {
        /// An option of Procmon. Options are ordered as Procmon writes them. `Display` and `FromStr` use the name in
        /// the file.
        ///
        /// ```
        /// use procmon_parser::pmc::Key;
        ///
        /// assert_eq!(Key::ALL.len(), 24);
        /// assert_eq!("destructivefilter".parse::<Key>()?, Key::DestructiveFilter);
        /// # Ok::<(), procmon_parser::Error>(())
        /// ```
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[non_exhaustive]
        pub enum Key {
            $( $(#[$doc])* $Key, )*
        }

        impl Key {
            /// All options, in the order of a file.
            pub const ALL: &'static [Self] = &[$(Self::$Key),*];

            /// Returns the name in the file.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self {
                    $( Self::$Key => stringify!($Key), )*
                }
            }
        }

        /// A getter and a setter for each option. A setter changes only the value of its option and the sizes that
        /// depend on it.
        ///
        /// The getters read options as Procmon loads them: the first option with a name counts, and a missing option
        /// has its default. A getter also returns the default if the value cannot be read;
        /// [`value`](Configuration::value) returns the error.
        impl Configuration {
            $(
                $(#[$doc])*
                #[must_use]
                pub fn $getter(&self) -> $ty {
                    self.read(Key::$Key, $default).unwrap_or_else(|_| $default)
                }

                #[doc = concat!("Sets ", stringify!($Key), ", see [`", stringify!($getter), "`](Self::", stringify!($getter), ").")]
                pub fn $setter(&mut self, value: $param) -> &mut Self {
                    let previous = self.option(Key::$Key).map(|option| option.value()).unwrap_or_default();
                    let value: $ty = value.into();
                    let value = Stored::to_bytes(&value, previous);
                    self.set(Key::$Key.name(), &value)
                }
            )*

            /// Returns the value of an option, like its getter.
            ///
            /// # Errors
            /// If the value is longer than Procmon can load, or if its rules are truncated.
            pub fn value(&self, key: Key) -> Result<Value> {
                match key {
                    $( Key::$Key => self.read(key, $default).map(Value::from), )*
                }
            }

            /// Sets the value of an option, like its setter.
            ///
            /// ```
            /// use procmon_parser::Configuration;
            /// use procmon_parser::pmc::{Key, Value};
            ///
            /// let mut configuration = Configuration::procmon_default();
            /// configuration.set_value(Key::HistoryDepth, Value::Number(200))?;
            /// assert_eq!(configuration.history_depth(), 200);
            /// assert!(configuration.set_value(Key::HistoryDepth, Value::Switch(true)).is_err());
            /// # Ok::<(), procmon_parser::Error>(())
            /// ```
            ///
            /// # Errors
            /// If the value is not of the type of the option.
            pub fn set_value(&mut self, key: Key, value: Value) -> Result<&mut Self> {
                let previous = self.option(key).map(|option| option.value()).unwrap_or_default();
                let bytes = match key {
                    $( Key::$Key => Stored::to_bytes(&<$ty>::try_from(value)?, previous), )*
                };
                Ok(self.set(key.name(), &bytes))
            }

            /// Returns the bytes that Procmon writes for an option by default.
            pub(super) fn default_bytes(key: Key) -> Vec<u8> {
                match key {
                    $( Key::$Key => Stored::to_bytes(&$default, &[]), )*
                }
            }
        }
    };
}

options! {
    /// Widths of the shown columns in pixels, left to right; 0 for unused ones.
    Columns: [u16; MAX_COLUMNS] = padded(DEFAULT_WIDTHS) => column_widths, set_column_widths([u16; MAX_COLUMNS]);
    /// Number of shown columns.
    ColumnCount: u32 = 7 => column_count, set_column_count(u32);
    /// Ids of the columns, left to right; the first ColumnCount are shown.
    ColumnMap: [Column; MAX_COLUMNS] = padded(DEFAULT_COLUMNS) => column_map, set_column_map([Column; MAX_COLUMNS]);
    /// Path of the dbghelp.dll that resolves symbols. Not in Procmon 4.04.
    DbgHelpPath: String = r"C:\Windows\system32\dbghelp.dll".to_owned() => dbghelp_path, set_dbghelp_path(&str);
    /// Path of the backing file that Procmon captures to; empty for virtual memory.
    Logfile: String = String::new() => log_file, set_log_file(&str);
    /// Colour of the text of highlighted events.
    HighlightFG: Color = Color { red: 0, green: 0, blue: 0 } => highlight_foreground, set_highlight_foreground(Color);
    /// Background colour of highlighted events.
    HighlightBG: Color = Color { red: 0x80, green: 0xFF, blue: 0xFF } =>
        highlight_background, set_highlight_background(Color);
    /// Theme of the windows: empty for the default, or `DarkTheme`. Not in files of Procmon 3.53 and earlier.
    Theme: String = String::new() => theme, set_theme(&str);
    /// Font of the event list.
    LogFont: LogFont = LogFont::new("MS Shell Dlg") => log_font, set_log_font(LogFont);
    /// Font of bookmarked events. Procmon spells the name of the option with three o's.
    BoookmarkFont: LogFont = LogFont::bold("MS Shell Dlg") =>
        bookmark_font, set_bookmark_font(LogFont);
    /// Advanced output: true if operations have the names of the kernel, and nothing is hidden.
    AdvancedMode: bool = false => advanced_mode, set_advanced_mode(bool);
    /// True if the event list scrolls to new events.
    Autoscroll: bool = false => autoscroll, set_autoscroll(bool);
    /// Maximum number of events that Procmon keeps, in millions.
    HistoryDepth: u32 = 18 => history_depth, set_history_depth(u32);
    /// Profiling of threads: the number of samples per second, 1 or 10; 0 for off.
    Profiling: u32 = 0 => profiling, set_profiling(u32);
    /// Drop filtered events: true if events that the filter hides are not stored.
    DestructiveFilter: bool = false => drop_filtered_events, set_drop_filtered_events(bool);
    /// True if the window stays above others.
    AlwaysOnTop: bool = false => always_on_top, set_always_on_top(bool);
    /// True if endpoints are shown with the names of hosts and ports.
    ResolveAddresses: bool = true => resolve_addresses, set_resolve_addresses(bool);
    /// Search path for source files.
    SourcePath: String = String::new() => source_path, set_source_path(&str);
    /// Search path for symbols. Not in Procmon 4.04.
    SymbolPath: String = "srv*https://msdl.microsoft.com/download/symbols".to_owned() => symbol_path, set_symbol_path(&str);
    /// The filter, which decides which events are shown.
    FilterRules: Filter = Filter::procmon_default() => filter, set_filter(impl Into<Filter>);
    /// The filter of highlighting, which decides which events are highlighted.
    HighlightRules: Filter = Filter::new() => highlight_filter, set_highlight_filter(impl Into<Filter>);
    /// Flight recorder: true if events are kept in a ring buffer. Not in files of Procmon 3.53 and earlier.
    FlightRecorder: bool = false => flight_recorder, set_flight_recorder(bool);
    /// Size of the ring buffer in MB. Not in files of Procmon 3.53 and earlier.
    RingBufferSize: u32 = 0 => ring_buffer_size, set_ring_buffer_size(u32);
    /// Duration of the ring buffer in minutes. Not in files of Procmon 3.53 and earlier.
    RingBufferMin: u32 = 0 => ring_buffer_minutes, set_ring_buffer_minutes(u32);
}

impl std::fmt::Display for Key {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.pad(self.name())
    }
}

impl std::str::FromStr for Key {
    type Err = Error;

    /// Parses the name without regard to ASCII case, like Procmon.
    fn from_str(text: &str) -> Result<Self> {
        let key = Self::ALL.iter().find(|key| key.name().eq_ignore_ascii_case(text));
        key.copied().ok_or_else(|| Error::unknown_name("option of a configuration", text))
    }
}

#[cfg(feature = "serde")]
impl serde::Serialize for Key {
    /// Serializes the name.
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error> {
        serializer.serialize_str(self.name())
    }
}
