//! Long logs that repeat a set of events, in the proportions of a real capture.

use std::io::{self, Seek, Write};

use super::file::{self, Create, Transfer};
use super::{Event, Log, NAME_NOT_FOUND, SAMPLE_START, network, process, registry, sample};

/// The number of distinct events that are repeated.
const TEMPLATES: usize = 4096;

/// Returns the header and tables of a long log, which are those of the sample.
pub fn large_tables() -> Log {
    Log { events: Vec::new(), ..sample(true) }
}

/// Returns `count` events, most of them file and registry events with stacks, as an idle Windows produces them.
pub fn large_events(count: usize) -> impl Iterator<Item = Event> {
    let pool: Vec<Event> = (0..TEMPLATES).map(template).collect();
    (0..count).map(move |n| {
        // Shifts the order of the templates in each round.
        let template = &pool[(n + n / TEMPLATES * 1319) % TEMPLATES];
        Event { sequence: n as u32, time: SAMPLE_START + n as u64 * 97, ..template.clone() }
    })
}

/// Writes a log of `count` events, keeping only their offsets in memory.
pub fn write_large<W: Write + Seek>(count: usize, out: &mut W) -> io::Result<()> {
    super::write(&large_tables(), large_events(count), out)
}

/// Returns a log of `count` events.
pub fn large(count: usize) -> Vec<u8> {
    let mut file = io::Cursor::new(Vec::new());
    write_large(count, &mut file).expect("memory takes every write");
    file.into_inner()
}

fn template(n: usize) -> Event {
    let event = match n % 20 {
        0..=10 => file_event(n),
        11..=17 => registry_event(n),
        18 => process::load_image(true, 0x7FFB_0000_0000 + n as u64 * 0x1_0000, 0x2_0000, library(n)),
        _ => network_event(n),
    };
    let depth = if event.class == 5 { 0 } else { 12 + n % 23 };
    Event {
        process_index: [0, 4, 9, 17][n % 4],
        thread_id: 1000 + (n % 40) as u32 * 4,
        duration: 30 + (n * n % 977) as u64,
        stack: (0..depth).map(|frame| frame_address(n, frame)).collect(),
        ..event
    }
}

/// Returns a kernel address for the inner frames and an address in a DLL for the others.
fn frame_address(n: usize, frame: usize) -> u64 {
    let within = ((n * 31 + frame * 977) % 0x7_0000) as u64;
    if frame < 8 { 0xFFFF_F800_0420_0000 + within } else { 0x7FFB_1C20_0000 + within }
}

fn library(n: usize) -> String {
    format!(r"C:\Windows\System32\module{:03}.dll", n % 211)
}

fn file_event(n: usize) -> Event {
    let path = match n % 3 {
        0 => library(n),
        1 => format!(r"C:\Users\alice\AppData\Local\Petals\Cache\entry-{:05}.bin", n % 1709),
        _ => format!(r"C:\Program Files\Wörter & Co\data\{:04}.dat", n % 509),
    };
    let transfer = Transfer { offset: (n % 512) as u64 * 4096, length: 4096, irp_flags: file::PRIORITY_NORMAL };
    let times = [1, 2, 3, 4].map(|days| SAMPLE_START - days * 864_000_000_000 - n as u64);
    match n % 7 {
        0 => file::create_file(true, path, &Create::read(), Some(1)),
        1 => file::create_file(true, path, &Create::look(), None).with_status(NAME_NOT_FOUND),
        2 => file::query_basic_information(true, path, times, 0x20),
        3 => file::read_file(true, path, transfer, Some(4096)),
        4 => file::write_file(true, path, transfer),
        5 => {
            let names = ["notes.txt", "petals.db", "Größe.xlsx"];
            let entries = file::directory_entries(file::FILE_ID_BOTH_DIRECTORY_INFORMATION, &names);
            file::query_directory(true, path, file::FILE_ID_BOTH_DIRECTORY_INFORMATION, "*", Some(entries))
        }
        _ => file::close_file(true, path),
    }
}

fn registry_event(n: usize) -> Event {
    let key = format!(r"HKLM\SOFTWARE\Classes\CLSID\{{0000{:04X}-0000-0000-C000-000000000046}}", n % 1021);
    let value = format!(r"{key}\InprocServer32");
    let text = registry::string(&library(n));
    let data = match n % 2 {
        0 => registry::value_partial(registry::REG_SZ, &text),
        _ => registry::value_partial(registry::REG_DWORD, &(n as u32).to_le_bytes()),
    };
    match n % 6 {
        0 => registry::open_key(key, 0x2_0019, Some(0x2_0019)),
        1 => registry::open_key(key, 0x2_0019, None).with_status(NAME_NOT_FOUND),
        2 => registry::query_value(value, 144, registry::VALUE_PARTIAL, Some(data)),
        3 => registry::query_key(key, 288, registry::KEY_CACHED, Some(registry::key_cached(3, 7))),
        4 => registry::enum_key(key, 288, 0, registry::KEY_BASIC, Some(registry::key_basic("InprocServer32"))),
        _ => registry::plain(registry::CLOSE_KEY, key),
    }
}

fn network_event(n: usize) -> Event {
    let here = std::net::SocketAddr::from(([192, 0, 2, 10], 49_152 + (n % 1000) as u16));
    let there = std::net::SocketAddr::from(([198, 51, 100, (n % 200) as u8], 443));
    network::tcp(network::SEND, here, there, 1460, &[("startime", "90210"), ("endtime", "90214")])
}
