//! Versions of Procmon whose output is reproduced.

use clap::builder::{PossibleValue, TypedValueParser};
use clap::error::{ContextKind, ContextValue, ErrorKind};
use procmon_parser::Compat;

/// Returns a parser of version names. The names are listed in the help, and shells complete them.
pub(crate) fn parser() -> impl TypedValueParser<Value = Compat> {
    Parser
}

/// Accepts every version that the library knows, including versions between the listed ones and names without the
/// prefix.
#[derive(Clone)]
struct Parser;

impl TypedValueParser for Parser {
    type Value = Compat;

    fn parse_ref(
        &self,
        command: &clap::Command,
        argument: Option<&clap::Arg>,
        value: &std::ffi::OsStr,
    ) -> Result<Compat, clap::Error> {
        let value = value.to_string_lossy();
        value.parse().map_err(|_| {
            let mut error = clap::Error::new(ErrorKind::InvalidValue).with_cmd(command);
            if let Some(argument) = argument {
                error.insert(ContextKind::InvalidArg, ContextValue::String(argument.to_string()));
            }
            error.insert(ContextKind::InvalidValue, ContextValue::String(value.into_owned()));
            let names = Compat::ALL.map(|compat| compat.name().to_owned());
            error.insert(ContextKind::ValidValue, ContextValue::Strings(names.into()));
            error
        })
    }

    fn possible_values(&self) -> Option<Box<dyn Iterator<Item = PossibleValue> + '_>> {
        Some(Box::new(Compat::ALL.into_iter().map(possible_value)))
    }
}

fn possible_value(compat: Compat) -> PossibleValue {
    let help = match compat {
        Compat::Complete => "Everything that the log contains; nothing is cut or left out",
        Compat::Procmon4_1 => {
            "Like 4.01; events of class IPC are decoded as one other reader of such logs decodes them"
        }
        Compat::Procmon4_01 => "Exactly as Procmon 4.01: like 3.94, with the columns of the process start",
        Compat::Procmon3_94 => "Exactly as Procmon 3.94: 7 items of Detail at most, long values cut",
        Compat::Procmon3_93 => "As Procmon 3.93, as far as it is known",
        Compat::Procmon3_70 => "As Procmon 3.70, as far as it is known",
        Compat::Procmon3_61 => "As Procmon 3.61, as far as one log shows it",
        Compat::Procmon3_60 => "As Procmon 3.60, as far as it is known",
        Compat::Procmon3_53 => "Exactly as Procmon 3.53",
        Compat::Procmon3_52 => "Exactly as Procmon 3.52",
        Compat::Procmon3_0 => "As Procmon 3.0 of 2013, as far as logs of Windows XP show it",
        _ => "",
    };
    PossibleValue::new(compat.name()).help(help.to_owned() + &later_versions(compat))
}

/// Returns the end of the help: the later versions for which this one is used, as 3.94 is for 3.96.
fn later_versions(compat: Compat) -> String {
    let versions = (0..1000).map(|number| format!("{}.{:02}", number / 100, number % 100));
    let accepted = versions.filter(|version| version.parse::<Compat>().is_ok_and(|parsed| parsed == compat));
    // Skips the version itself.
    let later: Vec<_> = accepted.skip(1).collect();
    match &later[..] {
        [] => String::new(),
        [only] => format!("; also for {only}"),
        [first, .., last] => format!("; also for {first} to {last}"),
    }
}
