//! Replaces Procmon in the tests of `pml capture`: accepts the same switches, and "records" by copying a log. If it is
//! called with the commands of `reg.exe`, it simulates a registry with one key. If it is called with `sleep`, it sleeps
//! for a number of milliseconds; with `sleep-once-idle`, it first waits until a capture is ready.
//!
//! Environment variables control it:
//!
//! - `STAND_IN_STATE`: a folder in which its instances share flags. The file `journal` in it has a line with time for
//!   each instance, with its arguments, and for each event. The file `registry` is the key with the settings, if it exists.
//! - `STAND_IN_LOG`: the log that it writes when it is ended, with all files of the capture.
//! - `STAND_IN_BEHAVIOR`: its behavior, as words separated by commas.

use std::fs::{self, OpenOptions};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, exit};
use std::thread::sleep;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

/// The interval of polling.
const POLL_INTERVAL: Duration = Duration::from_millis(2);

/// The state that all instances share.
struct State {
    folder: PathBuf,
    behavior: String,
}

impl State {
    /// Returns true if the behavior contains a word.
    fn is(&self, behavior: &str) -> bool {
        self.behavior.split(',').any(|word| word == behavior)
    }

    /// Appends a line to the journal.
    fn note(&self, line: &str) {
        let time = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_micros();
        let mut journal = OpenOptions::new().create(true).append(true).open(self.folder.join("journal")).unwrap();
        journal.write_all(format!("{time} {line}\n").as_bytes()).unwrap();
    }

    fn has(&self, flag: &str) -> bool {
        self.folder.join(flag).exists()
    }

    fn raise(&self, flag: &str) {
        fs::write(self.folder.join(flag), "").unwrap();
    }

    fn wait_for(&self, flag: &str) {
        while !self.has(flag) {
            sleep(POLL_INTERVAL);
        }
    }

    /// Hangs until the state folder is deleted, so that no process outlives a failed test. Meanwhile it keeps appending
    /// to a file `hanging-PID`.
    fn hang(&self) -> ! {
        let sign = self.folder.join(format!("hanging-{}", std::process::id()));
        let _ = fs::write(&sign, "");
        while OpenOptions::new().append(true).open(&sign).and_then(|mut file| file.write_all(b".")).is_ok() {
            sleep(10 * POLL_INTERVAL);
        }
        exit(1);
    }
}

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let variable = |name: &str| std::env::var(name).unwrap_or_default();
    let state = State { folder: PathBuf::from(variable("STAND_IN_STATE")), behavior: variable("STAND_IN_BEHAVIOR") };
    state.note(&arguments.join("|"));
    match arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["sleep", milliseconds] => return sleep(Duration::from_millis(milliseconds.parse().unwrap())),
        ["sleep-once-idle", milliseconds] => {
            while !state.has("idle") && state.folder.exists() {
                sleep(POLL_INTERVAL);
            }
            return sleep(Duration::from_millis(milliseconds.parse().unwrap()));
        }
        ["query" | "export" | "import" | "delete", ..] => exit(i32::from(registry(&state, &arguments).is_err())),
        _ => {}
    }
    assert_eq!(
        arguments.first().map(String::as_str),
        Some("/AcceptEula"),
        "without this switch Procmon shows its license"
    );
    match arguments.get(1).map(String::as_str) {
        Some("/WaitForIdle") => wait_for_idle(&state),
        Some("/Terminate") => terminate(&state),
        _ => record(&state, &arguments),
    }
}

/// Does what `reg.exe` does with these arguments.
fn registry(state: &State, arguments: &[String]) -> std::io::Result<()> {
    let key = state.folder.join("registry");
    match arguments[0].as_str() {
        "query" => key.metadata().map(drop),
        "export" => fs::copy(key, &arguments[2]).map(drop),
        "import" if state.is("refuse-import") => Err(std::io::ErrorKind::PermissionDenied.into()),
        "import" => fs::copy(&arguments[1], key).map(drop),
        _ => fs::remove_file(key),
    }
}

/// Waits up to ten seconds for a recording instance to be ready, and exits without an error if it is not ready by then.
/// Does not wait if no instance records. Procmon does the same. To keep the tests fast, the limit is one second if the
/// behavior contains `idle-late`.
fn wait_for_idle(state: &State) {
    let end = Instant::now() + Duration::from_secs(if state.is("idle-late") { 1 } else { 10 });
    if state.is("hang-at-idle") {
        state.hang();
    }
    while state.has("recording") && Instant::now() < end {
        if state.has("idle") {
            return state.note("ready");
        }
        sleep(POLL_INTERVAL);
    }
}

fn terminate(state: &State) {
    state.note("terminating");
    state.raise("terminate");
    if state.is("hang-at-end") {
        state.hang();
    }
    if state.has("idle") {
        state.wait_for("ended");
    }
}

#[expect(clippy::zombie_processes, reason = "a launcher does not wait")]
fn record(state: &State, arguments: &[String]) {
    let value = |switch: &str| {
        let at = arguments.iter().position(|argument| argument == switch).expect(switch);
        PathBuf::from(&arguments[at + 1])
    };
    let log = value("/BackingFile");
    assert!(value("/LoadConfig").is_file());
    if state.is("refuse") {
        exit(5);
    }
    if state.is("launch") && !state.has("launched") {
        state.raise("launched");
        Command::new(std::env::current_exe().unwrap()).args(arguments).spawn().unwrap();
        return;
    }
    if state.is("start-late") {
        sleep(Duration::from_millis(500));
    }
    if state.is("hang-at-start") {
        state.hang();
    }
    let source = PathBuf::from(std::env::var("STAND_IN_LOG").unwrap());
    let contents = unclosed(fs::read(&source).unwrap(), state.is("record-nothing"));
    state.raise("recording");
    // A Procmon that is starting misses an earlier `/Terminate`.
    let _ = fs::remove_file(state.folder.join("terminate"));
    fs::write(&log, contents).unwrap();
    if state.is("idle-late") {
        sleep(Duration::from_millis(1300));
    }
    state.raise("idle");
    // Procmon allocates more than it needs.
    if state.is("grow") {
        OpenOptions::new().write(true).open(&log).unwrap().set_len(300 << 20).unwrap();
    }
    if state.is("crash") {
        sleep(Duration::from_millis(700));
        exit(3);
    }
    state.wait_for("terminate");
    if state.is("hang-at-end") {
        state.hang();
    }
    if state.is("end-slowly") {
        // Takes longer than the time limit of the test, but the log keeps growing.
        for _ in 0..6 {
            sleep(Duration::from_millis(150));
            OpenOptions::new().append(true).open(&log).unwrap().write_all(&[0; 512]).unwrap();
        }
    }
    if !state.is("leave-open") {
        write_parts(&source, &log);
    }
    fs::write(state.folder.join("registry"), "settings of the capture").unwrap();
    state.note("ended");
    state.raise("ended");
}

/// Returns a log as it is during a capture: without the number of events and the offsets of the tables, and with zeros
/// after the last event.
fn unclosed(mut log: Vec<u8>, without_events: bool) -> Vec<u8> {
    let array = u64::from_le_bytes(log[0x248..0x250].try_into().unwrap());
    log.truncate(if without_events { 0x3A8 } else { usize::try_from(array).unwrap() });
    log[0x234..0x238].fill(0);
    log[0x248..0x268].fill(0);
    log[0x3A0..0x3A8].fill(0);
    log.resize(log.len() + 65_536, 0);
    log
}

/// Copies all files of the capture that a log belongs to.
fn write_parts(source: &Path, log: &Path) {
    let numbered = |number: usize, path: &Path, stem: &str| match number {
        0 => path.to_owned(),
        _ => path.with_file_name(format!("{stem}-{number}.pml")),
    };
    let stem = source.file_stem().unwrap().to_str().unwrap();
    let parts = (0..).map(|number| (number, numbered(number, source, stem)));
    for (number, part) in parts.take_while(|(_, part)| part.exists()) {
        fs::copy(part, numbered(number, log, "raw")).unwrap();
    }
}
