//! The images that exist when a case begins.

use image_tags::identity::ProjectId;
use image_tags::image::{Image, ImageId, Member};
use serde_json::Value;

use super::case::{Case, State};
use super::placeholders::Values;

/// For a list: the images that the recorded list shows, the two that all cases about tags began
/// with, and an older one that no list shows. The newest of the first two has the id of the case.
pub fn listed_images(case: &Case, id: ImageId) -> Vec<Image> {
    let listed = |case: &Case| {
        let body = case
            .response
            .body
            .as_deref()
            .and_then(|body| serde_json::from_str::<Value>(body).ok());
        body.and_then(|body| body["images"].as_array().cloned())
            .unwrap_or_default()
    };
    let mut recorded = listed(case);
    if recorded.is_empty() && case.group != "show" || !case.request.path.contains("/images?") {
        return Vec::new();
    }
    if case.group == "show" {
        recorded.extend(
            Case::all()
                .iter()
                .filter(|case| case.name == "list_one")
                .flat_map(listed),
        );
    }
    recorded.sort_by_key(|image| std::cmp::Reverse(image["created_at"].to_string()));
    recorded.dedup_by_key(|image| {
        (
            image["name"].to_string(),
            image["created_at"].to_string(),
            image["id"].to_string(),
        )
    });
    recorded.push(
        serde_json::json!({"visibility": "private", "owner": "{project:alpha}", "status": "queued",
        "created_at": "2020-01-01T00:00:00Z", "name": "older", "tags": []}),
    );
    let mut ids = [id]
        .into_iter()
        .chain(std::iter::repeat_with(ImageId::random));
    let image = |recorded: Value| {
        let mut state: State =
            serde_json::from_value(recorded.clone()).unwrap_or_else(|_| panic!("{recorded}"));
        state.image_status = recorded["status"].as_str().map(str::to_owned);
        let own = recorded["id"].as_str().and_then(|id| id.parse().ok());
        let mut image = Image::new(
            own.or_else(|| ids.next()).unwrap(),
            recorded["created_at"].as_str().unwrap().parse().unwrap(),
        );
        fill(&mut image, &state);
        image.name = recorded["name"].as_str().map(str::to_owned);
        image.disk_format = recorded["disk_format"].as_str().map(str::to_owned);
        image.container_format = recorded["container_format"].as_str().map(str::to_owned);
        image
    };
    recorded.into_iter().map(image).collect()
}

/// The image that a state describes.
pub fn image(id: ImageId, state: &State) -> Image {
    let mut image = Image::new(id, "2026-01-01T00:00:00Z".parse().unwrap());
    image.name = Some("golden-image".to_owned());
    image.disk_format = Some("raw".to_owned());
    image.container_format = Some("bare".to_owned());
    fill(&mut image, state);
    image
}

fn fill(image: &mut Image, state: &State) {
    let values = Values {
        image: image.id().to_string(),
        address: String::new(),
    };
    image.owner = state
        .owner
        .as_deref()
        .map(|owner| ProjectId::from(&*values.fill(owner)));
    image.visibility = state.visibility.as_deref().unwrap().parse().unwrap();
    image.status = state
        .image_status
        .as_deref()
        .unwrap_or("queued")
        .parse()
        .unwrap();
    image.tags = state.tags().collect();
    image.protected = state.protected;
    image.hidden = state.os_hidden;
    image.members = state
        .members
        .iter()
        .map(|(project, status)| {
            (
                ProjectId::from(&*values.fill(project)),
                Member::new(*status, image.created_at()),
            )
        })
        .collect();
}
