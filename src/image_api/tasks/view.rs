//! The JSON of tasks, as in Glance.

use jiff::Timestamp;
use serde_json::{Map, Value, json};

use crate::data::DataStore;
use crate::image::{Image, ImageId, ImportTask, TaskStatus};
use crate::image_api::images::view::seconds;

/// A task and the image that it is of.
pub(super) struct Task {
    pub(super) image: ImageId,
    pub(super) import: ImportTask,
}

/// The type of every task.
const TYPE: &str = "api_image_import";

impl Task {
    /// The task of the image, if it has one that is still shown at `now`.
    pub(super) fn of(image: &Image, now: Timestamp) -> Option<Self> {
        let import = image.import.as_ref();
        let import = import.filter(|task| task.expires_at().is_none_or(|end| end > now))?;
        Some(Self {
            image: image.id(),
            import: (**import).clone(),
        })
    }

    /// The JSON in a list.
    pub(super) fn summary(&self) -> Value {
        let task = &self.import;
        let mut json = json!({
            "id": task.id,
            "type": TYPE,
            "status": task.status,
            "owner": task.owner,
            "created_at": seconds(task.created_at),
            "updated_at": seconds(task.updated_at),
            "self": format!("/v2/tasks/{}", task.id),
            "schema": "/v2/schemas/task",
        });
        if let Some(end) = task.expires_at() {
            json["expires_at"] = seconds(end).into();
        }
        json
    }

    /// The JSON of the task itself.
    pub(super) fn whole(&self) -> Value {
        let mut json = self.summary();
        if let Some(members) = json.as_object_mut() {
            members.append(&mut self.details());
        }
        json
    }

    /// The JSON among the tasks of an image. Times have six digits after the second.
    pub(super) fn of_image(&self) -> Value {
        let task = &self.import;
        let mut json = json!({
            "id": task.id,
            "type": TYPE,
            "status": task.status,
            "owner": task.owner,
            "expires_at": task.expires_at().map(microseconds),
            "created_at": microseconds(task.created_at),
            "updated_at": microseconds(task.updated_at),
            "deleted_at": null,
            "deleted": false,
        });
        if let Some(members) = json.as_object_mut() {
            members.append(&mut self.details());
        }
        json
    }

    fn details(&self) -> Map<String, Value> {
        let Self { image, import } = self;
        let mut method = json!({"name": import.method});
        if let Some(uri) = &import.uri {
            method["uri"] = uri.as_str().into();
        }
        let has_succeeded = import.status == TaskStatus::Succeeded;
        let result = has_succeeded.then(|| json!({"image_id": image.to_string()}));
        let details = [
            ("image_id", image.to_string().into()),
            ("request_id", import.request_id.as_str().into()),
            ("user_id", import.user.as_str().into()),
            (
                "input",
                json!({
                    "image_id": image.to_string(),
                    "import_req": {"method": method},
                    "backend": [DataStore::NAME],
                }),
            ),
            ("result", result.into()),
            ("message", import.message.as_str().into()),
        ];
        details
            .into_iter()
            .map(|(name, value)| (name.to_owned(), value))
            .collect()
    }
}

/// A time with six digits after the second, as Glance writes it here.
fn microseconds(time: Timestamp) -> String {
    time.strftime("%Y-%m-%dT%H:%M:%S%.6f").to_string()
}
