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
  5  Procmon not found
  6  not run as administrator
  7  Procmon did not start capturing
  8  no events captured
  9  success, but only with the readable part of a log that was not closed or is damaged
  130  interrupted or ended by a signal; no output file was replaced"
    };
}

help! {
    PROGRAM: all_codes {
        "Export a log as CSV:" => "pml export trace.pml -o trace.csv",
        "Show what a log contains:" => "pml info trace.pml",
        "Show what each process did:" => "pml statistics trace.pml",
        "Capture on this computer for 30 seconds:" => "pml capture 30",
    }
    EXPORT: codes {
        "All events, with all columns of Procmon:" => "pml export trace.pml -o trace.csv",
        "Exactly what Procmon 3.94 would export:" => "pml export trace.pml --compat 3.94 -o trace.csv",
        "Exactly what it would export on a German computer:" => "pml export trace.pml --compat 4.01 --locale de-DE -o trace.csv",
        "Three columns of the events on DLLs, in local time:" => "pml export trace.pml --columns \"Time of Day,PID,Path\" --filter \"Path ends with .dll then Include\" --utc-offset local",
        "The events on paths that contain a line of a text file:" => "pml export trace.pml --include-list indicators.txt -o hits.csv",
        "Typed columns for DuckDB, Polars, pandas and Spark:" => "pml export trace.pml -o trace.parquet",
        "A folder of Parquet files of many logs:" => "pml export logs/*.pml -o lake --partition-by computer,date",
    }
    INFO: log_codes {
        "An overview:" => "pml info trace.pml",
        "The same as JSON:" => "pml info trace.pml --json",
    }
    STATISTICS: codes {
        "All processes, by process ID:" => "pml statistics trace.pml -o statistics.txt",
        "The busiest processes first:" => "pml statistics trace.pml --by count",
        "A CSV row for each operation of each process:" => "pml statistics trace.pml --csv -o operations.csv",
        "Registry events only, as JSON:" => "pml statistics trace.pml --json --filter \"Event Class is Registry then Include\"",
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
        "Also check that a log has the processes:" => "pml pmc lint investigation.pmc --log trace.pml",
    }
    PMC_DIFF: found_codes {
        "Compare two configurations:" => "pml pmc diff before.pmc after.pmc",
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
