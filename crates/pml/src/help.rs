//! The text after the options in the help of each command: examples and exit codes.

/// Declares the help text of each command: examples, each with a line that introduces it, followed by the exit codes.
macro_rules! help {
    ($($(#[$doc:meta])* $NAME:ident: $codes:ident { $($what:literal => $command:literal,)* })*) => { $(
        $(#[$doc])*
        pub(crate) const $NAME: &str = concat!("Examples:\n", $("  ", $what, "\n    ", $command, "\n",)* "\n", $codes!());
    )* };
}

macro_rules! codes {
    () => {
        "Exit codes: 0 success; 1 failure; 2 wrong usage; 3 success, but some events could not be read."
    };
}

macro_rules! log_codes {
    () => {
        "Exit codes: 0 success; 1 failure; 2 wrong usage; 3 success, but some logs or events could not be read."
    };
}

macro_rules! short_codes {
    () => {
        "Exit codes: 0 success; 1 failure; 2 wrong usage."
    };
}

macro_rules! file_codes {
    () => {
        "Exit codes: 0 success; 1 failure; 2 wrong usage; 3 success, but part of the file could not be read."
    };
}

macro_rules! found_codes {
    () => {
        "Exit codes: 0 success; 1 failure; 2 wrong usage; 3 success, but part of a file could not be read; 4 problems (lint) or differences (diff) found."
    };
}

macro_rules! all_codes {
    () => {
        "\
Exit codes:
  0  success
  1  failure
  2  wrong usage
  3  success, but some events could not be read
  4  problems (pmc lint) or differences (pmc diff) found
  5  Procmon not found, or not signed by Microsoft
  6  not run as administrator
  7  Procmon did not start capturing
  8  no events captured
  9  success, but only with the readable part of a log that was not closed or is damaged
  130  interrupted or ended by a signal; no output file was replaced"
    };
}

/// The topics of `pml help` that are not commands, and their texts.
pub(crate) const TOPICS: [(&str, &str); 2] =
    [("query", include_str!("../topics/query.txt")), ("filters", include_str!("../topics/filters.txt"))];

help! {
    PROGRAM: all_codes {
        "Export a log as CSV:" => "pml export trace.pml -o trace.csv",
        "Show what a log contains:" => "pml info trace.pml",
        "Find events in the terminal:" => "pml events trace.pml -e hosts",
        "Read how events are selected:" => "pml help query",
        "Show what each process did:" => "pml statistics trace.pml",
        "Capture on this computer for 30 seconds:" => "pml capture 30",
    }
    EXPORT: codes {
        "All events, with all columns of Procmon:" => "pml export trace.pml -o trace.csv",
        "Exactly what Procmon 3.94 would export:" => "pml export trace.pml --compat 3.94 -o trace.csv",
        "Exactly what Procmon 4.01 would export on a German computer:" => "pml export trace.pml --compat 4.01 --locale de-DE -o trace.csv",
        "Three columns of the events of DLL files:" => "pml export trace.pml --columns Time-of-Day,PID,Path --query \"Path ends with .dll\"",
        "The events whose path contains any of the lines of a text file:" => "pml export trace.pml --include-list indicators.txt -o hits.csv",
        "Typed columns for DuckDB, Polars, pandas and Spark:" => "pml export trace.pml -o trace.parquet",
        "The events of two logs, in order of time, with the name of the log:" => "pml export server.pml client.pml --merge --log-names always -o both.csv",
        "A folder of Parquet files of many logs:" => "pml export logs/*.pml -o lake --partition-by computer,date",
    }
    EVENTS: codes {
        "All events, as a table:" => "pml events trace.pml | less -S",
        "Events with a text in any column, with three neighbours of the same thread:" => "pml events trace.pml -e hosts -C 3 --same thread",
        "The ten slowest operations:" => "pml events trace.pml --sort duration --limit 10 --columns Duration,PID,Operation,Path",
        "What a program and the programs that it started wrote:" => "pml events trace.pml --process setup --tree --query \"Category contains Write\"",
        "The number of failed operations:" => "pml events trace.pml --count --query \"Result is not SUCCESS\"",
        "Everything about an event, with its call stack:" => "pml events trace.pml --event 1234",
        "The events of two logs, in order of time:" => "pml events server.pml client.pml --merge",
    }
    INFO: log_codes {
        "An overview:" => "pml info trace.pml",
        "The same as JSON:" => "pml info trace.pml --json",
    }
    STATISTICS: codes {
        "The busiest processes and the most frequent operations:" => "pml statistics trace.pml",
        "Everything about all processes, by process ID:" => "pml statistics trace.pml --all -o statistics.txt",
        "The processes that waited longest, with their network endpoints:" => "pml statistics trace.pml --by duration --network",
        "A CSV row for each operation of each process:" => "pml statistics trace.pml --csv -o operations.csv",
        "Registry events only, as JSON:" => "pml statistics trace.pml --json --filter \"Event Class is Registry then Include\"",
    }
    SUMMARY: log_codes {
        "The paths with the most events:" => "pml summary files trace.pml",
        "The call stacks of the events, by module:" => "pml summary stacks trace.pml --by module",
        "What Procmon's dialog would save:" => "pml summary registry trace.pml --csv=procmon -o registry.csv",
    }
    SUMMARY_FILES: log_codes {
        "The 20 files that were read most:" => "pml summary files trace.pml --sort read-bytes --top 20",
        "All files of one program, as CSV:" => "pml summary files trace.pml --filter \"Process Name is setup.exe then Include\" -o files.csv",
        "What Procmon's File Summary would save:" => "pml summary files trace.pml --csv=procmon -o files.csv",
    }
    SUMMARY_FOLDERS: log_codes {
        "Two levels of folders, as a tree:" => "pml summary folders trace.pml --depth 2 --sort name",
    }
    SUMMARY_EXTENSIONS: log_codes {
        "Extensions by the bytes written:" => "pml summary extensions trace.pml --sort write-bytes",
    }
    SUMMARY_REGISTRY: log_codes {
        "The values and keys that were written:" => "pml summary registry trace.pml --query \"Category is Write\" --top all",
    }
    SUMMARY_NETWORK: log_codes {
        "Endpoints by the bytes received, as numbers:" => "pml summary network trace.pml --sort receive-bytes --no-resolve",
    }
    SUMMARY_STACKS: log_codes {
        "The time of each process:" => "pml summary stacks trace.pml --depth 0 --sort time",
        "The modules with at least 5 percent of the events:" => "pml summary stacks trace.pml --by module --min 5",
        "A flame graph:" => "pml summary stacks trace.pml --folded | flamegraph.pl > stacks.svg",
    }
    SUMMARY_XREF: log_codes {
        "The files through which processes exchange data:" => "pml summary xref trace.pml --query \"Event Class is 'File System'\"",
    }
    SUMMARY_PROCESSES: log_codes {
        "The processes that used the most CPU time:" => "pml summary processes trace.pml --sort cpu",
        "Activity over time, as JSON:" => "pml summary processes trace.pml --json --buckets 60",
    }
    SUMMARY_SYSTEM: log_codes {
        "The computers of all logs in a folder:" => "pml summary system logs --csv -o computers.csv",
    }
    COUNT: log_codes {
        "Results of one program, the most frequent first:" => "pml count Result trace.pml --filter \"Process Name is setup.exe then Include\"",
        "What Procmon's Count Occurrences would save:" => "pml count \"Process Name\" trace.pml --csv=procmon -o processes.csv",
    }
    TREE: log_codes {
        "All processes with their command lines:" => "pml tree trace.pml --command-lines",
        "Those that were running at the end, as JSON:" => "pml tree trace.pml --running --json",
    }
    TRACE: codes {
        "A timeline to open in https://ui.perfetto.dev:" => "pml trace trace.pml -o trace.perfetto.json.gz",
        "The same with call stacks, of one program:" => "pml trace trace.pml -o setup.perfetto.json.gz --stacks --query \"Process Name is setup.exe\"",
        "A flame graph of the time by module:" => "pml trace trace.pml -o trace.svg --weight time --by module",
        "A profile for Firefox Profiler:" => "pml trace trace.pml -o profile.json.gz --to firefox",
        "The call trees of the file operations, for speedscope:" => "pml trace trace.pml -o files.speedscope.json --query \"Event Class is 'File System'\"",
    }
    CAPTURE: all_codes {
        "Capture for 30 seconds into working/DATE-TIME:" => "pml capture 30",
        "Capture while a program runs:" => "pml capture --until-exit setup.exe --max-size 2G",
        "Run a program and capture until it ends:" => "pml capture -- setup.exe /S",
        "Capture one program only:" => "pml capture 60 --filter \"Process Name is setup.exe then Include\"",
        "Keep all events in the log, but filter the table:" => "pml capture --keep-everything --config investigation.pmc --working C:\\captures",
        "Choose the Procmon to run:" => "pml capture --procmon C:\\Tools\\Procmon64.exe",
    }
    REPORT: all_codes {
        "Event table and statistics of a log from another computer:" => "pml report raw.pml",
        "A page to open in a browser, of all processes named setup.exe:" => "pml report raw.pml --html report.html --query \"Process Name is setup.exe\"",
        "With a configuration, in another folder:" => "pml report raw.pml --config investigation.pmc --working reports",
    }
    SAVE: codes {
        "Save the events of one program:" => "pml save trace.pml -o setup.pml --filter \"Process Name is setup.exe then Include\"",
        "Join two logs:" => "pml save first.pml second.pml -o both.pml",
        "Remove the names of users, computer and domain:" => "pml save trace.pml -o redacted.pml --redact-user",
    }
    RECOVER: codes {
        "Recover a log that was not closed:" => "pml recover broken.pml -o good.pml",
    }
    PMC: found_codes {
        "Show the rules of a configuration:" => "pml pmc show investigation.pmc",
        "Create a configuration that shows one program only:" => "pml pmc new -o setup.pmc --include \"Process Name is setup.exe\"",
        "Find rules that cannot work as intended:" => "pml pmc lint investigation.pmc",
    }
    PMC_SHOW: file_codes {
        "Columns, options and rules of a configuration:" => "pml pmc show investigation.pmc",
        "The rules of an exported filter, as JSON:" => "pml pmc show dlls.pmf --json",
    }
    PMC_NEW: short_codes {
        "Show one program only, and do not store other events:" => "pml pmc new -o setup.pmc --include \"Process Name is setup.exe\" --drop-filtered-events",
        "Create an exported filter:" => "pml pmc new -o dlls.pmf --no-rules --include \"Path ends with .dll\"",
    }
    PMC_EDIT: file_codes {
        "Hide one more program:" => "pml pmc edit investigation.pmc --in-place --exclude \"Process Name is backup.exe\"",
        "Extract the filter of a configuration:" => "pml pmc edit investigation.pmc -o investigation.pmf",
    }
    PMC_LINT: found_codes {
        "Check the rules of a configuration:" => "pml pmc lint investigation.pmc",
        "Also check that the processes are in a log:" => "pml pmc lint investigation.pmc --log trace.pml",
    }
    PMC_DIFF: found_codes {
        "Compare two configurations:" => "pml pmc diff before.pmc after.pmc",
    }
    HELP: short_codes {
        "The help of a command:" => "pml help events",
        "The language of queries:" => "pml help query",
        "The rules of filters:" => "pml help filters",
    }
    COMPLETIONS: short_codes {
        "Bash, for the current user:" => "pml completions bash > ~/.local/share/bash-completion/completions/pml",
        "PowerShell, in its profile:" => "pml completions powershell >> $PROFILE",
    }
    MAN: short_codes {
        "Read the manual page:" => "pml man | man -l -",
        "Install the pages of all commands:" => "pml man /usr/local/share/man/man1",
    }
}
