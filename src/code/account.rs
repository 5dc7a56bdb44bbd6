//! The names of accounts and integrity levels that are the same on every Windows system.

/// The accounts that every Windows system has, each with the authority and the sub-authorities of its SID, and with its
/// name and domain. The list is Microsoft's list of well-known SIDs; the names are those of an English Windows. The
/// name of an account without a domain begins with a backslash, as in Procmon.
const WELL_KNOWN: [(u64, &[u32], &str); 87] = [
    (0, &[0], r"\NULL SID"),
    (1, &[0], r"\Everyone"),
    (2, &[0], r"\LOCAL"),
    (2, &[1], r"\CONSOLE LOGON"),
    (3, &[0], r"\CREATOR OWNER"),
    (3, &[1], r"\CREATOR GROUP"),
    (3, &[2], r"\CREATOR OWNER SERVER"),
    (3, &[3], r"\CREATOR GROUP SERVER"),
    (3, &[4], r"\OWNER RIGHTS"),
    (5, &[1], r"NT AUTHORITY\DIALUP"),
    (5, &[2], r"NT AUTHORITY\NETWORK"),
    (5, &[3], r"NT AUTHORITY\BATCH"),
    (5, &[4], r"NT AUTHORITY\INTERACTIVE"),
    (5, &[6], r"NT AUTHORITY\SERVICE"),
    (5, &[7], r"NT AUTHORITY\ANONYMOUS LOGON"),
    (5, &[8], r"NT AUTHORITY\PROXY"),
    (5, &[9], r"NT AUTHORITY\ENTERPRISE DOMAIN CONTROLLERS"),
    (5, &[10], r"NT AUTHORITY\SELF"),
    (5, &[11], r"NT AUTHORITY\Authenticated Users"),
    (5, &[12], r"NT AUTHORITY\RESTRICTED"),
    (5, &[13], r"NT AUTHORITY\TERMINAL SERVER USER"),
    (5, &[14], r"NT AUTHORITY\REMOTE INTERACTIVE LOGON"),
    (5, &[15], r"NT AUTHORITY\This Organization"),
    (5, &[17], r"NT AUTHORITY\IUSR"),
    (5, &[18], r"NT AUTHORITY\SYSTEM"),
    (5, &[19], r"NT AUTHORITY\LOCAL SERVICE"),
    (5, &[20], r"NT AUTHORITY\NETWORK SERVICE"),
    (5, &[32], r"BUILTIN\BUILTIN"),
    (5, &[32, 544], r"BUILTIN\Administrators"),
    (5, &[32, 545], r"BUILTIN\Users"),
    (5, &[32, 546], r"BUILTIN\Guests"),
    (5, &[32, 547], r"BUILTIN\Power Users"),
    (5, &[32, 548], r"BUILTIN\Account Operators"),
    (5, &[32, 549], r"BUILTIN\Server Operators"),
    (5, &[32, 550], r"BUILTIN\Print Operators"),
    (5, &[32, 551], r"BUILTIN\Backup Operators"),
    (5, &[32, 552], r"BUILTIN\Replicator"),
    (5, &[32, 554], r"BUILTIN\Pre-Windows 2000 Compatible Access"),
    (5, &[32, 555], r"BUILTIN\Remote Desktop Users"),
    (5, &[32, 556], r"BUILTIN\Network Configuration Operators"),
    (5, &[32, 557], r"BUILTIN\Incoming Forest Trust Builders"),
    (5, &[32, 558], r"BUILTIN\Performance Monitor Users"),
    (5, &[32, 559], r"BUILTIN\Performance Log Users"),
    (5, &[32, 560], r"BUILTIN\Windows Authorization Access Group"),
    (5, &[32, 561], r"BUILTIN\Terminal Server License Servers"),
    (5, &[32, 562], r"BUILTIN\Distributed COM Users"),
    (5, &[32, 568], r"BUILTIN\IIS_IUSRS"),
    (5, &[32, 569], r"BUILTIN\Cryptographic Operators"),
    (5, &[32, 573], r"BUILTIN\Event Log Readers"),
    (5, &[32, 574], r"BUILTIN\Certificate Service DCOM Access"),
    (5, &[32, 575], r"BUILTIN\RDS Remote Access Servers"),
    (5, &[32, 576], r"BUILTIN\RDS Endpoint Servers"),
    (5, &[32, 577], r"BUILTIN\RDS Management Servers"),
    (5, &[32, 578], r"BUILTIN\Hyper-V Administrators"),
    (5, &[32, 579], r"BUILTIN\Access Control Assistance Operators"),
    (5, &[32, 580], r"BUILTIN\Remote Management Users"),
    (5, &[32, 581], r"BUILTIN\System Managed Accounts Group"),
    (5, &[32, 582], r"BUILTIN\Storage Replica Administrators"),
    (5, &[32, 583], r"BUILTIN\Device Owners"),
    (5, &[33], r"NT AUTHORITY\WRITE RESTRICTED"),
    (5, &[64, 10], r"NT AUTHORITY\NTLM Authentication"),
    (5, &[64, 14], r"NT AUTHORITY\SChannel Authentication"),
    (5, &[64, 21], r"NT AUTHORITY\Digest Authentication"),
    (5, &[65, 1], r"NT AUTHORITY\This Organization Certificate"),
    (5, &[80, 0], r"NT SERVICE\ALL SERVICES"),
    (5, &[80, 956_008_885, 3_418_522_649, 1_831_038_044, 1_853_292_631, 2_271_478_464], r"NT SERVICE\TrustedInstaller"),
    (5, &[83, 0], r"NT VIRTUAL MACHINE\Virtual Machines"),
    (5, &[84, 0, 0, 0, 0, 0], r"NT AUTHORITY\USER MODE DRIVERS"),
    (5, &[90, 0], r"Window Manager\Window Manager Group"),
    (5, &[113], r"NT AUTHORITY\Local account"),
    (5, &[114], r"NT AUTHORITY\Local account and member of Administrators group"),
    (5, &[1000], r"NT AUTHORITY\Other Organization"),
    (15, &[2, 1], r"APPLICATION PACKAGE AUTHORITY\ALL APPLICATION PACKAGES"),
    (15, &[2, 2], r"APPLICATION PACKAGE AUTHORITY\ALL RESTRICTED APPLICATION PACKAGES"),
    (16, &[0], r"Mandatory Label\Untrusted Mandatory Level"),
    (16, &[0x1000], r"Mandatory Label\Low Mandatory Level"),
    (16, &[0x2000], r"Mandatory Label\Medium Mandatory Level"),
    (16, &[0x2100], r"Mandatory Label\Medium Plus Mandatory Level"),
    (16, &[0x3000], r"Mandatory Label\High Mandatory Level"),
    (16, &[0x4000], r"Mandatory Label\System Mandatory Level"),
    (16, &[0x5000], r"Mandatory Label\Protected Process Mandatory Level"),
    (18, &[1], r"\Authentication authority asserted identity"),
    (18, &[2], r"\Service asserted identity"),
    (18, &[3], r"\Fresh public key identity"),
    (18, &[4], r"\Key trust identity"),
    (18, &[5], r"\Key property multifactor authentication"),
    (18, &[6], r"\Key property attestation"),
];

/// Returns the name of the account with the SID `S-1-authority-sub_authorities`, or `None` if the account is not the
/// same on every Windows system.
pub(crate) fn well_known_account(
    authority: u64,
    sub_authorities: impl Iterator<Item = u32> + Clone,
) -> Option<&'static str> {
    let is = |numbers: &[u32]| sub_authorities.clone().eq(numbers.iter().copied());
    let found = WELL_KNOWN.iter().find(|(of, numbers, _)| *of == authority && is(numbers));
    found.map(|&(_, _, name)| name)
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

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::{WELL_KNOWN, well_known_account};

    #[test]
    fn accounts_are_found_by_all_numbers() {
        let names: HashSet<_> = WELL_KNOWN.iter().map(|(_, _, name)| name).collect();
        assert_eq!(names.len(), WELL_KNOWN.len());
        for (authority, numbers, name) in WELL_KNOWN {
            assert_eq!(well_known_account(authority, numbers.iter().copied()), Some(name));
        }
        for (authority, numbers) in [(5, &[][..]), (5, &[18, 0]), (1, &[18]), (5, &[32, 543])] {
            assert_eq!(well_known_account(authority, numbers.iter().copied()), None);
        }
    }
}
