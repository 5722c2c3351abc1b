//! Files of backups: written, compressed, synced and hashed piece by piece.

use std::fs::{File, OpenOptions};
use std::io::{self, BufReader, Read, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::command::failure::{Code, Failure};

/// The level of compression: higher ones take longer and save little.
const LEVEL: i32 = 3;
const PIECE: usize = 256 << 10;

/// Length and checksum of a file.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
pub(crate) struct Sum {
    /// Length in bytes.
    pub(crate) size: u64,
    /// SHA-256 of the bytes, in hexadecimal.
    pub(crate) sha256: String,
}

/// Counts and hashes what is written to `inner`.
pub(crate) struct Summing<W> {
    inner: W,
    digest: Sha256,
    size: u64,
}

impl<W: Write> Summing<W> {
    pub(crate) fn new(inner: W) -> Self {
        Self {
            inner,
            digest: Sha256::new(),
            size: 0,
        }
    }

    pub(crate) fn end(self) -> (W, Sum) {
        let sha256 = base16ct::lower::encode_string(&self.digest.finalize());
        let size = self.size;
        (self.inner, Sum { size, sha256 })
    }
}

impl<W: io::Write> io::Write for Summing<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.inner.write(bytes)?;
        self.digest.update(&bytes[..written]);
        self.size += written as u64;
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.inner.flush()
    }
}

/// Passes all bytes on, and says how many after each piece.
pub(crate) fn pipe(
    from: &mut impl Read,
    to: &mut impl Write,
    on_progress: &mut dyn FnMut(u64),
) -> io::Result<()> {
    let mut piece = vec![0; PIECE];
    let mut done = 0;
    loop {
        let read = match from.read(&mut piece) {
            Ok(0) => return Ok(()),
            Ok(read) => read,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => return Err(error),
        };
        to.write_all(&piece[..read])?;
        done += read as u64;
        on_progress(done);
    }
}

/// Creates or empties a file that only its owner can read.
pub(crate) fn create(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(true).mode(0o600);
    options.open(path)
}

/// Copies a file and syncs the copy.
pub(crate) fn copy(from: &Path, to: &Path) -> io::Result<Sum> {
    let mut source = File::open(from)?;
    let mut target = Summing::new(create(to)?);
    pipe(&mut source, &mut target, &mut |_| {})?;
    let (file, sum) = target.end();
    file.sync_all()?;
    Ok(sum)
}

/// Reads a file for its length and checksum.
pub(crate) fn sum(path: &Path) -> io::Result<Sum> {
    let mut nowhere = Summing::new(io::sink());
    pipe(&mut File::open(path)?, &mut nowhere, &mut |_| {})?;
    Ok(nowhere.end().1)
}

/// Compresses a file into a new one, and syncs it. Returns the sums of the compressed and of the original file.
pub(crate) fn compress(
    from: &Path,
    to: &Path,
    on_progress: &mut dyn FnMut(u64),
) -> io::Result<(Sum, Sum)> {
    let mut source = File::open(from)?;
    let packed = zstd::Encoder::new(Summing::new(create(to)?), LEVEL)?;
    let mut plain = Summing::new(packed);
    pipe(&mut source, &mut plain, on_progress)?;
    let (packed, plain) = plain.end();
    let (file, packed) = packed.finish()?.end();
    file.sync_all()?;
    Ok((packed, plain))
}

/// Unpacks a file into a new one, and syncs it. Returns the sums of the compressed and of the unpacked file. Stops if it becomes
/// longer than `most` bytes.
pub(crate) fn unpack(
    from: &Path,
    to: &Path,
    most: u64,
    on_progress: &mut dyn FnMut(u64),
) -> io::Result<(Sum, Sum)> {
    let mut packed = SummingReader {
        inner: File::open(from)?,
        sum: Summing::new(io::sink()),
    };
    let mut plain = Summing::new(create(to)?);
    {
        let decoder = zstd::Decoder::with_buffer(BufReader::with_capacity(PIECE, &mut packed))?;
        pipe(
            &mut decoder.take(most.saturating_add(1)),
            &mut plain,
            on_progress,
        )?;
    }
    // Bytes after the end of the compressed data belong to the checksum of the file, too.
    io::copy(&mut packed, &mut io::sink())?;
    let (file, plain) = plain.end();
    file.sync_all()?;
    Ok((packed.sum.end().1, plain))
}

struct SummingReader<R> {
    inner: R,
    sum: Summing<io::Sink>,
}

impl<R: Read> Read for SummingReader<R> {
    fn read(&mut self, piece: &mut [u8]) -> io::Result<usize> {
        let read = self.inner.read(piece)?;
        self.sum.write_all(&piece[..read])?;
        Ok(read)
    }
}

/// Makes the names in a folder durable.
pub(crate) fn sync_folder(folder: &Path) -> io::Result<()> {
    File::open(folder)?.sync_all()
}

/// Removes a file or a folder with everything in it, if it exists.
pub(crate) fn remove(path: &Path) -> io::Result<()> {
    let removed = match std::fs::symlink_metadata(path) {
        Ok(found) if found.is_dir() => std::fs::remove_dir_all(path),
        Ok(_) => std::fs::remove_file(path),
        Err(error) => Err(error),
    };
    match removed {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        removed => removed,
    }
}

/// Returns the failure of an operation on a file or folder. `doing` is a verb, such as `write`.
pub(crate) fn failed(doing: &str, path: &Path, error: &io::Error) -> Failure {
    let path = path.display();
    let text = match error.kind() {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => {
            format!("there is no room for {path}: free some space, or name another folder")
        }
        _ => format!("cannot {doing} {path}: {error}"),
    };
    Failure::new(Code::Failed, text)
}
