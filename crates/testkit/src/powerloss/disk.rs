//! The model of the disk: every file and folder with its durable content and the operations that no sync covers yet.

use std::collections::{BTreeMap, HashMap};
use std::ffi::{OsStr, OsString};
use std::fs;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::Path;

use anyhow::{Context as _, Result, bail, ensure};

use super::journal::Change;

/// Index into [`Disk::nodes`]. Nodes are never removed; a node without a name cannot be reached any more.
type NodeId = usize;
type Entries = BTreeMap<OsString, NodeId>;

const ROOT: NodeId = 0;

/// Which operations are lost, of those that no sync covers.
#[derive(Clone, Copy, Debug)]
pub enum Loss {
    /// All operations that no sync covers are lost.
    Unsynced,
    /// Each file and each folder keeps a random number of its operations, the earliest ones: a real disk may have written
    /// some of them.
    Prefix {
        /// Determines the random numbers: with the same seed and journal the result is the same folder.
        seed: u64,
    },
    /// No operation is lost. The rebuilt folder must equal the folder that the process left; otherwise the recording is
    /// incomplete.
    Nothing,
}

pub(super) struct Disk {
    nodes: Vec<Node>,
    /// The node of each inode. It is set whenever a file is opened, because inode numbers are used again.
    opened: HashMap<u64, NodeId>,
}

enum Node {
    File {
        durable: Vec<u8>,
        pending: Vec<DataChange>,
    },
    Folder {
        live: Entries,
        durable: Entries,
        pending: Vec<EntryChange>,
    },
}

enum DataChange {
    Write { offset: usize, data: Vec<u8> },
    Truncate { length: usize },
}

#[derive(Clone)]
enum EntryChange {
    Put {
        name: OsString,
        node: NodeId,
    },
    Remove {
        name: OsString,
    },
    /// A rename within one folder, which is done completely or not at all.
    Move {
        from: OsString,
        to: OsString,
        node: NodeId,
    },
}

impl DataChange {
    fn apply(self, content: &mut Vec<u8>) {
        match self {
            Self::Write { offset, data } => {
                let end = offset + data.len();
                if content.len() < end {
                    content.resize(end, 0);
                }
                content[offset..end].copy_from_slice(&data);
            }
            Self::Truncate { length } => content.resize(length, 0),
        }
    }
}

impl EntryChange {
    fn apply(self, entries: &mut Entries) {
        match self {
            Self::Put { name, node } => {
                entries.insert(name, node);
            }
            Self::Remove { name } => {
                entries.remove(&name);
            }
            Self::Move { from, to, node } => {
                entries.remove(&from);
                entries.insert(to, node);
            }
        }
    }
}

impl Disk {
    /// Returns a disk whose durable content equals `base`.
    pub(super) fn holding(base: &Path) -> Result<Self> {
        let mut disk = Self {
            nodes: vec![Node::empty_folder()],
            opened: HashMap::new(),
        };
        disk.load(ROOT, base)?;
        Ok(disk)
    }

    fn load(&mut self, folder: NodeId, path: &Path) -> Result<()> {
        for entry in fs::read_dir(path)? {
            let entry = entry?;
            let is_folder = entry.file_type()?.is_dir();
            let node = if is_folder {
                self.add(Node::empty_folder())
            } else {
                self.add(Node::File {
                    durable: fs::read(entry.path())?,
                    pending: Vec::new(),
                })
            };
            if let Node::Folder { live, durable, .. } = &mut self.nodes[folder] {
                live.insert(entry.file_name(), node);
                durable.insert(entry.file_name(), node);
            }
            if is_folder {
                self.load(node, &entry.path())?;
            }
        }
        Ok(())
    }

    fn add(&mut self, node: Node) -> NodeId {
        self.nodes.push(node);
        self.nodes.len() - 1
    }

    pub(super) fn apply(&mut self, change: Change) -> Result<()> {
        match change {
            Change::Open {
                inode,
                path,
                may_create,
                truncates,
                is_folder,
            } => {
                let node = self.open(&path, may_create && !is_folder)?;
                self.opened.insert(inode, node);
                if truncates {
                    self.change_data(node, DataChange::Truncate { length: 0 })?;
                }
            }
            Change::Write {
                inode,
                offset,
                data,
            } => {
                let change = DataChange::Write {
                    offset: usize::try_from(offset)?,
                    data,
                };
                self.change_data(self.node_of(inode)?, change)?;
            }
            Change::Truncate { inode, length } => {
                let change = DataChange::Truncate {
                    length: usize::try_from(length)?,
                };
                self.change_data(self.node_of(inode)?, change)?;
            }
            Change::Sync { inode } => {
                let node = self.node_of(inode)?;
                self.nodes[node].keep_first(usize::MAX);
            }
            Change::Rename { from, to } => self.rename(&from, &to)?,
            Change::Remove { path } => {
                let (folder, name) = self.entry_of(&path)?;
                self.change_entry(folder, EntryChange::Remove { name })?;
            }
            Change::Link { from, to } => {
                let node = self
                    .find(&from)?
                    .with_context(|| format!("no {}", from.display()))?;
                self.put(&to, node)?;
            }
            Change::MakeFolder { path } => {
                let node = self.add(Node::empty_folder());
                self.put(&path, node)?;
            }
            Change::Unsupported { what } => {
                bail!("the process used {what}, which the model does not cover")
            }
        }
        Ok(())
    }

    fn open(&mut self, path: &Path, may_create: bool) -> Result<NodeId> {
        if let Some(node) = self.find(path)? {
            return Ok(node);
        }
        ensure!(
            may_create,
            "{} was opened, but its creation was not seen",
            path.display()
        );
        let node = self.add(Node::File {
            durable: Vec::new(),
            pending: Vec::new(),
        });
        self.put(path, node)?;
        Ok(node)
    }

    fn rename(&mut self, from: &Path, to: &Path) -> Result<()> {
        let node = self
            .find(from)?
            .with_context(|| format!("no {}", from.display()))?;
        if self.find(to)? == Some(node) {
            return Ok(()); // Both names belong to the same file: as POSIX says, nothing happens.
        }
        let ((old_folder, old), (new_folder, new)) = (self.entry_of(from)?, self.entry_of(to)?);
        if old_folder == new_folder {
            return self.change_entry(
                old_folder,
                EntryChange::Move {
                    from: old,
                    to: new,
                    node,
                },
            );
        }
        self.change_entry(new_folder, EntryChange::Put { name: new, node })?;
        self.change_entry(old_folder, EntryChange::Remove { name: old })
    }

    fn put(&mut self, path: &Path, node: NodeId) -> Result<()> {
        let (folder, name) = self.entry_of(path)?;
        self.change_entry(folder, EntryChange::Put { name, node })
    }

    fn change_entry(&mut self, folder: NodeId, change: EntryChange) -> Result<()> {
        let Node::Folder { live, pending, .. } = &mut self.nodes[folder] else {
            bail!("an entry below something that is no folder");
        };
        change.clone().apply(live);
        pending.push(change);
        Ok(())
    }

    fn change_data(&mut self, node: NodeId, change: DataChange) -> Result<()> {
        let Node::File { pending, .. } = &mut self.nodes[node] else {
            bail!("a folder was written to")
        };
        pending.push(change);
        Ok(())
    }

    fn node_of(&self, inode: u64) -> Result<NodeId> {
        self.opened
            .get(&inode)
            .copied()
            .context("a descriptor whose opening was not seen")
    }

    /// Returns the folder of a path and the name in it.
    fn entry_of(&self, path: &Path) -> Result<(NodeId, OsString)> {
        let name = path
            .file_name()
            .context("the watched folder itself was changed")?;
        let parent = path.parent().expect("a path with a name has a parent");
        let folder = self
            .find(parent)?
            .with_context(|| format!("no folder {}", parent.display()))?;
        Ok((folder, name.to_owned()))
    }

    /// Looks a path up as the process sees it.
    fn find(&self, path: &Path) -> Result<Option<NodeId>> {
        path.iter().try_fold(Some(ROOT), |at, name| match at {
            Some(folder) => self.nodes[folder].entry(name),
            None => Ok(None),
        })
    }

    /// Decides for every operation that no sync covers whether it is lost. Returns how many were lost.
    pub(super) fn lose(&mut self, loss: Loss) -> u64 {
        let mut random = match loss {
            Loss::Prefix { seed } => Random(seed),
            Loss::Unsynced | Loss::Nothing => Random(0),
        };
        let mut dropped = 0;
        for node in &mut self.nodes {
            let pending = node.pending();
            let surviving = match loss {
                Loss::Unsynced => 0,
                Loss::Nothing => pending,
                Loss::Prefix { .. } => random.up_to(pending),
            };
            node.keep_first(surviving);
            dropped += (pending - surviving) as u64;
        }
        dropped
    }

    /// Writes everything reachable and durable into an existing, empty folder.
    pub(super) fn write_to(&self, into: &Path) -> Result<()> {
        self.write_folder(ROOT, into)
    }

    fn write_folder(&self, folder: NodeId, into: &Path) -> Result<()> {
        let Node::Folder {
            durable: entries, ..
        } = &self.nodes[folder]
        else {
            bail!("not a folder")
        };
        for (name, node) in entries
            .iter()
            .filter(|(name, _)| !is_rebuilt_by_sqlite(name))
        {
            let path = into.join(name);
            match &self.nodes[*node] {
                Node::File { durable, .. } => write_file(&path, durable)?,
                Node::Folder { .. } => {
                    fs::DirBuilder::new().mode(0o700).create(&path)?;
                    self.write_folder(*node, &path)?;
                }
            }
        }
        Ok(())
    }
}

/// Whether the file is SQLite's shared-memory index. It is mapped memory, so the library cannot see its changes, and
/// SQLite creates it again.
fn is_rebuilt_by_sqlite(name: &OsStr) -> bool {
    name.as_encoded_bytes().ends_with(b"-shm")
}

fn write_file(path: &Path, content: &[u8]) -> Result<()> {
    let mut file = fs::OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(path)?;
    Ok(std::io::Write::write_all(&mut file, content)?)
}

impl Node {
    fn empty_folder() -> Self {
        Self::Folder {
            live: Entries::new(),
            durable: Entries::new(),
            pending: Vec::new(),
        }
    }

    fn entry(&self, name: &OsStr) -> Result<Option<NodeId>> {
        match self {
            Self::Folder { live, .. } => Ok(live.get(name).copied()),
            Self::File { .. } => bail!("{} below a file", name.display()),
        }
    }

    fn pending(&self) -> usize {
        match self {
            Self::File { pending, .. } => pending.len(),
            Self::Folder { pending, .. } => pending.len(),
        }
    }

    /// Makes the first `count` operations durable and drops the others.
    fn keep_first(&mut self, count: usize) {
        match self {
            Self::File { durable, pending } => {
                pending
                    .drain(..)
                    .take(count)
                    .for_each(|change| change.apply(durable));
            }
            Self::Folder {
                durable, pending, ..
            } => {
                pending
                    .drain(..)
                    .take(count)
                    .for_each(|change| change.apply(durable));
            }
        }
    }
}

/// The random numbers of SplitMix64: the same for the same seed, on every machine.
struct Random(u64);

impl Random {
    fn up_to(&mut self, most: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        let choices = most as u64 + 1;
        ((mixed ^ (mixed >> 31)) % choices) as usize
    }
}
