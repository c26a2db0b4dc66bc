//! An image of the check, and the changes of its tags.

use std::collections::BTreeSet;

use axum::http::Method;
use serde_json::{Value, json};

use super::api::GlanceApi;
use super::error::CheckError;
use super::outcome::Outcome;
use crate::image::{Image, ImageId, Quota, Reason, Tag};
use crate::store::{Author, ImageStore};

/// An image that Glance has created for the check. It has the tag `base` from the start.
#[derive(Debug)]
pub(super) struct CheckedImage<'a> {
    pub(super) api: &'a GlanceApi,
    store: &'a dyn ImageStore,
    pub(super) id: ImageId,
    /// The tags that it has to have.
    tags: BTreeSet<String>,
    pub(super) outcome: Outcome,
}

impl<'a> CheckedImage<'a> {
    /// Has Glance create an image.
    pub(super) async fn create(
        api: &'a GlanceApi,
        store: &'a dyn ImageStore,
    ) -> Result<Self, CheckError> {
        let new = json!({
            "name": "image-tags glance check",
            "tags": ["base"],
            "disk_format": "raw",
            "container_format": "bare",
        });
        let created = api.call(Method::POST, "/v2/images", Some(new)).await?;
        let id = created["id"].as_str().and_then(|id| id.parse().ok());
        let id = id.ok_or_else(|| CheckError::Answer {
            request: "POST /v2/images".to_owned(),
            status: 201,
            text: created.to_string(),
        })?;
        Ok(Self {
            api,
            store,
            id,
            tags: BTreeSet::from(["base".to_owned()]),
            outcome: Outcome::default(),
        })
    }

    pub(super) fn path(&self) -> String {
        format!("/v2/images/{}", self.id)
    }

    /// Adds a tag, or removes it, in Glance's database.
    pub(super) async fn change(&mut self, text: &str, is_added: bool) -> Result<(), CheckError> {
        let reason = "image-tags glance check".parse::<Reason>();
        let author = Author {
            reason: reason.as_ref().ok(),
            ..Author::without_request("image-tags")
        };
        let Ok(tag) = text.parse::<Tag>() else {
            return Ok(());
        };
        let unlimited = Quota::new(-1);
        let change = |image: &mut Image| {
            if is_added {
                image.add_tag(&tag, unlimited)?;
            } else {
                image.tags.remove(&tag);
            }
            Ok(())
        };
        self.store.change(self.id, &author, &change).await?;
        self.outcome.changes += 1;
        if is_added {
            self.tags.insert(text.to_owned());
        } else {
            self.tags.remove(text);
        }
        Ok(())
    }

    /// Glance's own view of the image.
    pub(super) async fn shown(&self) -> Result<Value, CheckError> {
        self.api.call(Method::GET, &self.path(), None).await
    }

    /// Compares the tags that Glance shows with those that the image has to have, and has Glance
    /// delete the image.
    pub(super) async fn judge(mut self) -> Result<Outcome, CheckError> {
        let shown = self.shown().await;
        self.api.call(Method::DELETE, &self.path(), None).await?;
        let shown = shown?;
        let list = shown["tags"].as_array().cloned().unwrap_or_default();
        let list: Vec<_> = list.iter().filter_map(Value::as_str).collect();
        let set: BTreeSet<_> = list.iter().map(|tag| (*tag).to_owned()).collect();
        self.outcome.lost += self.tags.difference(&set).count();
        self.outcome.back += set.difference(&self.tags).count();
        self.outcome.doubled += list.len() - set.len();
        Ok(self.outcome)
    }
}
