//! Logs that another program shortens or overwrites while `pml` reads them.
//!
//! Whenever the change occurs, `pml` must end on its own with a meaningful exit code, and leave either a complete
//! output or none. If it reports success, the output must be that of the log before or after the change.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::OnceLock;
use std::thread::sleep;
use std::time::{Duration, Instant};

use procmon_parser::LogsReader;

/// The number of events of the log that changes.
const EVENTS: usize = 200_000;
/// The size of the header of a log.
const HEADER: u64 = 0x3A8;
/// The times of the changes, as fractions of the time that the program takes for an unchanged log.
const MOMENTS: [f64; 3] = [0.0, 0.3, 0.7];
/// The time after which a run counts as hanging.
const PATIENCE: Duration = Duration::from_secs(120);

/// The log, in the current folder of the program.
const LOG: &str = "log.pml";
/// The folder for outputs, in the current folder of the program.
const OUTPUT: &str = "output";

/// A change of the log.
#[derive(Clone, Copy, Debug)]
enum Change {
    /// Truncation to a size.
    Truncate(u64),
    /// Overwriting with other bytes, without a change of the size.
    Overwrite,
    /// Replacing the contents with a shorter log.
    Replace,
}

/// Returns the path of a log with many events, which is never changed.
fn log() -> &'static Path {
    static LOG: OnceLock<PathBuf> = OnceLock::new();
    LOG.get_or_init(|| {
        let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join("changing.pml");
        let mut file = BufWriter::new(File::create(&path).unwrap());
        crate::support::synth::write_large(EVENTS, &mut file).unwrap();
        file.flush().unwrap();
        path
    })
}

/// Returns the path of a shorter log, of a 32-bit Windows.
fn other_log() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures/sample32.pml")
}

impl Change {
    fn truncations() -> Vec<Self> {
        let size = fs::metadata(log()).unwrap().len();
        [0, HEADER, size / 3, size - 4096].map(Self::Truncate).to_vec()
    }

    /// Changes a log in place, as another program that has it open would.
    fn apply(self, path: &Path) {
        let mut file = File::options().write(true).open(path).unwrap();
        match self {
            Self::Truncate(size) => file.set_len(size).unwrap(),
            Self::Overwrite => {
                let block = vec![0xFF; 1 << 20];
                let mut left = usize::try_from(file.metadata().unwrap().len()).unwrap();
                while left > 0 {
                    let size = left.min(block.len());
                    file.write_all(&block[..size]).unwrap();
                    left -= size;
                }
            }
            Self::Replace => {
                let other = fs::read(other_log()).unwrap();
                file.set_len(other.len() as u64).unwrap();
                file.write_all(&other).unwrap();
            }
        }
    }
}

/// A way to run the program.
struct Run {
    arguments: &'static [&'static str],
    /// Allowed exit codes in addition to 0, 1 and 3.
    codes: &'static [i32],
    /// Names of the output files.
    files: &'static [&'static str],
    /// True if standard output is JSON, which has to be complete.
    is_json: bool,
}

/// The outputs of a run.
#[derive(PartialEq)]
struct Result {
    stdout: Vec<u8>,
    /// The contents of files by name, without the folder: a report names its folder after the time.
    files: BTreeMap<String, Vec<u8>>,
}

/// A folder with a copy of the log and a folder for outputs.
struct Place(tempfile::TempDir);

impl Place {
    fn new(log: &Path) -> Self {
        let folder = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
        fs::copy(log, folder.path().join(LOG)).unwrap();
        ["temporary", OUTPUT].iter().for_each(|name| fs::create_dir(folder.path().join(name)).unwrap());
        Self(folder)
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn spawn(&self, run: &Run) -> Child {
        let output = |name| File::create(self.path(name)).unwrap();
        Command::new(env!("CARGO_BIN_EXE_pml"))
            .args(run.arguments)
            .arg("--no-progress")
            .current_dir(self.0.path())
            .env("TMPDIR", self.path("temporary"))
            .stdin(Stdio::null())
            .stdout(output("stdout"))
            .stderr(output("stderr"))
            .spawn()
            .unwrap()
    }

    fn result(&self) -> Result {
        let mut files = BTreeMap::new();
        collect(&self.path(OUTPUT), &mut files);
        collect(&self.path("temporary"), &mut files);
        Result { stdout: fs::read(self.path("stdout")).unwrap(), files }
    }
}

/// Reads the files below a folder.
fn collect(folder: &Path, files: &mut BTreeMap<String, Vec<u8>>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            collect(&path, files);
        } else {
            files.insert(path.file_name().unwrap().to_str().unwrap().to_owned(), fs::read(&path).unwrap());
        }
    }
}

/// Waits for the end of a program. Kills it if it hangs.
fn wait(mut child: Child) -> ExitStatus {
    let start = Instant::now();
    loop {
        if let Some(status) = child.try_wait().unwrap() {
            return status;
        }
        if start.elapsed() > PATIENCE {
            child.kill().unwrap();
            return child.wait().unwrap();
        }
        sleep(Duration::from_millis(2));
    }
}

impl Run {
    /// Runs the program on an unchanged log.
    fn undisturbed(&self, log: &Path) -> (Duration, Result) {
        let place = Place::new(log);
        let start = Instant::now();
        let status = wait(place.spawn(self));
        let time = start.elapsed();
        assert!(status.success(), "{:?}: {status}", self.arguments);
        let result = place.result();
        assert!(result.files.keys().eq(self.files), "{:?}: {:?}", self.arguments, result.files.keys());
        (time, result)
    }

    /// Runs the program, changes the log after a delay, and returns a message if the result is wrong.
    fn disturbed(&self, change: Change, delay: Duration, complete: &[Result]) -> Option<String> {
        let place = Place::new(log());
        let child = place.spawn(self);
        sleep(delay);
        change.apply(&place.path(LOG));
        let status = wait(child);
        let result = place.result();
        let wrong = self.evaluate(status, &result, complete)?;
        let message = fs::read_to_string(place.path("stderr")).unwrap();
        Some(format!("{change:?} after {delay:?}: {status}: {wrong}; {message}"))
    }

    /// Returns a message if a result is wrong. `complete` has the results that are allowed with exit code 0.
    fn evaluate(&self, status: ExitStatus, result: &Result, complete: &[Result]) -> Option<String> {
        let files: Vec<_> = result.files.keys().collect();
        let code = status.code().filter(|code| [0, 1, 3].contains(code) || self.codes.contains(code));
        let Some(code) = code else { return Some(format!("unexpected exit code; files: {files:?}")) };
        if code == 0 {
            let is_complete = complete.contains(result);
            return (!is_complete).then(|| "success, but the result is that of neither log".to_owned());
        }
        if let Some(name) = result.files.keys().find(|name| !self.files.contains(&name.as_str())) {
            return Some(format!("the file {name} was not removed"));
        }
        // A log that was truncated to its header before it was opened has no events to report.
        let is_empty_log = code == 9 && files.is_empty();
        if code != 1 && !is_empty_log && files.len() < self.files.len() {
            return Some(format!("files are missing: {files:?}"));
        }
        if self.is_json && code == 1 && !result.stdout.is_empty() {
            return Some("output was printed in spite of the failure".to_owned());
        }
        if self.is_json && code != 1 && serde_json::from_slice::<serde_json::Value>(&result.stdout).is_err() {
            return Some("the JSON is incomplete".to_owned());
        }
        let is_cut = |(name, bytes): (&String, &Vec<u8>)| {
            let is_complete = match name.rsplit_once('.').unwrap().1 {
                "html" => bytes.ends_with(b"</html>\n"),
                "pml" => LogsReader::new(bytes).is_ok(),
                _ => bytes.ends_with(b"\n"),
            };
            (!is_complete).then(|| format!("the file {name} is incomplete"))
        };
        result.files.iter().find_map(is_cut)
    }

    /// Tests changes at all moments.
    fn check(&self, changes: &[Change]) {
        let (time, result) = self.undisturbed(log());
        let complete = [result, self.undisturbed(&other_log()).1];
        let delays = MOMENTS.map(|moment| time.mul_f64(moment));
        let runs = changes.iter().flat_map(|&change| delays.map(|delay| (change, delay)));
        let wrong: Vec<_> = runs.filter_map(|(change, delay)| self.disturbed(change, delay, &complete)).collect();
        let count = changes.len() * MOMENTS.len();
        assert!(wrong.is_empty(), "{:?}, {} of {count} runs:\n{}", self.arguments, wrong.len(), wrong.join("\n"));
    }
}

const EXPORT: Run =
    Run { arguments: &["export", LOG, "-o", "output/events.csv"], codes: &[], files: &["events.csv"], is_json: false };
const INFO: Run = Run { arguments: &["info", LOG, "--json"], codes: &[], files: &[], is_json: true };
const STATISTICS: Run = Run { arguments: &["statistics", LOG, "--json"], codes: &[], files: &[], is_json: true };
const SAVE: Run =
    Run { arguments: &["save", LOG, "-o", "output/saved.pml"], codes: &[], files: &["saved.pml"], is_json: false };
const RECOVER: Run = Run {
    arguments: &["recover", LOG, "-o", "output/recovered.pml"],
    codes: &[],
    files: &["recovered.pml"],
    is_json: false,
};
/// A log that was truncated before it was opened counts as damaged, for which a report has its own exit code.
const REPORT: Run = Run {
    arguments: &["report", LOG, "--working", OUTPUT],
    codes: &[9],
    files: &["output.csv", "report.html", "statistics.txt"],
    is_json: false,
};

/// Declares the tests of each command.
macro_rules! tests {
    ($($name:ident: $run:ident,)*) => {
        mod a_log_that_is_truncated {
            use super::*;
            $(#[test]
            fn $name() {
                $run.check(&Change::truncations());
            })*
        }

        mod a_log_that_is_rewritten {
            use super::*;
            $(#[test]
            fn $name() {
                $run.check(&[Change::Overwrite, Change::Replace]);
            })*
        }
    };
}

tests! {
    export: EXPORT,
    info: INFO,
    statistics: STATISTICS,
    save: SAVE,
    recover: RECOVER,
    report: REPORT,
}
