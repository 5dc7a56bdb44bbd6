//! Rebuilding lost process records from events.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::rc::Rc;

use crate::code::EventClass;
use crate::detail::{Detail, ProcessCreate, ProcessDetail, Sid};
use crate::event::Event;
use crate::index::{Interner, Processes};
use crate::wire::layout::{ModuleRecord, ProcessRecord};
use crate::wire::{FileTime, ProcessKey};

/// The facts about all processes, collected from events.
#[derive(Debug, Default)]
pub(super) struct Facts {
    /// By process key.
    processes: BTreeMap<u32, Fact>,
    /// The paths of images, each stored once because most images are loaded into many processes.
    paths: HashSet<Rc<str>>,
}

/// The facts about one process.
#[derive(Debug, Default)]
struct Fact {
    /// From its Process Create or Process Defined event.
    created: Option<Created>,
    image_path: Option<String>,
    command_line: Option<String>,
    pid: Option<u32>,
    parent_pid: Option<u32>,
    start_time: Option<FileTime>,
    end_time: Option<FileTime>,
    images: Vec<Image>,
}

/// The contents of an event that describes a new process.
#[derive(Debug)]
struct Created {
    pid: u32,
    parent_pid: u32,
    parent_key: ProcessKey,
    authentication_id: u64,
    session: u32,
    create_time: FileTime,
    virtualized: u32,
    is_64bit: bool,
    user: Option<String>,
    integrity: Option<&'static str>,
    command_line: String,
}

/// An image that was loaded into a process.
#[derive(Clone, Debug)]
struct Image {
    base: u64,
    size: u32,
    time: FileTime,
    /// Empty if the event has none.
    path: Rc<str>,
}

impl Facts {
    /// Collects the facts of an event.
    pub(super) fn observe(&mut self, event: Event<'_>) {
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
                    fact.command_line.get_or_insert_with(|| parameters.command_line.to_string());
                }
            }
            Ok(Detail::Process(ProcessDetail::LoadImage(image))) => {
                let path = event.image_path().map(|path| path.to_string()).unwrap_or_default();
                let image = Image { base: image.base, size: image.size, time: event.time(), path: self.shared(path) };
                self.of(event.process_key()).images.push(image);
            }
            Ok(Detail::Process(ProcessDetail::Exit(_))) => {
                self.of(event.process_key()).end_time = Some(event.time());
            }
            _ => {}
        }
    }

    fn of(&mut self, key: ProcessKey) -> &mut Fact {
        self.processes.entry(key.0).or_default()
    }

    /// Returns the shared copy of a path.
    fn shared(&mut self, path: String) -> Rc<str> {
        if let Some(known) = self.paths.get(&*path) {
            return Rc::clone(known);
        }
        let shared: Rc<str> = path.into();
        self.paths.insert(Rc::clone(&shared));
        shared
    }

    fn create(&mut self, event: Event<'_>, new: ProcessCreate<'_>) {
        self.of(new.parent_key).pid.get_or_insert(new.parent_pid);
        let fact = self.of(new.process_key);
        fact.image_path = event.image_path().map(|path| path.to_string()).filter(|path| !path.is_empty());
        fact.created = Some(Created {
            pid: new.pid,
            parent_pid: new.parent_pid,
            parent_key: new.parent_key,
            authentication_id: new.authentication_id,
            session: new.session,
            create_time: new.create_time,
            virtualized: new.virtualized,
            is_64bit: new.is_64bit,
            user: account(new.user_sid),
            integrity: Sid::new(new.integrity_sid).and_then(Sid::integrity_level),
            command_line: new.command_line.to_string(),
        });
    }

    /// Fills in the strings that are missing from the strings table. If `adds` is true, also adds the processes that
    /// are missing from the process table.
    pub(super) fn complete(mut self, processes: &mut Processes, strings: &mut Interner, adds: bool) {
        for (record, modules) in processes.records_mut() {
            let fact = self.processes.remove(&record.index).unwrap_or_default();
            fact.fill_missing(record, strings);
            fact.fill_missing_modules(modules, strings);
        }
        for (key, fact) in self.processes.into_iter().filter(|_| adds) {
            let mut record = ProcessRecord { index: key, ..fact.record() };
            fact.fill_missing(&mut record, strings);
            processes.add(record, fact.modules(strings));
        }
    }
}

/// The number of a string that is missing from every strings table.
const LOST: u32 = u32::MAX;

impl Fact {
    /// Returns the record of the process, without strings.
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

    /// Returns the path of the image: from the event that created the process, `System` for the System process, or else
    /// the first loaded image if the log has the start of the process.
    fn image_path(&self, pid: u32) -> Option<String> {
        /// The PID of the System process, whose image path is `System` in logs (docs/PML-FORMAT.md, "Writing a log").
        const SYSTEM: u32 = 4;
        if let Some(path) = &self.image_path {
            return Some(path.clone());
        }
        if pid == SYSTEM {
            return Some("System".to_owned());
        }
        // The first image that Windows loads into a process is its program. Without the start event, the first image in
        // the log can be a library that was loaded later.
        let first = self.images.first().map(|image| &*image.path).filter(|path| !path.is_empty());
        self.start_time.and(first).map(str::to_owned)
    }

    /// Replaces the lost strings of a record with known ones, or with the empty string.
    fn fill_missing(&self, record: &mut ProcessRecord, strings: &mut Interner) {
        let mut fill = |number: &mut u32, text: Option<&str>| {
            if !strings.had(*number) {
                *number = strings.number(text.unwrap_or_default());
            }
        };
        let path = self.image_path(record.pid);
        let name = path.as_deref().map(|path| path.rsplit_once('\\').map_or(path, |(_, name)| name));
        fill(&mut record.image_path, path.as_deref());
        fill(&mut record.name, name);
        let created = self.created.as_ref();
        let command_line = created.map(|new| &new.command_line).or(self.command_line.as_ref());
        fill(&mut record.command_line, command_line.map(String::as_str));
        fill(&mut record.user, created.and_then(|new| new.user.as_deref()));
        fill(&mut record.integrity, created.and_then(|new| new.integrity));
        for number in [&mut record.company, &mut record.version, &mut record.description] {
            fill(number, None);
        }
    }

    /// Replaces the lost strings of modules: paths with those of Load Image events that have the same base and time,
    /// other strings with the empty string.
    fn fill_missing_modules(&self, modules: &mut [ModuleRecord], strings: &mut Interner) {
        let loaded: HashMap<_, _> = self.images.iter().map(|image| ((image.base, image.time), image)).collect();
        for module in modules {
            if !strings.had(module.path) {
                let path = loaded.get(&(module.base, module.load_time())).map_or("", |image| &image.path);
                module.path = strings.number(path);
            }
            for number in [&mut module.version, &mut module.company, &mut module.description] {
                if !strings.had(*number) {
                    *number = strings.number("");
                }
            }
        }
    }

    /// Returns the modules that were loaded during the capture, in the order of a table: by base, newest first.
    fn modules(mut self, strings: &mut Interner) -> Vec<ModuleRecord> {
        self.images.sort_by_key(|image| (image.base, std::cmp::Reverse(image.time)));
        self.images
            .iter()
            .map(|image| ModuleRecord {
                #[expect(clippy::cast_possible_truncation, reason = "only the low half is wanted")]
                load_time_low: image.time.0 as u32,
                load_time_high: (image.time.0 >> 32) as u32,
                base: image.base,
                size: image.size,
                path: strings.number(&image.path),
                ..ModuleRecord::default()
            })
            .collect()
    }
}

/// Returns the name of a well-known account, or the SID of any other account as a string.
fn account(sid: &[u8]) -> Option<String> {
    let sid = Sid::new(sid)?;
    Some(sid.well_known_account().map_or_else(|| sid.to_string(), str::to_owned))
}
