//! The processes of this computer.

/// A running process.
#[derive(Clone, Debug)]
pub(super) struct Running {
    pub(super) pid: u32,
    /// The file name of its program.
    pub(super) name: String,
}

impl Running {
    /// Returns true if the process has this name, ignoring case.
    pub(super) fn has_name(&self, name: &str) -> bool {
        self.name.to_lowercase() == name.to_lowercase()
    }
}

/// Returns the running processes; none if they cannot be listed.
#[cfg(windows)]
pub(super) fn list() -> Vec<Running> {
    use windows_sys::Win32::Foundation::{CloseHandle, INVALID_HANDLE_VALUE};
    use windows_sys::Win32::System::Diagnostics::ToolHelp::{
        CreateToolhelp32Snapshot, PROCESSENTRY32W, Process32FirstW, Process32NextW, TH32CS_SNAPPROCESS,
    };

    let mut found = Vec::new();
    let mut entry = PROCESSENTRY32W {
        dwSize: u32::try_from(size_of::<PROCESSENTRY32W>()).unwrap_or_default(),
        ..PROCESSENTRY32W::default()
    };
    // SAFETY: the handle is open and ours from `CreateToolhelp32Snapshot` to `CloseHandle`. `entry` outlives the calls,
    // and `dwSize` is its size.
    unsafe {
        let snapshot = CreateToolhelp32Snapshot(TH32CS_SNAPPROCESS, 0);
        if snapshot == INVALID_HANDLE_VALUE {
            return found;
        }
        let mut more = Process32FirstW(snapshot, &raw mut entry);
        while more != 0 {
            let name = entry.szExeFile.split(|&unit| unit == 0).next().unwrap_or_default();
            found.push(Running { pid: entry.th32ProcessID, name: String::from_utf16_lossy(name) });
            more = Process32NextW(snapshot, &raw mut entry);
        }
        CloseHandle(snapshot);
    }
    found
}

/// Returns the running processes whose executable path can be read, from `/proc`; none on systems without it.
#[cfg(not(windows))]
pub(super) fn list() -> Vec<Running> {
    let running = |entry: std::fs::DirEntry| {
        let pid = entry.file_name().to_str()?.parse().ok()?;
        let program = std::fs::read_link(entry.path().join("exe")).ok()?;
        Some(Running { pid, name: program.file_name()?.to_string_lossy().into_owned() })
    };
    std::fs::read_dir("/proc").into_iter().flatten().flatten().filter_map(running).collect()
}
