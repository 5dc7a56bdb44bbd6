//! Versions of Procmon whose output is reproduced.

use clap::builder::{PossibleValue, PossibleValuesParser, TypedValueParser};
use procmon_parser::{Compat, Error};

/// The start of the names of versions, which can be omitted on the command line.
const PREFIX: &str = "procmon-";

/// Returns a parser of names of versions, which lists them in the help and completes them in shells.
pub(crate) fn parser() -> impl TypedValueParser<Value = Compat> {
    PossibleValuesParser::new(Compat::ALL.map(possible_value)).try_map(|name| parse(&name))
}

fn parse(name: &str) -> Result<Compat, Error> {
    name.parse().or_else(|_| format!("{PREFIX}{name}").parse())
}

fn possible_value(compat: Compat) -> PossibleValue {
    let value = PossibleValue::new(compat.name()).help(match compat {
        Compat::Complete => "Everything that the log contains; nothing is cut or left out",
        Compat::Procmon3_94 => "Exactly as Procmon 3.94: 7 items of Detail at most, long values cut",
        Compat::Procmon3_53 => "Exactly as Procmon 3.53",
        Compat::Procmon3_52 => "Exactly as Procmon 3.52",
        Compat::Procmon3_0 => "As Procmon 3.0 of 2013, as far as logs of Windows XP show it",
        _ => "",
    });
    match compat.name().strip_prefix(PREFIX) {
        Some(number) => value.alias(number),
        None => value,
    }
}

#[cfg(test)]
mod tests {
    use procmon_parser::Compat;

    use super::parse;

    #[test]
    fn the_prefix_can_be_omitted() {
        for compat in Compat::ALL {
            let name = compat.name();
            assert_eq!(parse(name).unwrap(), compat);
            assert_eq!(parse(name.trim_start_matches("procmon-")).unwrap(), compat);
        }
        assert!(parse("3.93").is_err());
    }
}
