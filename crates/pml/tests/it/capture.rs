//! `pml capture` and `pml report`, with a program that replaces Procmon (`crates/stand-in`).

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::sync::OnceLock;
use std::time::{Duration, Instant};

use procmon_parser::{Configuration, LogsReader, OpenOptions, Rule};

/// Returns the path of the stand-in. The environment variable `STAND_IN` names it on systems without cargo; otherwise the
/// first call builds it.
fn stand_in() -> &'static Path {
    static STAND_IN: OnceLock<PathBuf> = OnceLock::new();
    STAND_IN.get_or_init(|| {
        if let Some(path) = std::env::var_os("STAND_IN") {
            return path.into();
        }
        let build = escargot::CargoBuild::new().package("procmon-stand-in").bin("procmon-stand-in");
        build.manifest_path(concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.toml")).run().unwrap().path().to_owned()
    })
}

fn fixture(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures").join(name)
}

/// The longest time to wait for something that takes a second.
const LIMIT: Duration = Duration::from_secs(30);

/// A folder for captures, with the log and the behavior of the stand-in.
struct Bench {
    folder: tempfile::TempDir,
    behavior: &'static str,
    log: PathBuf,
}

/// The result of a run of the program.
struct Run {
    code: Option<i32>,
    message: String,
    took: Duration,
}

impl Bench {
    fn new(behavior: &'static str, log: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir(folder.path().join("state")).unwrap();
        Self { folder, behavior, log: fixture(log) }
    }

    fn working(&self) -> PathBuf {
        self.folder.path().join("working")
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_pml"));
        let (name, arguments) = arguments.split_first().unwrap();
        command.arg(name).arg("--working").arg(self.working()).args(arguments);
        command.env_remove("PROCMON").stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        command.env("STAND_IN_STATE", self.folder.path().join("state"));
        command.env("STAND_IN_BEHAVIOR", self.behavior).env("STAND_IN_LOG", &self.log);
        command
    }

    fn capture(&self, arguments: &[&str]) -> Run {
        // The flags through which the instances of the stand-in communicate.
        for flag in ["launched", "recording", "idle", "terminate", "ended"] {
            let _ = fs::remove_file(self.state().join(flag));
        }
        let mut command = self.capture_command();
        let start = Instant::now();
        Run::new(command.args(arguments).output().unwrap(), start)
    }

    fn capture_command(&self) -> Command {
        let mut command = self.command(&["capture", "--allow-unsigned", "--procmon"]);
        command.arg(stand_in());
        command
    }

    fn state(&self) -> PathBuf {
        self.folder.path().join("state")
    }

    /// Returns the folders of the captures, in order of creation.
    fn folders(&self) -> Vec<PathBuf> {
        let Ok(entries) = fs::read_dir(self.working()) else { return Vec::new() };
        let mut folders: Vec<_> = entries.map(|entry| entry.unwrap().path()).collect();
        folders.sort();
        folders
    }

    /// Returns the folder of the only capture.
    fn captured(&self) -> PathBuf {
        let folders = self.folders();
        assert_eq!(folders.len(), 1, "{folders:?}");
        folders.into_iter().next().unwrap()
    }

    /// Returns the lines of the journal that contain a word, as time in microseconds and text.
    fn journal(&self, word: &str) -> Vec<(u64, String)> {
        let journal = fs::read_to_string(self.folder.path().join("state/journal")).unwrap_or_default();
        let lines = journal.lines().map(|line| line.split_once(' ').unwrap());
        lines.filter(|(_, text)| text.contains(word)).map(|(time, text)| (time.parse().unwrap(), text.into())).collect()
    }

    /// Waits until the journal has a line with a word.
    fn wait_for(&self, word: &str) {
        let start = Instant::now();
        while self.journal(word).is_empty() {
            assert!(start.elapsed() < LIMIT, "{word:?} in {:?}", self.journal(""));
            std::thread::sleep(Duration::from_millis(10));
        }
    }

    /// Checks that a number of instances of the stand-in hung, and that all of them were killed.
    fn assert_killed(&self, instances: usize) {
        let hung = self.hung();
        assert_eq!(hung, vec![false; instances], "{:?}", self.journal(""));
    }

    /// Returns, for each instance of the stand-in that hung, true if it is still running.
    fn hung(&self) -> Vec<bool> {
        let signs = || {
            let entries = fs::read_dir(self.state()).unwrap().map(Result::unwrap);
            let signs = entries.filter(|entry| entry.file_name().to_str().unwrap().starts_with("hanging-"));
            signs.map(|sign| (sign.path(), fs::metadata(sign.path()).unwrap().len())).collect::<Vec<_>>()
        };
        let before = signs();
        std::thread::sleep(Duration::from_millis(500));
        let has_grown = |(path, len): (PathBuf, u64)| fs::metadata(path).unwrap().len() > len;
        before.into_iter().map(has_grown).collect()
    }

    /// Returns the contents of the key with the settings.
    fn key(&self) -> Option<String> {
        fs::read_to_string(self.state().join("registry")).ok()
    }

    /// Returns the time for which the stand-in recorded.
    fn recorded(&self) -> Duration {
        let (ready, terminating) = (self.journal("ready"), self.journal("terminating"));
        Duration::from_micros(terminating[0].0 - ready[0].0)
    }
}

impl Run {
    fn new(output: Output, start: Instant) -> Self {
        assert!(output.stdout.is_empty());
        Self { code: output.status.code(), message: String::from_utf8(output.stderr).unwrap(), took: start.elapsed() }
    }

    /// Checks the exit code and that the message contains these words.
    fn expect(&self, code: i32, words: &[&str]) {
        assert_eq!(self.code, Some(code), "{}", self.message);
        for word in words {
            assert!(self.message.contains(word), "{word:?} in {}", self.message);
        }
    }
}

fn names(folder: &Path) -> Vec<String> {
    let mut names: Vec<_> =
        fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

/// Checks that the capture took the requested time, within 100 ms; 300 ms on Windows, where the instance that ends it
/// takes longer to start.
fn assert_time_is_kept(bench: &Bench, requested: Duration) {
    let (recorded, tolerance) = (bench.recorded(), if cfg!(windows) { 300 } else { 100 });
    assert!(recorded.abs_diff(requested) < Duration::from_millis(tolerance), "{recorded:?} instead of {requested:?}");
}

/// Returns the number of rows in a CSV file in Procmon's format.
fn rows(path: &Path) -> usize {
    let text = fs::read_to_string(path).unwrap();
    csv::Reader::from_reader(text.trim_start_matches('\u{FEFF}').as_bytes()).records().map(Result::unwrap).count()
}

#[test]
fn a_capture_is_the_log_a_table_and_statistics() {
    let bench = Bench::new("", "sample64.pml");
    let run = bench.capture(&["0.6"]);
    run.expect(0, &["capturing for 0.6 s"]);
    assert_time_is_kept(&bench, Duration::from_millis(600));
    let folder = bench.captured();
    assert_eq!(names(&folder), ["capture.pmc", "output.csv", "raw.pml", "report.html", "statistics.txt"]);
    assert_eq!(fs::read(folder.join("raw.pml")).unwrap(), fs::read(fixture("sample64.pml")).unwrap());
    let statistics = fs::read_to_string(folder.join("statistics.txt")).unwrap();
    assert!(statistics.contains("Processes") && !statistics.contains('\x1B'));
    assert!(run.message.contains(folder.to_str().unwrap()), "{}", run.message);
    let name = folder.file_name().unwrap().to_str().unwrap();
    assert!(chrono::NaiveDateTime::parse_from_str(name, "%Y-%m-%d-%H-%M-%S").is_ok(), "{name}");
}

#[test]
fn procmon_gets_the_switches_it_needs() {
    let bench = Bench::new("", "sample64.pml");
    bench.capture(&["0"]).expect(0, &[]);
    let folder = bench.captured();
    let [record] = &bench.journal("/BackingFile")[..] else { panic!("one recorder") };
    let (configuration, log) = (folder.join("capture.pmc"), folder.join("raw.pml"));
    let [configuration, log] = [configuration.to_str().unwrap(), log.to_str().unwrap()];
    assert_eq!(
        record.1,
        format!("/AcceptEula|/Quiet|/Minimized|/LoadConfig|{configuration}|/BackingFile|{log}|/Runtime|121")
    );
    assert_eq!(bench.journal("/WaitForIdle")[0].1, "/AcceptEula|/WaitForIdle");
    let [terminate] = &bench.journal("/Terminate")[..] else { panic!("the watchdog has nothing to do") };
    assert_eq!(terminate.1, "/AcceptEula|/Terminate");
}

#[test]
fn the_configuration_drops_what_the_filter_hides() {
    let bench = Bench::new("", "sample64.pml");
    let rule = "Operation is RegOpenKey then Include";
    bench.capture(&["0", "--filter", rule]).expect(0, &[]);
    let folder = bench.captured();
    let configuration = Configuration::open(folder.join("capture.pmc")).unwrap();
    assert!(configuration.drop_filtered_events());
    let rules: Vec<_> = configuration.filter().into_iter().collect();
    assert!(rules.contains(&rule.parse().unwrap()));
    for name in ["Procmon.exe", "Procmon64.exe", "Procmon64a.exe"] {
        let own = Rule::process_name().is(name).exclude();
        assert_eq!(rules.iter().filter(|rule| **rule == own).count(), 1, "{name}");
    }
    let log = LogsReader::open(folder.join("raw.pml")).unwrap();
    let shown = configuration.filter().compile_with(log.indexes(), &procmon_parser::Style::new());
    let shown = log.events().flatten().filter(|event| shown.matches(*event)).count();
    assert!(shown > 0 && shown < log.len());
    assert_eq!(rows(&folder.join("output.csv")), shown);
}

#[test]
fn keep_everything_keeps_hidden_events() {
    let bench = Bench::new("", "sample64.pml");
    let base = bench.folder.path().join("base.pmc");
    let mut configuration = Configuration::procmon_default();
    configuration.set_flight_recorder(true).set_drop_filtered_events(true).set_autoscroll(true);
    fs::write(&base, configuration.to_bytes()).unwrap();
    bench.capture(&["0", "--keep-everything", "--config", base.to_str().unwrap()]).expect(0, &[]);
    let configuration = Configuration::open(bench.captured().join("capture.pmc")).unwrap();
    assert!(!configuration.drop_filtered_events() && !configuration.flight_recorder() && configuration.autoscroll());
    let table = fs::read_to_string(bench.captured().join("output.csv")).unwrap();
    assert_eq!(table.lines().next().unwrap().matches(',').count(), 6, "the columns of the configuration");
}

#[test]
fn a_late_start_does_not_shorten_the_capture() {
    let bench = Bench::new("start-late", "sample64.pml");
    bench.capture(&["0.4"]).expect(0, &[]);
    assert_time_is_kept(&bench, Duration::from_millis(400));
    let bench = Bench::new("idle-late", "sample64.pml");
    bench.capture(&["0.4", "--gives-up", "0.95"]).expect(0, &[]);
    assert!(bench.journal("/WaitForIdle").len() >= 2, "the first call gave up");
    assert_time_is_kept(&bench, Duration::from_millis(400));
}

#[test]
fn the_time_is_kept_whatever_the_size_of_the_log() {
    let mut bench = Bench::new("", "sample64.pml");
    bench.log = bench.folder.path().join("large.pml");
    fs::write(&bench.log, crate::support::synth::large(100_000)).unwrap();
    bench.capture(&["0.5", "--keep-everything"]).expect(0, &[]);
    assert_time_is_kept(&bench, Duration::from_millis(500));
}

#[test]
fn a_launcher_that_returns_at_once_is_waited_for() {
    let bench = Bench::new("launch,end-slowly", "sample64.pml");
    bench.capture(&["0.3"]).expect(0, &[]);
    assert_time_is_kept(&bench, Duration::from_millis(300));
    assert!(names(&bench.captured()).contains(&"output.csv".to_owned()));
}

#[test]
fn files_of_one_capture_are_one_log() {
    let bench = Bench::new("", "segments/capture.pml");
    bench.capture(&["0", "--keep-everything", "--config", everything(&bench).to_str().unwrap()]).expect(0, &[]);
    let folder = bench.captured();
    let expected = ["capture.pmc", "output.csv", "raw-1.pml", "raw-2.pml", "raw.pml", "report.html", "statistics.txt"];
    assert_eq!(names(&folder), expected);
    assert_eq!(rows(&folder.join("output.csv")), LogsReader::open(fixture("segments/capture.pml")).unwrap().len());
}

/// Returns the path of a configuration that shows everything.
fn everything(bench: &Bench) -> PathBuf {
    let path = bench.folder.path().join("everything.pmc");
    let mut configuration = Configuration::procmon_default();
    configuration.set_filter(procmon_parser::Filter::new());
    fs::write(&path, configuration.to_bytes()).unwrap();
    path
}

#[test]
fn a_slow_end_is_waited_for_while_the_log_grows() {
    let bench = Bench::new("end-slowly", "sample64.pml");
    let run = bench.capture(&["0.2", "--timeout", "0.7"]);
    run.expect(0, &[]);
    assert!(run.took > Duration::from_millis(900));
    assert_time_is_kept(&bench, Duration::from_millis(200));
}

#[test]
fn a_refusal_says_what_to_do() {
    let bench = Bench::new("refuse", "sample64.pml");
    let run = bench.capture(&["60"]);
    run.expect(7, &["exited (", "driver", "manually"]);
    assert!(run.took < Duration::from_secs(30));
    assert_eq!(bench.folders(), [] as [PathBuf; 0], "the folder is removed");
    assert_eq!(run.message.lines().count(), 1, "one line: {}", run.message);
}

#[test]
fn a_procmon_that_never_starts_capturing_times_out() {
    let bench = Bench::new("hang-at-start", "sample64.pml");
    let run = bench.capture(&["60", "--timeout", "0.5"]);
    run.expect(7, &["did not start capturing within 0.5 s", "--timeout"]);
    assert!(run.took < Duration::from_secs(30));
    assert_eq!(bench.folders(), [] as [PathBuf; 0]);
    bench.assert_killed(1);
}

#[test]
fn instances_that_hang_are_killed() {
    // The recording instance and `/Terminate`.
    let bench = Bench::new("hang-at-start,hang-at-end", "sample64.pml");
    bench.capture(&["60", "--timeout", "0.5"]).expect(7, &["did not start capturing"]);
    bench.assert_killed(2);
    // `/WaitForIdle`.
    let bench = Bench::new("hang-at-idle", "sample64.pml");
    bench.capture(&["60", "--timeout", "0.5"]).expect(7, &["did not start capturing"]);
    bench.assert_killed(1);
    assert_eq!(bench.journal("ended").len(), 1);
}

#[test]
fn a_crash_leaves_a_log_that_is_salvaged() {
    let bench = Bench::new("crash", "sample64.pml");
    let run = bench.capture(&["60", "--config", everything(&bench).to_str().unwrap()]);
    run.expect(9, &["exited on its own", "not closed"]);
    assert!(run.took < Duration::from_secs(30));
    let folder = bench.captured();
    assert_eq!(names(&folder), ["capture.pmc", "output.csv", "raw.pml", "report.html", "statistics.txt"]);
    assert_eq!(bench.journal("/Terminate"), [], "Procmon is no longer running");
    let salvaged = OpenOptions::new().salvage(true).open(folder.join("raw.pml")).unwrap();
    assert!(salvaged.len() > 100);
    assert!(rows(&folder.join("output.csv")) > 100);
}

#[test]
fn a_procmon_that_does_not_end_is_killed() {
    let bench = Bench::new("hang-at-end", "sample64.pml");
    let run = bench.capture(&["0.3", "--timeout", "0.7", "--config", everything(&bench).to_str().unwrap()]);
    run.expect(9, &["wrote nothing for 0.7 s", "was killed", "not closed"]);
    assert!(run.took < Duration::from_secs(30));
    assert_time_is_kept(&bench, Duration::from_millis(300));
    assert!(rows(&bench.captured().join("output.csv")) > 100);
    bench.assert_killed(2);
}

#[test]
fn a_log_that_stays_open_is_salvaged() {
    let bench = Bench::new("leave-open", "sample64.pml");
    bench.capture(&["0.1", "--config", everything(&bench).to_str().unwrap()]).expect(9, &["not closed"]);
    assert!(rows(&bench.captured().join("output.csv")) > 100);
}

#[test]
fn a_log_without_events_has_its_own_exit_code() {
    let bench = Bench::new("", "empty.pml");
    bench.capture(&["0"]).expect(8, &["no events", "--keep-everything"]);
    assert_eq!(names(&bench.captured()), ["capture.pmc", "raw.pml"]);
    let bench = Bench::new("record-nothing,leave-open", "sample64.pml");
    bench.capture(&["0"]).expect(9, &["not closed", "raw.pml"]);
}

#[test]
fn captures_in_the_same_second_get_different_folders() {
    let bench = Bench::new("", "sample64.pml");
    for _ in 0..4 {
        bench.capture(&["0"]).expect(0, &[]);
    }
    assert_eq!(bench.folders().len(), 4);
}

/// Starts a program to which [`interrupt`] can be sent.
fn spawn_to_interrupt(command: &mut Command) -> std::process::Child {
    #[cfg(windows)]
    {
        const CREATE_NEW_PROCESS_GROUP: u32 = 0x200;
        std::os::windows::process::CommandExt::creation_flags(command, CREATE_NEW_PROCESS_GROUP);
    }
    command.spawn().unwrap()
}

/// Sends Ctrl-C to a program, or Ctrl-Break on Windows, which cannot send Ctrl-C to a single program.
fn interrupt(child: &std::process::Child) {
    #[cfg(unix)]
    assert!(Command::new("kill").arg("-INT").arg(child.id().to_string()).status().unwrap().success());
    #[cfg(windows)]
    {
        use windows_sys::Win32::System::Console::{CTRL_BREAK_EVENT, GenerateConsoleCtrlEvent};

        // SAFETY: the call takes no pointers.
        assert_ne!(unsafe { GenerateConsoleCtrlEvent(CTRL_BREAK_EVENT, child.id()) }, 0);
    }
}

#[test]
fn ctrl_c_ends_the_capture_and_reports_it() {
    let bench = Bench::new("", "sample64.pml");
    let start = Instant::now();
    let child = spawn_to_interrupt(bench.capture_command().arg("60"));
    bench.wait_for("ready");
    std::thread::sleep(Duration::from_millis(200));
    interrupt(&child);
    let run = Run::new(child.wait_with_output().unwrap(), start);
    run.expect(0, &["capture stopped after"]);
    assert!(run.took < Duration::from_secs(30));
    assert!(names(&bench.captured()).contains(&"output.csv".to_owned()));
}

#[cfg(unix)]
#[test]
fn ctrl_c_in_a_terminal_does_not_reach_procmon() {
    use std::os::unix::process::CommandExt;

    let (bench, start) = (Bench::new("", "sample64.pml"), Instant::now());
    let tool = stand_in().to_str().unwrap();
    let child = bench.capture_command().args(["60", "--reg", tool]).process_group(0).spawn().unwrap();
    bench.wait_for("ready");
    std::thread::sleep(Duration::from_millis(200));
    // A terminal sends the signal to the whole process group.
    let group = format!("-{}", child.id());
    assert!(Command::new("kill").args(["-INT", "--", &group]).status().unwrap().success());
    Run::new(child.wait_with_output().unwrap(), start).expect(0, &["capture stopped after"]);
    assert_eq!(bench.journal("ended").len(), 1);
}

/// Checks that a capture whose program was killed has ended, with the settings that were there before it.
fn assert_watchdog_ended(bench: &Bench) {
    bench.wait_for("import|");
    let start = Instant::now();
    let file = || bench.captured().join("procmon-settings.reg");
    while file().exists() {
        assert!(start.elapsed() < LIMIT);
        std::thread::sleep(Duration::from_millis(10));
    }
    assert_eq!(bench.key().as_deref(), Some("before"));
}

#[test]
fn a_watchdog_ends_the_capture_of_a_killed_program() {
    for (behavior, moment) in
        [("", "ready"), ("launch", "ready"), ("end-slowly", "ready"), ("start-late", "/BackingFile")]
    {
        let bench = Bench::new(behavior, "sample64.pml");
        fs::write(bench.state().join("registry"), "before").unwrap();
        let mut child = bench.capture_command().args(["600", "--reg", stand_in().to_str().unwrap()]).spawn().unwrap();
        bench.wait_for(moment);
        assert!(bench.journal("/Terminate").is_empty());
        child.kill().unwrap();
        child.wait().unwrap();
        bench.wait_for("ended");
        assert_watchdog_ended(&bench);
        assert_eq!(names(&bench.captured()), ["capture.pmc", "raw.pml"], "{behavior}");
        assert_eq!(fs::read(bench.captured().join("raw.pml")).unwrap(), fs::read(fixture("sample64.pml")).unwrap());
    }
}

#[test]
fn a_watchdog_removes_settings_that_were_not_there_before() {
    let bench = Bench::new("", "sample64.pml");
    let mut child = bench.capture_command().args(["600", "--reg", stand_in().to_str().unwrap()]).spawn().unwrap();
    bench.wait_for("ready");
    child.kill().unwrap();
    child.wait().unwrap();
    bench.wait_for("delete|");
    let start = Instant::now();
    while bench.key().is_some() {
        assert!(start.elapsed() < LIMIT);
        std::thread::sleep(Duration::from_millis(10));
    }
}

#[test]
fn a_watchdog_gives_up_if_procmon_does_not_end() {
    let bench = Bench::new("hang-at-end", "sample64.pml");
    fs::write(bench.state().join("registry"), "before").unwrap();
    let mut command = bench.capture_command();
    command.args(["600", "--timeout", "0.7", "--reg", stand_in().to_str().unwrap()]);
    let mut child = command.spawn().unwrap();
    bench.wait_for("ready");
    child.kill().unwrap();
    child.wait().unwrap();
    assert_watchdog_ended(&bench);
    assert_eq!(bench.journal("ended"), []);
    let hung = bench.hung();
    assert!(hung.len() > 1 && hung.iter().filter(|runs| **runs).count() == 1, "only the recording instance: {hung:?}");
}

#[test]
fn a_second_ctrl_c_ends_pml_and_the_watchdog_ends_the_capture() {
    let (bench, start) = (Bench::new("end-slowly", "sample64.pml"), Instant::now());
    fs::write(bench.state().join("registry"), "before").unwrap();
    let mut command = bench.capture_command();
    let child = spawn_to_interrupt(command.args(["600", "--reg", stand_in().to_str().unwrap()]));
    bench.wait_for("ready");
    interrupt(&child);
    bench.wait_for("terminating");
    interrupt(&child);
    Run::new(child.wait_with_output().unwrap(), start).expect(130, &[]);
    bench.wait_for("ended");
    assert_watchdog_ended(&bench);
}

#[test]
fn a_procmon_that_microsoft_did_not_sign_is_refused() {
    let bench = Bench::new("", "sample64.pml");
    let words = ["Microsoft must have signed it", "--allow-unsigned"];
    let output = bench.command(&["capture", "0", "--procmon", stand_in().to_str().unwrap()]).output().unwrap();
    Run::new(output, Instant::now()).expect(5, &words);
    let mut command = bench.command(&["capture", "0"]);
    command.env("PROCMON", stand_in());
    Run::new(command.output().unwrap(), Instant::now()).expect(5, &words);
    assert_eq!(bench.journal(""), []);
    assert_eq!(bench.folders(), [] as [PathBuf; 0]);
}

#[test]
fn a_verbose_capture_says_which_procmon_it_starts_and_why() {
    let bench = Bench::new("", "sample64.pml");
    let name = stand_in().file_name().unwrap().to_str().unwrap();
    let words = [name, "named by --procmon", "--allow-unsigned is set"];
    bench.capture(&["0", "--verbose"]).expect(0, &words);
    assert!(!bench.capture(&["0"]).message.contains(words[1]));
}

#[test]
fn a_name_without_a_folder_is_not_looked_up_in_the_current_folder() {
    let bench = Bench::new("", "sample64.pml");
    let (folder, name) = (stand_in().parent().unwrap(), stand_in().file_name().unwrap());
    let capture = |path: &str, named: bool| {
        let mut command = bench.command(&["capture", "0", "--allow-unsigned"]);
        if named {
            command.arg("--procmon").arg(name)
        } else {
            command.env("PROCMON", name)
        };
        Run::new(command.current_dir(folder).env("PATH", path).output().unwrap(), Instant::now())
    };
    for named in [true, false] {
        for path in ["", ".", "/nowhere"] {
            capture(path, named).expect(5, &["not found in PATH", "the current folder is not searched"]);
        }
        capture(folder.to_str().unwrap(), named).expect(0, &[]);
    }
}

#[test]
fn capture_needs_procmon() {
    let bench = Bench::new("", "sample64.pml");
    let output = bench.command(&["capture", "--procmon", "/nowhere/Procmon64.exe"]).output().unwrap();
    Run::new(output, Instant::now()).expect(5, &["/nowhere/Procmon64.exe", "no Procmon found there"]);
    let mut command = bench.command(&["capture"]);
    command.env("PROCMON", "/nowhere/else.exe");
    Run::new(command.output().unwrap(), Instant::now()).expect(5, &["/nowhere/else.exe"]);
    if cfg!(not(windows)) {
        let output = bench.command(&["capture"]).output().unwrap();
        Run::new(output, Instant::now()).expect(5, &["capturing needs Windows", "pml report"]);
    }
    // A file that is not a program.
    let log = fixture("sample64.pml");
    let arguments = ["capture", "--allow-unsigned", "--procmon", log.to_str().unwrap()];
    let output = bench.command(&arguments).output().unwrap();
    Run::new(output, Instant::now()).expect(5, &["sample64.pml", "cannot be run"]);
    assert_eq!(bench.folders(), [] as [PathBuf; 0]);
}

#[test]
fn wrong_usage_is_reported_before_anything_starts() {
    let bench = Bench::new("", "sample64.pml");
    for arguments in [["-5"], ["never"], ["1e300"], ["--filter=Path is"], ["--format=pdf"]] {
        assert_eq!(bench.capture(&arguments).code, Some(2), "{arguments:?}");
    }
    bench.capture(&["--config", "/nowhere.pmc"]).expect(1, &["/nowhere.pmc"]);
    assert!(!bench.folder.path().join("state/journal").exists());
    assert_eq!(bench.folders(), [] as [PathBuf; 0]);
}

#[test]
fn the_environment_can_name_procmon() {
    let bench = Bench::new("", "sample64.pml");
    let mut command = bench.command(&["capture", "0", "--allow-unsigned", "-v"]);
    command.env("PROCMON", stand_in());
    Run::new(command.output().unwrap(), Instant::now()).expect(0, &["the environment variable PROCMON"]);
    assert!(bench.captured().join("raw.pml").is_file());
}

#[test]
fn a_report_is_the_second_half_of_a_capture() {
    let bench = Bench::new("", "sample64.pml");
    let report = |log: &str, more: &[&str]| {
        let path = fixture(log);
        let arguments = [&["report", path.to_str().unwrap()], more].concat();
        Run::new(bench.command(&arguments).output().unwrap(), Instant::now())
    };
    report("sample64.pml", &[]).expect(0, &[]);
    let folder = bench.captured();
    assert_eq!(names(&folder), ["output.csv", "report.html", "statistics.txt"]);
    assert_eq!(rows(&folder.join("output.csv")), LogsReader::open(fixture("sample64.pml")).unwrap().len());
    report("segments/capture-1.pml", &[]).expect(0, &[]);
    report("damaged.pml", &[]).expect(9, &["damaged"]);
    report("unclosed.pml", &[]).expect(9, &["not closed"]);
    report("empty.pml", &[]).expect(8, &["no events"]);
    report("README.md", &[]).expect(1, &["README.md"]);
    report("sample64.pml", &["--filter", "Event Class is Registry then Include"]).expect(0, &[]);
    assert_eq!(bench.folders().len(), 5, "no folder for the logs without a report");
    let misspelled = report("sample64.pml", &["--filter", "Result is SUCESS then Include"]);
    misspelled.expect(0, &["Result is SUCESS then Include: Result has no such name; did you mean SUCCESS?"]);
}

/// A program with a name of its own, which is a link to the stand-in in the same folder. (A program that was just
/// written sometimes cannot be run, because another thread may be starting a process that has inherited the open file.)
struct Link(PathBuf);

impl Link {
    fn new(name: &str) -> Self {
        let name = format!("{name}-{}{}", std::process::id(), std::env::consts::EXE_SUFFIX);
        let path = stand_in().with_file_name(name);
        let _ = fs::remove_file(&path);
        fs::hard_link(stand_in(), &path).unwrap();
        Self(path)
    }

    fn name(&self) -> &str {
        self.0.file_name().unwrap().to_str().unwrap()
    }

    /// Starts the program with arguments that make it sleep.
    fn start(&self, bench: &Bench, arguments: [&str; 2]) -> std::process::Child {
        Command::new(&self.0).args(arguments).env("STAND_IN_STATE", bench.state()).spawn().unwrap()
    }
}

impl Drop for Link {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.0);
    }
}

#[test]
fn a_capture_ends_with_a_program() {
    let link = Link::new("watched");
    for is_named in [true, false] {
        let bench = Bench::new("", "sample64.pml");
        let mut child = link.start(&bench, ["sleep-once-idle", "400"]);
        let program = if is_named { link.name().to_owned() } else { child.id().to_string() };
        let run = bench.capture(&["--until-exit", &program]);
        child.wait().unwrap();
        run.expect(0, &["capture stopped after", &program, "ended"]);
        assert!(run.took > Duration::from_millis(400) && run.took < Duration::from_secs(30), "{:?}", run.took);
        assert!(!bench.journal("/BackingFile")[0].1.contains("/Runtime"), "the end is not known");
        bench.capture(&["--until-exit", &program]).expect(7, &[&program, "is not running"]);
        assert_eq!(bench.folders().len(), 1);
    }
}

#[test]
fn a_capture_runs_a_program_and_ends_with_it() {
    let bench = Bench::new("", "sample64.pml");
    let program = stand_in().to_str().unwrap();
    let run = bench.capture(&["60", "--", program, "sleep", "300"]);
    run.expect(0, &["for 60 s or until", "ended"]);
    assert!(run.took < Duration::from_secs(30));
    assert!(bench.journal("sleep|300")[0].0 > bench.journal("ready")[0].0, "started after Procmon");
    assert!(bench.recorded() >= Duration::from_millis(300));
    bench.capture(&["0.1", "--", program, "sleep", "1500"]).expect(0, &["is still running"]);
    bench.capture(&["--", "/nowhere/setup.exe"]).expect(2, &["/nowhere/setup.exe: no such program"]);
    assert_eq!(bench.capture(&["--until-exit", "1", "--", program]).code, Some(2));
    assert_eq!(bench.folders().len(), 2);
}

#[test]
fn a_capture_ends_when_its_log_is_large() {
    let bench = Bench::new("grow", "sample64.pml");
    let run = bench.capture(&["--max-size", "256M"]);
    run.expect(0, &["until the log takes 256 MB", "the log reached its size"]);
    assert!(run.took < Duration::from_secs(30));
    bench.capture(&["--max-size", "100M"]).expect(2, &["at least 256 MB"]);
}

#[test]
fn a_capture_needs_the_space_that_it_leaves() {
    let bench = Bench::new("", "sample64.pml");
    bench.capture(&["0", "--min-free", "1M"]).expect(0, &["until less than 1 MB of the disk is free"]);
    bench.capture(&["0", "--min-free", "9000000T"]).expect(7, &["has less than 9000000 TB of free space"]);
    assert_eq!(bench.folders().len(), 1, "the folder is removed");
}

#[test]
fn a_ring_buffer_is_a_matter_of_switches_and_options() {
    let bench = Bench::new("", "sample64.pml");
    bench.capture(&["0", "--ring-buffer", "--ring-buffer-size", "64", "--ring-buffer-minutes", "5"]).expect(0, &[]);
    let switches = "|/RingBuffer|/RingBufferSize|64|/RingBufferLen|5|/Runtime|121";
    assert!(bench.journal("/BackingFile")[0].1.ends_with(switches));
    let configuration = Configuration::open(bench.captured().join("capture.pmc")).unwrap();
    assert!(configuration.flight_recorder());
    assert_eq!((configuration.ring_buffer_size(), configuration.ring_buffer_minutes()), (64, 5));
    assert_eq!(bench.capture(&["0", "--ring-buffer-size", "64"]).code, Some(2));
}

#[test]
fn another_procmon_is_left_alone() {
    let (bench, link) = (Bench::new("", "sample64.pml"), Link::new("rival"));
    let mut rival = link.start(&bench, ["sleep", "60000"]);
    let pid = format!("{} (PID {})", link.name(), rival.id());
    let run = bench.capture(&["0", "--rival", link.name()]);
    let still_runs = rival.try_wait().unwrap().is_none();
    rival.kill().unwrap();
    rival.wait().unwrap();
    run.expect(7, &["another Procmon is running", &pid]);
    assert!(still_runs && bench.journal("/AcceptEula").is_empty());
    assert_eq!(bench.folders(), [] as [PathBuf; 0]);
    bench.capture(&["0", "--rival", link.name()]).expect(0, &[]);
}

#[test]
fn the_settings_in_the_registry_are_restored() {
    let tool = stand_in().to_str().unwrap();
    for (settings, behavior, code) in [
        (None, "", 0),
        (Some("before"), "", 0),
        (Some("before"), "launch", 0),
        (Some("before"), "crash", 9),
        (Some("before"), "refuse", 7),
    ] {
        let bench = Bench::new(behavior, "sample64.pml");
        if let Some(settings) = settings {
            fs::write(bench.state().join("registry"), settings).unwrap();
        }
        let arguments = ["0.1", "--reg", tool, "--keep-everything"];
        let duration = if behavior == "crash" { "60" } else { arguments[0] };
        bench.capture(&[&[duration], &arguments[1..]].concat()).expect(code, &[]);
        assert_eq!(bench.key().as_deref(), settings, "{behavior}");
        for folder in bench.folders() {
            assert!(!names(&folder).contains(&"procmon-settings.reg".to_owned()));
        }
        assert_eq!(bench.folders().is_empty(), behavior == "refuse");
    }
    let bench = Bench::new("refuse-import", "sample64.pml");
    fs::write(bench.state().join("registry"), "before").unwrap();
    bench.capture(&["0", "--reg", tool]).expect(0, &["could not be restored", "reg import"]);
    let kept = bench.captured().join("procmon-settings.reg");
    assert_eq!(fs::read_to_string(kept).unwrap(), "before");
    // Without the option, only Windows has a registry.
    if cfg!(not(windows)) {
        let bench = Bench::new("", "sample64.pml");
        bench.capture(&["0"]).expect(0, &[]);
        assert_eq!(bench.key().as_deref(), Some("settings of the capture"));
    }
}

#[test]
fn an_end_within_the_time_of_procmon_is_a_net() {
    let bench = Bench::new("", "sample64.pml");
    bench.capture(&["0", "--timeout", "3600"]).expect(0, &[]);
    assert!(!bench.journal("/BackingFile")[0].1.contains("/Runtime"), "Procmon accepts up to an hour");
}

#[test]
fn the_table_follows_the_regional_settings() {
    let bench = Bench::new("", "sample64.pml");
    bench.capture(&["0", "--locale", "de-DE", "--keep-everything"]).expect(0, &[]);
    let table = fs::read_to_string(bench.captured().join("output.csv")).unwrap();
    let record = csv::Reader::from_reader(table.trim_start_matches('\u{FEFF}').as_bytes()).records().next().unwrap();
    let has_comma = |cell: &str| cell.len() == 16 && cell.as_bytes()[8] == b',';
    assert!(record.unwrap().iter().any(has_comma), "{table}");
}

#[cfg(target_os = "linux")]
#[test]
fn a_standard_error_that_fails_does_not_end_a_capture() {
    let bench = Bench::new("", "sample64.pml");
    let full = fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
    let status = bench.capture_command().arg("0").stderr(full).status().unwrap();
    assert_eq!(status.code(), Some(0));
    assert!(bench.captured().join("output.csv").is_file());
}
