//! A small log with events of every kind.

use super::file::{self, Create, Transfer};
use super::network::{CONNECT, DISCONNECT, RECEIVE, SEND};
use super::{
    Block, Event, Host, Log, Module, NAME_NOT_FOUND, PENDING, Port, Process, Text, icon, network, process, profiling,
    registry,
};

/// The time of the first event: 2 March 2026, 08:30:00.1234567 UTC.
pub const SAMPLE_START: u64 = 134_169_138_001_234_567;

/// The status at the end of a directory (`STATUS_NO_MORE_FILES`).
const NO_MORE_FILES: u32 = 0x8000_0006;
/// The status at the end of an enumeration (`STATUS_NO_MORE_ENTRIES`).
const NO_MORE_ENTRIES: u32 = 0x8000_001A;
const ACCESS_DENIED: u32 = 0xC000_0022;
const BUFFER_OVERFLOW: u32 = 0x8000_0005;
const END_OF_FILE: u32 = 0xC000_0011;

/// Keys of the processes of the sample.
const SYSTEM: u32 = 0;
const SERVICES: u32 = 4;
const EXPLORER: u32 = 9;
const UPDATER: u32 = 17;

const LOCAL_SYSTEM: &[u32] = &[18];
const ALICE: &[u32] = &[21, 1_004_336_348, 1_177_238_915, 682_003_330, 1001];
const SYSTEM_LEVEL: u32 = 0x4000;
const MEDIUM_LEVEL: u32 = 0x2000;

/// Returns the sample for a pointer width. The events are ordered by time; a few operations overlap.
pub fn sample(bits64: bool) -> Log {
    let mut log = Log::new(bits64);
    log.icons = vec![icon(16), icon(32)];
    log.hosts = vec![
        Host::new([192, 0, 2, 10], "orchid.example.net"),
        Host::new([198, 51, 100, 7], "updates.example.com"),
        Host::new([203, 0, 113, 99], ""),
    ];
    log.ports = vec![Port::new(443, true, "https"), Port::new(53, false, "domain")];
    log.processes = processes(bits64);
    let mut capture = Capture { events: Vec::new(), clock: SAMPLE_START, bits64 };
    capture.boot(&log.processes);
    capture.updater(&log.processes);
    capture.loader();
    capture.registry();
    capture.files();
    capture.every_file_operation();
    capture.network();
    capture.samples();
    capture.unknown_events();
    capture.end();
    log.events = capture.events;
    log
}

/// Returns the base addresses of the kernel and of the user-mode DLLs.
fn bases(bits64: bool) -> (u64, u64, u64) {
    if bits64 {
        (0xFFFF_F800_0420_0000, 0x7FFB_1C20_0000, 0x1_4000_0000)
    } else {
        (0x8260_0000, 0x7700_0000, 0x40_0000)
    }
}

fn module(base: u64, size: u32, path: &str, description: &str) -> Module {
    Module {
        load_time: SAMPLE_START - 600_000_000,
        base,
        size,
        path: path.into(),
        version: "10.0.1.7".into(),
        company: "Orchid Works".into(),
        description: description.into(),
        time_stamp: 0x65A1_B2C3,
    }
}

fn processes(bits64: bool) -> Vec<Process> {
    let (kernel, user, image) = bases(bits64);
    let drivers = vec![
        module(kernel, 0x80_0000, r"C:\Windows\System32\ntoskrnl.exe", "Kernel"),
        module(kernel + 0x100_0000, 0x7_0000, r"C:\Windows\System32\drivers\fltmgr.sys", "Filter Manager"),
        module(kernel + 0x200_0000, 0x2A_0000, r"C:\Windows\System32\drivers\ntfs.sys", "NTFS Driver"),
    ];
    let libraries = |path: &str, description: &str| {
        let mut modules = vec![
            module(image, 0x5_0000, path, description),
            module(user, 0x1F_0000, r"C:\Windows\System32\ntdll.dll", "NT Layer"),
            module(user - 0x200_0000, 0xC_0000, r"C:\Windows\System32\kernel32.dll", "Base API"),
        ];
        modules.sort_by_key(|module| module.base);
        modules
    };
    let boot = SAMPLE_START - 36_000_000_000;
    let described = |index, pid, parent: (u32, u32), image: &str, user: &str, integrity: &str| Process {
        index,
        pid,
        parent_index: parent.0,
        parent_pid: parent.1,
        start_time: boot + u64::from(pid) * 10_000,
        authentication_id: if user.starts_with("NT") { 0x3E7 } else { 0x2_4F1A },
        session: u32::from(!user.starts_with("NT")),
        bits64,
        integrity: integrity.into(),
        user: user.into(),
        name: image.rsplit('\\').next().unwrap_or_default().into(),
        image_path: image.into(),
        command_line: format!("\"{image}\""),
        company: "Orchid Works".into(),
        version: "10.0.1.7".into(),
        description: "Part of the sample".into(),
        modules: libraries(image, "Part of the sample"),
        ..Process::default()
    };
    let nt_authority = r"NT AUTHORITY\SYSTEM";
    let alice = r"ORCHID\alice";
    vec![
        Process {
            name: "System".into(),
            image_path: "System".into(),
            command_line: String::new(),
            modules: drivers,
            virtualized: u32::MAX,
            ..described(SYSTEM, 4, (u32::MAX, 0), "System", nt_authority, "")
        },
        described(SERVICES, 640, (SYSTEM, 4), r"C:\Windows\System32\services.exe", nt_authority, "System"),
        Process {
            small_icon: 1,
            big_icon: 2,
            ..described(EXPLORER, 3312, (SERVICES, 640), r"C:\Windows\explorer.exe", alice, "Medium")
        },
        Process {
            start_time: SAMPLE_START + 40_000,
            exit_time: SAMPLE_START + 50_000_000,
            virtualized: 1,
            bits64: false,
            command_line: "\"C:\\Program Files\\Wörter & Co\\updater.exe\" /check \"all things\"".into(),
            ..described(UPDATER, 5120, (EXPLORER, 3312), r"C:\Program Files\Wörter & Co\updater.exe", alice, "Medium")
        },
    ]
}

/// Collects events and assigns their times.
struct Capture {
    events: Vec<Event>,
    clock: u64,
    bits64: bool,
}

impl Capture {
    /// Adds an event of a process. The next event starts 321.7 microseconds later.
    fn add(&mut self, process_index: u32, event: Event) {
        let number = self.events.len() as u32;
        let duration = if event.status == PENDING { 0 } else { 40 + u64::from(number % 17) * 13 };
        let stack = if event.class == 4 || event.class == 5 { Vec::new() } else { self.stack(process_index, number) };
        self.events.push(Event {
            process_index,
            thread_id: if event.class == 5 { 0 } else { 100 + process_index % 1024 * 8 + number % 3 * 4 },
            sequence: number,
            duration,
            time: self.clock,
            stack,
            ..event
        });
        self.clock += 3_217;
    }

    fn stack(&self, process_index: u32, number: u32) -> Vec<u64> {
        let (kernel, user, image) = bases(self.bits64);
        let step = u64::from(number % 29) * 0x10;
        let mut stack = vec![kernel + 0x100_4F10, kernel + 0x200_1000 + step, kernel + 0x23_4560];
        if process_index != SYSTEM {
            // The second to last address belongs to no module.
            stack.extend([user + 0x9_D0A4, user - 0x1FF_F000 + step, 0x1_2340, image + 0x1000 + step]);
        }
        stack
    }

    fn boot(&mut self, processes: &[Process]) {
        let [system, medium] = [SYSTEM_LEVEL, MEDIUM_LEVEL].map(|level| process::sid(16, &[level]));
        for defined in &processes[..3] {
            let is_system = defined.user.starts_with("NT");
            let user = process::sid(5, if is_system { LOCAL_SYSTEM } else { ALICE });
            let integrity = if is_system { &system } else { &medium };
            self.add(defined.parent_index.min(EXPLORER), process::defined(defined, &user, integrity));
        }
    }

    fn updater(&mut self, processes: &[Process]) {
        let updater = &processes[3];
        let (user, medium) = (process::sid(5, ALICE), process::sid(16, &[MEDIUM_LEVEL]));
        self.add(EXPLORER, process::create(updater, &user, &medium));
        let environment = ["PATH=C:\\Windows", "TEMP=C:\\Users\\alice\\AppData\\Local\\Temp", "LANG=de-DE"];
        self.add(UPDATER, process::start(3312, &updater.command_line, r"C:\Users\alice\", &environment));
        self.add(UPDATER, process::thread_create(5124));
        for module in &updater.modules {
            self.add(UPDATER, process::load_image(self.bits64, module.base, module.size, &module.path));
        }
    }

    /// Adds the search for a DLL in several directories.
    fn loader(&mut self) {
        let bits64 = self.bits64;
        for directory in [r"C:\Program Files\Wörter & Co", r"C:\Windows\System32", r"C:\Windows"] {
            let path = format!(r"{directory}\petals.dll");
            let missing = file::create_file(bits64, &path, &Create::look(), None).with_status(NAME_NOT_FOUND);
            self.add(UPDATER, missing);
        }
        let found = r"C:\Users\alice\petals.dll";
        self.add(UPDATER, file::create_file(bits64, found, &Create::read(), Some(1)));
        let times = [0, 1, 2, 3].map(|n| SAMPLE_START - n * 864_000_000_000);
        self.add(UPDATER, file::query_basic_information(bits64, found, times, 0x20));
        self.add(UPDATER, file::close_file(bits64, found));
    }

    fn registry(&mut self) {
        use registry as reg;
        let key = r"HKLM\SOFTWARE\Wörter & Co";
        let value = |name: &str| format!(r"{key}\{name}");
        self.add(UPDATER, reg::open_key(r"HKCU\Software\Missing", 0x2_0019, None).with_status(NAME_NOT_FOUND));
        self.add(UPDATER, reg::open_key(key, 0x2_0019, Some(0x2_0019)));
        self.add(UPDATER, reg::create_key(key, 0xF003F, Some((0xF003F, 1))));
        let classes = [
            (reg::KEY_BASIC, reg::key_basic("Petals")),
            (reg::KEY_NODE, reg::key_node("Petals")),
            (reg::KEY_FULL, reg::key_full(3, 7)),
            (reg::KEY_NAME, reg::key_name(r"\REGISTRY\MACHINE\SOFTWARE\Petals")),
            (reg::KEY_CACHED, reg::key_cached(3, 7)),
            (reg::KEY_FLAGS, reg::key_flags(2)),
            (reg::KEY_HANDLE_TAGS, reg::key_handle_tags(0x501)),
        ];
        for (class, answer) in classes {
            self.add(UPDATER, reg::query_key(key, 512, class, Some(answer)));
        }
        let long: String = "All the petals of the flower. ".repeat(5);
        let data: [(u32, Vec<u8>); 9] = [
            (reg::REG_SZ, reg::string("C:\\Users\\alice\t\"quoted\"")),
            (reg::REG_SZ, reg::string(&long)),
            (reg::REG_EXPAND_SZ, reg::string("%SystemRoot%\\petals")),
            (reg::REG_DWORD, 1336_u32.to_le_bytes().into()),
            (reg::REG_QWORD, 0x1_0000_0002_u64.to_le_bytes().into()),
            (reg::REG_BINARY, (0..40).collect()),
            (reg::REG_MULTI_SZ, reg::strings(&["one", "two", "drei & vier"])),
            (reg::REG_NONE, Vec::new()),
            (reg::REG_LINK, reg::string(r"\REGISTRY\MACHINE\SYSTEM\ControlSet001")),
        ];
        for (n, (kind, data)) in data.iter().enumerate() {
            let path = value(&format!("Value {n}"));
            self.add(UPDATER, reg::query_value(&path, 144, reg::VALUE_PARTIAL, Some(reg::value_partial(*kind, data))));
            self.add(UPDATER, reg::query_value(&path, 144, reg::VALUE_FULL, Some(reg::value_full(*kind, "V", data))));
            self.add(UPDATER, reg::set_value(&path, *kind, data));
        }
        let short = reg::query_value(value("(Default)"), 4, reg::VALUE_PARTIAL, None);
        self.add(UPDATER, short.with_status(BUFFER_OVERFLOW));
        let basic = reg::value_basic(reg::REG_SZ, "Value 0");
        self.add(UPDATER, reg::query_value(value("Value 0"), 144, reg::VALUE_BASIC, Some(basic)));
        let listed = reg::value_full(reg::REG_DWORD, "Value 3", &1336_u32.to_le_bytes());
        self.add(UPDATER, reg::enum_value(key, 220, 0, reg::VALUE_FULL, Some(listed)));
        self.add(UPDATER, reg::enum_value(key, 220, 1, reg::VALUE_FULL, None).with_status(NO_MORE_ENTRIES));
        self.add(UPDATER, reg::enum_key(key, 288, 0, reg::KEY_BASIC, Some(reg::key_basic("Petals"))));
        self.add(UPDATER, reg::enum_key(key, 288, 1, reg::KEY_BASIC, None).with_status(NO_MORE_ENTRIES));
        self.add(UPDATER, reg::set_info_key(key, 0, 8, &[]));
        for operation in [
            reg::DELETE_VALUE,
            reg::DELETE_KEY,
            reg::FLUSH_KEY,
            reg::UNLOAD_KEY,
            reg::QUERY_MULTIPLE_VALUE_KEY,
            reg::SET_KEY_SECURITY,
            reg::QUERY_KEY_SECURITY,
        ] {
            self.add(UPDATER, reg::plain(operation, key));
        }
        self.add(SERVICES, reg::load_key(r"HKLM\Offline", r"C:\Hives\offline.dat"));
        self.add(UPDATER, reg::rename_key(key, "New name"));
        self.add(SERVICES, reg::open_key_2(key, 0x2_0019));
        self.add(SERVICES, reg::restore_key(key, r"C:\Hives\petals.dat", 8));
        self.add(SERVICES, reg::save_key(key, r"C:\Hives\petals.dat", 2));
        // If the old name has one byte per character, Procmon looks for the new name 32 KiB too far and crashes.
        let old_file = Text::wide(r"C:\Hives\old.dat");
        self.add(SERVICES, reg::replace_key(key, old_file, r"C:\Hives\new.dat"));
        self.add(UPDATER, reg::plain(reg::CLOSE_KEY, key));
    }

    fn files(&mut self) {
        let bits64 = self.bits64;
        let path = r"C:\Users\alice\AppData\Local\Wörter\cache.db";
        let new = Create {
            desired_access: 0x12_0196,
            disposition: 5,
            options: 0x60,
            attributes: 0x80,
            share_mode: 1,
            allocation_size: 0,
            impersonating: process::sid(5, ALICE),
        };
        self.add(UPDATER, file::create_file(bits64, path, &new, Some(2)));
        let denied = file::create_file(bits64, r"C:\Windows\petals.ini", &new, None).with_status(ACCESS_DENIED);
        self.add(UPDATER, denied);
        for n in 0..4 {
            let transfer = Transfer { offset: n * 4096, length: 4096, irp_flags: file::PRIORITY_NORMAL };
            self.add(UPDATER, file::write_file(bits64, path, transfer));
        }
        let paging = file::NON_CACHED | file::PAGING_IO | file::SYNCHRONOUS_PAGING_IO | file::PRIORITY_VERY_LOW;
        let transfer = Transfer { offset: 0, length: 16384, irp_flags: paging };
        self.add(SYSTEM, file::read_file(bits64, path, transfer, Some(16384)));
        let behind = Transfer { offset: 0x1_0000_0000, length: 512, irp_flags: 0 };
        self.add(UPDATER, file::read_file(bits64, path, behind, Some(0)).with_status(END_OF_FILE));
        let directory = r"C:\Users\alice\";
        for class in [
            file::FILE_DIRECTORY_INFORMATION,
            file::FILE_FULL_DIRECTORY_INFORMATION,
            file::FILE_BOTH_DIRECTORY_INFORMATION,
            file::FILE_NAMES_INFORMATION,
            file::FILE_ID_BOTH_DIRECTORY_INFORMATION,
            file::FILE_ID_FULL_DIRECTORY_INFORMATION,
        ] {
            let entries = file::directory_entries(class, &[".", "..", "notes.txt", "Größe.xlsx"]);
            self.add(EXPLORER, file::query_directory(bits64, directory, class, "*", Some(entries)));
        }
        let ended = file::query_directory(bits64, directory, file::FILE_NAMES_INFORMATION, "", None);
        self.add(EXPLORER, ended.with_status(NO_MORE_FILES));
        let watch = file::notify_change_directory(bits64, directory, 0x17);
        self.add(EXPLORER, watch.with_status(PENDING));
        self.add(UPDATER, file::close_file(bits64, path));
    }

    /// Adds each operation of the class once, with minimal parameters.
    fn every_file_operation(&mut self) {
        for operation in 0..=47 {
            let head = file::head(self.bits64, 0, 0, file::IRP).u32(0x10, 512).u32(0x14, 1);
            let path = Text::from(r"D:\Garden\bed.txt");
            let answer = Block::new(64).u32(0, 1).u64(8, 4096).u64(16, SAMPLE_START).u32(32, 0x20);
            let tail = Block::new(16).u32(0, 0x12_0089);
            let event = file::event(self.bits64, operation, head, path, &tail.done(), Some(answer.done()));
            self.add(SERVICES, event);
        }
    }

    fn network(&mut self) {
        let socket = |text: &str| text.parse().expect("an address and a port");
        let (here, there) = (socket("192.0.2.10:49731"), socket("198.51.100.7:443"));
        let options = [("mss", "1460"), ("sackopt", "1"), ("tsopt", "0"), ("wsopt", "1")];
        self.add(UPDATER, network::tcp(CONNECT, here, there, 0, &options));
        self.add(UPDATER, network::tcp(SEND, here, there, 517, &[("startime", "90210"), ("endtime", "90214")]));
        self.add(UPDATER, network::tcp(RECEIVE, here, there, 65_536, &[("seqnum", "0"), ("connid", "0")]));
        self.add(UPDATER, network::tcp(DISCONNECT, here, there, 0, &[]));
        let (v6, dns) = (socket("[2001:db8::10]:55001"), socket("[2001:db8::53]:53"));
        self.add(SERVICES, network::udp(SEND, v6, dns, 38, &[]));
        self.add(SERVICES, network::udp(RECEIVE, v6, dns, 120, &[]));
        let unnamed = socket("203.0.113.99:8080");
        for operation in 0..=9 {
            self.add(EXPLORER, network::tcp(operation, here, unnamed, 1, &[]));
        }
    }

    fn samples(&mut self) {
        self.add(UPDATER, profiling::thread(156_250, 312_500, 21));
        self.add(UPDATER, profiling::process(4_687_500, 1_562_500, 12_345_344, 9_876_480));
        self.add(UPDATER, profiling::debug_output("petals: cache is warm\r\n"));
    }

    /// Adds events that a newer Procmon may write, and one of a process that is not in the table.
    fn unknown_events(&mut self) {
        self.add(SERVICES, Event::new(7, 3, b"of another class".to_vec(), None));
        self.add(SERVICES, registry::plain(77, r"HKLM\SOFTWARE"));
        self.add(u32::MAX, file::close_file(self.bits64, r"C:\orphan.txt"));
    }

    fn end(&mut self) {
        let usage = process::Usage {
            exit_status: 0,
            kernel_time: 1_562_500,
            user_time: 4_687_500,
            working_set: 12_345_344,
            peak_working_set: 13_000_704,
            private_bytes: 9_876_480,
            peak_private_bytes: 10_002_432,
        };
        self.add(UPDATER, process::thread_exit(PENDING, 156_250, 312_500));
        self.add(UPDATER, process::exit(&usage));
        self.add(SERVICES, process::thread_profile());
        self.add(SERVICES, process::statistics(&usage));
        self.add(SYSTEM, process::system_statistics(4096, 900_000, 123_456, 7_654_321));
    }
}
