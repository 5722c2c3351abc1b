//! Finds out at the start whether the place of the objects works, and whether several nodes use the same one.

use futures_util::StreamExt;
use object_store::{PutMode, path::Path as Name};

use super::names::{NODES, PROBES};
use super::{Objects, Place};
use crate::error::{Error, Trouble};

const TEXT: &str = "heddle";

impl Objects {
    /// Lists, writes, reads and deletes in a bucket, so that wrong settings show at the start. Does nothing in a folder.
    ///
    /// # Errors
    /// [`Trouble::Objects`] says what the bucket answered and what to do.
    pub async fn probe(&self) -> Result<(), Error> {
        for place in self.places() {
            if let Place::Bucket(_) = place {
                probe(place).await?;
            }
        }
        Ok(())
    }

    /// Leaves the marker of a node, which other nodes look for.
    pub(crate) async fn leave_marker(&self, node: &str) -> Result<(), Error> {
        self.put_note(&marker(node), TEXT.to_owned()).await
    }

    pub(crate) async fn sees_marker(&self, node: &str) -> Result<bool, Error> {
        Ok(self.get_note(&marker(node)).await?.is_some())
    }

    /// Removes the marker of a node that has ended.
    pub(crate) async fn remove_marker(&self, node: &str) -> Result<(), Error> {
        self.remove_now(&marker(node)).await?;
        Ok(())
    }
}

fn marker(node: &str) -> String {
    format!("{NODES}/{node}")
}

async fn probe(place: &Place) -> Result<(), Error> {
    let name = format!("{PROBES}/{}", uuid::Uuid::new_v4().simple());
    let at = Name::from(name.as_str());
    let failed = |e: object_store::Error| place.failed(&e);
    // Some stores make a missing bucket on writing, but none lists it.
    place
        .store()
        .list(Some(&Name::from(PROBES)))
        .next()
        .await
        .transpose()
        .map_err(failed)?;
    // As uploads are written, because some stores refuse the header of a conditional write.
    let write = place
        .store()
        .put_opts(&at, TEXT.into(), PutMode::Create.into());
    write.await.map_err(failed)?;
    let read = place.read(&name, None).await;
    let removed = place.remove(&name).await;
    let read = match read? {
        Some(pieces) => super::collect(pieces).await?,
        None => Vec::new(),
    };
    removed?;
    if read != TEXT.as_bytes() {
        let text = "the bucket does not return what was just written to it; Heddle needs a store that does (strong consistency)";
        return Err(Trouble::Objects(text.to_owned()).into());
    }
    Ok(())
}
