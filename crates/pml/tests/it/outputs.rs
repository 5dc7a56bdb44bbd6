//! Output files: their formats, their replacement, and the files that remain after a failure or a signal.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use procmon_parser::LogsReader;

use crate::support::synth;

fn fixture(name: &str) -> String {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures").join(name).to_str().unwrap().to_owned()
}

fn program() -> Command {
    Command::new(env!("CARGO_BIN_EXE_pml"))
}

/// Runs the program, checks its exit code, and returns its messages.
fn run(code: i32, arguments: &[&str]) -> String {
    let output = program().args(arguments).output().unwrap();
    let message = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(code), "{arguments:?}: {message}");
    message
}

/// A folder for outputs.
struct Folder(tempfile::TempDir);

impl Folder {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn name(&self, name: &str) -> String {
        self.path(name).to_str().unwrap().to_owned()
    }

    fn files(&self) -> Vec<String> {
        let names = fs::read_dir(self.0.path()).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
        let mut names: Vec<_> = names.collect();
        names.sort();
        names
    }
}

#[test]
fn unknown_and_contradictory_extensions_are_refused() {
    let (log, folder) = (fixture("sample64.pml"), Folder::new());
    let refused = |arguments: &[&str], known: &[&str]| {
        let message = run(2, arguments);
        assert!(known.iter().all(|known| message.contains(known)), "{arguments:?}: {message}");
        assert!(folder.files().is_empty(), "{arguments:?}");
    };
    let exports = [".csv", ".xml", ".jsonl", ".ndjson", ".parquet", ".arrow", ".gz", ".zst"];
    for name in ["x.json", "x.orc", "x.csv.bz2", "x.pml", "x.txt.gz", "x.FEATHER"] {
        refused(&["export", &log, "-o", &folder.name(name)], &exports);
    }
    for (name, format) in [("x.xml", "csv"), ("x.csv.gz", "jsonl"), ("x.pml", "csv"), ("x.csv.bz2", "csv")] {
        refused(&["export", &log, "-o", &folder.name(name), "--format", format], &exports);
    }
    for name in ["y.csv", "y.xml", "y.pml.gz", "y.txt"] {
        refused(&["save", &log, "-o", &folder.name(name)], &[".pml"]);
        refused(&["recover", &log, "-o", &folder.name(name)], &[".pml"]);
    }
    refused(&["statistics", &log, "-o", &folder.name("x.html")], &[".txt", ".json", ".csv"]);
    refused(&["statistics", &log, "-o", &folder.name("x.csv"), "--json"], &[".txt", ".json", ".csv"]);
    // These are allowed: a requested format with an unknown extension, and no extension.
    for arguments in [["x.json", "--format", "jsonl"], ["x", "--format", "xml"], ["x.log", "--format", "csv"]] {
        run(0, &["export", &log, "-o", &folder.name(arguments[0]), arguments[1], arguments[2]]);
    }
    run(0, &["save", &log, "-o", &folder.name("copy")]);
    run(0, &["statistics", &log, "-o", &folder.name("s.json")]);
    let json = fs::read(folder.path("s.json")).unwrap();
    assert!(serde_json::from_slice::<serde_json::Value>(&json).unwrap().is_array());
}

#[test]
fn outputs_never_replace_files_that_are_read() {
    let folder = Folder::new();
    for name in ["capture.pml", "capture-1.pml"] {
        fs::copy(fixture(&format!("segments/{name}")), folder.path(name)).unwrap();
    }
    let (map, config) = (folder.name("map"), folder.name("z.pmc"));
    fs::write(&map, "updater=program\n").unwrap();
    run(0, &["pmc", "new", "-o", &config]);
    fs::copy(&config, folder.path("config.pml")).unwrap();
    let [log, other] = ["capture.pml", "capture-1.pml"].map(|name| folder.name(name));
    let before = folder.files();
    let config = folder.name("config.pml");
    for arguments in [
        ["save", &log, "-o", &log, "--single-file"].as_slice(),
        &["save", &log, "-o", &other, "--single-file"],
        &["save", &log, "-o", &config, "--config", &config],
        &["save", &log, "-o", &map, "--redact-map", &map],
        &["export", &log, "-o", &map, "--config", &map],
        &["statistics", &log, "-o", &map, "--filter-file", &map],
    ] {
        let contents = |path: &str| fs::read(path).unwrap();
        let old = [&log, &other, &config, &map].map(|path| contents(path));
        let output = program().args(arguments).output().unwrap();
        assert!([1, 2].map(Some).contains(&output.status.code()), "{arguments:?}");
        assert!([&log, &other, &config, &map].map(|path| contents(path)) == old, "{arguments:?}");
    }
    for arguments in [
        ["save", &log, "-o", &other, "--single-file"].as_slice(),
        &["save", &log, "-o", &config, "--config", &config],
        &["save", &log, "-o", &map, "--redact-map", &map],
    ] {
        assert!(run(2, arguments).contains("refusing to overwrite it"), "{arguments:?}");
    }
    assert_eq!(folder.files(), before);
}

/// Runs the program with a standard output whose reader is closed.
fn with_closed_output(arguments: &[&str]) -> Output {
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    program().args(arguments).stdout(writer).stderr(Stdio::piped()).spawn().unwrap().wait_with_output().unwrap()
}

#[test]
fn a_closed_pipe_is_quiet_in_every_command() {
    let (log, folder) = (fixture("sample64.pml"), Folder::new());
    let (pmc, other) = (folder.name("a.pmc"), folder.name("b.pmc"));
    run(0, &["pmc", "new", "-o", &pmc]);
    run(0, &["pmc", "new", "-o", &other, "--include", "PID is abc"]);
    for arguments in [
        ["export", &log].as_slice(),
        &["export", &log, "--format", "xml"],
        &["export", &log, "--format", "jsonl"],
        &["info", &log],
        &["info", &log, "--json"],
        &["statistics", &log],
        &["statistics", &log, "--csv"],
        &["statistics", &log, "--json"],
        &["save", &log, "-o", "-"],
        &["recover", &log, "-o", "-"],
        &["recover", &log, "-o", &folder.name("recovered.pml")],
        &["pmc", "new"],
        &["pmc", "show", &pmc],
        &["pmc", "show", &pmc, "--json"],
        &["pmc", "edit", &pmc, "-o", "-"],
        &["pmc", "lint", &other],
        &["pmc", "diff", &pmc, &other],
        &["completions", "bash"],
        &["man"],
        &["--help"],
    ] {
        let output = with_closed_output(arguments);
        let message = String::from_utf8(output.stderr).unwrap();
        // An empty output has no broken pipe; then the exit code reports the findings.
        assert!([0, 4].map(Some).contains(&output.status.code()), "{arguments:?}: {message}");
        assert!(message.is_empty(), "{arguments:?}: {message}");
    }
}

#[test]
fn times_of_a_selection_are_in_the_requested_zone() {
    let (log, folder) = (fixture("sample64.pml"), Folder::new());
    let out = folder.name("out.pml");
    let count = |offset: &str, from: &str| {
        run(0, &["save", &log, "-o", &out, "--utc-offset", offset, "--from", from]);
        LogsReader::open(&out).unwrap().len()
    };
    let some = count("UTC", "2026-03-02T08:30:00.15");
    assert!((1..LogsReader::open(&log).unwrap().len()).contains(&some));
    assert_eq!(count("-04:00", "2026-03-02T04:30:00.15"), some);
    assert_eq!(count("+05:30", "2026-03-02 14:00:00.15"), some);
    assert_eq!(count("-04:00", "2026-03-02T08:30:00.15Z"), some);
    assert_eq!(count("-04:00", "2026-03-02T08:30:00.15"), 0);
    assert_eq!(count("+05:30", "2026-03-02"), LogsReader::open(&log).unwrap().len());
}

#[test]
fn negative_offsets_need_no_equals_sign() {
    let log = fixture("sample64.pml");
    let times = |arguments: &[&str]| {
        let output = program().args(["export", &log, "--columns", "Date & Time"]).args(arguments).output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        output.stdout
    };
    assert!(times(&["--utc-offset", "-04:00"]) == times(&["--utc-offset=-04:00"]));
    assert!(times(&["--utc-offset", "-04:00"]) != times(&[]));
}

#[test]
fn info_reports_a_bad_log_and_goes_on() {
    let [first, last] = ["sample64.pml", "sample32.pml"].map(fixture);
    let output = program().args(["info", &first, "missing.pml", &last, "--json"]).output().unwrap();
    let message = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(3), "{message}");
    assert!(message.starts_with("error: ") && message.contains("missing.pml"), "{message}");
    let logs: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    let paths: Vec<_> = logs.as_array().unwrap().iter().map(|log| log["files"][0]["path"].as_str().unwrap()).collect();
    assert_eq!(paths, [first.as_str(), last.as_str()]);
    let (folder, missing) = (Folder::new(), "missing.pml");
    fs::write(folder.path("empty.pml"), "").unwrap();
    assert!(run(1, &["info", &folder.name("empty.pml")]).contains("empty.pml: the file is empty"));
    let message = run(1, &["info", missing, "absent.pml"]);
    assert!(message.contains("missing.pml") && message.contains("absent.pml"), "{message}");
}

const SID: [u32; 5] = [21, 1_004_336_348, 1_177_238_915, 682_003_330, 1104];

/// Returns a log with a SID as text in paths and data and in binary form, with the names of hosts, and with control
/// characters in a path.
fn log_with_names() -> Vec<u8> {
    let text = format!("S-1-5-{}", SID.map(|number| number.to_string()).join("-"));
    let administrator = text.replace("-1104", "-500");
    let binary = synth::process::sid(5, &SID);
    let mut log = synth::Log::new(true);
    log.processes = vec![synth::Process { pid: 4, ..synth::Process::default() }];
    log.hosts = vec![
        synth::Host::new([192, 168, 1, 5], "orchid.corp.example"),
        synth::Host::new([10, 0, 0, 9], "mailer.corp.example"),
    ];
    let wide: Vec<u8> = format!("{text}\0").encode_utf16().flat_map(u16::to_le_bytes).collect();
    let path = |name: &str| synth::Text::wide(name);
    log.events = vec![
        synth::registry::open_key(path(&format!(r"\REGISTRY\USER\{text}_Classes")), 1, Some(1)),
        synth::registry::open_key(path(&format!(r"\REGISTRY\USER\{administrator}")), 1, Some(1)),
        synth::registry::open_key(path(r"\REGISTRY\USER\S-1-5-18"), 1, Some(1)),
        synth::registry::set_value(path(r"\REGISTRY\MACHINE\A"), 1, &wide),
        synth::registry::set_value(path(r"\REGISTRY\MACHINE\B"), 3, &[&[9, 9, 9], binary.as_slice()].concat()),
        synth::process::defined(&log.processes[0].clone(), &binary, &synth::process::sid(16, &[12288])),
        synth::registry::open_key(path(r"\\FileServer\share\x"), 1, Some(1)),
        synth::registry::open_key(path("\\REGISTRY\\a\u{1B}[31mred"), 1, Some(1)),
    ];
    log.bytes()
}

fn contains(bytes: &[u8], part: &[u8]) -> bool {
    bytes.windows(part.len()).any(|window| window == part)
}

fn utf16(text: &str) -> Vec<u8> {
    text.encode_utf16().flat_map(u16::to_le_bytes).collect()
}

#[test]
fn sids_are_redacted_as_text_and_in_binary_form() {
    let folder = Folder::new();
    let (log, out) = (folder.name("log.pml"), folder.name("out.pml"));
    fs::write(&log, log_with_names()).unwrap();
    let numbers: Vec<u8> = SID[1..4].iter().flat_map(|number| number.to_le_bytes()).collect();
    let is_left = |bytes: &[u8]| {
        let text = SID[1].to_string();
        contains(bytes, &numbers) || contains(bytes, &utf16(&text)) || contains(bytes, text.as_bytes())
    };
    assert!(is_left(&fs::read(&log).unwrap()));
    for option in ["--redact-sids", "--redact-user"] {
        let message = run(0, &["save", &log, "-o", &out, option]);
        assert!(!message.contains("--redact-sids") && message.contains("network addresses"), "{message}");
        let bytes = fs::read(&out).unwrap();
        assert!(!is_left(&bytes), "{option}");
        for kept in ["S-1-5-21-0-0-1-1001_Classes", "S-1-5-21-0-0-1-500", "S-1-5-18"] {
            assert!(contains(&bytes, &utf16(kept)), "{option}: {kept}");
        }
        assert!(contains(&bytes, &synth::process::sid(5, &[21, 0, 0, 1, 1001])), "{option}");
        // Redacting again changes nothing.
        run(0, &["save", &out, "-o", &folder.name("again.pml"), "--redact-sids"]);
        assert!(fs::read(folder.path("again.pml")).unwrap() == bytes, "{option}");
    }
}

#[test]
fn hosts_are_redacted_and_the_message_lists_what_remains() {
    let folder = Folder::new();
    let (log, out) = (folder.name("log.pml"), folder.name("out.pml"));
    fs::write(&log, log_with_names()).unwrap();
    let message = run(0, &["save", &log, "-o", &out, "--redact-hosts"]);
    assert!(message.contains("not redacted: ") && message.contains("--redact-sids"), "{message}");
    assert!(!message.contains("--redact-hosts"), "{message}");
    let bytes = fs::read(&out).unwrap().to_ascii_lowercase();
    for name in ["orchid", "corp", "mailer", "fileserver"] {
        assert!(!contains(&bytes, &utf16(name)) && !contains(&bytes, name.as_bytes()), "{name}");
    }
    let names: Vec<_> =
        LogsReader::open(&out).unwrap().index().hosts().iter().map(|host| host.name.to_string()).collect();
    assert_eq!(names, ["host2", "host3"]);
    let message = run(0, &["save", &log, "-o", &out, "--redact", "mailer=post"]);
    for option in ["--redact-user", "--redact-sids", "--redact-hosts"] {
        assert!(message.contains(option), "{message}");
    }
}

#[cfg(unix)]
mod unix {
    use std::fs::{self, Permissions};
    use std::os::unix::fs::{PermissionsExt, symlink};
    use std::process::{Child, Command, Stdio};
    use std::thread::sleep;
    use std::time::{Duration, Instant};

    use super::{Folder, fixture, log_with_names, program, run};
    use crate::support::synth;

    fn mode(folder: &Folder, name: &str) -> u32 {
        fs::metadata(folder.path(name)).unwrap().permissions().mode() & 0o777
    }

    /// Starts an export of a large log over an existing file, and waits for the temporary file. `signals` is an option of
    /// `env` that sets what the program does with signals.
    #[cfg(target_os = "linux")]
    fn start_export(folder: &Folder, signals: &str) -> Child {
        let (log, out) = (folder.name("log.pml"), folder.name("out.jsonl"));
        fs::write(&log, synth::large(100_000)).unwrap();
        fs::write(&out, "before").unwrap();
        let mut command = Command::new("env");
        command.args([signals, env!("CARGO_BIN_EXE_pml"), "export", &log, "--stacks", "--threads", "1", "-o", &out]);
        let child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        let start = Instant::now();
        while !folder.files().iter().any(|name| name.starts_with(".pml-")) {
            assert!(start.elapsed() < Duration::from_secs(60), "no temporary file appears");
            sleep(Duration::from_millis(1));
        }
        child
    }

    #[cfg(target_os = "linux")]
    fn send(signal: &str, child: &Child) {
        assert!(Command::new("kill").args(["-s", signal, &child.id().to_string()]).status().unwrap().success());
    }

    /// Asserts that an export was interrupted and left the files as they were.
    #[cfg(target_os = "linux")]
    fn assert_interrupted(folder: &Folder, mut child: Child, signal: &str) {
        assert_eq!(child.wait().unwrap().code(), Some(130), "{signal}");
        assert_eq!(folder.files(), ["log.pml", "out.jsonl"], "{signal}");
        assert_eq!(fs::read_to_string(folder.path("out.jsonl")).unwrap(), "before");
    }

    #[test]
    #[cfg(target_os = "linux")]
    fn signals_remove_temporary_files() {
        let folder = Folder::new();
        for signal in ["INT", "TERM", "HUP"] {
            // The tests may run with signals ignored, as under `nohup`, and children inherit that.
            let child = start_export(&folder, "--default-signal=HUP,INT");
            send(signal, &child);
            assert_interrupted(&folder, child, signal);
        }
    }

    #[test]
    #[cfg(target_os = "linux")]
    fn an_ignored_hangup_stays_ignored() {
        let folder = Folder::new();
        let child = start_export(&folder, "--ignore-signal=HUP");
        let status = fs::read_to_string(format!("/proc/{}/status", child.id())).unwrap();
        let ignored = status.lines().find_map(|line| line.strip_prefix("SigIgn:")).unwrap();
        assert_eq!(u64::from_str_radix(ignored.trim(), 16).unwrap() & 1, 1);
        send("HUP", &child);
        send("TERM", &child);
        assert_interrupted(&folder, child, "TERM");
    }

    #[test]
    fn an_existing_file_keeps_its_mode_and_a_new_one_obeys_the_umask() {
        let (log, folder) = (fixture("sample64.pml"), Folder::new());
        let out = folder.name("out.csv");
        for wanted in [0o600, 0o640, 0o666] {
            fs::write(&out, "before").unwrap();
            fs::set_permissions(&out, Permissions::from_mode(wanted)).unwrap();
            run(0, &["export", &log, "-o", &out]);
            assert_eq!(mode(&folder, "out.csv"), wanted);
            assert!(fs::metadata(&out).unwrap().len() > 100);
        }
        for (umask, wanted) in [("022", 0o644), ("077", 0o600)] {
            fs::remove_file(&out).unwrap();
            let script = format!("umask {umask}; exec \"$@\"");
            let mut command = Command::new("sh");
            command.args(["-c", &script, "sh", env!("CARGO_BIN_EXE_pml"), "export", &log, "-o", &out]);
            assert!(command.status().unwrap().success());
            assert_eq!(mode(&folder, "out.csv"), wanted, "{umask}");
        }
    }

    #[test]
    fn an_output_is_there_at_all_times() {
        use std::sync::atomic::{AtomicBool, Ordering};

        let (log, folder) = (fixture("empty.pml"), Folder::new());
        let (out, is_done) = (folder.name("out.csv"), AtomicBool::new(false));
        fs::write(&out, "before").unwrap();
        std::thread::scope(|scope| {
            let watcher = scope.spawn(|| {
                let mut looks = 0_u64;
                while !is_done.load(Ordering::Relaxed) {
                    assert!(fs::symlink_metadata(&out).is_ok(), "missing after {looks} looks");
                    looks += 1;
                }
                looks
            });
            for _ in 0..30 {
                run(0, &["export", &log, "-o", &out]);
            }
            is_done.store(true, Ordering::Relaxed);
            assert!(watcher.join().unwrap() > 1000);
        });
    }

    #[test]
    fn a_symbolic_link_is_followed_and_a_read_only_file_is_refused() {
        let (log, folder) = (fixture("sample64.pml"), Folder::new());
        fs::create_dir(folder.path("inner")).unwrap();
        fs::write(folder.path("inner/real.csv"), "before").unwrap();
        symlink("inner/real.csv", folder.path("link.csv")).unwrap();
        symlink("link.csv", folder.path("chain.csv")).unwrap();
        symlink("inner/new.csv", folder.path("dangling.csv")).unwrap();
        symlink("loop.csv", folder.path("loop.csv")).unwrap();
        run(0, &["export", &log, "-o", &folder.name("chain.csv")]);
        run(0, &["export", &log, "-o", &folder.name("dangling.csv")]);
        run(1, &["export", &log, "-o", &folder.name("loop.csv")]);
        for link in ["link.csv", "chain.csv", "dangling.csv", "loop.csv"] {
            assert!(fs::symlink_metadata(folder.path(link)).unwrap().is_symlink(), "{link}");
        }
        let written = fs::read(folder.path("inner/real.csv")).unwrap();
        assert!(written.len() > 100 && fs::read(folder.path("inner/new.csv")).unwrap() == written);

        let locked = folder.path("locked.csv");
        fs::write(&locked, "before").unwrap();
        fs::set_permissions(&locked, Permissions::from_mode(0o444)).unwrap();
        let message = run(1, &["export", &log, "-o", &folder.name("locked.csv")]);
        assert!(message.contains("locked.csv: ") && message.contains("read-only"), "{message}");
        assert_eq!(fs::read_to_string(&locked).unwrap(), "before");
    }

    #[test]
    fn a_pipe_in_the_file_system_is_written_directly() {
        let (log, folder) = (fixture("sample64.pml"), Folder::new());
        let fifo = folder.name("fifo");
        assert!(Command::new("mkfifo").arg(&fifo).status().unwrap().success());
        for arguments in [["export", &log, "-o", &fifo], ["save", &log, "-o", &fifo]] {
            let mut child = program().args(arguments).stdout(Stdio::null()).spawn().unwrap();
            let reader = std::thread::spawn({
                let fifo = fifo.clone();
                move || fs::read(fifo).unwrap()
            });
            let start = Instant::now();
            while child.try_wait().unwrap().is_none() {
                if start.elapsed() > Duration::from_secs(60) {
                    child.kill().unwrap();
                    panic!("{arguments:?} does not end");
                }
                sleep(Duration::from_millis(5));
            }
            assert!(child.wait().unwrap().success());
            assert!(reader.join().unwrap().len() > 1000, "{arguments:?}");
        }
        assert_eq!(folder.files(), ["fifo"]);
    }

    #[test]
    #[cfg(target_os = "linux")]
    fn the_message_names_a_folder_that_takes_no_file() {
        let message = run(1, &["export", &fixture("sample64.pml"), "-o", "/proc/out.csv"]);
        assert!(message.contains("/proc: cannot create a file") && !message.contains(".pml-"), "{message}");
    }

    /// Runs the program with a terminal as its standard output. Returns the exit code and the output.
    fn on_terminal(arguments: &str) -> Option<(Option<i32>, String)> {
        let command = format!("{} {arguments}", env!("CARGO_BIN_EXE_pml"));
        let mut script = Command::new("script");
        let output = script.args(["-qec", &command, "/dev/null"]).stdin(Stdio::null()).output().ok()?;
        Some((output.status.code(), String::from_utf8(output.stdout).unwrap()))
    }

    #[test]
    #[cfg(target_os = "linux")]
    fn terminals_get_no_control_characters_and_no_binary_data() {
        let folder = Folder::new();
        let log = folder.name("log.pml");
        fs::write(&log, log_with_names()).unwrap();
        for format in ["csv", "xml"] {
            let Some((code, shown)) = on_terminal(&format!("export {log} --no-progress --format {format}")) else {
                return;
            };
            assert_eq!(code, Some(0), "{shown}");
            // XML has no escape character, whatever the output is.
            assert!(format == "xml" || shown.contains("␛[31mred"), "{shown}");
            assert!(!shown.contains('\u{1B}'), "{shown}");
            let piped = program().args(["export", &log, "--format", format]).output().unwrap().stdout;
            assert!(format == "xml" || String::from_utf8(piped).unwrap().contains("\u{1B}[31mred"));
        }
        for arguments in [
            format!("save {log} --no-progress -o -"),
            format!("recover {log} --no-progress -o -"),
            "pmc new".to_owned(),
        ] {
            let Some((code, shown)) = on_terminal(&arguments) else { return };
            assert_eq!(code, Some(2), "{arguments}: {shown}");
            assert!(shown.contains("refusing to write binary data to a terminal"), "{shown}");
        }
    }
}
