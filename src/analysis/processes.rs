//! The processes and texts of the files of a capture, with numbers that do not depend on the file.
//!
//! Tables can share one string among any number of processes and modules. Texts are therefore kept once and compared by
//! their numbers, so that a crafted log cannot cost more than its size.

use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::Arc;

use crate::event::Event;
use crate::index::{Index, Process};
use crate::text::exact;
use crate::wire::{FileTime, ProcessKey};

/// The number of a text.
pub(super) type TextNumber = u32;

/// Texts, each with a number.
#[derive(Debug)]
pub(super) struct Texts {
    numbers: HashMap<Arc<str>, TextNumber>,
    texts: Vec<Text>,
    /// The numbers of the texts in lower case.
    classes: HashMap<Box<str>, u32>,
}

#[derive(Debug)]
struct Text {
    text: Arc<str>,
    class: u32,
    /// A hash of the text in lower case. It is the same in each [`Texts`].
    hash: u64,
}

impl Texts {
    /// The number of the empty text.
    pub(super) const EMPTY: TextNumber = 0;
    /// The number of the text that names an unknown module. A module with this text as its path has another number.
    pub(super) const UNKNOWN: TextNumber = 1;

    fn new() -> Self {
        let mut texts = Self { numbers: HashMap::new(), texts: Vec::new(), classes: HashMap::new() };
        texts.number("");
        texts.push("<unknown>", u32::MAX);
        texts
    }

    /// Returns the number of a text.
    pub(super) fn number(&mut self, text: &str) -> TextNumber {
        if let Some(&number) = self.numbers.get(text) {
            return number;
        }
        let lower = lower(text);
        let next = u32::try_from(self.classes.len()).unwrap_or(u32::MAX);
        let class = *self.classes.entry(lower.into()).or_insert(next);
        let number = self.push(text, class);
        if let Some(added) = self.texts.last() {
            self.numbers.insert(Arc::clone(&added.text), number);
        }
        number
    }

    fn push(&mut self, text: &str, class: u32) -> TextNumber {
        // The texts are strings of files, whose tables have fewer than 2^32 strings.
        let number = u32::try_from(self.texts.len()).unwrap_or(u32::MAX);
        let mut hasher = DefaultHasher::new();
        lower(text).hash(&mut hasher);
        self.texts.push(Text { text: text.into(), class, hash: hasher.finish() });
        number
    }

    /// Returns the number of a text; `None` if it has none.
    fn find(&self, text: &str) -> Option<TextNumber> {
        self.numbers.get(text).copied()
    }

    /// Returns the text with a number.
    pub(super) fn text(&self, number: TextNumber) -> &str {
        self.texts.get(number as usize).map_or("", |text| &text.text)
    }

    /// Returns a number that is the same for texts that differ in upper and lower case only.
    #[inline]
    pub(super) fn class(&self, number: TextNumber) -> u32 {
        self.texts.get(number as usize).map_or(0, |text| text.class)
    }

    /// Returns a hash of the text in lower case, which does not depend on the numbers.
    pub(super) fn hash(&self, number: TextNumber) -> u64 {
        self.texts.get(number as usize).map_or(0, |text| text.hash)
    }

    pub(super) fn len(&self) -> usize {
        self.texts.len()
    }

    /// Adds the texts of others. Returns the number here of each text there.
    fn merge(&mut self, others: &Self) -> Vec<TextNumber> {
        let number = |(number, other): (TextNumber, &Text)| match number {
            Self::UNKNOWN => Self::UNKNOWN,
            _ => self.number(&other.text),
        };
        (0..).zip(&others.texts).map(number).collect()
    }
}

/// Returns the text in lower case, as Windows compares names.
fn lower(text: &str) -> String {
    if text.is_ascii() {
        return text.to_ascii_lowercase();
    }
    char::decode_utf16(text.encode_utf16().map(exact::lower)).flatten().collect()
}

/// The processes of the files of a capture.
///
/// A process is identified by its key, PID, start time and image path, because two files of a capture can use one key
/// for different processes. A process that is in the tables of several files has one number, its slot. Slots are in the
/// order of the files and of their tables. Slot 0 is for events whose process is not in the table.
#[derive(Debug)]
pub(super) struct Processes {
    files: Vec<File>,
    texts: Texts,
    slots: HashMap<Identity, usize>,
    entries: Vec<Entry>,
}

/// A file of the capture.
#[derive(Debug)]
struct File {
    index: Index,
    /// The slot of each process, by its position in the table.
    slots: Vec<usize>,
    /// The number of the text of each string, plus 1; 0 for a string that was not looked up yet.
    texts: Vec<u32>,
}

#[derive(Debug, PartialEq, Eq, Hash)]
struct Identity {
    key: ProcessKey,
    pid: u32,
    start_time: FileTime,
    image_path: TextNumber,
}

/// A process.
#[derive(Debug, Default)]
struct Entry {
    /// The files that list the process: the number of each file, and the position of the process in its table.
    places: Vec<(usize, usize)>,
    naming: Naming,
}

/// The names of a process in the first file that lists it.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Naming {
    pub(super) pid: u32,
    pub(super) name: TextNumber,
    pub(super) image_path: TextNumber,
}

/// The place of an event: the number of its file, and the slot of its process.
#[derive(Clone, Copy, Debug)]
pub(super) struct Place {
    pub(super) file: usize,
    pub(super) slot: usize,
}

/// The numbers here of the processes and texts of another part of the log.
#[derive(Debug)]
pub(super) struct Merged {
    pub(super) slots: Vec<usize>,
    pub(super) texts: Vec<TextNumber>,
}

impl Default for Processes {
    fn default() -> Self {
        Self { files: Vec::new(), texts: Texts::new(), slots: HashMap::new(), entries: vec![Entry::default()] }
    }
}

impl Processes {
    /// Returns the place of an event. Adds its file if it is new.
    #[inline]
    pub(super) fn place(&mut self, event: &Event<'_>) -> Place {
        let index = event.index();
        // Events come file by file, so the file is nearly always the last one.
        let file = match self.files.last() {
            Some(last) if last.index.ptr_eq(index) => self.files.len() - 1,
            _ => self.file(index),
        };
        let position = index.process_position(event.process_key());
        let slot = position.and_then(|position| self.files.get(file)?.slots.get(position)).copied();
        Place { file, slot: slot.unwrap_or(0) }
    }

    /// Returns the number of a file. Adds the file and its processes if it is new.
    pub(super) fn file(&mut self, index: &Index) -> usize {
        if let Some(known) = self.files.iter().position(|file| file.index.ptr_eq(index)) {
            return known;
        }
        let file = self.files.len();
        self.files.push(File { index: index.clone(), slots: Vec::new(), texts: vec![0; index.string_count()] });
        let slots = index.processes().map(|process| self.add_process(file, process)).collect();
        if let Some(added) = self.files.get_mut(file) {
            added.slots = slots;
        }
        file
    }

    /// Returns the slot of a process of a file that is being added.
    fn add_process(&mut self, file: usize, process: Process<'_>) -> usize {
        let record = process.record();
        let naming = Naming {
            pid: process.pid(),
            name: self.text_of(file, record.name),
            image_path: self.text_of(file, record.image_path),
        };
        let (key, start_time) = (process.key(), process.start_time());
        let identity = Identity { key, pid: naming.pid, start_time, image_path: naming.image_path };
        let place = (file, process.table_index());
        let known = self.slots.get(&identity).copied();
        // Equal entries of one table are different processes.
        let known = known.and_then(|slot| Some((slot, self.entries.get_mut(slot)?)));
        if let Some((slot, entry)) = known.filter(|(_, entry)| entry.places.last().is_some_and(|last| last.0 < file)) {
            entry.places.push(place);
            return slot;
        }
        let slot = self.entries.len();
        self.entries.push(Entry { places: vec![place], naming });
        self.slots.insert(identity, slot);
        slot
    }

    /// Returns the number of the text of a string of a file.
    #[inline]
    pub(super) fn text_of(&mut self, file: usize, string: u32) -> TextNumber {
        match self.files.get(file).and_then(|file| file.texts.get(string as usize)) {
            None => Texts::EMPTY,
            Some(0) => self.new_text_of(file, string),
            Some(&number) => number - 1,
        }
    }

    #[cold]
    fn new_text_of(&mut self, file: usize, string: u32) -> TextNumber {
        let Some(file) = self.files.get_mut(file) else { return Texts::EMPTY };
        let number = self.texts.number(file.index.string(string).map_or("", |string| string.text()));
        if let Some(known) = file.texts.get_mut(string as usize) {
            *known = number + 1;
        }
        number
    }

    /// Adds the files, processes and texts of a later part of the log.
    pub(super) fn merge(&mut self, later: &Self) -> Merged {
        let files: Vec<usize> = later.files.iter().map(|file| self.file(&file.index)).collect();
        let slot = |entry: &Entry| {
            let &(file, position) = entry.places.first()?;
            self.files.get(*files.get(file)?)?.slots.get(position).copied()
        };
        let slots = later.entries.iter().map(|entry| slot(entry).unwrap_or(0)).collect();
        Merged { slots, texts: self.texts.merge(&later.texts) }
    }

    pub(super) fn texts(&self) -> &Texts {
        &self.texts
    }

    /// Returns the number of slots.
    pub(super) fn len(&self) -> usize {
        self.entries.len()
    }

    #[inline]
    pub(super) fn naming(&self, slot: usize) -> Naming {
        self.entries.get(slot).map(|entry| entry.naming).unwrap_or_default()
    }

    /// Returns the process in each file that lists it, in the order of the files.
    fn in_files(&self, slot: usize) -> impl DoubleEndedIterator<Item = Process<'_>> {
        let places = self.entries.get(slot).map_or(&[][..], |entry| &entry.places);
        places.iter().filter_map(|&(file, position)| self.files.get(file)?.index.process_at(position))
    }

    /// Returns the process as described by the last file that lists it; `None` for slot 0.
    pub(super) fn process(&self, slot: usize) -> Option<Process<'_>> {
        self.in_files(slot).next_back()
    }

    /// Returns the exit time of the process; `None` if no file has one.
    pub(super) fn end_time(&self, slot: usize) -> Option<FileTime> {
        self.in_files(slot).rev().find_map(Process::end_time)
    }

    /// Returns the slot of a process of the capture; `None` if no file that was added lists it.
    pub(super) fn slot_of(&self, process: Process<'_>) -> Option<usize> {
        match self.files.iter().rev().find(|file| file.index.ptr_eq(process.log_index())) {
            Some(file) => file.slots.get(process.table_index()).copied(),
            None => {
                let image_path = self.texts.find(process.image_path())?;
                let (key, pid, start_time) = (process.key(), process.pid(), process.start_time());
                self.slots.get(&Identity { key, pid, start_time, image_path }).copied()
            }
        }
    }
}
