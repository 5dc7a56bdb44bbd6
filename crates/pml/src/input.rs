//! Opening logs: mapped into memory, so that only what is looked at is read.

use std::collections::HashSet;
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

use memmap2::Mmap;
use procmon_parser::{LogsReader, OpenOptions, segment_paths};

use crate::Failure;
use crate::cli::InputArgs;

/// A log and its files.
#[derive(Debug)]
pub(crate) struct Input {
    pub(crate) paths: Vec<PathBuf>,
    pub(crate) log: LogsReader<Bytes>,
}

/// The bytes of a file.
#[derive(Debug)]
pub(crate) enum Bytes {
    Mapped(Mmap),
    /// Of what cannot be mapped: a pipe, an empty file.
    Read(Vec<u8>),
}

impl AsRef<[u8]> for Bytes {
    fn as_ref(&self) -> &[u8] {
        match self {
            Self::Mapped(map) => map,
            Self::Read(bytes) => bytes,
        }
    }
}

impl Bytes {
    fn open(path: &Path) -> io::Result<Self> {
        let file = File::open(path)?;
        let metadata = file.metadata()?;
        if metadata.is_file() && metadata.len() > 0 {
            // SAFETY: nothing but reading. If somebody changes the file meanwhile, what is read changes, which a parser
            // of hostile bytes takes; if somebody shortens it, the system ends the program, which loses no data.
            return unsafe { Mmap::map(&file) }.map(Self::Mapped);
        }
        let mut bytes = Vec::new();
        io::Read::read_to_end(&mut &file, &mut bytes)?;
        Ok(Self::Read(bytes))
    }
}

/// Opens what is left of a log.
pub(crate) fn open_damaged(path: &Path, single_file: bool) -> Result<Input, Failure> {
    let paths = if single_file { vec![path.to_owned()] } else { segment_paths(path)? };
    let log = OpenOptions::new().single_file(single_file).salvage(true).open_with(path, Bytes::open)?;
    Ok(Input { paths, log })
}

/// Opens the logs of a command line. A capture of several files is one log, however many of them are named.
pub(crate) fn open(args: &InputArgs) -> Result<Vec<Input>, Failure> {
    let mut seen = HashSet::new();
    let mut inputs = Vec::new();
    for path in &args.logs {
        let paths = if args.single_file { vec![path.clone()] } else { segment_paths(path)? };
        let identity = |path: &PathBuf| fs::canonicalize(path).unwrap_or_else(|_| path.clone());
        if !seen.insert(paths.iter().map(identity).collect::<Vec<_>>()) {
            continue;
        }
        let log = OpenOptions::new().single_file(args.single_file).open_with(path, Bytes::open)?;
        inputs.push(Input { paths, log });
    }
    Ok(inputs)
}
