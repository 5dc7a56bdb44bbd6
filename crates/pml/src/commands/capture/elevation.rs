//! Whether we may load a driver, without which Procmon sees nothing.

use crate::error::{Exit, Failure};

/// What to do where we may not.
pub(super) const ADVICE: &str =
    "capturing needs an administrator: run this in a terminal that was opened with \"Run as administrator\"";

/// Fails where this program does not run as administrator. Elsewhere than on Windows there is nothing to ask.
pub(super) fn check() -> Result<(), Failure> {
    match is_elevated() {
        Some(false) => Err(Failure::Capture(Exit::NotElevated, ADVICE.to_owned())),
        _ => Ok(()),
    }
}

/// Whether the token of this process is elevated; `None` if there is no telling.
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
    // SAFETY: the handle is ours from `OpenProcessToken` to `CloseHandle`; `elevation` is a valid place of the size
    // that is said, and so are the others, all alive until the calls return.
    let asked = unsafe {
        if OpenProcessToken(GetCurrentProcess(), TOKEN_QUERY, &raw mut token) == 0 {
            return None;
        }
        let place = (&raw mut elevation).cast();
        let asked = GetTokenInformation(token, TokenElevation, place, size, &raw mut written);
        CloseHandle(token);
        asked
    };
    (asked != 0).then_some(elevation.TokenIsElevated != 0)
}

#[cfg(not(windows))]
fn is_elevated() -> Option<bool> {
    None
}
