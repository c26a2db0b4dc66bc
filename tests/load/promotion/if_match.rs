//! Promotions with the same precondition, of which one takes effect.

use std::collections::BTreeMap;
use std::sync::Arc;

use reqwest::header::{HeaderName, IF_MATCH, IF_NONE_MATCH};
use reqwest::{Method, StatusCode};
use tokio::sync::Barrier;
use tokio::task::JoinSet;

use super::client::{REQUEST_ID, TAG, promotion, receive};
use super::observation::TagWrite;
use super::race::Race;
use crate::settings::amount;

/// How many promotions have the same precondition.
const PROMOTIONS: usize = 32;

/// Promotes images at once through all processes, first on the condition that no image has the tag,
/// then that it is where it was. One promotion succeeds, and the others learn that they were late.
pub(super) async fn check_conditional_promotions(name: &str, stores: &[&str]) {
    let name = format!("{name}, preconditions");
    // No image is promoted twice, so each success is a move.
    let rounds = usize::try_from(amount(3, 20)).unwrap();
    let mut race = Race::start(&name, stores, rounds * PROMOTIONS).await;
    for round in 0..rounds {
        let condition = match round {
            0 => (IF_NONE_MATCH, "*".to_owned()),
            _ => (IF_MATCH, etag(&race).await),
        };
        let statuses = promote_at_once(&mut race, round, &condition).await;
        let expected = [(200, 1), (412, PROMOTIONS - 1)].into();
        assert_eq!(statuses, expected, "{name}: {condition:?}");
        let figures = race.judge(None).await;
        assert_eq!(figures.moves, 1, "{name}: {condition:?}");
    }
    println!(
        "{name}: {rounds} times 1 × 200 and {} × 412",
        PROMOTIONS - 1
    );
}

/// The entity tag of the tag.
async fn etag(race: &Race) -> String {
    let client = race.programs[0].client();
    let request = client.request(Method::GET, &format!("/v2/tags/{TAG}"));
    receive(request, StatusCode::OK)
        .await
        .unwrap()
        .unwrap()
        .etag()
}

/// Promotes the images of this round, and counts the statuses of the answers. Only a promotion with
/// the status 200 may be in the history.
async fn promote_at_once(
    race: &mut Race,
    round: usize,
    (header, value): &(HeaderName, String),
) -> BTreeMap<u16, usize> {
    let (clients, barrier) = (race.clients(), Arc::new(Barrier::new(PROMOTIONS)));
    let mut promotions = JoinSet::new();
    for number in 0..PROMOTIONS {
        let client = &clients[number % clients.len()];
        let image = round * PROMOTIONS + number;
        let request_id = format!("req-{}", uuid::Uuid::new_v4());
        let request = promotion(client, &race.load.images[image])
            .header(header, value)
            .header(REQUEST_ID, &request_id);
        let barrier = Arc::clone(&barrier);
        promotions.spawn(async move {
            barrier.wait().await;
            let status = request.send().await.unwrap().status().as_u16();
            (status, image, request_id)
        });
    }
    let mut statuses = BTreeMap::new();
    for (status, image, request_id) in promotions.join_all().await {
        *statuses.entry(status).or_default() += 1;
        if status == 200 {
            race.seen.writes.push(TagWrite {
                request_id,
                image,
                called_at: 0,
                returned_at: 0,
                acknowledged: None,
            });
        }
    }
    statuses
}
