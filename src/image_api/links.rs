//! The links between the pages of a list.

use std::io::{self, Write};

use serde::Serialize;

use crate::http::request::query_string;
use crate::http::response::write_text;

/// Links to the first page of a list and to the next one, as paths.
#[derive(Serialize)]
pub(super) struct Links {
    first: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    next: Option<String>,
}

impl Links {
    /// The links of a page of the list at `path`, which repeat `parameters`. The next page starts
    /// after `marker`; `None` if there is none.
    pub(super) fn new(path: &str, parameters: &[(String, String)], marker: Option<&str>) -> Self {
        let kept = || {
            parameters
                .iter()
                .map(|(name, value)| (&**name, &**value))
                .filter(|(name, _)| *name != "marker")
        };
        let link = |query: String| format!("{path}{query}");
        Self {
            first: link(query_string(kept())),
            next: marker.map(|marker| link(query_string(kept().chain([("marker", marker)])))),
        }
    }

    /// Writes the links as members of an object.
    pub(super) fn write_members(&self, json: &mut impl Write) -> io::Result<()> {
        json.write_all(b"\"first\":")?;
        write_text(json, &self.first)?;
        if let Some(next) = &self.next {
            json.write_all(b",\"next\":")?;
            write_text(json, next)?;
        }
        Ok(())
    }

    /// The length of both links in bytes.
    pub(super) fn bytes(&self) -> usize {
        self.first.len() + self.next.as_ref().map_or(0, String::len)
    }
}
