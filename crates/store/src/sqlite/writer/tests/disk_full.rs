//! Tests of a disk that becomes full inside a command: SQLite rolls back the statement or the whole transaction.

use super::*;

/// Returns four commands of a batch: one small, one that is refused, two that need additional pages.
fn probes(refused: Then) -> [Probe; 4] {
    let sized = |id, size, stmt| Probe {
        size,
        stmt,
        ..Probe::new(id)
    };
    [
        sized(1, 3_000, &PUT),
        Probe::new(2).then(refused),
        sized(3, 20_000, &PUT),
        sized(4, 9_000, &PUT_MANY),
    ]
}

fn pages(path: &Path) -> u32 {
    let connection = Connection::open(path).unwrap();
    connection
        .query_row("PRAGMA page_count", [], |row| row.get(0))
        .unwrap()
}

/// Returns the rows that a successful test command leaves.
fn rows_of(probe: &Probe) -> Vec<i64> {
    if std::ptr::eq(probe.stmt, &raw const PUT) {
        vec![probe.id]
    } else {
        (0..3).map(|at| probe.id * 1_000 + at).collect()
    }
}

/// Runs the batch on a copy of the database limited to `limit` pages; returns how often a batch lost its transaction, and the
/// answers.
fn run_within(template: &Path, limit: u32, refused: Then) -> (u32, Vec<Result<i64, Error>>) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("copy.sqlite");
    std::fs::copy(template, &path).unwrap();
    let options = SqliteOptions {
        max_pages: Some(limit),
        ..SqliteOptions::new(&path)
    };
    let mut bench = Bench::open(&options, WIDE);
    let probes = probes(refused);
    let answers = bench.run(&probes);

    let mut expected = Vec::new();
    for (probe, answer) in probes.iter().zip(&answers) {
        match answer {
            Ok(_) => expected.extend(rows_of(probe)),
            Err(error) => assert!(
                *error == Error::Trouble(Trouble::DiskFull) || *error == REFUSED,
                "{limit} pages: {error}"
            ),
        }
    }
    assert_eq!(stored(&path), expected, "{limit} pages: {answers:?}");
    assert_eq!(answers[1], Err(REFUSED), "{limit} pages");
    assert_eq!(bench.failure(), None, "{limit} pages");

    // With free space again the store continues normally.
    let connection = &bench.thread.connection;
    connection
        .execute_batch("PRAGMA max_page_count=100000")
        .unwrap();
    assert_eq!(bench.run(&[Probe::new(9)]), [Ok(0)], "{limit} pages");
    (bench.thread.dead_batches, answers)
}

#[test]
fn at_every_disk_size_each_answer_matches_the_stored_rows() {
    let folder = tempfile::tempdir().unwrap();
    let template = database(folder.path());
    // Refused late, the second command makes the batch run again in savepoints, where it can lose its transaction, too.
    for refused in [Then::RefuseAtOnce, Then::Refuse] {
        let (mut dead_batches, mut mixed) = (0, 0);
        for limit in pages(&template).. {
            let (dead, answers) = run_within(&template, limit, refused);
            let fitted = answers.iter().filter(|answer| answer.is_ok()).count();
            dead_batches += dead;
            mixed += usize::from((1..3).contains(&fitted));
            if fitted == 3 {
                break;
            }
        }
        assert!(
            dead_batches > 0,
            "{refused:?}: no batch lost its transaction"
        );
        assert!(
            mixed > 0,
            "{refused:?}: in no run did one command fit and another not"
        );
    }
}
