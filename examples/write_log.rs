//! Writes a log from scratch: turns file accesses that another tool recorded into a log that Procmon opens.
//!
//! ```sh
//! cargo run --example write_log -- trace.pml
//! ```

use std::fs::File;

use procmon_parser::code::{FileAccess, FileOperation, NtStatus, Operation};
use procmon_parser::detail::{CreateFile, Detail, FileDetail, FileRequest};
use procmon_parser::write::{LogsWriter, NewDetail, NewEvent, ProcessInfo};
use procmon_parser::{FileTime, PmlStr, PointerWidth, SystemInfo, Ticks};

/// The accesses to write: ticks of 100 ns since the start of the trace, path, result.
const TRACE: [(u64, &str, NtStatus); 3] = [
    (0, r"C:\Program Files\Petals\petals.dll", NtStatus::OBJECT_NAME_NOT_FOUND),
    (1_250, r"C:\Windows\System32\petals.dll", NtStatus::OBJECT_NAME_NOT_FOUND),
    (2_720, r"D:\Größe\petals.dll", NtStatus::SUCCESS),
];

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let path = std::env::args_os().nth(1).ok_or("usage: write_log OUT.pml")?;
    let mut system = SystemInfo::new(PointerWidth::Bits64);
    system.computer_name = "ORCHID".into();
    let mut writer = LogsWriter::new(File::create(path)?, &system)?;

    let start: FileTime = "2026-03-02T08:30:00Z".parse()?;
    let mut process = ProcessInfo::new(4711, "petals.exe");
    process.image_path = r"C:\Program Files\Petals\petals.exe".into();
    process.user = r"ORCHID\alice".into();
    process.start_time = start;
    process.is_64bit = true;
    let process = writer.add_process(&process)?;

    let mut buffer = Vec::new();
    for (ticks, path, status) in TRACE {
        let mut create = CreateFile::default();
        create.desired_access = FileAccess::READ_DATA | FileAccess::SYNCHRONIZE;
        let request = FileRequest::Create(create);

        let mut event = NewEvent::new(process, Operation::File(FileOperation::CREATE));
        event.thread_id = 4712;
        event.time = start.after(Ticks(ticks));
        event.duration = Ticks(230);
        event.status = status;
        event.detail = NewDetail::Typed(Detail::File(FileDetail::new(PmlStr::encode(path, &mut buffer), request)));
        writer.write_event(&event)?;
    }
    println!("{} events", writer.len());
    writer.finish()?;
    Ok(())
}
