//! Tests of the small ids that the commands of a batch take.

use super::*;

fn bench(folder: &tempfile::TempDir) -> (Bench, PathBuf) {
    let path = database(folder.path());
    (Bench::open(&SqliteOptions::new(&path), WIDE), path)
}

/// Returns test commands that end as `then` says.
fn commands(first_row: i64, then: &[Then]) -> Vec<Probe> {
    let rows = first_row..;
    rows.zip(then)
        .map(|(row, then)| Probe::new(row).then(*then))
        .collect()
}

/// Returns the stored next id, read through a new connection.
fn stored_next(path: &Path) -> i64 {
    let connection = Connection::open(path).unwrap();
    let sql = "SELECT next_id FROM counter WHERE account_id = 1 AND kind = 'tag'";
    connection.query_row(sql, [], |row| row.get(0)).unwrap()
}

#[test]
fn ids_have_no_gap_when_a_command_is_refused_or_runs_again() {
    use Then::{TakeSmallId, TakeSmallIdAndRefuse, TakeSmallIdTwice};
    let folder = tempfile::tempdir().unwrap();
    let (mut bench, path) = bench(&folder);
    let batch = commands(
        1,
        &[
            TakeSmallId,
            TakeSmallIdAndRefuse,
            TakeSmallIdTwice,
            TakeSmallId,
        ],
    );
    // The second command spoils the batch; after it each command has a savepoint. The third runs again alone, after the batch.
    assert_eq!(bench.run(&batch), [Ok(1), Err(REFUSED), Ok(3), Ok(2)]);
    assert_eq!(stored_next(&path), 4);
    assert_eq!(bench.run(&commands(5, &[TakeSmallId])), [Ok(4)]);
}

#[test]
fn a_raise_counts_for_the_later_commands_of_its_batch_and_never_lowers() {
    use Then::{RaiseSmallIds, TakeSmallId};
    let folder = tempfile::tempdir().unwrap();
    let (mut bench, path) = bench(&folder);
    let batch = commands(
        1,
        &[
            TakeSmallId,
            RaiseSmallIds(100),
            TakeSmallId,
            RaiseSmallIds(50),
            TakeSmallId,
        ],
    );
    assert_eq!(bench.run(&batch), [Ok(1), Ok(0), Ok(100), Ok(0), Ok(101)]);
    assert_eq!(stored_next(&path), 102);
}

#[test]
fn the_ids_of_a_failed_commit_are_taken_again() {
    let folder = tempfile::tempdir().unwrap();
    let (mut bench, path) = bench(&folder);
    bench.thread.reserve_ahead().unwrap();
    bench.thread.commits_without_room = 1;
    let lost = bench.run(&commands(1, &[Then::TakeSmallId]));
    assert!(lost[0].is_err(), "{lost:?}");
    assert_eq!(bench.run(&commands(2, &[Then::TakeSmallId])), [Ok(1)]);
    assert_eq!(stored(&path), [2]);
}

#[test]
fn if_the_counter_cannot_be_written_the_whole_batch_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let (mut bench, path) = bench(&folder);
    let sabotage =
        "CREATE TRIGGER stop BEFORE INSERT ON counter BEGIN SELECT RAISE(ABORT, 'stopped'); END";
    let connection = Connection::open(&path).unwrap();
    connection.execute_batch(sabotage).unwrap();
    let answers = bench.run(&commands(1, &[Then::TakeSmallId, Then::Succeed]));
    for answer in answers {
        assert!(
            matches!(answer, Err(Error::Trouble(Trouble::Internal(_)))),
            "{answer:?}"
        );
    }
    assert_eq!(stored(&path), Vec::<i64>::new());
    assert_eq!(bench.failure(), None);

    connection.execute_batch("DROP TRIGGER stop").unwrap();
    assert_eq!(bench.run(&commands(3, &[Then::TakeSmallId])), [Ok(1)]);
}
