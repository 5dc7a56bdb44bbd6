//! The counts of a trace.

use procmon_parser::Error;

/// The contents of a trace.
///
/// ```
/// use procmon_parser::LogsReader;
/// use procmon_trace::TraceWriter;
///
/// let log = LogsReader::open("../../fixtures/sample64.pml")?;
/// let summary = TraceWriter::new().firefox(std::io::sink(), &log)?;
/// assert_eq!(summary.slices + summary.instants + summary.samples + summary.counters / 3, summary.events);
/// # Ok::<(), procmon_parser::Error>(())
/// ```
#[derive(Debug, Default)]
#[non_exhaustive]
pub struct Summary {
    /// The number of events in the trace.
    pub events: u64,
    /// The number of events that could not be read. They are not in the trace.
    pub unreadable: u64,
    /// The error of the first event that could not be read.
    pub first_error: Option<Error>,
    /// The number of slices: events with a duration, and operations whose completion is not in the log.
    pub slices: u64,
    /// The number of instants.
    pub instants: u64,
    /// The number of values of counters: 3 for a sample of a process. In Perfetto, there is a 4th one for the CPU use
    /// since the previous sample, and one with three parts for a sample of a thread.
    pub counters: u64,
    /// The number of samples. In a call tree, these are the events whose stacks were counted.
    pub samples: u64,
    /// The number of events whose innermost frames were left out, because the call tree has a limited size.
    pub shortened: u64,
}
