//! Faults of the system while commands write files: full disks, closed streams, errors of reads, signals. After each,
//! the output is the old file or the complete new one, and the exit code is one of those in the help.
//!
//! The usual tests try a few moments for each command and fault. `slow_faults_at_many_moments` tries several hundred.
//! Both print the number of faults of each kind and their results:
//!
//! ```sh
//! cargo test -p procmon-cli --test it faults -- --nocapture
//! cargo test -p procmon-cli --test it slow_faults -- --ignored --nocapture
//! ```
#![cfg(unix)]

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{Read, Write};
use std::os::unix::process::ExitStatusExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::sync::Mutex;
use std::thread;
use std::time::{Duration, Instant};

use crate::support::synth;

/// The commands that write a file: the name of the file, and the arguments. LOG is the log and OUT the file.
const COMMANDS: [(&str, &str); 14] = [
    ("out.csv", "export LOG -o OUT --no-progress"),
    ("out.csv.gz", "export LOG -o OUT --no-progress"),
    ("out.xml", "export LOG -o OUT --no-progress --stacks"),
    ("out.jsonl.zst", "export LOG -o OUT --no-progress --stacks"),
    ("out.parquet", "export LOG -o OUT --no-progress"),
    ("out.arrow", "export LOG -o OUT --no-progress"),
    ("out.pml", "save LOG -o OUT --no-progress"),
    ("redacted.pml", "save LOG -o OUT --no-progress --redact-user --redact-sids"),
    ("recovered.pml", "recover LOG -o OUT --no-progress"),
    ("out.txt", "statistics LOG -o OUT --no-progress --all"),
    ("out.json", "summary files LOG -o OUT --no-progress"),
    ("tree.csv", "tree LOG -o OUT --no-progress"),
    ("out.html", "report LOG --html OUT --no-progress"),
    ("out.pmc", "pmc new -o OUT"),
];

/// The content of a file before it is replaced.
const BEFORE: &[u8] = b"before";

/// The number of events of the log.
const EVENTS: usize = 300;

/// Runs the commands, and counts the faults with their results.
struct Harness {
    folder: tempfile::TempDir,
    /// The file that each command writes without a fault.
    expected: Vec<Vec<u8>>,
    /// The time that each command takes without a fault.
    durations: Vec<Duration>,
    results: Mutex<BTreeMap<(&'static str, &'static str), u32>>,
    random: Mutex<u64>,
}

/// Returns the positions of the commands.
fn jobs() -> std::ops::Range<usize> {
    0..COMMANDS.len()
}

impl Harness {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("log.pml"), synth::large(EVENTS)).unwrap();
        let mut harness = Self {
            folder,
            expected: Vec::new(),
            durations: Vec::new(),
            results: Mutex::default(),
            random: Mutex::new(0x5DEE_CE66),
        };
        for job in jobs() {
            let began = Instant::now();
            let output = harness.command(job).output().unwrap();
            harness.durations.push(began.elapsed());
            assert!(output.status.success(), "{}: {}", COMMANDS[job].1, String::from_utf8_lossy(&output.stderr));
            harness.expected.push(fs::read(harness.out(job)).unwrap());
        }
        harness
    }

    fn log(&self) -> PathBuf {
        self.folder.path().join("log.pml")
    }

    /// Returns the file that a command writes. Each command has a folder of its own.
    fn out(&self, job: usize) -> PathBuf {
        let folder = self.folder.path().join(format!("job{job}"));
        fs::create_dir_all(&folder).unwrap();
        folder.join(COMMANDS[job].0)
    }

    fn arguments(&self, job: usize, log: &Path, out: &Path) -> Vec<String> {
        let path = |path: &Path| path.to_str().unwrap().to_owned();
        let replaced = |word: &str| match word {
            "LOG" => path(log),
            "OUT" => path(out),
            _ => word.to_owned(),
        };
        COMMANDS[job].1.split(' ').map(replaced).collect()
    }

    fn command(&self, job: usize) -> Command {
        self.command_with(job, &self.log(), &self.out(job))
    }

    fn command_with(&self, job: usize, log: &Path, out: &Path) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_pml"));
        command.args(self.arguments(job, log, out));
        command
    }

    /// Returns a command that a shell prepares.
    fn shell(&self, job: usize, script: &str) -> Command {
        let mut command = Command::new("bash");
        command.args(["-c", script, env!("CARGO_BIN_EXE_pml")]).args(self.arguments(job, &self.log(), &self.out(job)));
        command
    }

    fn reads_log(job: usize) -> bool {
        COMMANDS[job].1.contains("LOG")
    }

    fn prepare(&self, job: usize) {
        fs::write(self.out(job), BEFORE).unwrap();
    }

    fn note(&self, fault: &'static str, result: &'static str) {
        *self.results.lock().unwrap().entry((fault, result)).or_default() += 1;
    }

    /// Checks that the output is the old or the new file, and that no other file is left, except for temporary files if
    /// `may_leave` is true. Those are removed.
    fn check(&self, fault: &'static str, job: usize, may_leave: bool) -> bool {
        let (out, command) = (self.out(job), COMMANDS[job].1);
        let content = fs::read(&out).unwrap_or_default();
        let is_new = content == self.expected[job];
        assert!(is_new || content == BEFORE, "{fault}, {command}: {} bytes", content.len());
        for entry in fs::read_dir(out.parent().unwrap()).unwrap() {
            let (path, name) = entry.map(|entry| (entry.path(), entry.file_name().into_string().unwrap())).unwrap();
            if path == out {
                continue;
            }
            assert!(may_leave && name.starts_with(".pml-") && name.ends_with(".tmp"), "{fault}, {command}: {name}");
            fs::remove_file(path).unwrap();
            self.note(fault, "temporary file left");
        }
        self.note(fault, if is_new { "new file" } else { "old file" });
        is_new
    }

    /// Checks that a page is complete, and that no other file is left.
    fn check_page(&self, job: usize) {
        let out = self.out(job);
        let page = fs::read_to_string(&out).unwrap();
        assert!(page.trim_end().ends_with("</html>"), "{} bytes", page.len());
        assert_eq!(fs::read_dir(out.parent().unwrap()).unwrap().count(), 1);
        self.note("shrinking log", "new file");
    }

    /// Checks a command that could not write its output: it failed, named the file, and left the old one.
    fn check_failed(&self, fault: &'static str, job: usize, output: &Output) {
        let message = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(1), "{fault}, {}: {message}", COMMANDS[job].1);
        assert!(message.contains("error:"), "{fault}, {}: {message}", COMMANDS[job].1);
        assert!(
            !self.check(fault, job, false),
            "{fault}, {}: reports a failure, but replaced the file",
            COMMANDS[job].1
        );
    }

    /// Returns a number less than `end`, the same ones in each run.
    fn random(&self, end: u64) -> u64 {
        let mut state = self.random.lock().unwrap();
        *state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (*state >> 33) % end.max(1)
    }

    /// Waits for a random part of the time that a command takes.
    fn wait(&self, job: usize) {
        let micros = self.durations[job].as_micros() as u64;
        thread::sleep(Duration::from_micros(self.random(micros)));
    }

    /// Limits the size of files to `steps` sizes up to that of the output, so that a write fails.
    fn full_disk(&self, steps: usize) {
        for job in jobs() {
            let blocks = self.expected[job].len().div_ceil(1024).saturating_sub(1);
            for step in 0..steps.min(blocks + 1) {
                self.prepare(job);
                let limit = blocks * step / steps;
                let script = format!("trap '' XFSZ; ulimit -f {limit}; exec \"$0\" \"$@\"");
                self.check_failed("full disk", job, &self.shell(job, &script).output().unwrap());
            }
        }
    }

    /// Writes to a device that is full.
    fn full_device(&self) {
        for job in jobs() {
            self.prepare(job);
            let output = self.command_with(job, &self.log(), Path::new("/dev/full")).output().unwrap();
            // The extension is unknown to some commands.
            let message = String::from_utf8_lossy(&output.stderr);
            assert!(matches!(output.status.code(), Some(1 | 2)), "{}: {message}", COMMANDS[job].1);
            self.check("full device", job, false);
        }
    }

    /// Closes or fills standard error, and closes standard output: the file is written nevertheless, or the command fails.
    fn streams(&self) {
        for job in jobs() {
            for (fault, script) in [
                ("closed standard error", "exec \"$0\" \"$@\" 2>&-"),
                ("full standard error", "exec \"$0\" \"$@\" 2>/dev/full"),
                ("closed standard output", "exec \"$0\" \"$@\" >&-"),
                ("full standard output", "exec \"$0\" \"$@\" >/dev/full"),
                ("closed standard input", "exec \"$0\" \"$@\" <&-"),
            ] {
                self.prepare(job);
                let output = self.shell(job, script).output().unwrap();
                let is_new = self.check(fault, job, false);
                let message = String::from_utf8_lossy(&output.stderr);
                // `recover` prints its report after the file is complete.
                assert!(matches!(output.status.code(), Some(0 | 1)), "{fault}, {}: {message}", COMMANDS[job].1);
                assert!(is_new || output.status.code() == Some(1), "{fault}, {}", COMMANDS[job].1);
            }
        }
    }

    /// Closes the pipe that an output goes to after a few bytes.
    fn closed_pipe(&self) {
        for job in jobs() {
            let arguments = self.arguments(job, &self.log(), Path::new("-"));
            let mut child = Command::new(env!("CARGO_BIN_EXE_pml"))
                .args(arguments)
                .stdout(Stdio::piped())
                .stderr(Stdio::piped())
                .spawn()
                .unwrap();
            let mut first = [0; 10];
            let _ = child.stdout.take().unwrap().read(&mut first);
            let output = child.wait_with_output().unwrap();
            // The name "-" has no extension, so some commands write a different format, and others refuse the format.
            let message = String::from_utf8_lossy(&output.stderr);
            assert!(matches!(output.status.code(), Some(0..=2)), "{}: {message}", COMMANDS[job].1);
            self.note("closed pipe", "end");
        }
    }

    /// Reads inputs that cannot be read.
    fn read_errors(&self) {
        let folder = self.folder.path().join("folder.pml");
        fs::create_dir_all(&folder).unwrap();
        let mut inputs = vec![folder, self.folder.path().join("missing.pml")];
        if cfg!(target_os = "linux") {
            // Reading the first page of the memory of a process fails with EIO.
            inputs.push("/proc/self/mem".into());
        }
        for job in (0..COMMANDS.len()).filter(|&job| Self::reads_log(job)) {
            for input in &inputs {
                self.prepare(job);
                let output = self.command_with(job, input, &self.out(job)).output().unwrap();
                self.check_failed("read error", job, &output);
            }
        }
    }

    /// Truncates the log at a random moment.
    fn shrinking_log(&self, turns: usize) {
        let log = self.folder.path().join("shrinking.pml");
        for job in (0..COMMANDS.len()).filter(|&job| Self::reads_log(job)) {
            for _ in 0..turns {
                fs::copy(self.log(), &log).unwrap();
                self.prepare(job);
                let child =
                    self.command_with(job, &log, &self.out(job)).stderr(Stdio::piped()).stdout(Stdio::null()).spawn();
                self.wait(job);
                let len = fs::metadata(&log).unwrap().len();
                File::options().write(true).open(&log).unwrap().set_len(self.random(len)).unwrap();
                let output = child.unwrap().wait_with_output().unwrap();
                let message = String::from_utf8_lossy(&output.stderr).into_owned();
                // A log that was cut before it was opened can be recovered in part.
                if COMMANDS[job].1.starts_with("recover") && matches!(output.status.code(), Some(0 | 3)) {
                    self.note("shrinking log", "recovered");
                    continue;
                }
                // A page contains the name of its log. It also shows a part of a log (3), or the readable part of a log
                // that was cut before it was opened (9).
                if COMMANDS[job].1.starts_with("report") && matches!(output.status.code(), Some(0 | 3 | 9)) {
                    self.check_page(job);
                    continue;
                }
                let is_new = match COMMANDS[job].1 {
                    // Statistics and trees contain the name of the log.
                    _ if output.status.success() => true,
                    _ => self.check("shrinking log", job, false),
                };
                assert_eq!(is_new, output.status.success(), "{}: {message}", COMMANDS[job].1);
            }
        }
    }

    /// Feeds the log through a pipe, a few bytes at a time.
    fn slow_pipe(&self) {
        let bytes = fs::read(self.log()).unwrap();
        let bytes = &bytes;
        for job in (0..COMMANDS.len()).filter(|&job| Self::reads_log(job)) {
            let mut command = self.command_with(job, Path::new("-"), &self.out(job));
            self.prepare(job);
            let mut child = command.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
            let mut input = child.stdin.take().unwrap();
            thread::scope(|scope| {
                scope.spawn(move || {
                    // The first bytes are sent one at a time, because `pml` detects compression from them.
                    let (start, rest) = bytes.split_at(64);
                    start.chunks(1).chain(rest.chunks(977)).try_for_each(|chunk| input.write_all(chunk)).unwrap();
                });
            });
            let output = child.wait_with_output().unwrap();
            let message = String::from_utf8_lossy(&output.stderr);
            assert!(output.status.success(), "{}: {message}", COMMANDS[job].1);
            // These files contain the name of the log.
            let is_named = ["out.html", "out.txt", "out.json", "tree.csv", "out.parquet", "out.arrow"];
            if !is_named.contains(&COMMANDS[job].0) {
                assert!(self.check("slow pipe", job, false), "{}", COMMANDS[job].1);
            }
        }
    }

    /// Sends a signal at a random moment. Returns the child.
    fn signalled(&self, job: usize, signal: &str) -> Child {
        let command = &mut self.command(job);
        let mut child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        self.wait(job);
        match signal {
            "KILL" => child.kill().unwrap(),
            _ => send(&child, signal),
        }
        child
    }

    /// Ends commands by signals that a handler sees.
    fn terminating_signals(&self, turns: usize) {
        for job in jobs() {
            for turn in 0..turns {
                self.prepare(job);
                let mut child = self.signalled(job, ["TERM", "INT", "HUP"][turn % 3]);
                let status = child.wait().unwrap();
                let is_new = self.check("terminating signal", job, false);
                // Before the first output is opened, there is no handler.
                let is_ended = status.code() == Some(130) || status.signal().is_some();
                assert!(status.success() && is_new || is_ended, "{}: {status}", COMMANDS[job].1);
            }
        }
    }

    /// Stops commands and continues them, which interrupts their system calls.
    fn stops(&self, turns: usize) {
        for job in jobs() {
            for _ in 0..turns {
                self.prepare(job);
                let mut child = self.signalled(job, "STOP");
                thread::sleep(Duration::from_millis(2));
                send(&child, "CONT");
                assert!(child.wait().unwrap().success(), "{}", COMMANDS[job].1);
                assert!(self.check("stop and continue", job, false));
            }
        }
    }

    /// Kills commands. Nothing can remove the temporary file then; the next run is not disturbed by it.
    fn kills(&self, turns: usize) {
        for job in jobs() {
            for _ in 0..turns {
                self.prepare(job);
                self.signalled(job, "KILL").wait().unwrap();
                self.check("kill", job, true);
            }
            self.prepare(job);
            assert!(self.command(job).output().unwrap().status.success());
            assert!(self.check("run after kills", job, false));
        }
    }

    fn print(&self) {
        let results = self.results.lock().unwrap();
        for ((fault, result), count) in results.iter() {
            println!("{fault:<24}{result:<24}{count:>6}");
        }
    }
}

/// Sends a signal to a child, which may have ended.
fn send(child: &Child, signal: &str) {
    let _ = Command::new("kill").args([&format!("-{signal}"), &child.id().to_string()]).stderr(Stdio::null()).status();
}

#[test]
fn the_end_of_a_small_compressed_file_reaches_the_disk() {
    // All bytes are written when the compressed stream ends.
    let folder = tempfile::tempdir().unwrap();
    let log = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures/empty.pml");
    for name in ["out.csv.gz", "out.csv.zst", "out.csv", "out.parquet"] {
        let out = folder.path().join(name);
        let script = "trap '' XFSZ; ulimit -f 0; exec \"$0\" export \"$1\" -o \"$2\"";
        let arguments = [log.to_str().unwrap(), out.to_str().unwrap()];
        let output =
            Command::new("bash").args(["-c", script, env!("CARGO_BIN_EXE_pml")]).args(arguments).output().unwrap();
        assert_eq!(output.status.code(), Some(1), "{name}: {}", String::from_utf8_lossy(&output.stderr));
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0, "{name}");
    }
}

#[test]
fn faults_at_a_few_moments() {
    let harness = Harness::new();
    harness.full_disk(2);
    harness.read_errors();
    harness.shrinking_log(1);
    harness.slow_pipe();
    harness.terminating_signals(1);
    harness.stops(1);
    harness.kills(1);
    if cfg!(target_os = "linux") {
        harness.full_device();
        harness.streams();
    }
    harness.closed_pipe();
    harness.print();
}

#[test]
#[ignore = "slow: about ten minutes"]
fn slow_faults_at_many_moments() {
    let harness = Harness::new();
    harness.full_disk(60);
    harness.read_errors();
    harness.shrinking_log(10);
    harness.slow_pipe();
    harness.terminating_signals(15);
    harness.stops(5);
    harness.kills(36);
    if cfg!(target_os = "linux") {
        harness.full_device();
        harness.streams();
    }
    harness.closed_pipe();
    harness.print();
}
