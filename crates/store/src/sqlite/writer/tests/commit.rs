//! Tests of a failing COMMIT.

use std::sync::atomic::AtomicBool;

use super::*;

/// Returns a bench whose COMMITs fail as soon as the flag is set.
fn failing(path: &Path) -> (Bench, Arc<AtomicBool>) {
    let mut bench = Bench::open(&SqliteOptions::new(path), WIDE);
    let fails = Arc::new(AtomicBool::new(false));
    let flag = Arc::clone(&fails);
    let hook = move || flag.load(Ordering::Relaxed);
    bench.thread.connection.commit_hook(Some(hook)).unwrap();
    (bench, fails)
}

fn is_unknown(answer: &Result<i64, Error>) -> bool {
    matches!(answer, Err(Error::Trouble(Trouble::UnknownOutcome(_))))
}

#[test]
fn the_outcome_is_unknown_and_the_store_stops() {
    let folder = tempfile::tempdir().unwrap();
    let path = database(folder.path());
    let (mut bench, fails) = failing(&path);
    assert_eq!(bench.run(&[Probe::new(1)]), [Ok(0)]);
    fails.store(true, Ordering::Relaxed);

    let refused = Probe::new(3).then(Then::RefuseAtOnce);
    let again = Probe::new(4).then(Then::StartOverAtOnce);
    let answers = bench.run(&[Probe::new(2), refused, again.clone()]);
    assert!(answers.iter().all(is_unknown), "{answers:?}");
    assert_eq!(again.runs(), 1, "nothing runs after the failure");
    assert!(bench.failure().is_some_and(|why| why.contains("COMMIT")));
    assert_eq!(stored(&path), [1]);

    let later = bench.writer.submit(Probe::new(5));
    assert!(matches!(
        later,
        Err(Error::Trouble(Trouble::UnknownOutcome(_)))
    ));
    bench.assert_places_are_free();
}

#[test]
fn commands_already_queued_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = database(folder.path());
    let (mut bench, fails) = failing(&path);
    bench.thread.reserve_ahead().unwrap();
    fails.store(true, Ordering::Relaxed);
    bench.thread.limits.batch_bytes = 1_000;
    let heavy = Probe {
        weight: 5_000,
        ..Probe::new(2)
    };
    // The second command does not fit into the first batch, so the third stays in the queue.
    let probes = [Probe::new(1), heavy.clone(), Probe::new(3)];
    let answers = probes.map(|probe| bench.queue(&probe));
    let health = Arc::clone(&bench.writer.health);
    drop(bench.writer);
    bench.thread.run(bench.inbox, tempfile::tempfile().unwrap());
    assert!(answers.map(heard).iter().all(is_unknown));
    assert_eq!(heavy.runs(), 0);
    assert_eq!(health.queued.load(Ordering::Relaxed), 0);
    assert!(stored(&path).is_empty());
}

#[test]
fn a_failure_among_commands_that_run_alone_stops_the_rest() {
    let folder = tempfile::tempdir().unwrap();
    let path = database(folder.path());
    let (mut bench, fails) = failing(&path);
    bench.thread.reserve_ahead().unwrap();
    fails.store(true, Ordering::Relaxed);
    // Both commands ask to run again, so each gets a transaction of its own; the batch itself commits nothing.
    let probes = [1, 2].map(|id| Probe::new(id).then(Then::StartOver(2)));
    let answers = bench.run(&probes);
    assert!(answers.iter().all(is_unknown), "{answers:?}");
    assert_eq!((probes[0].runs(), probes[1].runs()), (2, 1));
    assert!(stored(&path).is_empty());
}

#[test]
fn a_reservation_whose_commit_fails_stops_the_store_too() {
    let folder = tempfile::tempdir().unwrap();
    let path = database(folder.path());
    let (mut bench, fails) = failing(&path);
    fails.store(true, Ordering::Relaxed);
    let probe = Probe::new(1);
    let answers = bench.run(std::slice::from_ref(&probe));
    assert!(answers[0].is_err());
    assert_eq!(probe.runs(), 0);
    assert!(bench.failure().is_some());
}

#[test]
fn the_store_continues_after_a_full_disk_at_commit() {
    let folder = tempfile::tempdir().unwrap();
    let path = database(folder.path());
    let mut bench = Bench::open(&SqliteOptions::new(&path), WIDE);
    bench.run(&[Probe::new(1)]);
    bench.thread.commits_without_room = 1;
    let answers = bench.run(&[Probe::new(2), Probe::new(3)]);
    assert!(answers.iter().all(is_unknown), "{answers:?}");
    assert_eq!(bench.failure(), None);
    assert_eq!(bench.run(&[Probe::new(4)]), [Ok(0)]);
    assert_eq!(stored(&path), [1, 4]);
}

#[test]
fn without_space_for_a_reservation_only_commands_that_need_ids_fail() {
    let folder = tempfile::tempdir().unwrap();
    let path = database(folder.path());
    let mut bench = Bench::open(&SqliteOptions::new(&path), WIDE);
    bench.thread.commits_without_room = 1;
    assert_eq!(bench.run(&[Probe::new(1)]), [Ok(0)]);
    assert_eq!(bench.thread.commits_without_room, 0, "the reservation's");

    bench.thread.reserve_ahead().unwrap();
    bench.thread.commits_without_room = 2;
    let far = TimeId::compose(172_800_000, 0, 0).0;
    let answers = bench.run(&[Probe::new(2).then(Then::TakeId(far))]);
    assert_eq!(answers, [Err(Trouble::DiskFull.into())]);
    assert_eq!(bench.failure(), None);
    assert_eq!(stored(&path), [1]);
}
