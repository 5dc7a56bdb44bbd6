//! Tests of the program against files of the comparison data and against a real Procmon. See [`suite`].

#[path = "../../../../tests/procmon/data.rs"]
mod data;
#[path = "../../../../tests/procmon/suite.rs"]
mod suite;

mod configurations;
mod dialogs;
mod oracle;

fn main() -> std::process::ExitCode {
    let mut suite = suite::Suite::default();
    configurations::add_to(&mut suite);
    dialogs::add_to(&mut suite);
    oracle::add_to(&mut suite);
    suite.run()
}
