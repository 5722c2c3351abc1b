//! Reads the journal that `shim.c` writes: fixed headers of 48 bytes in the machine's byte order, each followed by its
//! paths or data.

use std::fs::File;
use std::io::{BufReader, ErrorKind, Read};
use std::os::unix::ffi::OsStringExt;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail};

const HEADER: usize = 48;
const MAY_CREATE: u32 = 1;
const TRUNCATES: u32 = 2;
const IS_FOLDER: u32 = 4;

pub(super) struct Record {
    /// Number of the operation in their order: 1, 2, 3, ...
    pub(super) order: u64,
    pub(super) change: Change,
}

/// A recorded operation. Paths are relative to the watched folder; an inode means the file or folder that was last
/// opened with that number.
#[derive(Debug)]
pub(super) enum Change {
    Open {
        inode: u64,
        path: PathBuf,
        may_create: bool,
        truncates: bool,
        is_folder: bool,
    },
    Write {
        inode: u64,
        offset: u64,
        data: Vec<u8>,
    },
    Truncate {
        inode: u64,
        length: u64,
    },
    Sync {
        inode: u64,
    },
    Rename {
        from: PathBuf,
        to: PathBuf,
    },
    Remove {
        path: PathBuf,
    },
    Link {
        from: PathBuf,
        to: PathBuf,
    },
    MakeFolder {
        path: PathBuf,
    },
    Unsupported {
        what: String,
    },
}

pub(super) struct Journal {
    /// The journal; `None` if the process never touched the folder.
    file: Option<BufReader<File>>,
}

impl Journal {
    pub(super) fn open(path: &Path) -> Result<Self> {
        match File::open(path) {
            Ok(file) => Ok(Self {
                file: Some(BufReader::new(file)),
            }),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(Self { file: None }),
            Err(error) => Err(error).context("cannot open the journal"),
        }
    }

    /// Returns the next complete record. An incomplete record ends the journal: the process died while writing it.
    pub(super) fn next_record(&mut self) -> Result<Option<Record>> {
        let mut header = [0; HEADER];
        if !self.fill(&mut header)? {
            return Ok(None);
        }
        let header = Header::parse(&header);
        let (mut first, mut second) = (vec![0; header.first], vec![0; header.second]);
        if !self.fill(&mut first)? || !self.fill(&mut second)? {
            return Ok(None);
        }
        let change = header.change(first, second)?;
        Ok(Some(Record {
            order: header.order,
            change,
        }))
    }

    fn fill(&mut self, buffer: &mut [u8]) -> Result<bool> {
        let Some(file) = &mut self.file else {
            return Ok(false);
        };
        match file.read_exact(buffer) {
            Ok(()) => Ok(true),
            Err(error) if error.kind() == ErrorKind::UnexpectedEof => Ok(false),
            Err(error) => Err(error).context("cannot read the journal"),
        }
    }
}

struct Header {
    order: u64,
    kind: u32,
    flags: u32,
    inode: u64,
    offset: u64,
    first: usize,
    second: usize,
}

impl Header {
    fn parse(bytes: &[u8; HEADER]) -> Self {
        let long =
            |at: usize| u64::from_ne_bytes(bytes[at..at + 8].try_into().expect("eight bytes"));
        let short =
            |at: usize| u32::from_ne_bytes(bytes[at..at + 4].try_into().expect("four bytes"));
        let length = |at: usize| usize::try_from(long(at)).expect("the shim is built for 64 bits");
        Self {
            order: long(0),
            kind: short(8),
            flags: short(12),
            inode: long(16),
            offset: long(24),
            first: length(32),
            second: length(40),
        }
    }

    fn change(&self, first: Vec<u8>, second: Vec<u8>) -> Result<Change> {
        let path = |bytes: Vec<u8>| PathBuf::from(std::ffi::OsString::from_vec(bytes));
        let has = |flag: u32| self.flags & flag != 0;
        let inode = self.inode;
        Ok(match self.kind {
            1 => Change::Open {
                inode,
                path: path(first),
                may_create: has(MAY_CREATE),
                truncates: has(TRUNCATES),
                is_folder: has(IS_FOLDER),
            },
            2 => Change::Write {
                inode,
                offset: self.offset,
                data: first,
            },
            3 => Change::Truncate {
                inode,
                length: self.offset,
            },
            4 => Change::Sync { inode },
            5 => Change::Rename {
                from: path(first),
                to: path(second),
            },
            6 => Change::Remove { path: path(first) },
            7 => Change::Link {
                from: path(first),
                to: path(second),
            },
            8 => Change::MakeFolder { path: path(first) },
            9 => Change::Unsupported {
                what: String::from_utf8_lossy(&first).into_owned(),
            },
            other => bail!("record of unknown kind {other}"),
        })
    }
}
