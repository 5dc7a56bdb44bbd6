//! Choices between an automatic and a forced behavior.

use clap::ValueEnum;

/// When something is done.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum When {
    /// If it is useful.
    #[default]
    Auto,
    Always,
    Never,
}

impl When {
    /// Returns true if it is done. `useful` decides in the automatic case.
    pub(crate) fn decide(self, useful: bool) -> bool {
        match self {
            Self::Auto => useful,
            Self::Always => true,
            Self::Never => false,
        }
    }
}
