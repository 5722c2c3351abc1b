//! Tests of what a batch contains, and of how one command's failure affects the others.

use super::*;

fn bench(folder: &tempfile::TempDir, limits: Limits) -> (Bench, PathBuf) {
    let path = database(folder.path());
    (Bench::open(&SqliteOptions::new(&path), limits), path)
}

#[test]
fn all_queued_commands_share_one_commit() {
    let folder = tempfile::tempdir().unwrap();
    let (mut bench, path) = bench(&folder, WIDE);
    let probes: Vec<Probe> = (1..=20).map(Probe::new).collect();
    assert_eq!(bench.run(&probes), vec![Ok(0); 20]);
    assert_eq!(bench.batches(), 1);
    assert_eq!(bench.writer.health.commands.load(Ordering::Relaxed), 20);
    assert_eq!(stored(&path), (1..=20).collect::<Vec<i64>>());
}

#[test]
fn nobody_is_answered_before_the_commit() {
    let folder = tempfile::tempdir().unwrap();
    let (mut bench, path) = bench(&folder, WIDE);
    bench.thread.reserve_ahead().unwrap();
    let answer = Arc::new(parking_lot::Mutex::new(bench.queue(&Probe::new(1))));
    let seen = Arc::new(parking_lot::Mutex::new(Vec::new()));
    let (waiting, note) = (Arc::clone(&answer), Arc::clone(&seen));
    // The hook runs inside COMMIT: no answer may have been sent, and no other connection may see the row.
    let hook = move || {
        let answered = waiting.lock().try_recv().is_ok();
        note.lock().push((answered, stored(&path)));
        false
    };
    bench.thread.connection.commit_hook(Some(hook)).unwrap();
    bench.batch();
    assert_eq!(*seen.lock(), [(false, Vec::new())]);
    assert_eq!(answer.lock().try_recv().unwrap(), Ok(0));
}

#[test]
fn a_failing_command_does_not_affect_the_others() {
    for then in [Then::Refuse, Then::Panic, Then::Suspend] {
        let folder = tempfile::tempdir().unwrap();
        let (mut bench, path) = bench(&folder, WIDE);
        let culprit = Probe::new(2).then(then);
        let answers = bench.run(&[Probe::new(1), culprit.clone(), Probe::new(3)]);
        assert_eq!((&answers[0], &answers[2]), (&Ok(0), &Ok(0)), "{then:?}");
        match then {
            Then::Refuse => assert_eq!(answers[1], Err(REFUSED)),
            _ => assert!(
                matches!(answers[1], Err(Error::Trouble(Trouble::Internal(_)))),
                "{answers:?}"
            ),
        }
        // It ran after the first command and spoiled the batch; then both ran again in savepoints.
        assert_eq!(culprit.runs(), 2);
        assert_eq!(bench.batches(), 2);
        assert_eq!(stored(&path), [1, 3], "{then:?}");
    }
}

#[test]
fn commands_that_fail_late_do_not_end_group_commit() {
    let folder = tempfile::tempdir().unwrap();
    let (mut bench, path) = bench(&folder, WIDE);
    let probes: Vec<Probe> = (1..=64)
        .map(|id| match id % 2 {
            0 => Probe::new(id).then(Then::Refuse),
            _ => Probe::new(id),
        })
        .collect();
    let answers = bench.run(&probes);
    assert_eq!(answers.iter().filter(|answer| answer.is_ok()).count(), 32);
    assert_eq!(stored(&path).len(), 32);
    // One for the commands before the first failure, one for all others.
    assert_eq!(bench.batches(), 2);
    let again: usize = probes.iter().map(Probe::runs).sum();
    assert_eq!(again, 64 + 2, "only the first two ran twice");
}

#[test]
fn a_batch_without_changes_commits_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let (mut bench, path) = bench(&folder, WIDE);
    bench.run(&[Probe::new(1)]);
    let pages = bench.writer.health.wal_pages.load(Ordering::Relaxed);
    let refused = Probe::new(2).then(Then::Refuse);
    assert_eq!(bench.run(&[refused]), [Err(REFUSED)]);
    assert_eq!(bench.writer.health.wal_pages.load(Ordering::Relaxed), pages);
    assert_eq!(stored(&path), [1]);
}

#[test]
fn a_batch_ends_at_its_limits() {
    let folder = tempfile::tempdir().unwrap();
    let limits = Limits {
        batch_commands: 3,
        batch_bytes: 1_000,
        ..WIDE
    };
    let (mut bench, _) = bench(&folder, limits);
    let heavy = |id| Probe {
        weight: 5_000,
        ..Probe::new(id)
    };
    let mut probes: Vec<Probe> = (1..=4).map(Probe::new).collect();
    probes.extend([heavy(5), Probe::new(6), heavy(7), heavy(8)]);
    let answers: Vec<Answer> = probes.iter().map(|probe| bench.queue(probe)).collect();
    let waiting = |bench: &Bench| bench.writer.health.queued.load(Ordering::Relaxed);
    let mut batches = Vec::new();
    while waiting(&bench) > 0 {
        let before = waiting(&bench);
        bench.batch();
        batches.push(before - waiting(&bench));
    }
    // The first batch has three commands, the second one command, because the next one is too large to join it. The
    // large commands then run alone.
    assert_eq!(batches, [3, 1, 1, 1, 1, 1]);
    assert!(answers.into_iter().all(|answer| heard(answer) == Ok(0)));
    bench.assert_places_are_free();
}

#[test]
fn a_batch_ends_after_its_time_limit() {
    let folder = tempfile::tempdir().unwrap();
    let limits = Limits {
        batch_time: Duration::ZERO,
        ..WIDE
    };
    let (mut bench, _) = bench(&folder, limits);
    let answers: Vec<Answer> = (1..=3).map(|id| bench.queue(&Probe::new(id))).collect();
    for _ in 0..3 {
        bench.batch();
    }
    assert!(answers.into_iter().all(|answer| heard(answer) == Ok(0)));
    assert_eq!(bench.batches(), 3);
}

#[test]
fn an_overdue_command_is_refused_and_not_run() {
    let folder = tempfile::tempdir().unwrap();
    let limits = Limits {
        deadline: Duration::ZERO,
        ..WIDE
    };
    let (mut bench, path) = bench(&folder, limits);
    let probe = Probe::new(1);
    let answers = bench.run(std::slice::from_ref(&probe));
    assert!(
        matches!(answers[0], Err(Error::Trouble(Trouble::TimedOut(_)))),
        "{answers:?}"
    );
    assert_eq!(probe.runs(), 0);
    assert!(stored(&path).is_empty());
}

#[test]
fn the_queue_limits_the_number_of_commands() {
    let folder = tempfile::tempdir().unwrap();
    let limits = Limits {
        queue_commands: 2,
        ..WIDE
    };
    let (mut bench, _) = bench(&folder, limits);
    let answers = [bench.queue(&Probe::new(1)), bench.queue(&Probe::new(2))];
    let third = bench.writer.submit(Probe::new(3));
    assert!(matches!(third, Err(Error::Trouble(Trouble::Overloaded(_)))));
    assert_eq!(bench.writer.health.queued.load(Ordering::Relaxed), 2);
    bench.batch();
    assert!(answers.into_iter().all(|answer| heard(answer) == Ok(0)));
    assert_eq!(bench.run(&[Probe::new(3)]), [Ok(0)]);
}

#[test]
fn the_queue_limits_the_bytes() {
    let folder = tempfile::tempdir().unwrap();
    let limits = Limits {
        queue_bytes: 1_000,
        ..WIDE
    };
    let (mut bench, _) = bench(&folder, limits);
    let weighing = |id, weight| Probe {
        weight,
        ..Probe::new(id)
    };
    // A command larger than the whole queue is still accepted when the queue is empty.
    assert_eq!(bench.run(&[weighing(1, 5_000)]), [Ok(0)]);
    let first = bench.queue(&weighing(2, 600));
    let refused = bench.writer.submit(weighing(3, 600));
    assert!(matches!(
        refused,
        Err(Error::Trouble(Trouble::Overloaded(_)))
    ));
    let third = bench.queue(&weighing(4, 400));
    assert_eq!(
        bench.writer.queued_bytes.load(Ordering::Relaxed),
        1_000,
        "a refused command frees its bytes"
    );
    bench.batch();
    assert_eq!((heard(first), heard(third)), (Ok(0), Ok(0)));
    bench.assert_places_are_free();
}

#[test]
fn new_commands_are_refused_while_the_log_is_too_long() {
    let folder = tempfile::tempdir().unwrap();
    let (bench, _) = bench(&folder, WIDE);
    let pages = &bench.writer.health.wal_pages;
    pages.store(WAL_LIMIT_PAGES + 1, Ordering::Relaxed);
    let refused = bench.writer.submit(Probe::new(1));
    assert!(matches!(
        refused,
        Err(Error::Trouble(Trouble::Overloaded(_)))
    ));
    bench.assert_places_are_free();
}

#[test]
fn a_command_that_loses_a_race_runs_again_a_limited_number_of_times() {
    let folder = tempfile::tempdir().unwrap();
    let (mut bench, path) = bench(&folder, WIDE);
    let wins = Probe::new(1).then(Then::StartOver(3));
    let never = Probe::new(2).then(Then::StartOver(usize::MAX));
    let answers = bench.run(&[wins.clone(), Probe::new(3), never]);
    assert_eq!((&answers[0], &answers[1]), (&Ok(0), &Ok(0)));
    assert!(
        matches!(answers[2], Err(Error::Trouble(Trouble::Overloaded(_)))),
        "{answers:?}"
    );
    assert_eq!(wins.runs(), 3);
    assert_eq!(stored(&path), [1, 3]);
}

#[test]
fn a_command_gets_ids_far_ahead_of_the_clock() {
    let folder = tempfile::tempdir().unwrap();
    let (mut bench, _) = bench(&folder, WIDE);
    let ahead = TimeId::compose(86_400_000 + 60_000, 5, 0).0;
    let probe = Probe::new(1).then(Then::TakeId(ahead));
    let answers = bench.run(std::slice::from_ref(&probe));
    assert!(matches!(answers[0], Ok(id) if id > ahead), "{answers:?}");
    assert_eq!(
        probe.runs(),
        2,
        "once before and once after the reservation"
    );
    // The id generator stays far ahead of the clock and needs no second reservation.
    let next = Probe::new(2).then(Then::TakeId(0));
    let answers = bench.run(std::slice::from_ref(&next));
    assert!(matches!(answers[0], Ok(id) if id > ahead), "{answers:?}");
    assert_eq!(next.runs(), 1);
}

#[test]
fn after_a_restart_with_an_earlier_clock_ids_still_grow() {
    let folder = tempfile::tempdir().unwrap();
    let path = database(folder.path());
    let mut last = 0;
    for step in [0, -3_600_000, 10, -7_200_000, -7_200_000] {
        let mut bench = Bench::open(&SqliteOptions::new(&path), WIDE);
        bench.clock.set(START + step);
        for at in 0..3 {
            let probe = Probe::new(last + at + 1).then(Then::TakeId(0));
            let id = bench.run(&[probe])[0].clone().unwrap();
            assert!(id > last, "after a step to {step}: {id} <= {last}");
            last = id;
        }
    }
}
