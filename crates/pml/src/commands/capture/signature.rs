//! The check of Procmon before it is started with administrator rights: Microsoft must have signed it.

use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};

use super::find::Found;
use crate::error::{Exit, Failure};

/// A Procmon that may be started. On Windows, the file cannot be written, replaced, renamed or deleted as long as this
/// value exists.
#[derive(Debug)]
pub(super) struct Checked {
    /// The path without symbolic links, which could be changed after the check.
    pub(super) path: PathBuf,
    /// The result of the check, as the end of a sentence about the file.
    pub(super) signature: String,
    _locked: File,
}

impl Checked {
    /// Checks the signature of a program. Fails if Microsoft did not sign it, unless `may_be_unsigned` is set and the
    /// user named the file.
    pub(super) fn new(found: &Found, may_be_unsigned: bool) -> Result<Self, Failure> {
        let failed = |error: io::Error| refused(&found.path, &format!("cannot be read: {error}"));
        let path = dunce::canonicalize(&found.path).map_err(failed)?;
        let file = lock(&path).map_err(failed)?;
        let signature = match verify(&path, &file) {
            Ok(()) => "signed by Microsoft".to_owned(),
            Err(flaw) if may_be_unsigned && found.origin.is_named() => format!("{flaw}, but --allow-unsigned is set"),
            Err(flaw) => {
                let option =
                    if found.origin.is_named() { "; to start it nevertheless, add --allow-unsigned" } else { "" };
                let rule = "Procmon runs as administrator, so Microsoft must have signed it";
                return Err(refused(&path, &format!("{flaw}. {rule}{option}")));
            }
        };
        Ok(Self { path, signature, _locked: file })
    }
}

fn refused(path: &Path, reason: &str) -> Failure {
    Failure::Capture(Exit::NoProcmon, format!("{}: {reason}", path.display()))
}

/// Opens a file for reading. On Windows, other programs can only read it until it is closed.
fn lock(path: &Path) -> io::Result<File> {
    let mut options = File::options();
    options.read(true);
    #[cfg(windows)]
    std::os::windows::fs::OpenOptionsExt::share_mode(
        &mut options,
        windows_sys::Win32::Storage::FileSystem::FILE_SHARE_READ,
    );
    options.open(path)
}

/// Checks that a file has a valid Authenticode signature by Microsoft. The failure is a sentence about the file,
/// without its subject.
///
/// Uses no network: certificates are not checked for revocation.
#[cfg(windows)]
fn verify(path: &Path, file: &File) -> Result<(), String> {
    use std::os::windows::ffi::OsStrExt;
    use std::os::windows::io::AsRawHandle;

    use windows_sys::Win32::Foundation::INVALID_HANDLE_VALUE;
    use windows_sys::Win32::Security::Cryptography::{
        CERT_CHAIN_POLICY_MICROSOFT_ROOT, CERT_CHAIN_POLICY_PARA, CERT_CHAIN_POLICY_STATUS,
        CERT_NAME_SIMPLE_DISPLAY_TYPE, CertGetNameStringW, CertVerifyCertificateChainPolicy,
        MICROSOFT_ROOT_CERT_CHAIN_POLICY_CHECK_APPLICATION_ROOT_FLAG,
    };
    use windows_sys::Win32::Security::WinTrust::{
        WINTRUST_ACTION_GENERIC_VERIFY_V2, WINTRUST_DATA, WINTRUST_DATA_0, WINTRUST_FILE_INFO,
        WTD_CACHE_ONLY_URL_RETRIEVAL, WTD_CHOICE_FILE, WTD_REVOKE_NONE, WTD_STATEACTION_CLOSE, WTD_STATEACTION_VERIFY,
        WTD_UI_NONE, WTHelperGetProvCertFromChain, WTHelperGetProvSignerFromChain, WTHelperProvDataFromStateData,
        WinVerifyTrust,
    };

    let name: Vec<u16> = path.as_os_str().encode_wide().chain([0]).collect();
    let mut subject = WINTRUST_FILE_INFO {
        cbStruct: size::<WINTRUST_FILE_INFO>(),
        pcwszFilePath: name.as_ptr(),
        hFile: file.as_raw_handle(),
        ..WINTRUST_FILE_INFO::default()
    };
    let mut request = WINTRUST_DATA {
        cbStruct: size::<WINTRUST_DATA>(),
        dwUIChoice: WTD_UI_NONE,
        fdwRevocationChecks: WTD_REVOKE_NONE,
        dwUnionChoice: WTD_CHOICE_FILE,
        Anonymous: WINTRUST_DATA_0 { pFile: &raw mut subject },
        dwStateAction: WTD_STATEACTION_VERIFY,
        dwProvFlags: WTD_CACHE_ONLY_URL_RETRIEVAL,
        ..WINTRUST_DATA::default()
    };
    let mut action = WINTRUST_ACTION_GENERIC_VERIFY_V2;
    let mut signer_name = [0; 256];
    let mut has_microsoft_root = false;
    // SAFETY: `request` points to `subject`, which points to `name` and to the open `file`; all of them outlive the
    // calls, and each `cbStruct` and `cbSize` is the size of its structure. The pointers into the result of the
    // verification are compared with null before use, and are valid until the call with `WTD_STATEACTION_CLOSE`, which
    // is the last one. `CertGetNameStringW` writes at most the given number of units.
    let status = unsafe {
        let status = WinVerifyTrust(INVALID_HANDLE_VALUE, &raw mut action, (&raw mut request).cast());
        let result = WTHelperProvDataFromStateData(request.hWVTStateData);
        let signer =
            if result.is_null() { std::ptr::null_mut() } else { WTHelperGetProvSignerFromChain(result, 0, 0, 0) };
        if status == 0 && !signer.is_null() {
            let certificate = WTHelperGetProvCertFromChain(signer, 0);
            if !certificate.is_null() {
                CertGetNameStringW(
                    (*certificate).pCert,
                    CERT_NAME_SIMPLE_DISPLAY_TYPE,
                    0,
                    std::ptr::null(),
                    signer_name.as_mut_ptr(),
                    u32::try_from(signer_name.len()).unwrap_or_default(),
                );
            }
            let chain = (*signer).pChainContext;
            has_microsoft_root = !chain.is_null()
                && [0, MICROSOFT_ROOT_CERT_CHAIN_POLICY_CHECK_APPLICATION_ROOT_FLAG].into_iter().any(|roots| {
                    let parameters = CERT_CHAIN_POLICY_PARA {
                        cbSize: size::<CERT_CHAIN_POLICY_PARA>(),
                        dwFlags: roots,
                        ..CERT_CHAIN_POLICY_PARA::default()
                    };
                    let mut answer = CERT_CHAIN_POLICY_STATUS {
                        cbSize: size::<CERT_CHAIN_POLICY_STATUS>(),
                        ..CERT_CHAIN_POLICY_STATUS::default()
                    };
                    let policy = CERT_CHAIN_POLICY_MICROSOFT_ROOT;
                    let done = CertVerifyCertificateChainPolicy(policy, chain, &raw const parameters, &raw mut answer);
                    done != 0 && answer.dwError == 0
                });
        }
        request.dwStateAction = WTD_STATEACTION_CLOSE;
        WinVerifyTrust(INVALID_HANDLE_VALUE, &raw mut action, (&raw mut request).cast());
        status
    };
    let signer_name = signer_name.split(|&unit| unit == 0).next().unwrap_or_default();
    evaluate(status, &String::from_utf16_lossy(signer_name), has_microsoft_root)
}

/// Returns the size of a structure as Windows expects it.
#[cfg(windows)]
fn size<T>() -> u32 {
    u32::try_from(size_of::<T>()).unwrap_or_default()
}

#[cfg(not(windows))]
fn verify(_: &Path, _: &File) -> Result<(), String> {
    Err("its signature cannot be checked on this system".to_owned())
}

/// Evaluates a signature: the result of `WinVerifyTrust`, the name of the signer, and the root certificate. The name
/// alone is not enough, because users can trust additional root certificates.
#[cfg(any(windows, test))]
fn evaluate(status: i32, signer: &str, has_microsoft_root: bool) -> Result<(), String> {
    /// `TRUST_E_NOSIGNATURE`.
    const NO_SIGNATURE: u32 = 0x800B_0100;
    /// `TRUST_E_BAD_DIGEST`.
    const BAD_DIGEST: u32 = 0x8009_6010;
    /// The name in the certificates of Procmon.
    const SIGNER: &str = "Microsoft Corporation";
    match status.cast_unsigned() {
        0 if signer == SIGNER && has_microsoft_root => Ok(()),
        0 if signer == SIGNER => {
            Err("the certificate that signed it was not issued under a Microsoft root certificate".to_owned())
        }
        0 => Err(format!("it was signed by \"{signer}\"")),
        NO_SIGNATURE => Err("it has no signature".to_owned()),
        BAD_DIGEST => Err("it was changed after it was signed".to_owned()),
        status => Err(format!("its signature is not valid (error {status:#010X})")),
    }
}

#[cfg(test)]
mod tests {
    use super::evaluate;

    #[test]
    fn only_valid_signatures_by_microsoft_are_accepted() {
        assert_eq!(evaluate(0, "Microsoft Corporation", true), Ok(()));
        for (status, signer, has_microsoft_root, words) in [
            (0, "Microsoft Corporation", false, "root certificate"),
            (0, "Microsoft Windows Hardware Compatibility Publisher", true, "signed by \"Microsoft Windows Hardware"),
            (0, "", true, "signed by \"\""),
            (0x800B_0100_u32, "Microsoft Corporation", true, "no signature"),
            (0x8009_6010, "Microsoft Corporation", true, "changed after it was signed"),
            (0x800B_0109, "Microsoft Corporation", true, "not valid (error 0x800B0109)"),
            (1, "Microsoft Corporation", true, "not valid"),
        ] {
            let flaw = evaluate(status.cast_signed(), signer, has_microsoft_root).unwrap_err();
            assert!(flaw.contains(words), "{flaw}");
        }
    }
}
