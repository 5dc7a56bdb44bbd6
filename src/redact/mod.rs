//! Replacing names in logs, so that logs can be passed on.

mod blocks;
mod hosts;
mod names;
mod sids;

use std::collections::{BTreeSet, HashSet};

use crate::detail::DetailBlocks;
use crate::error::{Error, Result};
use crate::event::Event;
use crate::index::Index;
use crate::log::Log;
use crate::wire::PmlStr;
use crate::wire::layout::FileHeader;

use hosts::Hosts;
use names::{Encoding, Name, Names};
use sids::Sids;

/// A set of names to replace in a whole log: in the header, the tables, and the detail and extra blocks of events.
///
/// Matching ignores case, and names that were added earlier take precedence. A name is replaced in any string
/// ([`replace`](Self::replace)), or only where no letter or digit is next to it
/// ([`replace_whole`](Self::replace_whole)). Strings can become shorter or longer; all fields that depend on their
/// lengths are updated: string-info words, sizes of names and data, distances between directory entries. In bytes of
/// unknown layout (binary registry data, undocumented structures, remains of other data), a name is overwritten with
/// the same number of characters. In events that contain a name, filler bytes become zeros.
///
/// Times, addresses and other numbers are kept where the layout is known, and so are icons. Binary SIDs are only replaced
/// by [`replace_sids`](Self::replace_sids). A name of one or two characters is likely to match unrelated bytes by chance,
/// and these are then overwritten.
///
/// ```
/// use std::io::Cursor;
///
/// use procmon_parser::write::WriterOptions;
/// use procmon_parser::{Column, LogsReader, Redactor};
///
/// let log = LogsReader::open("fixtures/sample64.pml")?;
/// let mut redactor = Redactor::new();
/// redactor.replace("ORCHID", "computer1").replace("updater", "program1");
///
/// let options = WriterOptions::new().redact(redactor.clone());
/// let mut writer = options.create_for_copy(Cursor::new(Vec::new()), log.index())?;
/// for event in log.events().flatten() {
///     writer.copy_event(event)?;
/// }
/// let redacted = LogsReader::new(writer.finish()?.into_inner())?;
/// redactor.verify(&redacted)?;
/// assert_eq!(redacted.len(), log.len());
/// assert_eq!(redacted.index().system().computer_name, "computer1");
/// assert!(redacted.index().processes().any(|process| process.name() == "program1.exe"));
/// # Ok::<(), procmon_parser::Error>(())
/// ```
#[derive(Clone, Debug, Default)]
pub struct Redactor {
    names: Names,
    /// The blocks of the current event. Kept to reuse the memory.
    blocks: DetailBlocks,
    rewritten: u64,
    blanked: u64,
}

impl Redactor {
    /// Creates a redactor without names.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Replaces a name wherever it occurs, even within a word. An empty name is ignored.
    ///
    /// If a replacement contains a name that is itself to be replaced, that name is overwritten with `_`.
    pub fn replace(&mut self, from: &str, to: &str) -> &mut Self {
        self.add(Name::new(from, to, false))
    }

    /// Replaces a name where no letter or digit is next to it: `anna` in `C:\Users\anna` and `ORCHID\anna`, but not in
    /// `Hosanna`.
    pub fn replace_whole(&mut self, from: &str, to: &str) -> &mut Self {
        self.add(Name::new(from, to, true))
    }

    fn add(&mut self, name: Option<Name>) -> &mut Self {
        if let Some(name) = name {
            self.names.push(name);
        }
        self
    }

    /// Replaces the names of people and computers that occur in a log, as [whole names](Self::replace_whole). Returns
    /// the names with their replacements.
    ///
    /// User names come from the accounts of processes and from profile folders and become `user1`, `user2` and so on.
    /// The computer becomes `computer1`, domains become `domain1`, `domain2` and so on. Accounts that exist on every
    /// Windows are kept.
    ///
    /// ```
    /// use procmon_parser::{LogsReader, Redactor};
    ///
    /// let log = LogsReader::open("fixtures/sample64.pml")?;
    /// let found = Redactor::new().replace_people(&log)?;
    /// assert!(found.contains(&("ORCHID".to_owned(), "computer1".to_owned())));
    /// # Ok::<(), procmon_parser::Error>(())
    /// ```
    ///
    /// # Errors
    /// Same as [`Log::read_batch`].
    pub fn replace_people(&mut self, log: &(impl Log + ?Sized)) -> Result<Vec<(String, String)>> {
        let mut people = People::default();
        log.indexes().for_each(|index| people.collect_from_tables(index));
        log.for_each(|event| {
            if let Some(path) = event.ok().and_then(|event| event.stored_path()) {
                people.collect_from_path(path);
            }
        })?;
        let computers = people.computers.iter().zip(1..).map(|(name, n)| (name.clone(), format!("computer{n}")));
        let domains = people.domains.names.difference(&people.computers).zip(1..);
        let domains = domains.map(|(name, n)| (name.clone(), format!("domain{n}")));
        let users = people.users.names.iter().zip(1..).map(|(name, n)| (name.clone(), format!("user{n}")));
        let found: Vec<_> = computers.chain(domains).chain(users).collect();
        for (name, other) in &found {
            self.replace_whole(name, other);
        }
        Ok(found)
    }

    /// Replaces the SIDs of accounts that occur in a log, as text and in binary form. Returns the replaced SIDs and the
    /// part that the SIDs of each domain share, with their replacements.
    ///
    /// These are the SIDs that begin with `S-1-5-21-` or, in Azure Active Directory, `S-1-12-1-`. The numbers of a
    /// computer or domain become `0-0-1`, `0-0-2` and so on, those of its accounts 1001, 1002 and so on. Numbers below
    /// 1000, which are the same on every Windows, and all other SIDs are kept. A SID that was replaced before is kept.
    ///
    /// # Errors
    /// Same as [`Log::read_batch`].
    pub fn replace_sids(&mut self, log: &(impl Log + ?Sized)) -> Result<Vec<(String, String)>> {
        let mut sids = Sids::default();
        for index in log.indexes() {
            for string in (0..).map_while(|number| index.string(number)) {
                sids.collect(&string.units().flat_map(u16::to_le_bytes).collect::<Vec<_>>());
            }
            index.names().for_each_stored(|entry| sids.collect(entry.name()));
        }
        log.for_each(|event| {
            if let Ok(event) = event {
                sids.collect(event.detail_bytes());
                sids.collect(event.extra().unwrap_or_default());
            }
        })?;
        let found = sids.replacements();
        for sid in &found {
            self.replace(&sid.from, &sid.to);
            self.names.push_binary(&sid.from_binary, &sid.to_binary);
        }
        Ok(found.into_iter().map(|sid| (sid.from, sid.to)).collect())
    }

    /// Replaces the names of computers and hosts that occur in a log, as [whole names](Self::replace_whole). Returns the
    /// names in lower case with their replacements.
    ///
    /// Hosts come from the hosts table and from network paths of events (`\\server\share`) and become `host1`, `host2` and
    /// so on. The computer becomes `computer1`. Addresses are kept.
    ///
    /// # Errors
    /// Same as [`Log::read_batch`].
    pub fn replace_hosts(&mut self, log: &(impl Log + ?Sized)) -> Result<Vec<(String, String)>> {
        let mut hosts = Hosts::default();
        log.indexes().for_each(|index| hosts.collect_from_tables(index));
        log.for_each(|event| {
            if let Some(path) = event.ok().and_then(|event| event.stored_path()) {
                hosts.collect_from_path(path);
            }
        })?;
        let found = hosts.replacements();
        for (name, other) in &found {
            self.replace_whole(name, other);
        }
        Ok(found)
    }

    /// Returns the number of events that were rewritten.
    #[must_use]
    pub fn rewritten_events(&self) -> u64 {
        self.rewritten
    }

    /// Returns the number of names that were overwritten with the same number of characters, because the layout of the
    /// bytes around them is unknown.
    #[must_use]
    pub fn blanked_names(&self) -> u64 {
        self.blanked
    }

    /// Verifies that no name is left in a log: in the header, the tables, and the detail and extra blocks of events.
    /// Blocks are searched at every byte, for one-byte characters and for UTF-16, whether or not a column shows the
    /// bytes.
    ///
    /// # Errors
    /// [`ErrorKind::IncompleteRedaction`](crate::ErrorKind::IncompleteRedaction) with the first place where a name is
    /// left. Also fails if an event cannot be read, or as [`Log::read_batch`].
    pub fn verify(&self, log: &(impl Log + ?Sized)) -> Result<()> {
        for index in log.indexes() {
            self.verify_tables(index)?;
        }
        let mut scratch = DetailBlocks::default();
        log.try_for_each(|event| self.verify_event(event?, &mut scratch))
    }

    fn verify_tables(&self, index: &Index) -> Result<()> {
        let clean = |field: &'static str, is_clean: bool| match is_clean {
            true => Ok(()),
            false => Err(Error::not_redacted(0, field)),
        };
        let header = index.header();
        clean("header.computer_name", !self.contains_name(header.computer_name))?;
        clean("header.system_root", !self.contains_name(header.system_root))?;
        clean("header.service_pack", !self.contains_name(header.os_version.service_pack))?;
        let mut strings = (0..).map_while(|number| index.string(number));
        clean("strings", !strings.any(|string| self.contains_name(string.units())))?;
        let mut is_clean = true;
        let names = index.names();
        names.for_each_stored(|entry| is_clean &= !self.contains_name(PmlStr::utf16(entry.name()).units()));
        clean("hosts", is_clean)
    }

    fn contains_name(&self, units: impl IntoIterator<Item = u16>) -> bool {
        let bytes: Vec<u8> = units.into_iter().flat_map(u16::to_le_bytes).collect();
        self.names.replaced(&bytes, Encoding::Utf16).is_some()
    }

    fn verify_event(&self, event: Event<'_>, scratch: &mut DetailBlocks) -> Result<()> {
        let blocks = (event.detail_bytes(), event.extra());
        match blocks::redact(&self.names, event.operation(), event.index().pointer_width(), blocks, scratch) {
            Some(_) => Err(Error::not_redacted(event.offset(), "event.detail").in_event(event.ordinal())),
            None => Ok(()),
        }
    }
}

/// Redacting the header and the tables.
impl Redactor {
    /// Returns a string of the tables with the names replaced, or `None` if the string contains no name.
    pub(crate) fn units(&self, units: &[u16]) -> Option<Vec<u16>> {
        let bytes: Vec<u8> = units.iter().flat_map(|unit| unit.to_le_bytes()).collect();
        let mut replaced = self.names.replaced(&bytes, Encoding::Utf16);
        // A replacement can contain a name, or form one together with the characters next to it.
        while let Some(again) = replaced.as_ref().and_then(|units| self.once_more(units)) {
            replaced = Some(again);
        }
        replaced
    }

    /// Overwrites names in a string of the tables. Returns `None` if the string contains no name.
    fn once_more(&self, units: &[u16]) -> Option<Vec<u16>> {
        let mut bytes: Vec<u8> = units.iter().flat_map(|unit| unit.to_le_bytes()).collect();
        if self.names.blank(&mut bytes) == 0 {
            return None;
        }
        // A name that is equal to its replacement remains; `verify` reports it.
        Some(PmlStr::utf16(&bytes).units().collect()).filter(|blanked: &Vec<u16>| blanked != units)
    }

    /// Replaces names in the header. Its fields have a fixed size, so a longer string is truncated.
    pub(crate) fn header(&self, header: &mut FileHeader) {
        self.fixed(&mut header.computer_name);
        self.fixed(&mut header.system_root);
        self.fixed(&mut header.os_version.service_pack);
    }

    fn fixed<const N: usize>(&self, field: &mut [u16; N]) {
        let len = field.iter().position(|&unit| unit == 0).unwrap_or(N);
        if let Some(text) = self.units(field.get(..len).unwrap_or_default()) {
            let text = text.into_iter().take(N - 1).chain(std::iter::repeat(0));
            field.iter_mut().zip(text).for_each(|(to, from)| *to = from);
        } else {
            // Remains of an older string, with names in it, can follow the NUL.
            field.iter_mut().skip(len).for_each(|unit| *unit = 0);
        }
    }
}

/// The names of computers, domains and users in a log.
#[derive(Default)]
struct People {
    computers: BTreeSet<String>,
    domains: AccountSet,
    users: AccountSet,
}

/// Names of accounts that differ in more than the case of ASCII letters.
#[derive(Default)]
struct AccountSet {
    names: BTreeSet<String>,
    /// The names in lower case.
    lower: HashSet<String>,
}

/// The domains of accounts that exist on every Windows.
const AUTHORITIES: [&str; 7] = [
    "NT AUTHORITY",
    "NT SERVICE",
    "BUILTIN",
    "Font Driver Host",
    "Window Manager",
    "IIS APPPOOL",
    "NT VIRTUAL MACHINE",
];

/// The profile folders that do not belong to people.
const COMMON_PROFILES: [&str; 7] =
    ["Public", "Default", "Default User", "All Users", "Default.migrated", "LocalService", "NetworkService"];

impl People {
    /// Collects names from the tables of a log.
    fn collect_from_tables(&mut self, index: &Index) {
        let computer = &index.system().computer_name;
        if !computer.is_empty() {
            self.computers.insert(computer.clone());
        }
        for process in index.processes() {
            if let Some((domain, user)) = process.user().split_once('\\') {
                self.account(domain, user);
            }
            self.profiles(process.image_path());
            self.profiles(process.command_line());
        }
    }

    /// Adds the domain and the user of an account.
    fn account(&mut self, domain: &str, user: &str) {
        if AUTHORITIES.iter().any(|authority| authority.eq_ignore_ascii_case(domain)) || user.is_empty() {
            return;
        }
        // The account of a computer, under which its services run, is the name of the computer and a `$`.
        let user = user.trim_end_matches('$');
        if !self.computers.iter().any(|computer| computer.eq_ignore_ascii_case(user)) {
            self.users.add(user);
        }
        if !domain.is_empty() && !self.computers.iter().any(|computer| computer.eq_ignore_ascii_case(domain)) {
            self.domains.add(domain);
        }
    }

    /// Collects the user name of the profile that contains the path of an event. Only looks after the drive (`C:`),
    /// since this runs for every event.
    fn collect_from_path(&mut self, path: PmlStr<'_>) {
        const DRIVE: usize = 2;
        let Some(after_drive) = path.behind(DRIVE) else { return };
        if PROFILES.iter().any(|folder| after_drive.strip_prefix_ignore_case(folder).is_some()) {
            self.profiles(&path.to_str_lossy());
        }
    }

    /// Collects user names from all profile paths in a string. A name counts only if a backslash follows it: without
    /// one it can be a file.
    fn profiles(&mut self, text: &str) {
        for folder in PROFILES {
            let mut rest = text;
            while let Some(at) = find_ignore_case(rest, folder) {
                rest = rest.get(at + folder.len()..).unwrap_or_default();
                let Some((name, _)) = rest.split_once('\\') else { break };
                let is_common = COMMON_PROFILES.iter().any(|common| common.eq_ignore_ascii_case(name));
                if !is_common {
                    self.users.add(name);
                }
            }
        }
    }
}

/// The folders of profiles: since Windows Vista, and up to Windows XP.
const PROFILES: [&str; 2] = [r"\Users\", r"\Documents and Settings\"];

fn find_ignore_case(text: &str, ascii: &str) -> Option<usize> {
    let ends = text.len().checked_sub(ascii.len())?;
    (0..=ends).find(|&at| text.get(at..at + ascii.len()).is_some_and(|part| part.eq_ignore_ascii_case(ascii)))
}

impl AccountSet {
    /// Adds a name if Windows allows it for an account, and if it is not there yet in upper or lower case.
    fn add(&mut self, name: &str) {
        const LONGEST: usize = 64;
        const FORBIDDEN: &str = r#"\/"[]:|<>+=;,?*%@"#;
        let is_possible = !name.is_empty() && name.len() <= LONGEST && !name.contains(|c| FORBIDDEN.contains(c));
        if is_possible && !self.names.contains(name) && self.lower.insert(name.to_ascii_lowercase()) {
            self.names.insert(name.to_owned());
        }
    }
}
