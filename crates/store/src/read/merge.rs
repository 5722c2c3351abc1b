//! Merges sorted runs (newest first) into one page, and reads few more rows of each run than the page needs.
//!
//! A run is a sequence of rows in index order. Each run is read in pieces; its frontier is the last row read. A run
//! is finished at its end, or when its frontier is older than the oldest row that the page would have. The second piece is
//! half as long as the first, because runs of the same density lack little then; the pieces after it double. So a page of
//! `wanted` rows out of `n` runs needs at most about `3 * wanted + 8 * n` rows in a few rounds.

/// The minimum length of a piece, except with very many runs.
const LEAST: usize = 8;
/// With this many runs, most of them contribute nothing to the page, so the first piece is one row of each run.
const MANY_RUNS: usize = 64;

/// A merge in progress. The caller reads the rows and hands them over with [`Self::take`].
#[derive(Debug)]
pub(super) struct Merge<V, K> {
    wanted: usize,
    piece: usize,
    next_piece: usize,
    /// The runs that are not finished, each with the key of its frontier (the last row read).
    open: Vec<(usize, K)>,
    found: Vec<V>,
    key: fn(&V) -> K,
}

impl<V, K: Ord + Copy> Merge<V, K> {
    /// Starts a merge of `runs` runs; the page begins after the key `before`.
    pub(super) fn new(runs: usize, before: K, wanted: usize, key: fn(&V) -> K) -> Self {
        let open = match wanted {
            0 => Vec::new(),
            _ => (0..runs).map(|run| (run, before)).collect(),
        };
        let least = if runs < MANY_RUNS { LEAST } else { 1 };
        let piece = (wanted / runs.max(1)).max(least).min(wanted);
        Self {
            wanted,
            piece,
            next_piece: piece.div_ceil(2).max(LEAST),
            open,
            found: Vec::new(),
            key,
        }
    }

    /// Returns the runs to read next. The caller reads at most [`Self::piece`] rows of each, after its frontier. Empty
    /// when the page is complete.
    pub(super) fn open(&self) -> &[(usize, K)] {
        &self.open
    }

    /// Returns how many rows the caller must read of each open run.
    pub(super) fn piece(&self) -> usize {
        self.piece
    }

    /// Adds the rows read, one list per open run, in the order of [`Self::open`].
    pub(super) fn take(&mut self, read: Vec<Vec<V>>) {
        let key = self.key;
        let mut open = Vec::new();
        for ((run, _), entries) in self.open.drain(..).zip(read) {
            if entries.len() >= self.piece
                && let Some(last) = entries.last()
            {
                open.push((run, key(last)));
            }
            self.found.extend(entries);
        }
        self.found
            .sort_by_key(|entry| std::cmp::Reverse(key(entry)));
        self.found.truncate(self.wanted);
        if self.found.len() == self.wanted
            && let Some(oldest) = self.found.last().map(key)
        {
            open.retain(|(_, frontier)| *frontier > oldest);
        }
        self.open = open;
        self.piece = self.next_piece.min(self.wanted);
        self.next_piece = self.piece * 2;
    }

    /// Returns the completed page, newest first.
    pub(super) fn into_page(self) -> Vec<V> {
        self.found
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Merges runs in memory (newest first); also returns how many rows were read.
    fn merged(runs: &[Vec<i64>], before: i64, wanted: usize) -> (Vec<i64>, usize) {
        let mut merge = Merge::new(runs.len(), before, wanted, |entry: &i64| *entry);
        let mut rows = 0;
        while !merge.open().is_empty() {
            let read: Vec<Vec<i64>> = merge
                .open()
                .iter()
                .map(|(run, frontier)| {
                    let rest = runs[*run].iter().filter(|entry| *entry < frontier);
                    rest.take(merge.piece()).copied().collect()
                })
                .collect();
            rows += read.iter().map(Vec::len).sum::<usize>();
            merge.take(read);
        }
        (merge.into_page(), rows)
    }

    #[test]
    fn one_run_is_read_once() {
        let run: Vec<i64> = (0..1_000).rev().collect();
        let (page, rows) = merged(&[run], 1_000, 50);
        assert_eq!((page.len(), page[0], rows), (50, 999, 50));
    }

    #[test]
    fn a_page_out_of_many_long_runs_reads_few_rows() {
        let runs: Vec<Vec<i64>> = (0..1_000)
            .map(|run| (0..1_000).rev().map(|at| at * 1_000 + run).collect())
            .collect();
        let (page, rows) = merged(&runs, i64::MAX, 1_000);
        assert_eq!(page, (999_000..1_000_000).rev().collect::<Vec<_>>());
        assert!(rows <= 11_000, "{rows} rows");
    }

    #[test]
    fn runs_of_the_same_density_are_read_little_further_than_the_page() {
        let runs: Vec<Vec<i64>> = (0..9)
            .map(|run| (0..1_000).rev().map(|at| at * 9 + run).collect())
            .collect();
        let (page, rows) = merged(&runs, i64::MAX, 1_000);
        assert_eq!(page, (8_000..9_000).rev().collect::<Vec<_>>());
        assert!(rows <= 1_600, "{rows} rows");
    }

    #[test]
    fn a_single_run_that_fills_the_page_is_read_no_further_than_the_page() {
        let mut runs: Vec<Vec<i64>> = (0..1_000).map(|run| vec![run]).collect();
        runs[7] = (1_000_000..1_100_000).rev().collect();
        let (page, rows) = merged(&runs, i64::MAX, 1_000);
        assert_eq!(page, (1_099_000..1_100_000).rev().collect::<Vec<_>>());
        assert!(rows <= 4_000, "{rows} rows");
    }

    proptest! {
        #[test]
        fn the_page_holds_the_newest_rows_of_all_runs(
            dealt in proptest::collection::vec(0_usize..6, 0..200),
            before in 0_i64..250,
            wanted in 0_usize..80,
        ) {
            let mut runs = vec![Vec::new(); 6];
            for (entry, run) in dealt.iter().enumerate().rev() {
                runs[*run].push(entry as i64);
            }
            let mut expected: Vec<i64> = (0..dealt.len() as i64).rev().collect();
            expected.retain(|entry| *entry < before);
            expected.truncate(wanted);
            let (page, rows) = merged(&runs, before, wanted);
            prop_assert_eq!(page, expected);
            prop_assert!(rows <= 3 * wanted + LEAST * runs.len());
        }
    }
}
