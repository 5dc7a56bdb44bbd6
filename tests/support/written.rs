//! The logs of [`synth`](super::synth), laid out by the library's own writer.

use std::borrow::Borrow;
use std::io::{Cursor, Seek, Write};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use procmon_parser::code::{EventClass, NtStatus, Operation, Protocol};
use procmon_parser::write::{IconId, LogsWriter, ModuleInfo, NewDetail, NewEvent, ProcessId, ProcessInfo};
use procmon_parser::{FileTime, PointerWidth, Result, SystemInfo, Ticks};

use super::synth::{self, Event, Log, Module, Process};

/// The file, with the version of `log`: the writer writes the newest.
pub fn bytes(log: &Log) -> Vec<u8> {
    let mut bytes = write(log, &log.events, Cursor::new(Vec::new())).unwrap().into_inner();
    bytes[4..8].copy_from_slice(&log.version.to_le_bytes());
    bytes
}

/// Writes a log of the computer and with the tables of `log`, but with `events` instead of its own.
pub fn write<W: Write + Seek>(log: &Log, events: impl IntoIterator<Item: Borrow<Event>>, out: W) -> Result<W> {
    let mut writer = LogsWriter::new(out, &system(log))?;
    let icons: Vec<IconId> = log.icons.iter().map(|icon| writer.add_icon(icon.dimension, &icon.image)).collect();
    for process in &log.processes {
        writer.add_process(&process_info(process, &icons))?;
    }
    for host in &log.hosts {
        writer.add_host(address(host.address), &host.name);
    }
    for port in &log.ports {
        writer.add_port(port.number, if port.tcp { Protocol::Tcp } else { Protocol::Udp }, &port.name);
    }
    for event in events {
        writer.write_event(&new_event(event.borrow()))?;
    }
    writer.finish()
}

fn system(log: &Log) -> SystemInfo {
    let mut system = SystemInfo::new(if log.bits64 { PointerWidth::Bits64 } else { PointerWidth::Bits32 });
    system.computer_name = log.computer.clone();
    system.system_root = log.system_root.clone();
    [system.os_major, system.os_minor, system.os_build] = log.windows;
    system.service_pack = log.service_pack.clone();
    system.processors = log.processors;
    system.physical_memory = log.memory;
    system.maximum_application_address = log.highest_user_address;
    system
}

fn process_info(process: &Process, icons: &[IconId]) -> ProcessInfo {
    let icon = |number: u32| (number as usize).checked_sub(1).map_or(IconId::default(), |place| icons[place]);
    ProcessInfo {
        index: process.index,
        pid: process.pid,
        parent_pid: process.parent_pid,
        parent_index: process.parent_index,
        authentication_id: process.authentication_id,
        session: process.session,
        start_time: FileTime(process.start_time),
        end_time: Some(FileTime(process.exit_time)).filter(|time| time.0 != 0),
        virtualized: process.virtualized,
        is_64bit: process.bits64,
        integrity: process.integrity.as_str().into(),
        user: process.user.as_str().into(),
        name: process.name.as_str().into(),
        image_path: process.image_path.as_str().into(),
        command_line: process.command_line.as_str().into(),
        company: process.company.as_str().into(),
        version: process.version.as_str().into(),
        description: process.description.as_str().into(),
        small_icon: icon(process.small_icon),
        large_icon: icon(process.big_icon),
        modules: process.modules.iter().map(module_info).collect(),
    }
}

fn module_info(module: &Module) -> ModuleInfo {
    ModuleInfo {
        load_time: FileTime(module.load_time),
        base: module.base,
        size: module.size,
        path: module.path.as_str().into(),
        version: module.version.as_str().into(),
        company: module.company.as_str().into(),
        description: module.description.as_str().into(),
        time_date_stamp: Some(module.time_stamp),
        size_of_image: Some(module.size),
    }
}

fn new_event(event: &Event) -> NewEvent<'_> {
    let operation = Operation::Unknown(EventClass(event.class as u16), event.operation);
    let mut new = NewEvent::new(ProcessId(event.process_index), operation);
    new.header.thread_id = event.thread_id;
    new.header.unknown_0e = event.garbage;
    new.header.sequence = event.sequence;
    new.header.duration = Ticks(event.duration);
    new.header.time = FileTime(event.time);
    new.header.status = NtStatus(event.status);
    new.header.unknown_2a = event.garbage;
    new.stack = &event.stack;
    new.detail = NewDetail::Bytes { detail: &event.detail, extra: event.extra.as_deref() };
    new
}

fn address(bytes: [u8; 16]) -> IpAddr {
    match bytes {
        [a, b, c, d, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0] => Ipv4Addr::new(a, b, c, d).into(),
        bytes => Ipv6Addr::from(bytes).into(),
    }
}

/// Zeroes the fields of the process table that hold whatever was in the memory of Process Monitor.
pub fn without_fillers(mut log: Vec<u8>) -> Vec<u8> {
    let word = |log: &[u8], at: usize| u32::from_le_bytes(log[at..at + 4].try_into().unwrap()) as usize;
    let is_64bit = word(&log, 8) & 1 == 1;
    let table = word(&log, 0x250) + (word(&log, 0x254) << 32);
    let count = word(&log, table);
    for process in 0..count {
        let record = table + word(&log, table + 4 + 4 * count + 4 * process);
        log[record + 0x1C..record + 0x20].fill(0);
        let (modules, size) = if is_64bit { (0x68, 64) } else { (0x64, 56) };
        log[record + 0x61..record + modules].fill(0);
        for module in 0..word(&log, record + modules) {
            let module = record + modules + 4 + size * module;
            if is_64bit {
                log[module + 4..module + 8].fill(0);
            }
        }
    }
    log
}

/// The logs of `fixtures/`, by their paths in it.
pub fn fixtures() -> Vec<(String, Vec<u8>)> {
    let sample = synth::sample(true);
    let fixture = |name: &str, bytes| (name.to_owned(), bytes);
    let mut fixtures = vec![
        fixture("sample64.pml", bytes(&sample)),
        fixture("sample32.pml", bytes(&synth::sample(false))),
        fixture("version7.pml", bytes(&Log { version: 7, ..synth::sample(false) })),
        fixture("empty.pml", bytes(&Log { events: Vec::new(), ..sample.clone() })),
        fixture("unclosed.pml", synth::unclosed(bytes(&sample))),
        fixture("damaged.pml", synth::damage(bytes(&sample))),
    ];
    for (number, log) in synth::segments().iter().enumerate() {
        let suffix = if number == 0 { String::new() } else { format!("-{number}") };
        fixtures.push((format!("segments/capture{suffix}.pml"), bytes(log)));
    }
    fixtures
}
