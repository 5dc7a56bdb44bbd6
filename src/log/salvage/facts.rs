//! What events tell about processes whose records are lost.

use std::collections::{BTreeMap, HashMap};

use crate::code::EventClass;
use crate::detail::Detail;
use crate::detail::{ProcessCreate, ProcessDetail, Sid};
use crate::event::Event;
use crate::index::{Interner, Processes};
use crate::text::AccountNames;
use crate::wire::layout::{ModuleRecord, ProcessRecord};
use crate::wire::{FileTime, PmlStr, ProcessKey};

/// What events tell about processes, by their keys.
#[derive(Debug, Default)]
pub(super) struct Facts<'a>(BTreeMap<u32, Fact<'a>>);

#[derive(Debug, Default)]
struct Fact<'a> {
    /// The event of its creation.
    created: Option<ProcessCreate<'a>>,
    image_path: Option<String>,
    command_line: Option<PmlStr<'a>>,
    pid: Option<u32>,
    parent_pid: Option<u32>,
    start_time: Option<FileTime>,
    end_time: Option<FileTime>,
    images: Vec<Image<'a>>,
}

/// An image that was mapped into a process.
#[derive(Clone, Copy, Debug)]
struct Image<'a> {
    base: u64,
    size: u32,
    time: FileTime,
    event: Event<'a>,
}

impl<'a> Facts<'a> {
    pub(super) fn learn(&mut self, event: Event<'a>) {
        if event.class() != EventClass::PROCESS {
            return;
        }
        match event.detail() {
            Ok(Detail::Process(ProcessDetail::Defined(new) | ProcessDetail::Create(new))) => self.create(event, new),
            Ok(Detail::Process(ProcessDetail::Start(start))) => {
                let fact = self.of(event.process_key());
                fact.parent_pid.get_or_insert(start.parent_pid);
                fact.start_time.get_or_insert(event.time());
                if let Some(parameters) = start.parameters {
                    fact.command_line.get_or_insert(parameters.command_line);
                }
            }
            Ok(Detail::Process(ProcessDetail::LoadImage(image))) => {
                let image = Image { base: image.base, size: image.size, time: event.time(), event };
                self.of(event.process_key()).images.push(image);
            }
            Ok(Detail::Process(ProcessDetail::Exit(_))) => {
                self.of(event.process_key()).end_time = Some(event.time());
            }
            _ => {}
        }
    }

    fn of(&mut self, key: ProcessKey) -> &mut Fact<'a> {
        self.0.entry(key.0).or_default()
    }

    fn create(&mut self, event: Event<'a>, new: ProcessCreate<'a>) {
        self.of(new.parent_key).pid.get_or_insert(new.parent_pid);
        let fact = self.of(new.process_key);
        fact.image_path = event.image_path().map(|path| path.to_string()).filter(|path| !path.is_empty());
        fact.created = Some(new);
    }

    /// Gives the records of a table what the strings table has lost, and adds the processes that the table has lost, if
    /// it has.
    pub(super) fn complete(mut self, processes: &mut Processes, strings: &mut Interner, adds: bool) {
        for (record, modules) in processes.records_mut() {
            let fact = self.0.remove(&record.index).unwrap_or_default();
            fact.mend(record, strings);
            fact.mend_modules(modules, strings);
        }
        for (key, fact) in self.0.into_iter().filter(|_| adds) {
            let mut record = ProcessRecord { index: key, ..fact.record() };
            fact.mend(&mut record, strings);
            processes.add(record, fact.modules(strings));
        }
    }
}

/// Number of a string that no table has.
const LOST: u32 = u32::MAX;

impl Fact<'_> {
    /// What is known of the process but for its strings.
    fn record(&self) -> ProcessRecord {
        let created = self.created.as_ref();
        ProcessRecord {
            pid: created.map(|new| new.pid).or(self.pid).unwrap_or_default(),
            parent_pid: created.map(|new| new.parent_pid).or(self.parent_pid).unwrap_or_default(),
            parent_index: created.map(|new| new.parent_key.0).unwrap_or_default(),
            authentication_id: created.map(|new| new.authentication_id).unwrap_or_default(),
            session: created.map(|new| new.session).unwrap_or_default(),
            start_time: created.map(|new| new.create_time).or(self.start_time).unwrap_or_default(),
            end_time: self.end_time.unwrap_or_default(),
            virtualized: created.map(|new| new.virtualized).unwrap_or_default(),
            is_64bit: created.map(|new| u32::from(new.is_64bit)).unwrap_or_default(),
            integrity: LOST,
            user: LOST,
            name: LOST,
            image_path: LOST,
            command_line: LOST,
            company: LOST,
            version: LOST,
            description: LOST,
            modules_pointer: 1,
            ..ProcessRecord::EMPTY
        }
    }

    /// Path of the image: as its creator said, else the first one that was mapped into it after its start.
    fn image_path(&self, pid: u32) -> Option<String> {
        /// Its image has no path; it is what every Windows starts first.
        const SYSTEM: u32 = 4;
        if let Some(path) = &self.image_path {
            return Some(path.clone());
        }
        if pid == SYSTEM {
            return Some("System".to_owned());
        }
        // A process maps its program first, but later it may map others.
        self.start_time.and_then(|_| self.images.first()?.path())
    }

    /// Puts what is known in place of strings that are lost.
    fn mend(&self, record: &mut ProcessRecord, strings: &mut Interner) {
        let mut mend = |number: &mut u32, text: Option<&str>| {
            if !strings.had(*number) {
                *number = strings.number(text.unwrap_or_default());
            }
        };
        let path = self.image_path(record.pid);
        let name = path.as_deref().map(|path| path.rsplit_once('\\').map_or(path, |(_, name)| name));
        mend(&mut record.image_path, path.as_deref());
        mend(&mut record.name, name);
        let created = self.created.as_ref();
        let command_line = created.map(|new| new.command_line).or(self.command_line).map(|text| text.to_string());
        mend(&mut record.command_line, command_line.as_deref());
        mend(&mut record.user, created.and_then(|new| account(new.user_sid)).as_deref());
        mend(&mut record.integrity, created.and_then(|new| integrity(new.integrity_sid)));
        for number in [&mut record.company, &mut record.version, &mut record.description] {
            mend(number, None);
        }
    }

    /// Names the modules of a record whose strings are lost, where an event tells of the same module.
    fn mend_modules(&self, modules: &mut [ModuleRecord], strings: &mut Interner) {
        let loaded: HashMap<_, _> = self.images.iter().map(|image| ((image.base, image.time), image)).collect();
        for module in modules {
            if !strings.had(module.path) {
                let path = loaded.get(&(module.base, module.load_time())).and_then(|image| image.path());
                module.path = strings.number(&path.unwrap_or_default());
            }
            for number in [&mut module.version, &mut module.company, &mut module.description] {
                if !strings.had(*number) {
                    *number = strings.number("");
                }
            }
        }
    }

    /// The modules that were mapped while the capture ran, in the order of a table.
    fn modules(mut self, strings: &mut Interner) -> Vec<ModuleRecord> {
        self.images.sort_by_key(|image| (image.base, std::cmp::Reverse(image.time)));
        self.images
            .iter()
            .map(|image| ModuleRecord {
                #[expect(clippy::cast_possible_truncation, reason = "the lower half")]
                load_time_low: image.time.0 as u32,
                load_time_high: (image.time.0 >> 32) as u32,
                base: image.base,
                size: image.size,
                path: strings.number(&image.path().unwrap_or_default()),
                ..ModuleRecord::default()
            })
            .collect()
    }
}

impl Image<'_> {
    fn path(&self) -> Option<String> {
        self.event.image_path().map(|path| path.to_string()).filter(|path| !path.is_empty())
    }
}

/// An account as far as its SID tells.
fn account(sid: &[u8]) -> Option<String> {
    let sid = Sid::new(sid)?;
    Some(AccountNames::default().name(sid).map_or_else(|| sid.to_string(), str::to_owned))
}

/// Procmon's word for an integrity level.
fn integrity(sid: &[u8]) -> Option<&'static str> {
    const MANDATORY_LABEL: u64 = 16;
    let sid = Sid::new(sid).filter(|sid| sid.authority() == MANDATORY_LABEL)?;
    Some(match sid.sub_authorities().next()? {
        0x0000..0x1000 => "Untrusted",
        0x1000..0x2000 => "Low",
        0x2000..0x2100 => "Medium",
        0x2100..0x3000 => "Medium+",
        0x3000..0x4000 => "High",
        0x4000..0x5000 => "System",
        _ => "Protected",
    })
}
