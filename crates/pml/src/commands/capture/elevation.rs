//! The check for administrator rights, which Procmon needs to load its driver.

use crate::error::{Exit, Failure};

/// The message if administrator rights are missing.
pub(super) const ADVICE: &str =
    "capturing needs administrator rights: use a terminal opened with \"Run as administrator\"";

/// Fails if this program does not run as administrator. Always succeeds on systems other than Windows.
pub(super) fn check() -> Result<(), Failure> {
    match is_elevated() {
        Some(false) => Err(Failure::Capture(Exit::NotElevated, ADVICE.to_owned())),
        _ => Ok(()),
    }
}

/// Returns true if the token of this process is elevated; `None` if that is unknown.
#[cfg(windows)]
fn is_elevated() -> Option<bool> {
    use std::ptr;

    use windows_sys::Win32::Foundation::CloseHandle;
    use windows_sys::Win32::Security::{GetTokenInformation, TOKEN_ELEVATION, TOKEN_QUERY, TokenElevation};
    use windows_sys::Win32::System::Threading::{GetCurrentProcess, OpenProcessToken};

    let mut token = ptr::null_mut();
    let mut elevation = TOKEN_ELEVATION { TokenIsElevated: 0 };
    let size = u32::try_from(size_of::<TOKEN_ELEVATION>()).ok()?;
    let mut written = 0;
    // SAFETY: the handle is open and ours from `OpenProcessToken` to `CloseHandle`. All pointers are to local
    // variables, which outlive the calls; `size` is the size of `elevation`.
    let succeeded = unsafe {
        if OpenProcessToken(GetCurrentProcess(), TOKEN_QUERY, &raw mut token) == 0 {
            return None;
        }
        let information = (&raw mut elevation).cast();
        let succeeded = GetTokenInformation(token, TokenElevation, information, size, &raw mut written);
        CloseHandle(token);
        succeeded
    };
    (succeeded != 0).then_some(elevation.TokenIsElevated != 0)
}

#[cfg(not(windows))]
fn is_elevated() -> Option<bool> {
    None
}
