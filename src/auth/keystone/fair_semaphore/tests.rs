//! Tests of the semaphore's fairness, bounds and clean-up.

use std::net::Ipv6Addr;
use std::sync::Arc;
use std::time::Duration;

use super::queue_key::QueueKey;
use super::scheduler::{MAX_PERMITS, MAX_WAITERS, MAX_WAITERS_PER_QUEUE, RESERVED_PERMITS};
use super::semaphore::{FairSemaphore, Permit};

const TIMEOUT: Duration = Duration::from_secs(5);

fn key(client: &str) -> QueueKey {
    QueueKey::new(Some(client.parse().unwrap()), false)
}

/// Acquires as many permits as are granted without waiting.
fn acquire_all(semaphore: &Arc<FairSemaphore>, key: QueueKey) -> Vec<Permit> {
    let mut held = Vec::new();
    loop {
        let (permit, mut granted) = semaphore.enqueue(key).unwrap();
        if granted.try_recv().is_err() {
            return held;
        }
        held.push(permit);
    }
}

fn is_idle(semaphore: &FairSemaphore) -> bool {
    semaphore.scheduler().is_idle()
}

#[tokio::test(start_paused = true)]
async fn no_client_holds_all_permits_and_new_tokens_never_hold_the_reserve() {
    let semaphore = Arc::new(FairSemaphore::default());
    let mut held = acquire_all(&semaphore, key("192.0.2.1"));
    assert_eq!(held.len(), 18);
    for number in 2..40 {
        held.extend(acquire_all(&semaphore, key(&format!("192.0.2.{number}"))));
    }
    assert_eq!(held.len(), MAX_PERMITS - RESERVED_PERMITS);
    let reserve = acquire_all(&semaphore, QueueKey::new(None, true));
    assert_eq!(reserve.len(), 6);
    assert!(
        semaphore
            .acquire(
                QueueKey::new(Some(Ipv6Addr::LOCALHOST.into()), true),
                TIMEOUT
            )
            .await
            .is_some()
    );
    drop((held, reserve));
    assert!(is_idle(&semaphore));
}

#[tokio::test(start_paused = true)]
async fn queues_take_turns_and_each_is_first_in_first_out() {
    let semaphore = Arc::new(FairSemaphore::default());
    let mut held: Vec<_> = (1..=24)
        .filter_map(|number| semaphore.enqueue(key(&format!("10.0.0.{number}"))))
        .collect();
    let mut waiting: Vec<_> = ["192.0.2.1"; 3]
        .iter()
        .chain(&["192.0.2.2"; 2])
        .map(|client| semaphore.enqueue(key(client)).unwrap())
        .collect();
    for expected in [0, 3, 1, 4, 2] {
        held.pop();
        let notified = waiting
            .iter_mut()
            .position(|(_, granted)| granted.try_recv().is_ok());
        assert_eq!(notified, Some(expected));
    }
    drop((held, waiting));
    assert!(is_idle(&semaphore));
}

#[tokio::test(start_paused = true)]
async fn a_waiter_times_out_and_leaves_nothing_behind() {
    let semaphore = Arc::new(FairSemaphore::default());
    let held = acquire_all(&semaphore, key("192.0.2.1"));
    let (start, waits) = (tokio::time::Instant::now(), semaphore.waits());
    assert!(semaphore.acquire(key("192.0.2.1"), TIMEOUT).await.is_none());
    assert_eq!(start.elapsed(), TIMEOUT);
    // One waiter is cancelled, the other is granted its permit without looking at it.
    let (cancelled, granted) = (
        semaphore.enqueue(key("192.0.2.1")),
        semaphore.enqueue(key("192.0.2.1")),
    );
    drop(cancelled);
    assert_eq!((semaphore.waits() - waits, semaphore.waiting()), (3, 1));
    drop(held);
    drop(granted);
    assert!(is_idle(&semaphore));
}

#[test]
fn the_queues_are_bounded() {
    let semaphore = Arc::new(FairSemaphore::default());
    let mut held = Vec::new();
    while let Some(permit) = semaphore.enqueue(key("192.0.2.1")) {
        held.push(permit);
    }
    assert_eq!(held.len(), 18 + MAX_WAITERS_PER_QUEUE);
    for number in 0..2 * MAX_WAITERS {
        held.extend(semaphore.enqueue(QueueKey::new(
            Some(Ipv6Addr::from_bits((number as u128) << 64).into()),
            false,
        )));
    }
    assert_eq!(held.len(), MAX_PERMITS - RESERVED_PERMITS + MAX_WAITERS);
    assert!(semaphore.scheduler().queues.len() <= MAX_PERMITS + MAX_WAITERS);
    drop(held);
    assert!(is_idle(&semaphore));
}
