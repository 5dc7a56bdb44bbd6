//! Writes the captures of an invented laboratory: logs of sandbox runs on several computers.
//!
//! ```sh
//! cargo run --release -p procmon-arrow --example make_lab -- FOLDER LOGS EVENTS
//! ```
//!
//! Each log has EVENTS events of some processes that read and write files, open DLLs, set autostart values and start
//! other processes. The same arguments give the same logs.

use std::fs::{self, File};
use std::io::BufWriter;
use std::path::Path;

use procmon_parser::code::{
    CreateDisposition, FileAccess, FileOperation, NtStatus, OpenResult, Operation, ProcessOperation, RegistryOperation,
    RegistryType,
};
use procmon_parser::detail::{
    CreateFile, Detail, FileDetail, FileRequest, LoadImage, ProcessCreate, ProcessDetail, RegistryDetail,
    RegistryRequest, SetValue, Transfer, ValueData,
};
use procmon_parser::write::{LogsWriter, NewDetail, NewEvent, ProcessInfo};
use procmon_parser::{FileTime, PmlStr, PointerWidth, ProcessKey, SystemInfo, Ticks};

type Result<T> = std::result::Result<T, Box<dyn std::error::Error>>;

/// The number of computers and of days over which the logs are spread.
const COMPUTERS: u64 = 8;
const DAYS: u64 = 5;

/// A generator of numbers that look random (SplitMix64).
struct Numbers(u64);

impl Numbers {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    /// Returns a number below `end`; small numbers are more frequent.
    fn below(&mut self, end: u64) -> u64 {
        let (one, other) = (self.next() % end, self.next() % end);
        one.min(other)
    }
}

const IMAGES: [&str; 9] = [
    "svchost.exe",
    "explorer.exe",
    "chrome.exe",
    "word.exe",
    "backup.exe",
    "setup.exe",
    "updater.exe",
    "python.exe",
    "sample.exe",
];
const DLLS: [&str; 12] = [
    "ntdll", "kernel32", "user32", "gdi32", "advapi32", "ole32", "ws2_32", "crypt32", "shell32", "petals", "helper",
    "plugin",
];
const FOLDERS: [&str; 6] = [
    r"C:\Windows\System32",
    r"C:\Program Files\Petals",
    r"C:\Users\alice\AppData\Local\Temp",
    r"C:\Users\alice\Documents",
    r"C:\ProgramData\Cache",
    r"D:\Data",
];
const RUN: &str = r"HKCU\Software\Microsoft\Windows\CurrentVersion\Run";

/// The process that an event belongs to.
#[derive(Clone, Copy)]
struct Actor {
    key: ProcessKey,
    pid: u32,
    image: &'static str,
}

struct Lab {
    numbers: Numbers,
    time: FileTime,
    /// The number of the log.
    log: u64,
}

impl Lab {
    fn event(&mut self, actor: Actor, operation: Operation) -> NewEvent<'static> {
        self.time = self.time.after(Ticks(1 + self.numbers.below(20_000)));
        let mut event = NewEvent::new(actor.key, operation);
        event.time = self.time;
        event.thread_id = actor.pid + 4 * u32::try_from(1 + self.numbers.below(5)).unwrap_or(1);
        event.duration = Ticks(10 + self.numbers.below(50_000));
        event
    }

    fn write<W: std::io::Write + std::io::Seek>(&mut self, writer: &mut LogsWriter<W>, actor: Actor) -> Result<()> {
        let numbers = &mut self.numbers;
        let kind = numbers.next() % 100;
        let folder = FOLDERS[usize::try_from(numbers.below(FOLDERS.len() as u64))?];
        let dll = DLLS[usize::try_from(numbers.below(DLLS.len() as u64))?];
        let (text, data) = (&mut Vec::new(), &mut Vec::new());
        match kind {
            0..40 => {
                let transferred = u32::try_from(512 * (1 + numbers.below(128)))?;
                let mut transfer = Transfer::default();
                transfer.offset = 512 * numbers.below(100_000);
                transfer.requested = transferred;
                transfer.transferred = Some(transferred);
                let path = format!("{folder}\\{}-{:03}.dat", actor.image, numbers.below(300));
                let is_write = kind < 18;
                let request = if is_write { FileRequest::Write(transfer) } else { FileRequest::Read(transfer) };
                let code = if is_write { FileOperation::WRITE } else { FileOperation::READ };
                let mut event = self.event(actor, Operation::File(code));
                event.detail = NewDetail::Typed(Detail::File(FileDetail::new(PmlStr::encode(&path, text), request)));
                writer.write_event(&event)?;
            }
            40..85 => {
                // A few paths occur in one log only.
                let rare = if numbers.next().is_multiple_of(400) { format!("-{:x}", self.log) } else { String::new() };
                let path = format!("{folder}\\{dll}{rare}.dll");
                let is_missing = numbers.next().is_multiple_of(3);
                let mut create = CreateFile::default();
                create.desired_access = FileAccess::READ_DATA | FileAccess::SYNCHRONIZE;
                create.disposition = CreateDisposition::OPEN;
                create.open_result = (!is_missing).then_some(OpenResult::OPENED);
                let request = FileRequest::Create(create);
                let mut event = self.event(actor, Operation::File(FileOperation::CREATE));
                event.status = if is_missing { NtStatus::OBJECT_NAME_NOT_FOUND } else { NtStatus::SUCCESS };
                event.detail = NewDetail::Typed(Detail::File(FileDetail::new(PmlStr::encode(&path, text), request)));
                writer.write_event(&event)?;
            }
            85..95 => {
                let mut image = LoadImage::default();
                image.base = 0x7FF0_0000_0000 + (numbers.below(1 << 16) << 16);
                image.size = 0x1_0000;
                let path = format!("{folder}\\{dll}.dll");
                image.path = PmlStr::encode(&path, text);
                let mut event = self.event(actor, Operation::Process(ProcessOperation::LOAD_IMAGE));
                event.detail = NewDetail::Typed(Detail::Process(ProcessDetail::LoadImage(image)));
                writer.write_event(&event)?;
            }
            95..99 => {
                let is_autostart = numbers.next().is_multiple_of(20);
                let key = if is_autostart { RUN } else { r"HKCU\Software\Petals\Settings" };
                let path = format!("{key}\\{}{}", actor.image.trim_end_matches(".exe"), numbers.below(40));
                let target = format!("{folder}\\{}", actor.image);
                let mut set = SetValue::default();
                set.data = ValueData::encode_string(RegistryType::SZ, &target, data);
                let request = RegistryRequest::SetValue(set);
                let mut event = self.event(actor, Operation::Registry(RegistryOperation::SET_VALUE));
                let detail = RegistryDetail::new(PmlStr::encode(&path, text), request);
                event.detail = NewDetail::Typed(Detail::Registry(detail));
                writer.write_event(&event)?;
            }
            _ => {
                let mut create = ProcessCreate::default();
                create.process_key = actor.key;
                create.pid = actor.pid;
                create.create_time = self.time;
                create.is_64bit = true;
                let path = format!("{folder}\\{}", actor.image);
                create.image_path = PmlStr::encode(&path, text);
                let mut event = self.event(actor, Operation::Process(ProcessOperation::PROCESS_CREATE));
                event.detail = NewDetail::Typed(Detail::Process(ProcessDetail::Create(create)));
                writer.write_event(&event)?;
            }
        }
        Ok(())
    }
}

fn write_log(path: &Path, log: u64, events: u64) -> Result<()> {
    let mut numbers = Numbers(log.wrapping_mul(0x5851_F42D_4C95_7F2D));
    let mut system = SystemInfo::new(PointerWidth::Bits64);
    system.computer_name = format!("LAB-{:02}", log % COMPUTERS);
    let start: FileTime = "2026-03-02T08:00:00Z".parse()?;
    let day = Ticks(Ticks::SECOND.0 * 86_400 * (log / COMPUTERS % DAYS));
    let time = start.after(day).after(Ticks(Ticks::SECOND.0 * (log / COMPUTERS / DAYS * 60)));
    let mut writer = LogsWriter::new(BufWriter::new(File::create(path)?), &system)?;
    let mut actors = Vec::new();
    for (number, &image) in IMAGES.iter().cycle().take(24).enumerate() {
        let pid = 1000 + 4 * u32::try_from(number as u64 * 50 + numbers.below(50))?;
        let mut process = ProcessInfo::new(pid, image);
        process.image_path = format!(r"C:\Program Files\{image}").into();
        process.command_line = format!("\"C:\\Program Files\\{image}\" --run {log}").into();
        process.user = format!(r"LAB\user{}", number % 3).into();
        process.integrity = if number % 4 == 0 { "High" } else { "Medium" }.into();
        process.start_time = time;
        process.is_64bit = true;
        actors.push(Actor { key: writer.add_process(&process)?, pid, image });
    }
    let mut lab = Lab { numbers, time, log };
    for _ in 0..events {
        let actor = actors[usize::try_from(lab.numbers.below(actors.len() as u64))?];
        lab.write(&mut writer, actor)?;
    }
    writer.finish()?;
    Ok(())
}

fn main() -> Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [folder, logs, events] = arguments.as_slice() else { return Err("usage: make_lab FOLDER LOGS EVENTS".into()) };
    fs::create_dir_all(folder)?;
    for log in 0..logs.parse()? {
        write_log(&Path::new(folder).join(format!("capture-{log:05}.pml")), log, events.parse()?)?;
    }
    Ok(())
}
