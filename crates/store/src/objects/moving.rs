//! Copies all objects to another place, while servers use the first one.

use std::collections::HashMap;

use futures_util::{StreamExt, TryStreamExt, stream};

use super::names::{self, object_digest};
use super::{Objects, Place};
use crate::error::{Error, Trouble};

/// How many objects are copied at the same time.
const AT_ONCE: usize = 8;

/// What was copied.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Moved {
    /// How many objects were copied now.
    pub copied: u64,
    /// How many bytes they have.
    pub bytes: u64,
    /// How many objects were there already.
    pub present: u64,
    /// Names of objects whose bytes are not those that the name says. They were not copied.
    pub damaged: Vec<String>,
    /// How many objects were written to the old place meanwhile, and are not copied yet.
    pub left: u64,
}

enum Copied {
    Bytes(u64),
    Damaged(String),
    /// It was removed meanwhile.
    Gone,
}

impl Objects {
    /// Copies to `to` what it lacks, and compares each copy with the SHA-256 in its name. A move that was interrupted goes on where it
    /// ended. Removes nothing. `on_progress` gets the numbers so far, and how many objects the present round has to copy.
    ///
    /// Servers write meanwhile. So it goes over all objects again while a round has at most half as much to copy as the one before. If they write
    /// as fast as this copies, it would never end otherwise.
    ///
    /// # Errors
    /// Fails if one of the places cannot be read or written; the copies so far stay.
    pub async fn copy_to(
        &self,
        to: &Self,
        on_progress: &mut (dyn FnMut(u64, u64) + Send),
    ) -> Result<Moved, Error> {
        let mut moved = Moved::default();
        let mut most = usize::MAX;
        loop {
            let there: HashMap<String, u64> = to.place.list().try_collect().await?;
            let mut lacking = Vec::new();
            moved.present = 0;
            let mut listed = self.place.list();
            while let Some((name, size)) = listed.try_next().await? {
                match there.get(&name) == Some(&size) {
                    true => moved.present += 1,
                    false if moved.damaged.contains(&name) => {}
                    false => lacking.push(name),
                }
            }
            drop(listed);
            if lacking.is_empty() || lacking.len() > most {
                moved.left = lacking.len() as u64;
                moved.present -= moved.copied.min(moved.present);
                return Ok(moved);
            }
            most = lacking.len() / 2;
            self.copy_all(to, lacking, &mut moved, on_progress).await?;
        }
    }

    async fn copy_all(
        &self,
        to: &Self,
        names: Vec<String>,
        moved: &mut Moved,
        on_progress: &mut (dyn FnMut(u64, u64) + Send),
    ) -> Result<(), Error> {
        let all = names.len() as u64;
        let copies = stream::iter(names).map(|name| copy(&self.place, to, name));
        let mut copies = copies.buffer_unordered(AT_ONCE);
        let mut done = 0;
        while let Some(copied) = copies.next().await {
            match copied? {
                Copied::Bytes(bytes) => {
                    moved.copied += 1;
                    moved.bytes += bytes;
                }
                Copied::Damaged(name) => moved.damaged.push(name),
                Copied::Gone => {}
            }
            done += 1;
            on_progress(done, all);
        }
        Ok(())
    }
}

async fn copy(from: &Place, to: &Objects, name: String) -> Result<Copied, Error> {
    let Some(mut pieces) = from.read(&name, None).await? else {
        return Ok(Copied::Gone);
    };
    let Some((account, _)) = names::parts(&name).filter(|_| object_digest(&name).is_some()) else {
        return Err(Trouble::Internal(format!("{name} is no object")).into());
    };
    let mut writer = to.begin(account).await?;
    let mut bytes = 0;
    loop {
        match pieces.try_next().await {
            Ok(Some(piece)) => {
                bytes += piece.len() as u64;
                if let Err(error) = writer.write(piece).await {
                    writer.abandon().await;
                    return Err(error);
                }
            }
            Ok(None) => break,
            Err(error) => {
                writer.abandon().await;
                return Err(error.into());
            }
        }
    }
    match writer.finish_copy(&name).await? {
        true => Ok(Copied::Bytes(bytes)),
        false => Ok(Copied::Damaged(name)),
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;
    use std::sync::Arc;

    use heddle_domain::{AccountId, Timestamp};

    use super::super::{ObjectOptions, ObjectPlace};
    use super::*;
    use crate::clock::SystemClock;

    const OBJECTS: u64 = 4;

    fn open(folder: &Path) -> Objects {
        let options = ObjectOptions {
            place: ObjectPlace::Folder(folder.to_owned()),
            previous: None,
        };
        Objects::open(&options, Arc::new(SystemClock)).expect("opened")
    }

    fn write(folder: &Path) {
        let name = names::new_name(AccountId(1), b"a letter", Timestamp(1));
        std::fs::create_dir_all(folder.join("1")).expect("made");
        std::fs::write(folder.join(name), "a letter").expect("written");
    }

    /// Copies four objects, while others write `new` more in the first round and `later` in each further one.
    async fn copied_while_others_write(new: u64, later: u64) -> Moved {
        let folder = tempfile::tempdir().expect("a folder");
        let (from, to) = (folder.path().join("from"), folder.path().join("to"));
        std::fs::create_dir_all(&to).expect("made");
        (0..OBJECTS).for_each(|_| write(&from));
        let mut written = new;
        let mut on_progress = |done, all| {
            if done == all {
                (0..written).for_each(|_| write(&from));
                written = later;
            }
        };
        let moved = open(&from).copy_to(&open(&to), &mut on_progress).await;
        moved.expect("copied")
    }

    #[tokio::test]
    async fn what_is_written_meanwhile_is_copied_in_further_rounds() {
        let moved = copied_while_others_write(2, 0).await;
        assert_eq!((moved.copied, moved.left), (OBJECTS + 2, 0));
    }

    #[tokio::test]
    async fn the_copy_ends_although_others_write_as_fast_as_it_copies() {
        let moved = copied_while_others_write(OBJECTS, OBJECTS).await;
        assert_eq!((moved.copied, moved.left), (OBJECTS, OBJECTS));
        let moved = copied_while_others_write(1, 1).await;
        assert_eq!((moved.copied, moved.left), (OBJECTS + 1, 1));
    }
}
