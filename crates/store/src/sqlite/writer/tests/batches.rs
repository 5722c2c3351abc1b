//! Random batches in which some commands fail after they have written.

use proptest::collection::vec;
use proptest::prelude::*;

use super::*;

fn then() -> impl Strategy<Value = Then> {
    prop_oneof![
        6 => Just(Then::Succeed),
        3 => Just(Then::TakeSmallId),
        2 => Just(Then::Refuse),
        2 => Just(Then::RefuseAtOnce),
        1 => Just(Then::StartOverAtOnce),
        1 => Just(Then::TakeId(0)),
        1 => Just(Then::Panic),
        1 => Just(Then::Suspend),
        1 => (2_usize..4).prop_map(Then::StartOver),
        1 => Just(Then::TakeSmallIdAndRefuse),
        1 => Just(Then::TakeSmallIdTwice),
    ]
}

/// Whether a command that ends like this succeeds, perhaps in a later run.
fn succeeds(then: Then) -> bool {
    !matches!(
        then,
        Then::Refuse
            | Then::RefuseAtOnce
            | Then::Panic
            | Then::Suspend
            | Then::TakeSmallIdAndRefuse
    )
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(64) })]

    #[test]
    fn a_command_that_fails_after_writing_leaves_nothing_and_its_neighbours_everything(
        ends in vec(then(), 1..40),
        batch in 1_usize..20,
    ) {
        let folder = tempfile::tempdir().unwrap();
        let path = database(folder.path());
        let mut bench = Bench::open(&SqliteOptions::new(&path), WIDE);
        bench.thread.limits.batch_commands = batch;
        let probes: Vec<Probe> = (1..).zip(&ends).map(|(id, then)| Probe::new(id).then(*then)).collect();
        let answers = bench.run(&probes);

        let succeed = probes.iter().filter(|probe| succeeds(probe.then));
        prop_assert_eq!(stored(&path), succeed.map(|probe| probe.id).collect::<Vec<_>>());
        let (mut taken, mut times) = (Vec::new(), BTreeSet::new());
        for (probe, answer) in probes.iter().zip(answers) {
            prop_assert_eq!(answer.is_ok(), succeeds(probe.then), "{:?}: {:?}", probe.then, answer);
            if matches!(probe.then, Then::TakeSmallId | Then::TakeSmallIdTwice) {
                taken.extend(answer);
            } else if let (Then::TakeId(_), Ok(id)) = (probe.then, answer) {
                prop_assert!(times.insert(id), "the id {} twice", id);
            }
        }
        taken.sort_unstable();
        prop_assert_eq!(&taken, &(1..=taken.len() as i64).collect::<Vec<_>>());
        prop_assert_eq!(bench.failure(), None);
    }
}
