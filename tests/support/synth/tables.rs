//! The tables that follow the events: processes with their modules, strings, icons, hosts and ports.

use std::collections::HashMap;

use super::{Block, GARBAGE, Host, Icon, Log, Module, Port, Process, Text};

/// The bytes of each table.
pub(super) struct Tables {
    pub(super) processes: Vec<u8>,
    pub(super) strings: Vec<u8>,
    pub(super) icons: Vec<u8>,
    /// The hosts table and the ports table, which follows it directly.
    pub(super) hosts: Vec<u8>,
}

impl Tables {
    /// Lays out the tables of a log. `first_seen` has the process keys in the order of their first events, which
    /// determines the numbers of the strings.
    pub(super) fn new(log: &Log, first_seen: &[u32]) -> Self {
        let mut strings = Strings::new();
        for process in walk(&log.processes, first_seen) {
            strings.intern_process(process);
        }
        let placeholder = Icon { dimension: 0, image: Vec::new() };
        Self {
            processes: process_table(log, &strings),
            strings: strings.table(),
            icons: icon_table(std::iter::once(&placeholder).chain(&log.icons)),
            hosts: [host_table(&log.hosts), port_table(&log.ports)].concat(),
        }
    }
}

/// Returns System, then the processes in the order of their first events, then those without events.
fn walk<'p>(processes: &'p [Process], first_seen: &[u32]) -> Vec<&'p Process> {
    let rank: HashMap<u32, usize> = first_seen.iter().enumerate().map(|(n, &index)| (index, n)).collect();
    let mut walk: Vec<&Process> = processes.iter().collect();
    walk.sort_by_key(|process| (process.pid != 4, rank.get(&process.index).copied().unwrap_or(usize::MAX)));
    walk
}

/// The strings in the order of their numbers; number 0 is the empty string.
struct Strings {
    texts: Vec<String>,
    numbers: HashMap<String, u32>,
}

impl Strings {
    fn new() -> Self {
        Self { texts: vec![String::new()], numbers: HashMap::from([(String::new(), 0)]) }
    }

    fn intern(&mut self, text: &str) {
        if !self.numbers.contains_key(text) {
            self.numbers.insert(text.into(), self.texts.len() as u32);
            self.texts.push(text.into());
        }
    }

    fn intern_process(&mut self, process: &Process) {
        let Process { user, name, image_path, command_line, company, version, description, integrity, .. } = process;
        for text in [user, name, image_path, command_line, company, version, description, integrity] {
            self.intern(text);
        }
        for Module { company, description, version, path, .. } in &process.modules {
            for text in [company, description, version, path] {
                self.intern(text);
            }
        }
    }

    fn number(&self, text: &str) -> u32 {
        self.numbers[text]
    }

    fn table(&self) -> Vec<u8> {
        table(self.texts.iter().map(|text| sized(&terminated(text))).collect())
    }
}

/// Lays out a table: the count, the offset of each entry from the start of the table, the entries.
fn table(entries: Vec<Vec<u8>>) -> Vec<u8> {
    let mut table = (entries.len() as u32).to_le_bytes().to_vec();
    let mut offset = 4 + 4 * entries.len();
    for entry in &entries {
        table.extend_from_slice(&(offset as u32).to_le_bytes());
        offset += entry.len();
    }
    table.extend(entries.concat());
    table
}

/// Encodes text as UTF-16 with a terminating NUL; empty text has no bytes.
fn terminated(text: &str) -> Vec<u8> {
    let mut bytes = Text::wide(text).bytes;
    if !bytes.is_empty() {
        bytes.extend_from_slice(&[0, 0]);
    }
    bytes
}

/// Returns the size in bytes as a `u32`, followed by the bytes.
fn sized(bytes: &[u8]) -> Vec<u8> {
    Block::new(4).u32(0, bytes.len() as u32).append(bytes).done()
}

/// Lays out the process table: the count, the key of each process, the offset of each record, the records.
fn process_table(log: &Log, strings: &Strings) -> Vec<u8> {
    let count = log.processes.len();
    let mut indices = Vec::with_capacity(4 * count);
    let mut offsets = Vec::with_capacity(4 * count);
    let mut records = Vec::new();
    for process in &log.processes {
        indices.extend_from_slice(&process.index.to_le_bytes());
        offsets.extend_from_slice(&((4 + 8 * count + records.len()) as u32).to_le_bytes());
        records.extend(process_record(process, log.bits64, strings));
    }
    [(count as u32).to_le_bytes().to_vec(), indices, offsets, records].concat()
}

fn process_record(process: &Process, bits64: bool, strings: &Strings) -> Vec<u8> {
    let modules: Vec<u8> = process.modules.iter().flat_map(|module| module_record(module, bits64, strings)).collect();
    Block::new(if bits64 { 0x6C } else { 0x68 })
        .u32(0x00, process.index)
        .u32(0x04, process.pid)
        .u32(0x08, process.parent_pid)
        .u32(0x0C, process.parent_index)
        .u64(0x10, process.authentication_id)
        .u32(0x18, process.session)
        .u16(0x1C, GARBAGE)
        .u64(0x20, process.start_time)
        .u64(0x28, process.exit_time)
        .u32(0x30, process.virtualized)
        .u32(0x34, u32::from(process.bits64))
        .u32(0x38, strings.number(&process.integrity))
        .u32(0x3C, strings.number(&process.user))
        .u32(0x40, strings.number(&process.name))
        .u32(0x44, strings.number(&process.image_path))
        .u32(0x48, strings.number(&process.command_line))
        .u32(0x4C, strings.number(&process.company))
        .u32(0x50, strings.number(&process.version))
        .u32(0x54, strings.number(&process.description))
        .u32(0x58, process.small_icon)
        .u32(0x5C, process.big_icon)
        .pointer(bits64, 0x60, 0xA5A5_A501)
        .u32(if bits64 { 0x68 } else { 0x64 }, process.modules.len() as u32)
        .append(&modules)
        .done()
}

fn module_record(module: &Module, bits64: bool, strings: &Strings) -> Vec<u8> {
    let load_time_low = module.load_time as u32;
    let load_time_high = (module.load_time >> 32) as u32;
    if bits64 {
        Block::new(0x40)
            .u32(0x00, load_time_low)
            .u16(0x04, GARBAGE)
            .u64(0x08, module.base)
            .u32(0x10, module.size)
            .u32(0x14, strings.number(&module.path))
            .u32(0x18, strings.number(&module.version))
            .u32(0x1C, strings.number(&module.company))
            .u32(0x20, strings.number(&module.description))
            .u32(0x24, module.time_stamp)
            .u32(0x34, module.size)
            .u32(0x3C, load_time_high)
            .done()
    } else {
        Block::new(0x38)
            .u32(0x00, load_time_low)
            .u32(0x04, module.base as u32)
            .u32(0x08, module.size)
            .u32(0x0C, strings.number(&module.path))
            .u32(0x10, strings.number(&module.version))
            .u32(0x14, strings.number(&module.company))
            .u32(0x18, strings.number(&module.description))
            .u32(0x1C, module.time_stamp)
            .u32(0x2C, module.size)
            .u32(0x34, load_time_high)
            .done()
    }
}

fn icon_table<'i>(icons: impl Iterator<Item = &'i Icon>) -> Vec<u8> {
    table(icons.map(|icon| Block::new(4).u32(0, icon.dimension).append(&sized(&icon.image)).done()).collect())
}

/// Lays out the hosts table, sorted by address.
fn host_table(hosts: &[Host]) -> Vec<u8> {
    let mut hosts: Vec<&Host> = hosts.iter().collect();
    hosts.sort_by_key(|host| host.address);
    let mut table = (hosts.len() as u32).to_le_bytes().to_vec();
    for host in hosts {
        table.extend_from_slice(&host.address);
        table.extend(sized(&terminated(&host.name)));
    }
    table
}

/// Lays out the ports table, sorted by number, UDP before TCP.
fn port_table(ports: &[Port]) -> Vec<u8> {
    let mut ports: Vec<&Port> = ports.iter().collect();
    ports.sort_by_key(|port| (port.tcp, port.number));
    let mut table = (ports.len() as u32).to_le_bytes().to_vec();
    for port in ports {
        table.extend(Block::new(4).u16(0, port.number).u16(2, u16::from(port.tcp)).done());
        table.extend(sized(&terminated(&port.name)));
    }
    table
}
