//! The parts of the text of statistics.

/// The parts of the text.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Sections {
    /// All processes, with their operations, DLLs and endpoints.
    pub(crate) all: bool,
    /// The DLLs of processes with events.
    pub(crate) dlls: bool,
    /// The endpoints of processes.
    pub(crate) network: bool,
}

impl Sections {
    /// All parts.
    pub(crate) const ALL: Self = Self { all: true, dlls: true, network: true };
}
