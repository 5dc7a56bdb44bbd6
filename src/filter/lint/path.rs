//! Finds rule values that cannot match any path or file name.

use super::LintKind;
use crate::code::{Column, Relation};
use crate::filter::Rule;

/// The long and the short names of the registry hives.
const HIVES: [(&str, &str); 5] = [
    ("HKEY_LOCAL_MACHINE", "HKLM"),
    ("HKEY_CURRENT_USER", "HKCU"),
    ("HKEY_CLASSES_ROOT", "HKCR"),
    ("HKEY_USERS", "HKU"),
    ("HKEY_CURRENT_CONFIG", "HKCC"),
];

/// Checks the value of a rule if its column contains paths or file names.
pub(super) fn check(rule: &Rule, add: &mut impl FnMut(LintKind)) {
    let is_path = matches!(rule.column(), Column::PATH | Column::IMAGE_PATH);
    let is_name = rule.column() == Column::PROCESS_NAME;
    let is_part =
        matches!(rule.relation(), Relation::IS | Relation::BEGINS_WITH | Relation::ENDS_WITH | Relation::CONTAINS);
    if !is_part || !(is_path || is_name) {
        return;
    }
    let value = rule.value();
    if let Some(suggestion) = with_short_hive(&value).filter(|_| is_path) {
        add(LintKind::LongHiveName { suggestion });
    } else if has_drive_and_slash(&value) && is_path && !value.contains('*') {
        add(LintKind::Slashes { suggestion: value.replace('/', r"\") });
    } else if value.contains('*') && !(is_path && is_key_with_asterisk(&value)) {
        add(LintKind::Wildcard { suggestion: without_wildcard(rule, &value) });
    }
}

/// Replaces the long name of a hive at the start of a value with the short one; `None` if the value does not start with
/// one.
fn with_short_hive(value: &str) -> Option<String> {
    let path = strip_prefix(value, r"Computer\").unwrap_or(value);
    HIVES.iter().find_map(|(long, short)| {
        let rest = strip_prefix(path, long).filter(|rest| rest.is_empty() || rest.starts_with('\\'))?;
        Some(format!("{short}{rest}"))
    })
}

/// Returns the text after a prefix, ignoring ASCII case; `None` if the text does not start with it.
fn strip_prefix<'t>(text: &'t str, prefix: &str) -> Option<&'t str> {
    let (start, rest) = text.split_at_checked(prefix.len())?;
    start.eq_ignore_ascii_case(prefix).then_some(rest)
}

/// Returns true if a value begins with a drive and a slash, as in `C:/Windows`.
fn has_drive_and_slash(value: &str) -> bool {
    matches!(value.as_bytes(), [drive, b':', b'/', ..] if drive.is_ascii_alphabetic())
}

/// Returns true if every asterisk in a value is the whole name of a registry key, as in `HKCR\*\shell`.
fn is_key_with_asterisk(value: &str) -> bool {
    let in_hive = HIVES.iter().any(|(_, short)| strip_prefix(value, short).is_some_and(|rest| rest.starts_with('\\')));
    let mut keys = value.split('\\');
    keys.all(|key| !key.contains('*') || key == "*") && (in_hive || value.contains(r"\*\"))
}

/// Returns a condition that matches what the asterisks at the ends of a value are meant to match: for `*.exe`, one with
/// "ends with .exe". Returns `None` if the value has other asterisks, or only asterisks.
fn without_wildcard(rule: &Rule, value: &str) -> Option<String> {
    let core = value.trim_matches('*');
    let has_start = matches!(rule.relation(), Relation::IS | Relation::BEGINS_WITH);
    let relation = match (value.starts_with('*'), value.ends_with('*')) {
        (true, false) => Relation::ENDS_WITH,
        (false, true) if has_start => Relation::BEGINS_WITH,
        _ => Relation::CONTAINS,
    };
    let core = if has_drive_and_slash(core) { core.replace('/', r"\") } else { core.to_owned() };
    (!core.is_empty() && !core.contains('*')).then(|| format!("{} {relation} {core}", rule.column()))
}
