//! CPU time and memory of processes over time.

use std::cmp::Reverse;

use procmon_parser::analysis::{ActivityRow, ActivitySample, ProcessActivity};

use crate::data::Series;
use crate::directory::Directory;
use crate::names::exact;
use crate::times::Clock;

/// The maximum number of samples of a process.
pub(crate) const BUCKETS: usize = 400;
/// The maximum number of processes.
const PROCESSES: usize = 40;

/// Returns the series of the processes that used the most CPU time.
pub(crate) fn series(activity: &ProcessActivity, directory: &Directory, clock: Clock) -> Vec<Series> {
    let mut rows: Vec<_> = activity.rows().into_iter().filter(|row| samples(row).next().is_some()).collect();
    rows.sort_by_key(|row| (Reverse(row.sampled_cpu), Reverse(row.peak_private_bytes))); // stable
    rows.truncate(PROCESSES);
    rows.iter()
        .flat_map(|row| of_process(row, directory, clock))
        .flatten()
        .filter(|series| !series.times.is_empty())
        .collect()
}

fn samples<'s>(row: &ActivityRow<'s>) -> impl Iterator<Item = ActivitySample> + use<'s> {
    row.buckets.iter().filter_map(|bucket| bucket.sample)
}

fn of_process(row: &ActivityRow<'_>, directory: &Directory, clock: Clock) -> Option<[Series; 3]> {
    let process = Some(directory.index_of(row.process?)?);
    let series = |metric, unit| Series { process, metric, unit, times: Vec::new(), values: Vec::new() };
    let mut cpu = series("CPU (% of one core)", "percent");
    let mut private = series("Private bytes", "bytes");
    let mut working_set = series("Working set", "bytes");
    let mut before = None;
    for sample in samples(row) {
        let Some(time) = clock.since(sample.time) else { continue };
        for (series, bytes) in [(&mut private, sample.private_bytes), (&mut working_set, sample.working_set)] {
            series.times.push(time);
            series.values.push(exact(bytes) as f64);
        }
        if let Some((last, used)) = before.replace((sample.time, sample.cpu))
            && sample.time > last
        {
            let span = sample.time.since(last).0 as f64;
            let percent = sample.cpu.0.saturating_sub(used.0) as f64 / span * 100.0;
            cpu.times.push(time);
            cpu.values.push((percent * 100.0).round() / 100.0);
        }
    }
    Some([cpu, private, working_set])
}
