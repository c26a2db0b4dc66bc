//! Plays one line of the matrix on a service with the images that the line names.

use std::path::Path;
use std::sync::Arc;

use image_tags::config::Config;
use image_tags::data::DataUrl;
use image_tags::image::{Image, ImageData, ImageId, Member, MemberStatus, UploadId};
use image_tags::store::Memory;
use serde_json::{Map, Value, json};

use super::plan::{Operation, Plan, project, token};
use super::recorded::{Answer, Cell, Line};
use crate::support::{self, TestApp};

/// The fields of an image that are compared.
const FIELDS: [&str; 10] = [
    "name",
    "owner",
    "visibility",
    "status",
    "protected",
    "os_hidden",
    "disk_format",
    "colour",
    "kept",
    "tags",
];

/// The cells of the line, each with the response of this service. Each caller has its own image.
pub async fn play<'a>(plan: &Plan, config: &Config, line: &'a Line) -> Vec<(Cell<'a>, Answer)> {
    let cells: Vec<_> = line.cells().map(|cell| (cell, ImageId::random())).collect();
    let images = cells
        .iter()
        .filter(|_| line.image != "none")
        .map(|(_, id)| image(*id, &line.image));
    let mut images: Vec<_> = images.collect();
    let (directory, mut config) = (tempfile::tempdir().unwrap(), config.clone());
    if line.operation == "download" {
        config.data.url = Some(DataUrl::File(directory.path().to_owned()));
        for image in &mut images {
            give_data(image, directory.path());
        }
    }
    let app = TestApp::with_identities(
        Arc::new(Memory::with_images(images)),
        config,
        plan.identities(),
    );
    let mut played = Vec::new();
    for (cell, id) in cells {
        played.push((
            cell,
            one(&app, plan.operation(cell.operation), cell.caller, id).await,
        ));
    }
    played
}

async fn one(app: &TestApp, operation: &Operation, caller: &str, id: ImageId) -> Answer {
    let before = look(app, id).await;
    let own = [
        // `{new}` is the id of an image that does not exist.
        (
            if before.is_some() { "{image}" } else { "{new}" },
            id.to_string(),
        ),
        ("{owner}", project("owner")),
        ("{member}", project("member")),
        ("{stranger}", project("stranger")),
    ];
    let fill = |text: &str| {
        own.iter().fold(text.to_owned(), |text, (name, value)| {
            text.replace(name, value)
        })
    };
    let mask = |text: &str| {
        own.iter().fold(text.to_owned(), |text, (name, value)| {
            text.replace(value, name)
        })
    };

    let request = fill(&operation.request);
    let (method, path) = request.split_once(' ').unwrap();
    let (body, media_type) = operation.body().unwrap_or_default();
    let headers = [("Content-Type", media_type)];
    let headers = &headers[..usize::from(!media_type.is_empty())];
    let token = token(caller);
    let response = app
        .with_token(&token)
        .send_body(method.parse().unwrap(), path, headers, fill(body))
        .await;

    let after = look(app, id).await;
    let effect = serde_json::to_string(&changes(before.as_ref(), after.as_ref())).unwrap();
    Answer {
        status: response.status.as_u16(),
        says: mask(&says(&response)),
        shows: shows(&response, after.as_ref(), mask),
        effect: serde_json::from_str(&mask(&effect)).unwrap(),
    }
}

/// The image that a name describes: visibility, status of the membership of the project `member`,
/// status of the image, and flags.
fn image(id: ImageId, name: &str) -> Image {
    let mut image = Image::new(id, "2026-01-01T00:00:00Z".parse().unwrap());
    let mut words = name.split(' ');
    let mut word = || words.next().unwrap();
    image.visibility = word().parse().unwrap();
    match word() {
        "none" => {}
        status => share(&mut image, "member", status.parse().unwrap()),
    }
    image.status = word().parse().unwrap();
    for flag in words {
        match flag {
            "protected" => image.protected = true,
            "hidden" => image.hidden = true,
            "returned" => share(&mut image, "owner", MemberStatus::Pending),
            _ => panic!("{name}"),
        }
    }
    image.name = Some(format!("matrix-{id}").parse().unwrap());
    image.owner = Some(project("owner").parse().unwrap());
    image.disk_format = Some("raw".parse().unwrap());
    image.container_format = Some("bare".parse().unwrap());
    image.tags = ["set".parse().unwrap()].into();
    image.properties = [("kept".parse().unwrap(), "1".parse().unwrap())].into();
    image
}

/// Puts the data of an image that has some into a directory.
fn give_data(image: &mut Image, directory: &Path) {
    let upload = UploadId::random();
    image.upload = Some(upload);
    if image.published_upload().is_none() {
        image.upload = None;
        return;
    }
    image.data = Some(ImageData::new(4, "a", "b").unwrap());
    let directory = directory.join(image.id().to_string());
    std::fs::create_dir(&directory).unwrap();
    std::fs::write(directory.join(upload.to_string()), "data").unwrap();
}

fn share(image: &mut Image, with: &str, status: MemberStatus) {
    image.members.insert(
        project(with).parse().unwrap(),
        Member::new(status, image.created_at()),
    );
}

/// The compared fields of an image, and its members if it can have any.
async fn look(app: &TestApp, id: ImageId) -> Option<Map<String, Value>> {
    let image = app.store.image(id).await.unwrap()?;
    let mut seen = json!({"name": image.name, "owner": image.owner, "visibility": image.visibility,
        "status": image.status, "protected": image.protected, "os_hidden": image.hidden,
        "disk_format": image.disk_format, "tags": image.tags});
    for (name, value) in &image.properties {
        seen[name.as_str()] = value.as_str().into();
    }
    if image.check_shared().is_ok() {
        let members = image.members.iter();
        seen["members"] = members
            .map(|(project, member)| (project.to_string(), json!(member.status)))
            .collect();
    }
    seen.as_object().cloned()
}

fn changes(
    before: Option<&Map<String, Value>>,
    after: Option<&Map<String, Value>>,
) -> Map<String, Value> {
    let Some(after) = after else {
        return before
            .map(|_| ("gone".to_owned(), true.into()))
            .into_iter()
            .collect();
    };
    let value = |image: Option<&Map<String, Value>>, field: &str| {
        image
            .and_then(|image| image.get(field))
            .cloned()
            .unwrap_or_default()
    };
    let fields = FIELDS.into_iter().chain(["members"]);
    let pairs = fields.map(|field| (field, value(before, field), value(Some(after), field)));
    pairs
        .filter(|(_, old, new)| old != new)
        .map(|(field, _, new)| (field.to_owned(), new))
        .collect()
}

/// The explanation of an error on one line.
fn says(response: &support::Response) -> String {
    if response.status.is_success() {
        return String::new();
    }
    let text = response
        .body
        .split_once("\n\n")
        .map(|(_, text)| text)
        .unwrap_or_default();
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// A summary of the document of a success.
fn shows(
    response: &support::Response,
    after: Option<&Map<String, Value>>,
    mask: impl Fn(&str) -> String,
) -> String {
    if !response.status.is_success() || !response.body.starts_with('{') {
        return String::new();
    }
    let document = response.json();
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let said = |member: &Value| {
        mask(&format!(
            "{} {}",
            text(&member["member_id"]),
            text(&member["status"])
        ))
    };
    if let Some(images) = document["images"].as_array() {
        format!("images: {}", images.len())
    } else if let Some(members) = document["members"].as_array() {
        let mut members: Vec<_> = members.iter().map(said).collect();
        members.sort();
        format!("members: {}", members.join(", "))
    } else if document.get("member_id").is_some() {
        format!("member: {}", said(&document))
    } else if document.get("visibility").is_some() {
        let truth = after.cloned().unwrap_or_default();
        let is_it = FIELDS
            .iter()
            .all(|field| document.get(*field) == truth.get(*field));
        if is_it { "the image" } else { "another image" }.to_owned()
    } else {
        String::new()
    }
}
