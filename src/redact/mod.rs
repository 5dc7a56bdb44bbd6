//! Logs without the names that nobody else should see.

mod blocks;
mod names;

use std::collections::BTreeSet;

use crate::detail::DetailBlocks;
use crate::error::{Error, Result};
use crate::event::Event;
use crate::index::Index;
use crate::log::Log;
use crate::wire::PmlStr;
use crate::wire::layout::FileHeader;

use names::{Encoding, Name, Names};

/// Names and what is to stand in their place, all over a log: in its header, its tables, its details and their answers.
///
/// Names are looked for without regard to case, those that were added first first, as a part of any text
/// ([`replace`](Self::replace)) or only where no letter or digit stands beside them
/// ([`replace_whole`](Self::replace_whole)). Texts may become shorter or longer, and all that counts them follows:
/// string-info words, sizes of names and data, the distances between the entries of a directory. In bytes of which
/// nothing is known (binary data of the registry, structures that nobody has described, what Windows left behind) a name
/// is replaced by as many characters. Memory that the driver did not initialise becomes zeros in events that have a name.
///
/// Times, addresses and other numbers stay where a log is known to have them, and so do SIDs in binary form and icons. A
/// name of one or two characters stands within other bytes by chance, which do not stay then.
///
/// ```
/// use std::io::Cursor;
///
/// use procmon_parser::write::WriterOptions;
/// use procmon_parser::{Column, LogsReader, Redactor};
///
/// let log = LogsReader::open("fixtures/sample64.pml").unwrap();
/// let mut redactor = Redactor::new();
/// redactor.replace("ORCHID", "computer1").replace("updater", "program1");
///
/// let options = WriterOptions::new().redact(redactor.clone());
/// let mut writer = options.create_for_copy(Cursor::new(Vec::new()), log.index()).unwrap();
/// for event in log.events().flatten() {
///     writer.copy_event(event).unwrap();
/// }
/// let redacted = LogsReader::new(writer.finish().unwrap().into_inner()).unwrap();
/// redactor.verify(&redacted).unwrap();
/// assert_eq!(redacted.len(), log.len());
/// assert_eq!(redacted.index().system().computer_name, "computer1");
/// assert!(redacted.index().processes().any(|process| process.name() == "program1.exe"));
/// ```
#[derive(Clone, Debug, Default)]
pub struct Redactor {
    names: Names,
    /// Of the event that is rewritten.
    blocks: DetailBlocks,
    rewritten: u64,
    blanked: u64,
}

impl Redactor {
    /// Replaces nothing yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Replaces a text wherever it stands, also within words. An empty one is nowhere.
    ///
    /// Where what stands in its place holds a name that is to be replaced, that name becomes `_`s.
    pub fn replace(&mut self, from: &str, to: &str) -> &mut Self {
        self.add(Name::new(from, to, false))
    }

    /// Replaces a name where no letter or digit stands beside it: `anna` in `C:\Users\anna` and `ORCHID\anna`, but not in
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

    /// Replaces the people and the computers that a log names: the accounts of its processes and the folders of
    /// profiles by `user1`, `user2`, ..., the computer by `computer1`, domains by `domain1`, `domain2`, ..., all as
    /// [whole names](Self::replace_whole). Accounts that every Windows has stay. Gives what it found, with what stands in
    /// its place.
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
    /// As [`Log::read_batch`].
    pub fn replace_people(&mut self, log: &(impl Log + ?Sized)) -> Result<Vec<(String, String)>> {
        let mut people = People::default();
        log.indexes().for_each(|index| people.look_into(index));
        log.for_each(|event| {
            if let Some(path) = event.ok().and_then(|event| event.stored_path()) {
                people.look_at(path);
            }
        })?;
        let computers = people.computers.iter().zip(1..).map(|(name, n)| (name.clone(), format!("computer{n}")));
        let domains = people.domains.difference(&people.computers).zip(1..);
        let domains = domains.map(|(name, n)| (name.clone(), format!("domain{n}")));
        let users = people.users.iter().zip(1..).map(|(name, n)| (name.clone(), format!("user{n}")));
        let found: Vec<_> = computers.chain(domains).chain(users).collect();
        for (name, other) in &found {
            self.replace_whole(name, other);
        }
        Ok(found)
    }

    /// Number of events that were rewritten.
    #[must_use]
    pub fn rewritten_events(&self) -> u64 {
        self.rewritten
    }

    /// Number of names that were replaced by as many characters, for want of knowledge of the bytes around them.
    #[must_use]
    pub fn blanked_names(&self) -> u64 {
        self.blanked
    }

    /// Sees that no name is left in a log: in its header, its tables, and the details and answers of its events, as text
    /// of one byte per character and as UTF-16, at any byte, also where no column shows it.
    ///
    /// # Errors
    /// If a name is left, [`ErrorKind::IncompleteRedaction`](crate::ErrorKind::IncompleteRedaction) with the first
    /// place. An event that cannot be read is an error as well. And as [`Log::read_batch`].
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
        clean("header.computer_name", !self.is_named(header.computer_name))?;
        clean("header.system_root", !self.is_named(header.system_root))?;
        clean("header.service_pack", !self.is_named(header.os_version.service_pack))?;
        let mut strings = (0..).map_while(|number| index.string(number));
        clean("strings", !strings.any(|string| self.is_named(string.units())))?;
        let mut is_clean = true;
        index.for_each_stored_name(|entry| is_clean &= !self.is_named(PmlStr::utf16(entry.name()).units()));
        clean("hosts", is_clean)
    }

    fn is_named(&self, units: impl IntoIterator<Item = u16>) -> bool {
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

/// Texts of the tables.
impl Redactor {
    /// A text of the tables.
    pub(crate) fn units(&self, units: &[u16]) -> Option<Vec<u16>> {
        let bytes: Vec<u8> = units.iter().flat_map(|unit| unit.to_le_bytes()).collect();
        let mut replaced = self.names.replaced(&bytes, Encoding::Utf16);
        // What stands beside a name may have made another.
        while let Some(again) = replaced.as_ref().and_then(|units| self.once_more(units)) {
            replaced = Some(again);
        }
        replaced
    }

    fn once_more(&self, units: &[u16]) -> Option<Vec<u16>> {
        let mut bytes: Vec<u8> = units.iter().flat_map(|unit| unit.to_le_bytes()).collect();
        if self.names.blank(&mut bytes) == 0 {
            return None;
        }
        Some(PmlStr::utf16(&bytes).units().collect())
    }

    /// The header, whose names have a fixed room: a longer one is cut.
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
            // What stands behind the NUL is of an older text.
            field.iter_mut().skip(len).for_each(|unit| *unit = 0);
        }
    }
}

/// Who and what a log names.
#[derive(Default)]
struct People {
    computers: BTreeSet<String>,
    domains: BTreeSet<String>,
    users: BTreeSet<String>,
}

/// Authorities whose accounts every Windows has.
const AUTHORITIES: [&str; 7] = [
    "NT AUTHORITY",
    "NT SERVICE",
    "BUILTIN",
    "Font Driver Host",
    "Window Manager",
    "IIS APPPOOL",
    "NT VIRTUAL MACHINE",
];

/// Folders beside those of people.
const COMMON_PROFILES: [&str; 7] =
    ["Public", "Default", "Default User", "All Users", "Default.migrated", "LocalService", "NetworkService"];

impl People {
    fn look_into(&mut self, index: &Index) {
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

    fn account(&mut self, domain: &str, user: &str) {
        if AUTHORITIES.iter().any(|authority| authority.eq_ignore_ascii_case(domain)) || user.is_empty() {
            return;
        }
        // A service of the computer runs under the name of the computer itself.
        let user = user.trim_end_matches('$');
        if !self.computers.iter().any(|computer| computer.eq_ignore_ascii_case(user)) {
            add(&mut self.users, user);
        }
        if !domain.is_empty() && !self.computers.iter().any(|computer| computer.eq_ignore_ascii_case(domain)) {
            add(&mut self.domains, domain);
        }
    }

    /// The profile that a path of an event is in.
    fn look_at(&mut self, path: PmlStr<'_>) {
        const DRIVE: usize = 2;
        let Some(behind) = path.behind(DRIVE) else { return };
        if PROFILES.iter().any(|folder| behind.strip_prefix_ignore_case(folder).is_some()) {
            self.profiles(&path.to_str_lossy());
        }
    }

    /// The profiles that a text speaks of: folders that something is in.
    fn profiles(&mut self, text: &str) {
        for folder in PROFILES {
            let mut rest = text;
            while let Some(at) = find_ignore_case(rest, folder) {
                rest = rest.get(at + folder.len()..).unwrap_or_default();
                let Some((name, _)) = rest.split_once('\\') else { break };
                let is_common = COMMON_PROFILES.iter().any(|common| common.eq_ignore_ascii_case(name));
                if !is_common {
                    add(&mut self.users, name);
                }
            }
        }
    }
}

/// Folders of profiles, since Windows Vista and before.
const PROFILES: [&str; 2] = [r"\Users\", r"\Documents and Settings\"];

fn find_ignore_case(text: &str, ascii: &str) -> Option<usize> {
    let ends = text.len().checked_sub(ascii.len())?;
    (0..=ends).find(|&at| text.get(at..at + ascii.len()).is_some_and(|part| part.eq_ignore_ascii_case(ascii)))
}

/// Adds a name that an account can have, unless it is there in another case.
fn add(names: &mut BTreeSet<String>, name: &str) {
    const LONGEST: usize = 64;
    const FORBIDDEN: &str = r#"\/"[]:|<>+=;,?*%@"#;
    let is_possible = !name.is_empty() && name.len() <= LONGEST && !name.contains(|c| FORBIDDEN.contains(c));
    if is_possible && !names.iter().any(|known| known.eq_ignore_ascii_case(name)) {
        names.insert(name.to_owned());
    }
}
