//! The texts below the help of each command: examples and exit codes.

/// Declares texts that consist of examples, each below a line that explains it, and of exit codes.
macro_rules! help {
    ($($(#[$doc:meta])* $NAME:ident: $codes:ident { $($what:literal => $command:literal,)* })*) => { $(
        $(#[$doc])*
        pub(crate) const $NAME: &str = concat!("Examples:\n", $("  ", $what, "\n    ", $command, "\n",)* "\n", $codes!());
    )* };
}

macro_rules! codes {
    () => {
        "Exit codes: 0 done; 1 failed; 2 wrong usage; 3 done, but some events could not be read."
    };
}

macro_rules! short_codes {
    () => {
        "Exit codes: 0 done; 1 failed; 2 wrong usage."
    };
}

macro_rules! found_codes {
    () => {
        "Exit codes: 0 done; 1 failed; 2 wrong usage; 3 done, but a file could not be read to its end; 4 lint found something, or diff a difference."
    };
}

macro_rules! all_codes {
    () => {
        "\
Exit codes:
  0  done
  1  failed
  2  wrong usage
  3  done, but some events could not be read
  4  looked for something, and found it (pmc lint, pmc diff)
  5  there is no Procmon to run
  6  not run as administrator
  7  Procmon ran, but did not capture
  8  nothing was captured
  9  done with what could be read of a log that was not closed, or is damaged"
    };
}

/// The exit codes of the commands below `pml pmc`.
pub(crate) const FOUND_CODES: &str = found_codes!();

help! {
    PROGRAM: all_codes {
        "Turn a log into a table:" => "pml export trace.pml -o trace.csv",
        "See what is in it:" => "pml info trace.pml",
        "See who called what:" => "pml statistics trace.pml",
        "Record this computer for 30 seconds:" => "pml capture 30",
    }
    EXPORT: codes {
        "All events, all columns of Procmon:" => "pml export trace.pml -o trace.csv",
        "Byte for byte what Procmon 3.94 writes:" => "pml export trace.pml --compat procmon-3.94 -o trace.csv",
        "What it writes on a German computer:" => "pml export trace.pml --compat procmon-4.01 --locale de-DE -o trace.csv",
        "Some columns of what a filter shows, in local time:" => "pml export trace.pml --columns \"Time of Day,PID,Path\" --filter \"Path ends with .dll then Include\" --utc-offset local",
    }
    INFO: codes {
        "An overview:" => "pml info trace.pml",
        "The same for a program:" => "pml info trace.pml --json",
    }
    STATISTICS: codes {
        "Who called what, by PID:" => "pml statistics trace.pml -o statistics.txt",
        "The busiest processes first:" => "pml statistics trace.pml --by count",
        "A row for each operation of each process:" => "pml statistics trace.pml --csv -o operations.csv",
        "Registry only, for a program:" => "pml statistics trace.pml --json --filter \"Event Class is Registry then Include\"",
    }
    CAPTURE: all_codes {
        "Record for 30 seconds into working/DATE-TIME:" => "pml capture 30",
        "Record one program, and drop all else:" => "pml capture 60 --filter \"Process Name is setup.exe then Include\"",
        "Keep everything in the log, show a part of it:" => "pml capture --keep-everything --config investigation.pmc --working C:\\captures",
        "Name the Procmon to run:" => "pml capture --procmon C:\\Tools\\Procmon64.exe",
    }
    REPORT: all_codes {
        "The table and statistics of a log from another computer:" => "pml report raw.pml",
        "Under a configuration, into a folder of your own:" => "pml report raw.pml --config investigation.pmc --working reports",
    }
    SAVE: codes {
        "The events of one program, as a log of their own:" => "pml save trace.pml -o setup.pml --filter \"Process Name is setup.exe then Include\"",
        "Several files joined:" => "pml save first.pml second.pml -o both.pml",
    }
    RECOVER: codes {
        "What is left of a log that was not closed:" => "pml recover broken.pml -o good.pml",
    }
    PMC: found_codes {
        "See the rules of a configuration:" => "pml pmc show investigation.pmc",
        "Make one that drops all but one program:" => "pml pmc new -o setup.pmc --rule \"Process Name is setup.exe then Include\"",
        "Look for rules that do not do what they seem to:" => "pml pmc lint investigation.pmc",
    }
    COMPLETIONS: short_codes {
        "For this user's bash:" => "pml completions bash > ~/.local/share/bash-completion/completions/pml",
        "For PowerShell, in its profile:" => "pml completions powershell >> $PROFILE",
    }
    MAN: short_codes {
        "Read the manual page:" => "pml man | man -l -",
        "Install the pages of all commands:" => "pml man /usr/local/share/man/man1",
    }
}
