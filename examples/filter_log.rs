//! Prints the events that Procmon would show with a given filter.
//!
//! ```sh
//! cargo run --example filter_log -- capture.pml "Process Name is python.exe then Include"
//! ```

use std::env;

use procmon_parser::{Column, Compat, Filter, LogsReader, Rule, Style};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments = env::args().skip(1);
    let path = arguments.next().ok_or("usage: filter_log LOG [RULE]...")?;
    let typed: Vec<Rule> = arguments.map(|rule| rule.parse()).collect::<Result<_, _>>()?;

    // Starts with Procmon's default rules. Without rules on the command line, shows accesses to DLL files.
    let mut rules = Filter::procmon_default();
    if typed.is_empty() {
        rules.add_all([Rule::event_class().is("File System").include(), Rule::path().ends_with(".dll").include()]);
    }
    rules.add_all(typed);
    let log = LogsReader::open(path)?;
    for lint in rules.lint(log.indexes()) {
        eprintln!("{}: {lint}", rules.rules()[lint.rule]);
    }

    let style = Style::new().compat(Compat::Procmon3_94);
    let matcher = rules.compile(log.indexes());
    let mut shown = 0;
    for event in log.events().flatten().filter(|event| matcher.matches(*event)) {
        println!(
            "{} {} {}",
            event.text_in(Column::PROCESS_NAME, &style),
            event.text_in(Column::OPERATION, &style),
            event.text_in(Column::PATH, &style)
        );
        shown += 1;
    }
    println!("{shown} of {} events", log.len());
    Ok(())
}
