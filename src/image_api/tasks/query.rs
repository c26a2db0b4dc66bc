//! The parameters of a list of tasks.

use std::cmp::Ordering;

use jiff::Timestamp;
use strum::EnumString;
use uuid::Uuid;

use super::view::Task;
use crate::image_api::error::Error;
use crate::image_api::images::{DEFAULT_LIMIT, limit};

/// The attributes that Glance can sort tasks by.
#[derive(Clone, Copy, Debug, EnumString)]
#[strum(serialize_all = "snake_case")]
enum SortKey {
    Id,
    Type,
    Status,
    Owner,
    ImageId,
    RequestId,
    UserId,
    ExpiresAt,
    CreatedAt,
    UpdatedAt,
}

/// Which tasks are wanted, and in which order.
pub(super) struct TaskQuery {
    limit: usize,
    marker: Option<String>,
    is_ascending: bool,
    key: SortKey,
    /// The statuses and types that tasks have to have.
    status: String,
    kind: String,
}

impl TaskQuery {
    /// Reads the parameters, and refuses what Glance refuses. A parameter that is no filter is
    /// ignored.
    pub(super) fn read(parameters: &[(String, String)]) -> Result<Self, Error> {
        let mut query = Self {
            limit: DEFAULT_LIMIT,
            marker: None,
            is_ascending: false,
            key: SortKey::CreatedAt,
            status: String::new(),
            kind: String::new(),
        };
        for (name, value) in parameters {
            query.set(name, value)?;
        }
        Ok(query)
    }

    fn set(&mut self, name: &str, value: &str) -> Result<(), Error> {
        let is_one_of = |values: &[&str]| values.contains(&value);
        match name {
            "limit" => self.limit = limit(value)?,
            "marker" if !value.is_empty() && Uuid::parse_str(value).is_err() => {
                return Err(Error::invalid("Invalid marker format"));
            }
            "marker" => self.marker = Some(value.to_owned()),
            "sort_dir" if !is_one_of(&["asc", "desc"]) => {
                return Err(Error::invalid(format!("Invalid sort direction: {value}")));
            }
            "sort_dir" => self.is_ascending = value == "asc",
            "sort_key" => {
                let key = value.parse();
                let invalid = |_| Error::invalid("Sort key supplied was not valid.");
                self.key = key.map_err(invalid)?;
            }
            "status" if !is_one_of(&["", "pending", "processing", "success", "failure"]) => {
                return Err(Error::invalid(format!("Invalid status value: {value}")));
            }
            "status" => value.clone_into(&mut self.status),
            "type" if !is_one_of(&["", "import"]) => {
                return Err(Error::invalid(format!("Invalid type value: {value}")));
            }
            "type" => value.clone_into(&mut self.kind),
            _ => {}
        }
        Ok(())
    }

    /// The page of `tasks` that is wanted, and whether more come after it.
    pub(super) fn page(&self, mut tasks: Vec<Task>) -> Result<(Vec<Task>, bool), Error> {
        tasks.sort_by(|one, other| {
            let ordering = self.key.compare(one, other);
            let ordering = ordering.then(one.import.id.cmp(&other.import.id));
            if self.is_ascending {
                ordering
            } else {
                ordering.reverse()
            }
        });
        if let Some(marker) = &self.marker {
            let mut ids = tasks.iter().map(|task| task.import.id.to_string());
            let place = ids.position(|id| id == *marker).ok_or_else(|| {
                Error::invalid(format!("Task with the given id {marker} was not found"))
            })?;
            tasks.drain(..=place);
        }
        tasks.retain(|task| self.wants(task));
        let has_more = tasks.len() > self.limit && self.limit > 0;
        tasks.truncate(self.limit);
        Ok((tasks, has_more))
    }

    /// Tasks of the type `import` were Glance's former way to import.
    fn wants(&self, task: &Task) -> bool {
        let is_status = self.status.is_empty() || self.status == task.import.status.as_str();
        is_status && self.kind.is_empty()
    }
}

impl SortKey {
    fn compare(self, one: &Task, other: &Task) -> Ordering {
        let (a, b) = (&one.import, &other.import);
        let end = |expires_at: Option<Timestamp>| expires_at.unwrap_or(Timestamp::MIN);
        match self {
            Self::Id => a.id.cmp(&b.id),
            Self::Type => Ordering::Equal,
            Self::Status => a.status.as_str().cmp(b.status.as_str()),
            Self::Owner => a.owner.cmp(&b.owner),
            Self::ImageId => one.image.cmp(&other.image),
            Self::RequestId => a.request_id.cmp(&b.request_id),
            Self::UserId => a.user.cmp(&b.user),
            Self::ExpiresAt => end(a.expires_at()).cmp(&end(b.expires_at())),
            Self::CreatedAt => a.created_at.cmp(&b.created_at),
            Self::UpdatedAt => a.updated_at.cmp(&b.updated_at),
        }
    }
}
