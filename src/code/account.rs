//! The names of accounts and integrity levels that are the same on every Windows system.

/// The accounts of NT AUTHORITY (S-1-5) with a single sub-authority.
const NT_AUTHORITY: [(u32, &str); 4] = [
    (7, r"NT AUTHORITY\ANONYMOUS LOGON"),
    (18, r"NT AUTHORITY\SYSTEM"),
    (19, r"NT AUTHORITY\LOCAL SERVICE"),
    (20, r"NT AUTHORITY\NETWORK SERVICE"),
];

/// Returns the name of the account with the SID `S-1-authority-sub_authorities`, or `None` if the account is not the
/// same on every Windows system.
pub(crate) fn well_known_account(
    authority: u64,
    mut sub_authorities: impl Iterator<Item = u32>,
) -> Option<&'static str> {
    let (first, second) = (sub_authorities.next()?, sub_authorities.next());
    let named = NT_AUTHORITY.into_iter().find(|&(number, _)| number == first);
    named.filter(|_| authority == 5 && second.is_none()).map(|(_, name)| name)
}

/// Returns Procmon's name of the integrity level with the SID `S-1-authority-sub_authorities`, or `None` if it is not
/// the SID of a mandatory label.
pub(crate) fn integrity_level(authority: u64, mut sub_authorities: impl Iterator<Item = u32>) -> Option<&'static str> {
    const MANDATORY_LABEL: u64 = 16;
    let level = sub_authorities.next().filter(|_| authority == MANDATORY_LABEL)?;
    Some(match level {
        0x0000..0x1000 => "Untrusted",
        0x1000..0x2000 => "Low",
        0x2000..0x2100 => "Medium",
        0x2100..0x3000 => "Medium+",
        0x3000..0x4000 => "High",
        0x4000..0x5000 => "System",
        _ => "Protected",
    })
}
