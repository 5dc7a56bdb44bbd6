//! Traces of the logs of Process Monitor (PML), for viewers of traces and profiles.
//!
//! [`TraceWriter`] writes any [`Log`](procmon_parser::Log) of [`procmon_parser`]:
//!
//! | Method | Format | Viewers | Memory |
//! |---|---|---|---|
//! | [`perfetto`] | JSON of the Trace Event Format | Perfetto, chrome://tracing, WPA | tables, and open calls |
//! | [`firefox`] | processed profile of Firefox Profiler | Firefox Profiler, Perfetto | the whole profile |
//! | [`speedscope`] | JSON of speedscope | speedscope | tables, and a call tree |
//! | [`folded`] | folded stacks | flamegraph.pl, inferno, speedscope, Perfetto | tables, and a call tree |
//! | [`svg`] | a flame graph | browsers | tables, and a call tree |
//!
//! [`perfetto`]: TraceWriter::perfetto
//! [`firefox`]: TraceWriter::firefox
//! [`speedscope`]: TraceWriter::speedscope
//! [`folded`]: TraceWriter::folded
//! [`svg`]: TraceWriter::svg
//!
//! ```
//! use procmon_parser::LogsReader;
//! use procmon_trace::TraceWriter;
//!
//! let log = LogsReader::open("../../fixtures/sample64.pml")?;
//! let is_failure = |event: procmon_parser::Event<'_>| event.status().is_error();
//! let mut trace = Vec::new(); // or a `File`
//! let summary = TraceWriter::new().filter(&is_failure).perfetto(&mut trace, &log)?;
//! assert_eq!((summary.events, summary.slices), (6, 6));
//! # Ok::<(), procmon_parser::Error>(())
//! ```
//!
//! # Events
//!
//! | Event | Perfetto | Firefox Profiler |
//! |---|---|---|
//! | Load Image | instant of the thread | marker without a duration |
//! | Process Start, Process Exit | instant of the process | marker without a duration |
//! | Process Profiling | counters: CPU time, CPU, private bytes, working set | the same, except CPU |
//! | Thread Profiling | counter: CPU time and context switches of the thread | sample with CPU time and stack |
//! | any other | slice | marker with a duration |
//!
//! The category is the class. The arguments are the path, the result and the detail, as
//! [`Event::text_in`](procmon_parser::Event::text_in) prints them, and the number of the event. Times count from the
//! first event of the log. An operation whose completion is not in the log has no end.
//!
//! A process is an entry of the process tables, not a PID. Entries of several files of a capture with the same key, PID
//! and start time are one process. If several processes have the same PID, the first one keeps it; the others get an id
//! that no process has, and their names end with the PID.
//!
//! In Perfetto, a slice is in the track of its thread if it nests in the slices there. A slice is asynchronous, in a
//! track of its own, if it overlaps another one without nesting, if it starts before the previous one of its thread, or
//! if it has no end.
//!
//! # Stacks
//!
//! A frame is `module!offset`, such as `ntdll.dll!0x1a2b`, or `<unknown>!address` outside of modules. Frames with the
//! address 0 are left out. The call tree is that of
//! [`StackSummary`](procmon_parser::analysis::StackSummary), which counts events and time, and joins processes with
//! the same image path and PID.
//!
//! # Choice of formats
//!
//! *Perfetto:* the Trace Event Format, not Perfetto's protocol buffers. The maintained crates for protocol buffers
//! trace the program that uses them: `perfetto-sdk` links Perfetto's C library, and `tracing-perfetto` is a layer of
//! `tracing`. Other viewers, and people, can read JSON too. Perfetto ignores the stacks of the format, so the stack is
//! an argument, which is [optional](TraceWriter::stacks).
//!
//! *Flame graphs:* the crate `inferno` has the license CDDL-1.0, which this project does not accept. The flame graph
//! here has no scripts.

#![forbid(unsafe_code)]
#![warn(
    clippy::cast_possible_truncation,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "no input may make this code panic"
)]

mod ahead;
mod calls;
mod changes;
mod clock;
mod directory;
mod firefox;
mod frames;
mod json;
mod kind;
mod map;
mod nesting;
mod perfetto;
mod recorder;
mod slots;
mod speedscope;
mod summary;
mod svg;
mod texts;
mod writer;

pub use summary::Summary;
pub use writer::TraceWriter;
