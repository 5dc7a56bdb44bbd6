//! The logs of [`synth`](super::synth), written by the writer of the library.

use std::borrow::Borrow;
use std::io::{Cursor, Seek, Write};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use procmon_parser::code::{EventClass, NtStatus, Operation, Protocol};
use procmon_parser::write::{IconId, LogsWriter, ModuleInfo, NewDetail, NewEvent, ProcessInfo};
use procmon_parser::{FileTime, LogsReader, PointerWidth, ProcessKey, Result, SystemInfo, Ticks};

use super::synth::{self, Event, Log, Module, Process};

/// Returns the bytes of a log. Sets the format version and the filler bytes as `synth` does, because the writer cannot.
pub fn bytes(log: &Log) -> Vec<u8> {
    let mut bytes = write(log, &log.events, Cursor::new(Vec::new())).unwrap().into_inner();
    let offsets: Vec<_> =
        LogsReader::new(&bytes[..]).unwrap().events().map(|event| event.unwrap().offset() as usize).collect();
    assert_eq!(offsets.len(), log.events.len());
    for (offset, event) in offsets.into_iter().zip(&log.events) {
        let mut put = |at: usize, field: &[u8]| {
            let place = &mut bytes[offset + at..offset + at + field.len()];
            assert!(place.iter().all(|&byte| byte == 0), "the writer writes zeros to filler bytes");
            place.copy_from_slice(field);
        };
        put(0x0E, &event.garbage.to_le_bytes());
        put(0x10, &event.sequence.to_le_bytes());
        put(0x2A, &event.garbage.to_le_bytes());
    }
    bytes[4..8].copy_from_slice(&log.version.to_le_bytes());
    bytes
}

/// Writes a log with the system information and the tables of `log`, but with other events.
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
    let mut info = ProcessInfo::new(process.pid, process.name.as_str());
    info.key = ProcessKey(process.index);
    info.parent_pid = process.parent_pid;
    info.parent_key = ProcessKey(process.parent_index);
    info.authentication_id = process.authentication_id;
    info.session = process.session;
    info.start_time = FileTime(process.start_time);
    info.end_time = Some(FileTime(process.exit_time)).filter(|time| time.0 != 0);
    info.virtualized = process.virtualized;
    info.is_64bit = process.bits64;
    info.integrity = process.integrity.as_str().into();
    info.user = process.user.as_str().into();
    info.image_path = process.image_path.as_str().into();
    info.command_line = process.command_line.as_str().into();
    info.company = process.company.as_str().into();
    info.version = process.version.as_str().into();
    info.description = process.description.as_str().into();
    info.small_icon = icon(process.small_icon);
    info.large_icon = icon(process.big_icon);
    info.modules = process.modules.iter().map(module_info).collect();
    info
}

fn module_info(module: &Module) -> ModuleInfo {
    let mut info = ModuleInfo::new(module.path.as_str(), module.base, module.size);
    info.load_time = FileTime(module.load_time);
    info.version = module.version.as_str().into();
    info.company = module.company.as_str().into();
    info.description = module.description.as_str().into();
    info.time_date_stamp = Some(module.time_stamp);
    info.size_of_image = Some(module.size);
    info
}

fn new_event(event: &Event) -> NewEvent<'_> {
    let operation = Operation::new(EventClass(event.class as u16), event.operation, None);
    let mut new = NewEvent::new(ProcessKey(event.process_index), operation);
    new.thread_id = event.thread_id;
    new.duration = Ticks(event.duration);
    new.time = FileTime(event.time);
    new.status = NtStatus(event.status);
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

/// Zeroes the filler bytes of the process table, in which Procmon leaves what its memory held.
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

/// Returns the logs of `fixtures/` with their paths relative to it.
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
