//! Options with the values auto, always and never.

use clap::ValueEnum;

/// The value of an option that turns a behavior on or off.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum When {
    /// On if it is useful.
    #[default]
    Auto,
    Always,
    Never,
}

impl When {
    /// Returns true if the behavior is on. `useful` is the result for [`When::Auto`].
    pub(crate) fn decide(self, useful: bool) -> bool {
        match self {
            Self::Auto => useful,
            Self::Always => true,
            Self::Never => false,
        }
    }
}
