//! Compression of outputs, and decompression of inputs.
//!
//! Outputs are compressed by the C library zstd: the encoder of ruzstd 0.9 makes files of 1.8 times the size in 4 times
//! the time. Inputs may be crafted, so ruzstd, which is memory-safe, decompresses them.

use std::io::{self, BufRead, BufReader, BufWriter, Read, Write};
use std::path::Path;

use flate2::read::MultiGzDecoder;
use flate2::write::GzEncoder;
use ruzstd::decoding::StreamingDecoder;
use ruzstd::decoding::errors::{FrameDecoderError, ReadFrameHeaderError};

/// The compression of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Compression {
    None,
    Gzip,
    Zstd,
}

impl Compression {
    /// Returns the compression that the extension of a path stands for, and the path without this extension.
    pub(crate) fn of(path: &Path) -> (Self, &Path) {
        let is = |extension| path.extension().is_some_and(|of| of.eq_ignore_ascii_case(extension));
        let inner = || path.file_stem().map_or(path, Path::new);
        match () {
            () if is("gz") => (Self::Gzip, inner()),
            () if is("zst") => (Self::Zstd, inner()),
            () => (Self::None, path),
        }
    }
}

impl Compression {
    /// Returns the compression that the first bytes of a file identify.
    pub(crate) fn of_content(start: &[u8]) -> Self {
        match start {
            [0x1F, 0x8B, ..] => Self::Gzip,
            [0x28, 0xB5, 0x2F, 0xFD, ..] => Self::Zstd,
            _ => Self::None,
        }
    }
}

/// Decompresses a whole stream.
pub(crate) fn decompress(input: impl Read, compression: Compression, out: &mut impl Write) -> io::Result<()> {
    let mut input = BufReader::new(input);
    match compression {
        Compression::None => io::copy(&mut input, out).map(drop),
        Compression::Gzip => io::copy(&mut MultiGzDecoder::new(input), out).map(drop),
        Compression::Zstd => decompress_zstd(&mut input, out),
    }
}

/// Decompresses a stream of Zstandard frames.
fn decompress_zstd(input: &mut impl BufRead, out: &mut impl Write) -> io::Result<()> {
    while !input.fill_buf()?.is_empty() {
        match StreamingDecoder::new(&mut *input) {
            Ok(mut frame) => {
                io::copy(&mut frame, out)?;
            }
            Err(FrameDecoderError::ReadFrameHeaderError(ReadFrameHeaderError::SkipFrame { length, .. })) => {
                io::copy(&mut input.by_ref().take(length.into()), &mut io::sink())?;
            }
            Err(error) => return Err(io::Error::new(io::ErrorKind::InvalidData, error)),
        }
    }
    Ok(())
}

/// A writer that compresses.
pub(crate) enum Encoder<W: Write> {
    None(W),
    Gzip(GzEncoder<BufWriter<W>>),
    Zstd(zstd::Encoder<'static, BufWriter<W>>),
}

impl<W: Write> Encoder<W> {
    pub(crate) fn new(compression: Compression, out: W) -> io::Result<Self> {
        Ok(match compression {
            Compression::None => Self::None(out),
            Compression::Gzip => Self::Gzip(GzEncoder::new(BufWriter::new(out), flate2::Compression::default())),
            Compression::Zstd => Self::Zstd(zstd::Encoder::new(BufWriter::new(out), 0)?),
        })
    }

    /// Ends the compressed stream, writes buffered data and returns the output.
    pub(crate) fn finish(self) -> io::Result<W> {
        match self {
            Self::None(out) => Ok(out),
            Self::Gzip(encoder) => encoder.finish()?.into_inner().map_err(io::IntoInnerError::into_error),
            Self::Zstd(encoder) => encoder.finish()?.into_inner().map_err(io::IntoInnerError::into_error),
        }
    }
}

impl<W: Write> Write for Encoder<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self {
            Self::None(out) => out.write(bytes),
            Self::Gzip(encoder) => encoder.write(bytes),
            Self::Zstd(encoder) => encoder.write(bytes),
        }
    }

    /// Flushes the output if it is not compressed. A compressed stream is flushed only by `finish`, because every flush
    /// starts a new block, which makes compression worse.
    fn flush(&mut self) -> io::Result<()> {
        match self {
            Self::None(out) => out.flush(),
            Self::Gzip(_) | Self::Zstd(_) => Ok(()),
        }
    }
}
