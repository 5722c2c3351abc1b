use tokio::task::JoinHandle;
use tokio::time::{Instant, advance};

use super::*;

const MIB: usize = 1 << 20;

fn free(budget: &BodyBudget) -> usize {
    budget.0.lock().free
}

/// Runs a request with a complete body of so many bytes until it is told to end.
async fn complete(budget: &BodyBudget, bytes: usize, end: &Arc<Notify>) -> JoinHandle<()> {
    let begun = Arc::new(Notify::new());
    let task = {
        let (budget, begun, end) = (budget.clone(), begun.clone(), end.clone());
        tokio::spawn(async move {
            let request = async {
                let mut room = Room::new(Sender::Known);
                assert_eq!(room.make(bytes).await, Ok(()));
                assert_eq!(room.keep(), Ok(()));
                begun.notify_one();
                end.notified().await;
            };
            budget.count(None, request).await;
        })
    };
    begun.notified().await;
    task
}

/// Starts a body that gets so many bytes and then stands still. Returns whether it had to make room.
async fn stalled(budget: &BodyBudget, sender: Sender, bytes: usize) -> JoinHandle<NoRoom> {
    let begun = Arc::new(Notify::new());
    let task = {
        let (budget, begun) = (budget.clone(), begun.clone());
        tokio::spawn(async move {
            let request = async {
                let mut room = Room::new(sender);
                assert_eq!(room.make(bytes).await, Ok(()));
                begun.notify_one();
                let never = room.unless_given_up(pending::<()>()).await;
                never.expect_err("it never ends")
            };
            budget.count(None, request).await
        })
    };
    begun.notified().await;
    task
}

async fn ask(budget: &BodyBudget, sender: Sender, bytes: usize) -> Result<(), NoRoom> {
    let request = async {
        let mut room = Room::new(sender);
        room.make(bytes).await?;
        room.keep()
    };
    budget.count(None, request).await
}

#[tokio::test(start_paused = true)]
async fn a_body_waits_for_room_and_then_gives_up() {
    let (budget, end) = (BodyBudget::new(MIB), Arc::new(Notify::new()));
    let first = complete(&budget, MIB + FREE, &end).await;
    let began = Instant::now();
    assert_eq!(ask(&budget, Sender::Known, MIB).await, Err(NoRoom));
    assert_eq!(began.elapsed(), PATIENCE);
    let waiting = ask(&budget, Sender::Anyone, MIB);
    let release = async { end.notify_one() };
    assert_eq!(tokio::join!(waiting, release).0, Ok(()));
    first.await.expect("no panic");
    assert_eq!(free(&budget), MIB);
}

#[tokio::test(start_paused = true)]
async fn bodies_that_are_sent_slowly_cannot_keep_the_budget_full() {
    let budget = BodyBudget::new(MIB);
    let mut slow = Vec::new();
    for _ in 0..16 {
        slow.push(stalled(&budget, Sender::Anyone, FREE + STEP).await);
    }
    assert_eq!(free(&budget), 0);
    advance(Duration::from_secs(1)).await;
    let began = Instant::now();
    for sender in [Sender::Anyone, Sender::Known] {
        assert_eq!(ask(&budget, sender, MIB / 2).await, Ok(()));
    }
    assert_eq!(began.elapsed(), Duration::ZERO);
    let given_up = slow.iter().filter(|task| task.is_finished()).count();
    assert_eq!(given_up, 8, "no more than the room that was needed");
    slow.iter().for_each(JoinHandle::abort);
}

/// When the second body begins to wait, the first one is faster: nobody knows yet that it has stopped.
#[tokio::test(start_paused = true)]
async fn a_body_that_stops_makes_room_before_the_patience_of_others_ends() {
    let budget = BodyBudget::new(MIB);
    let stopped = stalled(&budget, Sender::Known, MIB + FREE).await;
    let began = Instant::now();
    assert_eq!(ask(&budget, Sender::Known, MIB / 2).await, Ok(()));
    assert_eq!(began.elapsed(), LOOK_AGAIN);
    assert_eq!(stopped.await.expect("no panic"), NoRoom);
}

#[tokio::test(start_paused = true)]
async fn a_known_client_need_not_make_room_for_an_unknown_one() {
    let budget = BodyBudget::new(MIB);
    let known = stalled(&budget, Sender::Known, MIB + FREE).await;
    advance(Duration::from_secs(1)).await;
    assert_eq!(ask(&budget, Sender::Anyone, MIB).await, Err(NoRoom));
    assert_eq!(ask(&budget, Sender::Known, MIB).await, Ok(()));
    assert_eq!(known.await.expect("no panic"), NoRoom);
}

#[tokio::test(start_paused = true)]
async fn bodies_that_all_hold_a_part_and_need_more_do_not_wait_for_each_other() {
    let budget = BodyBudget::new(MIB);
    let began = Instant::now();
    let bodies: Vec<_> = (0..32)
        .map(|_| {
            let budget = budget.clone();
            tokio::spawn(async move {
                let request = async {
                    let mut room = Room::new(Sender::Known);
                    for step in 1..=16 {
                        room.make(FREE + step * STEP).await?;
                        let received = room.unless_given_up(tokio::task::yield_now());
                        received.await?;
                    }
                    room.keep()
                };
                budget.count(None, request).await
            })
        })
        .collect();
    let mut complete = 0;
    for body in bodies {
        complete += usize::from(body.await.expect("no panic").is_ok());
    }
    assert!(complete > 0);
    assert_eq!(began.elapsed(), Duration::ZERO);
    assert_eq!(free(&budget), MIB);
}

#[tokio::test(start_paused = true)]
async fn a_body_larger_than_the_budget_takes_all_of_it() {
    let budget = BodyBudget::new(MIB);
    assert_eq!(ask(&budget, Sender::Known, 3 * MIB).await, Ok(()));
    assert_eq!(free(&budget), MIB);
}

#[tokio::test(start_paused = true)]
async fn small_bodies_never_wait() {
    let (budget, end) = (BodyBudget::new(MIB), Arc::new(Notify::new()));
    let full = complete(&budget, MIB + FREE, &end).await;
    assert_eq!(ask(&budget, Sender::Anyone, FREE).await, Ok(()));
    end.notify_one();
    full.await.expect("no panic");
}

/// Lets time pass.
async fn pass(time: Duration) {
    let _ = timeout(time, pending::<()>()).await;
}

fn client(number: u8) -> Option<IpAddr> {
    Some(IpAddr::from([192, 0, 2, number]))
}

/// Starts a request of a client with an announced body that arrives in equal parts, one in each interval.
fn announced(
    budget: &BodyBudget,
    client: Option<IpAddr>,
    (length, parts): (usize, usize),
    interval: Duration,
) -> JoinHandle<Result<Instant, NoRoom>> {
    let budget = budget.clone();
    tokio::spawn(async move {
        let request = async {
            let mut room = Room::new(Sender::Known);
            room.reserve(length).await?;
            let begun = Instant::now();
            for part in 1..=parts {
                room.unless_given_up(pass(interval)).await?;
                room.make(length / parts * part).await?;
            }
            room.keep()?;
            Ok(begun)
        };
        budget.count(client, request).await
    })
}

const QUARTER: Duration = Duration::from_millis(250);

#[tokio::test(start_paused = true)]
async fn announced_bodies_get_their_room_in_turn_and_none_is_refused() {
    let (budget, began) = (BodyBudget::new(MIB), Instant::now());
    let bodies: Vec<_> = (0..120)
        .map(|_| announced(&budget, client(1), (MIB / 4, 1), QUARTER))
        .collect();
    let mut order = Vec::new();
    for body in bodies {
        order.push(body.await.expect("no panic").expect("room"));
    }
    assert!(order.is_sorted());
    assert_eq!(began.elapsed(), QUARTER * 120 / 4);
    assert_eq!(free(&budget), MIB);
}

#[tokio::test(start_paused = true)]
async fn a_body_that_arrives_in_time_keeps_its_room() {
    let (budget, began) = (BodyBudget::new(MIB), Instant::now());
    let first = announced(&budget, client(1), (MIB, 64), Duration::from_millis(125));
    let second = announced(&budget, client(2), (MIB, 1), Duration::ZERO);
    assert_eq!(first.await.expect("no panic"), Ok(began));
    let second = second.await.expect("no panic").expect("room");
    assert_eq!(second - began, Duration::from_secs(8));
}

#[tokio::test(start_paused = true)]
async fn an_announced_body_that_is_silent_or_too_slow_makes_room() {
    for (parts, interval) in [(1, PATIENCE), (1_000, QUARTER)] {
        let (budget, began) = (BodyBudget::new(MIB), Instant::now());
        let slow = announced(&budget, client(1), (MIB, parts), interval);
        let next = announced(&budget, client(1), (MIB, 1), Duration::ZERO);
        assert_eq!(slow.await.expect("no panic"), Err(NoRoom));
        let next = next.await.expect("no panic").expect("room");
        assert_eq!(next - began, GRACE);
    }
}

#[tokio::test(start_paused = true)]
async fn nobody_waits_for_the_many_requests_of_another() {
    let (budget, began) = (BodyBudget::new(MIB), Instant::now());
    let hostile: Vec<_> = (0..100)
        .map(|_| announced(&budget, client(1), (MIB, 1), PATIENCE))
        .collect();
    tokio::task::yield_now().await;
    let other = announced(&budget, client(2), (MIB / 4, 1), QUARTER);
    let other = other.await.expect("no panic").expect("room");
    assert_eq!(other - began, GRACE);
    hostile.iter().for_each(JoinHandle::abort);
}

#[tokio::test(start_paused = true)]
async fn an_announced_body_takes_room_from_unknown_clients_but_must_send() {
    let (budget, began) = (BodyBudget::new(MIB), Instant::now());
    let unknown = stalled(&budget, Sender::Anyone, MIB + FREE).await;
    let silent = announced(&budget, client(1), (MIB, 1), PATIENCE);
    assert_eq!(unknown.await.expect("no panic"), NoRoom);
    assert_eq!(began.elapsed(), Duration::ZERO);
    assert_eq!(ask(&budget, Sender::Anyone, MIB).await, Ok(()));
    assert_eq!(began.elapsed(), GRACE);
    assert_eq!(silent.await.expect("no panic"), Err(NoRoom));
}

#[tokio::test(start_paused = true)]
async fn a_body_without_a_length_that_stops_makes_room_for_announced_ones() {
    let (budget, began) = (BodyBudget::new(MIB), Instant::now());
    let stopped = stalled(&budget, Sender::Known, MIB + FREE).await;
    let next = announced(&budget, client(1), (MIB, 1), Duration::ZERO);
    assert_eq!(stopped.await.expect("no panic"), NoRoom);
    let next = next.await.expect("no panic").expect("room");
    assert_eq!(next - began, GRACE);
}

#[tokio::test(start_paused = true)]
async fn an_announced_body_waits_no_longer_than_the_patience() {
    let (budget, end) = (BodyBudget::new(MIB), Arc::new(Notify::new()));
    let first = complete(&budget, MIB + FREE, &end).await;
    let began = Instant::now();
    let second = announced(&budget, client(1), (MIB, 1), Duration::ZERO);
    assert_eq!(second.await.expect("no panic"), Err(NoRoom));
    assert_eq!(began.elapsed(), PATIENCE);
    end.notify_one();
    first.await.expect("no panic");
    assert_eq!(free(&budget), MIB);
}
