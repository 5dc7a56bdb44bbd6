//! `pml pmc`, and the selection of events by configurations and filters.

use std::fs;
use std::path::Path;
use std::process::Output;

use procmon_parser::pmc::{Key, Release};
use procmon_parser::{Column, Configuration, Filter, LogsReader, Rule, SavedFilter, Style};

fn pml() -> assert_cmd::Command {
    assert_cmd::cargo::cargo_bin_cmd!("pml")
}

/// Runs the program and checks its exit code.
fn run(code: i32, arguments: &[&str]) -> Output {
    let output = pml().args(arguments).output().unwrap();
    assert_eq!(output.status.code(), Some(code), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    output
}

fn stdout(code: i32, arguments: &[&str]) -> String {
    String::from_utf8(run(code, arguments).stdout).unwrap()
}

fn stderr(code: i32, arguments: &[&str]) -> String {
    String::from_utf8(run(code, arguments).stderr).unwrap()
}

fn json(code: i32, arguments: &[&str]) -> serde_json::Value {
    serde_json::from_str(&stdout(code, &[arguments, &["--json"]].concat())).unwrap()
}

/// A temporary folder.
struct Folder(tempfile::TempDir);

impl Folder {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn name(&self, name: &str) -> String {
        self.0.path().join(name).to_str().unwrap().to_owned()
    }

    /// Writes a configuration with `pml pmc new`, and returns its path.
    fn configuration(&self, name: &str, arguments: &[&str]) -> String {
        let path = self.name(name);
        run(0, &[&["pmc", "new", "-o", &path], arguments].concat());
        path
    }
}

fn sample() -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures/sample64.pml");
    path.to_str().unwrap().to_owned()
}

fn rows(bytes: &[u8]) -> usize {
    bytes.iter().filter(|&&byte| byte == b'\n').count() - 1
}

#[test]
fn new_writes_the_defaults() {
    assert_eq!(run(0, &["pmc", "new"]).stdout, Configuration::procmon_default().to_bytes());
    for release in Release::ALL {
        let written = run(0, &["pmc", "new", "--for", release.name()]).stdout;
        assert_eq!(written, Configuration::procmon_default_of(release).to_bytes());
    }
    assert!(
        stderr(2, &["pmc", "new", "--minimal"]).contains("no options to write"),
        "Procmon cannot open an empty file"
    );
    run(2, &["pmc", "new", "--minimal", "--for", "3.5"]);
    assert!(stderr(2, &["pmc", "new", "--for", "2.0"]).contains("3.94"));
}

#[test]
fn new_sets_all_settings() {
    let folder = Folder::new();
    let path = folder.configuration(
        "new.pmc",
        &[
            "--include",
            "Process Name is python.exe",
            "--exclude",
            r"Path begins with C:\Windows",
            "--rule",
            "Process Name is pythonw.exe then Include",
            "--highlight",
            "Result is ACCESS DENIED",
            "--drop-filtered-events",
            "--columns",
            "PID, path",
            "--advanced=on",
            "--resolve=off",
            "--autoscroll",
            "--always-on-top",
            "--history-depth",
            "7",
            "--ring-buffer",
            "--ring-buffer-size",
            "64",
            "--ring-buffer-minutes",
            "5",
            "--profiling",
            "1",
            "--log-file",
            r"D:\out.pml",
            "--dbghelp-path",
            r"D:\dbghelp.dll",
            "--symbol-path",
            r"srv*D:\symbols",
            "--source-path",
            r"D:\src",
            "--theme",
            "dark",
            "--highlight-foreground",
            "#010203",
            "--highlight-background",
            "#040506",
            "--log-font",
            "Consolas, height -13",
            "--bookmark-font",
            "Arial, weight 700",
        ],
    );
    let configuration = Configuration::open(&path).unwrap();
    let default = Configuration::procmon_default();
    for &key in Key::ALL {
        assert_ne!(configuration.value(key).unwrap(), default.value(key).unwrap(), "{key}");
    }
    assert_eq!(configuration.columns(), [Column::PID, Column::PATH]);
    assert!(configuration.drop_filtered_events() && !configuration.resolve_addresses());
    let rules: Vec<_> = configuration.filter().iter().map(|rule| rule.to_string()).collect();
    assert_eq!(rules[..2], ["Process Name is python.exe then Include", "Process Name is pythonw.exe then Include"]);
    assert_eq!(rules.len(), 26);
    assert_eq!(configuration.highlight_filter().len(), 1);
    assert_eq!(configuration.symbol_path(), r"srv*D:\symbols");
}

#[test]
fn wrong_arguments_are_refused() {
    let folder = Folder::new();
    let path = folder.name("x.pmc");
    for arguments in [
        ["--include", "Path is"],
        ["--rule", "Path is x"],
        ["--rule", "Pth is x then Include"],
        ["--columns", "Pth"],
        ["--highlight-foreground", "red"],
        ["--log-font", ""],
        ["--advanced=perhaps", "--autoscroll"],
        ["--history-depth", "many"],
        ["--theme", "Foo"],
        ["--profiling", "7"],
    ] {
        run(2, &[&["pmc", "new", "-o", &path], &arguments[..]].concat());
    }
    assert!(!Path::new(&path).exists());
}

#[test]
fn edit_without_changes_writes_the_same_bytes() {
    let folder = Folder::new();
    for path in [
        &folder.configuration("a.pmc", &[]),
        &folder.configuration("b.pmc", &["--for", "3.5"]),
        &folder.configuration("c.pmf", &["--include", "PID is 4"]),
    ] {
        let out = folder.name(if path.to_ascii_lowercase().ends_with(".pmf") { "out.pmf" } else { "out.pmc" });
        run(0, &["pmc", "edit", path, "-o", &out]);
        assert!(fs::read(&out).unwrap() == fs::read(path).unwrap(), "{path}");
        assert!(run(0, &["pmc", "edit", path, "-o", "-", "--sort-rules"]).stdout == fs::read(path).unwrap(), "{path}");
        run(0, &["pmc", "diff", path, &out]);
    }
}

#[test]
fn edit_changes_only_the_given_settings() {
    let folder = Folder::new();
    let path = folder.configuration("a.pmc", &[]);
    let before = fs::read(&path).unwrap();
    let out = folder.name("b.pmc");
    run(0, &["pmc", "edit", &path, "-o", &out, "--advanced"]);
    let after = fs::read(&out).unwrap();
    assert_eq!(before.iter().zip(&after).filter(|(before, after)| before != after).count(), 1);

    let system = "Process Name is System then Exclude";
    run(0, &["pmc", "edit", &path, "-o", &out, "--remove-rule", system, "--remove", "theme"]);
    let edited = Configuration::open(&out).unwrap();
    assert_eq!((edited.filter().len(), edited.options().len()), (22, 23));
    run(0, &["pmc", "edit", &out, "--in-place", "--rule", system, "--theme", "default"]);
    let edited = Configuration::open(&out).unwrap();
    assert_eq!(edited.options()[7].key(), Some(Key::Theme), "where Procmon writes it");
    assert_eq!(edited.filter(), Filter::procmon_default());
    assert_eq!(fs::read(&out).unwrap(), before);
    run(0, &["pmc", "edit", &out, "--in-place", "--no-rules"]);
    assert!(Configuration::open(&out).unwrap().filter().is_empty());
    assert_eq!(fs::read_dir(folder.0.path()).unwrap().count(), 2, "no temporary file is left");
}

#[test]
fn edit_overwrites_its_input_only_with_in_place() {
    let folder = Folder::new();
    let path = folder.configuration("a.pmc", &[]);
    let before = fs::read(&path).unwrap();
    let detour = folder.name("./a.pmc");
    assert!(stderr(2, &["pmc", "edit", &path, "-o", &detour, "--advanced"]).contains("--in-place"));
    run(2, &["pmc", "edit", &path, "--advanced"]);
    run(2, &["pmc", "edit", &path, "-o", &folder.name("b.pmc"), "--in-place"]);
    run(2, &["pmc", "edit", &path, "-o", &folder.name("b.pmc"), "--remove", "Nothing"]);
    let message = stderr(2, &["pmc", "edit", &path, "-o", "-", "--remove-rule", "PID is 4 then Exclude"]);
    assert!(message.contains("rule not found: PID is 4 then Exclude"), "{message}");
    run(1, &["pmc", "edit", &folder.name("missing.pmc"), "-o", "-"]);
    assert_eq!(fs::read(&path).unwrap(), before);
    assert_eq!(fs::read_dir(folder.0.path()).unwrap().count(), 1);
}

#[test]
fn filters_are_exported_and_imported() {
    let folder = Folder::new();
    let filter = folder.configuration("python.pmf", &["--no-rules", "--include", "Process Name is python.exe"]);
    let saved = SavedFilter::open(&filter).unwrap();
    assert_eq!(saved.filter, Filter::from([Rule::process_name().is("python.exe").include()]));
    let path = folder.configuration("new.pmc", &["--filter-file", &filter, "--exclude", "PID is 4"]);
    assert_eq!(Configuration::open(&path).unwrap().filter().len(), 2);
    let exported = folder.name("exported.pmf");
    run(0, &["pmc", "edit", &path, "-o", &exported, "--remove-rule", "PID is 4 then Exclude"]);
    assert_eq!(fs::read(&exported).unwrap(), fs::read(&filter).unwrap());
    let message = stderr(2, &["pmc", "edit", &filter, "-o", &exported, "--advanced"]);
    assert!(message.contains("AdvancedMode"), "{message}");
    assert!(stdout(0, &["pmc", "show", &filter]).contains("1 rule\n  Process Name is python.exe then Include"));
    assert_eq!(json(0, &["pmc", "show", &filter])["rules"][0]["value"], "python.exe");
    run(4, &["pmc", "diff", &filter, &path]);
}

#[test]
fn show_shows_columns_options_and_rules() {
    let folder = Folder::new();
    let path = folder.configuration("a.pmc", &["--include", "PID is 1336", "--minimal", "--columns", "PID,Path"]);
    let mut bytes = fs::read(&path).unwrap();
    bytes.extend(Configuration::new().set("Unknown", b"?").set("ColumnCount", &[9]).to_bytes());
    fs::write(&path, bytes).unwrap();
    let text = stdout(0, &["pmc", "show", &path]);
    for line in [
        "Columns: 2 shown\n  PID                   40 pixels\n  Path                 200 pixels\n",
        "Options: 6 in the file\n",
        "  HistoryDepth       (default) 18\n",
        "  Unknown            1 byte, ignored by Procmon\n",
        "  ColumnCount        1 byte, ignored by Procmon\n",
        "Filter: 24 rules\n  PID is 1336 then Include\n",
        "Highlighting: 0 rules\n",
    ] {
        assert!(text.contains(line), "{line:?} is missing in\n{text}");
    }
    let json = json(0, &["pmc", "show", &path]);
    let options = json["options"].as_array().unwrap();
    assert_eq!(options.len(), Key::ALL.len() + 2);
    let option = |name: &str| options.iter().find(|option| option["name"] == name).unwrap();
    assert_eq!(option("ColumnMap")["value"], serde_json::json!(["PID", "Path"]));
    assert_eq!((&option("HistoryDepth")["value"], &option("HistoryDepth")["stored"]), (&18.into(), &false.into()));
    assert_eq!(option("FilterRules")["value"][0]["number"], 1336);
    assert_eq!(option("FilterRules")["value"][0]["rule"], "PID is 1336 then Include");
    assert_eq!(option("Unknown")["bytes"], "3f");
}

#[test]
fn diff_shows_differences() {
    let folder = Folder::new();
    let a = folder.configuration("a.pmc", &[]);
    let b = folder.configuration("b.pmc", &["--advanced", "--include", "PID is 4", "--columns", "PID"]);
    run(0, &["pmc", "edit", &b, "--in-place", "--remove-rule", "Result begins with FAST IO then Exclude"]);
    let text = stdout(4, &["pmc", "diff", &a, &b]);
    for line in [
        "AdvancedMode: off -> on\n",
        "ColumnCount: 7 -> 1\n",
        "FilterRules:\n  - Result begins with FAST IO then Exclude\n  + PID is 4 then Include\n",
    ] {
        assert!(text.contains(line), "{line:?} is missing in\n{text}");
    }
    let differences = json(4, &["pmc", "diff", &a, &b]);
    let rules =
        differences.as_array().unwrap().iter().find(|difference| difference["option"] == "FilterRules").unwrap();
    assert_eq!(rules["added"][0]["column"], "PID");
    assert_eq!(json(0, &["pmc", "diff", &a, &a]).as_array().unwrap().len(), 0);
    // A missing option has its default, so these configurations are equal.
    let minimal = folder.configuration("minimal.pmc", &["--minimal", "--history-depth", "18"]);
    assert_eq!(stdout(0, &["pmc", "diff", &a, &minimal]), "");
    run(1, &["pmc", "diff", &a, &folder.name("missing.pmc")]);
}

#[test]
fn lint_finds_rules_that_do_not_work() {
    let folder = Folder::new();
    let sound = folder.configuration("sound.pmc", &[]);
    assert_eq!(stdout(0, &["pmc", "lint", &sound]), "");
    let odd = folder.configuration("odd.pmc", &["--include", "Sequence is 4", "--include", "PID is x"]);
    let text = stdout(4, &["pmc", "lint", &odd]);
    assert!(text.contains("Sequence is 4 then Include\n  "), "{text}");
    let lints = json(4, &["pmc", "lint", &odd]);
    assert!(lints[0]["reason"].is_string() && lints[0]["kind"].is_string());
    assert!(lints.as_array().unwrap().iter().any(|lint| lint["rule"]["column"] == "Sequence"));
}

#[test]
fn lint_names_the_reason_and_a_suggestion() {
    let folder = Folder::new();
    let path = folder.configuration(
        "a.pmc",
        &["--no-rules", "--include", "Operation is CreatFile", "--exclude", "Process Name is no.exe"],
    );
    assert!(stdout(4, &["pmc", "lint", &path]).contains("did you mean CreateFile?"));
    run(0, &["pmc", "edit", &path, "--in-place", "--no-rules", "--include", "Process Name is no.exe"]);
    run(0, &["pmc", "lint", &path]);
    assert!(stdout(4, &["pmc", "lint", &path, "--log", &sample()]).contains("no process of the log"));
    let mut configuration = Configuration::open(&path).unwrap();
    fs::write(&path, configuration.set_theme("Foo").set_profiling(7).to_bytes()).unwrap();
    let text = stdout(4, &["pmc", "lint", &path]);
    assert!(text.contains("option Theme: Foo\n") && text.contains("option Profiling: 7\n"), "{text}");
    assert_eq!(json(4, &["pmc", "lint", &path])[0]["option"], "Theme");
}

#[test]
fn rules_that_match_nothing_cause_warnings() {
    for (option, value, reason) in [
        ("--filter", "Result is SUCESS then Include", "did you mean SUCCESS?"),
        ("--filter", "PID is abc then Include", "PID is compared with a number"),
        ("--filter", "Duration more than 250ms then Include", "did you mean 0.25?"),
        ("--filter", "Process Name is no.exe then Include", "no process of the log"),
        ("--query", "PID is 4 or Operation is CreatFile", "Operation is CreatFile: Operation has no such name"),
    ] {
        let message = stderr(0, &["export", &sample(), option, value, "-o", &Folder::new().name("out.csv")]);
        assert!(message.contains("warning:") && message.contains(reason), "{value}: {message}");
    }
    let quiet = ["Operation is CreateFile then Include", "Process Name is no.exe then Exclude"];
    assert_eq!(stderr(0, &["export", &sample(), "--filter", quiet[0], "--filter", quiet[1]]), "");
    let out = Folder::new();
    let message = stderr(0, &["save", &sample(), "--query", "Result is SUCESS", "-o", &out.name("out.pml")]);
    assert!(message.contains("did you mean SUCCESS?"), "{message}");
}

#[test]
fn files_of_rules_are_recognized_by_their_content() {
    let folder = Folder::new();
    let condition = ["--no-rules", "--include", "Operation is CreateFile"];
    let (pmc, pmf) = (folder.configuration("a.pmc", &condition), folder.configuration("a.pmf", &condition));
    let selected = |arguments: &[&str]| rows(&run(0, &[&["export", &sample()], arguments].concat()).stdout);
    let creates = selected(&["--filter", "Operation is CreateFile then Include"]);
    for arguments in [["--config", &pmf], ["--filter-file", &pmc], ["--config", &pmc], ["--filter-file", &pmf]] {
        assert_eq!(selected(&arguments), creates, "{arguments:?}");
    }
    let path = folder.configuration("b.pmc", &["--filter-file", &pmc]);
    assert_eq!(Configuration::open(&path).unwrap().filter().len(), 1);
}

#[test]
fn lists_are_read_from_text_files() {
    let folder = Folder::new();
    let file = |name: &str, content: &[u8]| {
        fs::write(folder.name(name), content).unwrap();
        folder.name(name)
    };
    let list = file("paths.txt", b"# indicators\n\n.dll\nwindows\n");
    let names: Vec<u8> = "\u{FEFF}CreateFile\r\nReadFile".encode_utf16().flat_map(u16::to_le_bytes).collect();
    let names = format!("Operation is @{}", file("names.txt", &names));
    let rules = format!(
        "@{}",
        file("rules.txt", b"# rules\nOperation is CreateFile then Include\nPath contains dll then Exclude")
    );
    let selected = |arguments: &[&str]| rows(&run(0, &[&["export", &sample()], arguments].concat()).stdout);
    let same = |list: &[&str], query: &str| {
        let expected = selected(&["--query", query]);
        assert!(expected > 0);
        assert_eq!(selected(list), expected, "{list:?}");
    };
    same(&["--include-list", &list], "Path contains .dll or Path contains windows");
    same(&["--exclude-list", &list], "not (Path contains .dll or Path contains windows)");
    same(&["--include-list", &names], "Operation is CreateFile or Operation is ReadFile");
    same(&["--filter", &rules], "Operation is CreateFile and not Path contains dll");
    let path = folder.configuration("a.pmc", &["--no-rules", "--include-list", &names, "--rule", &rules]);
    assert_eq!(Configuration::open(&path).unwrap().filter().len(), 3);
    let bad = format!("@{}", file("bad.txt", b"\nPath is x"));
    assert!(stderr(2, &["export", &sample(), "--filter", &bad]).contains("bad.txt: line 2: invalid rule"));
    run(2, &["export", &sample(), "--include-list", &format!("Pth is @{list}")]);
    run(1, &["export", &sample(), "--include-list", &folder.name("missing.txt")]);
    run(2, &["export", &sample(), "--include-list", &file("binary.txt", b"\xFF\xFF\xFF")]);
}

#[test]
fn damaged_files_are_read_as_far_as_they_go() {
    let folder = Folder::new();
    let path = folder.configuration("a.pmc", &[]);
    let mut bytes = fs::read(&path).unwrap();
    bytes.truncate(1000);
    let cut = folder.name("cut.pmc");
    fs::write(&cut, &bytes).unwrap();
    for command in ["show", "lint"] {
        let message = stderr(3, &["pmc", command, &cut]);
        assert!(message.contains("cut.pmc: option BoookmarkFont: option.value at 0x"), "{message}");
    }
    assert!(run(3, &["pmc", "edit", &cut, "-o", "-"]).stdout == bytes);
    let edited = run(3, &["pmc", "edit", &cut, "-o", "-", "--include", "PID is 4"]).stdout;
    assert_eq!(Configuration::parse_lenient(&edited).0.filter().len(), 24);
    // A configuration that selects events is read strictly.
    assert!(stderr(1, &["export", &sample(), "--config", &cut]).contains("BoookmarkFont"));
    let text = folder.name("text.pmc");
    fs::write(&text, "Time of Day,Process Name").unwrap();
    for command in ["show", "lint"] {
        assert!(stderr(1, &["pmc", command, &text]).contains("not a Process Monitor configuration"));
    }
    let hostile = Configuration::new().set("\x1B[2Jname", b"?").set_theme("\x1B[2J\r\n").to_bytes();
    fs::write(folder.name("hostile.pmc"), [&hostile[..], b"cut"].concat()).unwrap();
    let output = run(3, &["pmc", "show", &folder.name("hostile.pmc")]);
    assert!(![output.stdout, output.stderr].concat().contains(&0x1B), "no control sequence reaches the terminal");
    fs::write(folder.name("text.pmf"), "Time of Day,Process Name").unwrap();
    run(1, &["pmc", "show", &folder.name("text.pmf")]);
}

#[test]
fn export_shows_what_a_configuration_shows() {
    let folder = Folder::new();
    let config = folder.configuration(
        "a.pmc",
        &["--advanced", "--resolve=off", "--columns", "Operation,PID", "--exclude", "Operation is IRP_MJ_READ"],
    );
    let log = LogsReader::open(sample()).unwrap();
    let style = Style::new().advanced_names(true).resolve_addresses(false);
    let configuration = Configuration::open(&config).unwrap();
    let matcher = configuration.filter().compile_with(log.indexes(), &style);
    let events = log.events().filter(|event| event.as_ref().is_ok_and(|event| matcher.matches(*event)));
    let mut expected = Vec::new();
    procmon_parser::export::write(
        &mut expected,
        events,
        procmon_parser::export::csv::Csv::new(&configuration.columns(), style),
    )
    .unwrap();
    let exported = run(0, &["export", &sample(), "--config", &config]).stdout;
    assert!(exported == expected);
    assert!(rows(&exported) > 0 && rows(&exported) < log.len());
    // Options on the command line take precedence over the configuration.
    let plain = run(0, &["export", &sample(), "--config", &config, "--advanced=off", "--columns", "PID"]).stdout;
    assert!(plain.starts_with("\u{FEFF}\"PID\"\r\n".as_bytes()));
    assert!(rows(&plain) > rows(&exported), "without advanced names, the rule for IRP_MJ_READ matches nothing");
}

#[test]
fn export_takes_rules() {
    let folder = Folder::new();
    let selected = |arguments: &[&str]| rows(&run(0, &[&["export", &sample()], arguments].concat()).stdout);
    let all = selected(&[]);
    let creates = selected(&["--filter", "Operation is CreateFile then Include"]);
    let reads = selected(&["--filter", "Operation is ReadFile then Include"]);
    assert!(creates > 0 && reads > 0 && creates + reads < all);
    let (create, read) = ("Operation is CreateFile then Include", "Operation is ReadFile then Include");
    let process = "Process Name is no.exe then Exclude";
    let both = ["--filter", create, "--filter", process, "--filter", read];
    assert_eq!(selected(&both), creates + reads, "rules of one column and action are alternatives");
    assert_eq!(selected(&["--filter", "Operation is CreateFile then Exclude"]), all - creates);
    let filter = folder.configuration("creates.pmf", &["--no-rules", "--include", "Operation is CreateFile"]);
    assert_eq!(selected(&["--filter-file", &filter]), creates);
    let nothing = folder.configuration("nothing.pmc", &["--include", "Operation is none"]);
    assert_eq!(selected(&["--config", &nothing]), 0);
    assert_eq!(selected(&["--config", &nothing, "--filter-file", &filter]), creates);
    assert_eq!(selected(&["--config", &nothing, "--filter", create]), selected(&["--filter", create]));
    assert_eq!(selected(&["--query", "Operation is CreateFile or Operation is ReadFile"]), creates + reads);
    assert_eq!(
        selected(&["--query", "Operation matches ^Create"]),
        selected(&["--filter", "Operation begins with Create then Include"])
    );
    assert_eq!(selected(&["--query", "not Operation is ReadFile", "--filter", create, "--filter", read]), creates);
    run(2, &["export", &sample(), "--query", "Operation is"]);
    run(2, &["export", &sample(), "--filter", "Operation is CreateFile"]);
    run(1, &["export", &sample(), "--filter-file", &folder.name("missing.pmf")]);
}
