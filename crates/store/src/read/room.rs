//! The room of one page of a list, in bytes of its long texts.

/// The most bytes of bodies, or of details of events, on one page. The first item of a page is on it, however long it is.
pub const MOST_BYTES: usize = 8 << 20;

/// How much a page may still hold.
#[derive(Debug)]
pub(crate) struct Room {
    left: usize,
    is_empty: bool,
    is_full: bool,
}

impl Room {
    /// Returns the room of an empty page.
    pub(crate) const fn new() -> Self {
        Self {
            left: MOST_BYTES,
            is_empty: true,
            is_full: false,
        }
    }

    /// Whether an item had no room, so that the page has ended.
    pub(crate) const fn is_full(&self) -> bool {
        self.is_full
    }

    /// Takes room for the next item. Returns whether it is on the page.
    pub(crate) const fn takes(&mut self, bytes: usize) -> bool {
        self.is_full |= bytes > self.left && !self.is_empty;
        self.is_empty = false;
        self.left = self.left.saturating_sub(bytes);
        !self.is_full
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_ends_before_the_item_that_has_no_room() {
        let mut room = Room::new();
        for (bytes, fits) in [
            (MOST_BYTES - 1, true),
            (1, true),
            (0, true),
            (1, false),
            (0, false),
        ] {
            assert_eq!(room.takes(bytes), fits);
            assert_eq!(room.is_full(), !fits);
        }
        let mut room = Room::new();
        assert!(room.takes(MOST_BYTES + 1) && !room.is_full());
        assert!(!room.takes(1));
    }
}
