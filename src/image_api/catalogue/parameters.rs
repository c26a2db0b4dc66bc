//! The parameters of the catalogue. Every one that an operation does not have is an error: there
//! are no older clients that send more.

use axum::http::Uri;

use crate::http::request::parameters;
use crate::identity::ProjectId;
use crate::image_api::error::Error;
use crate::image_api::images::{DEFAULT_LIMIT, flag, limit};
use crate::policy::Rights;

/// The parameters of a request, each of them once.
#[derive(Debug)]
pub(in crate::image_api) struct Parameters(Vec<(String, String)>);

impl Parameters {
    /// Reads the parameters, whose names have to be among `known`.
    pub(in crate::image_api) fn read(uri: &Uri, known: &[&str]) -> Result<Self, Error> {
        let all = parameters(uri.query().unwrap_or_default())?;
        for (index, (name, _)) in all.iter().enumerate() {
            if !known.contains(&name.as_str()) {
                return Err(Error::invalid(format!("Unknown parameter '{name}'.")));
            }
            if all[..index].iter().any(|(other, _)| other == name) {
                return Err(Error::invalid(format!("Repeated parameter '{name}'.")));
            }
        }
        Ok(Self(all))
    }

    /// All parameters, in their order.
    pub(super) fn all(&self) -> &[(String, String)] {
        &self.0
    }

    /// The value of the parameter `name`.
    pub(super) fn get(&self, name: &str) -> Option<&str> {
        let found = self.0.iter().find(|(other, _)| other == name);
        found.map(|(_, value)| value.as_str())
    }

    /// `limit`: the maximum length of a page.
    pub(super) fn limit(&self) -> Result<usize, Error> {
        self.get("limit").map_or(Ok(DEFAULT_LIMIT), limit)
    }

    /// A truth value; `false` by default.
    pub(super) fn flag(&self, name: &str) -> Result<bool, Error> {
        self.get(name).map_or(Ok(false), |value| flag(name, value))
    }

    /// `owner`: the project whose images the request is about.
    pub(super) fn owner(&self) -> Result<Option<ProjectId>, Error> {
        let owner = self.get("owner").map(str::parse).transpose();
        owner.map_err(|error| Error::invalid(format!("Invalid owner: {error}.")))
    }

    /// `owner` of a change: the caller's project by default.
    pub(in crate::image_api) fn owner_to_change(
        &self,
        rights: &Rights,
    ) -> Result<Option<ProjectId>, Error> {
        rights.may_list()?;
        Ok(rights.owner_to_change(self.owner()?)?)
    }
}
