//! The recorded responses of a Glance to the cells of the matrix.

use std::fmt;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// One operation on one image, and the responses to the callers.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Line {
    pub image: String,
    pub operation: String,
    answers: Vec<Group>,
}

/// The callers that got the same response.
#[derive(Debug, Deserialize)]
struct Group {
    callers: Vec<String>,
    #[serde(flatten)]
    answer: Answer,
}

/// A response and its effect. Names in braces stand for ids.
#[derive(Debug, Default, PartialEq, Deserialize, Serialize)]
pub struct Answer {
    pub status: u16,
    /// The explanation of an error on one line.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub says: String,
    /// A summary of the document of a success: `the image` if it equals the stored one, the number
    /// of images, or the members with their statuses.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub shows: String,
    /// The fields that the request changed, with their new values.
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    pub effect: Map<String, Value>,
}

/// One operation on one image by one caller.
#[derive(Clone, Copy, Debug)]
pub struct Cell<'a> {
    pub image: &'a str,
    pub operation: &'a str,
    pub caller: &'a str,
    pub recorded: &'a Answer,
}

/// What a Glance with its defaults answered.
pub fn lines() -> Vec<Line> {
    parse(include_str!("glance.jsonl"))
}

/// What a Glance with the policy file `policy.yaml` answered.
pub fn lines_with_policy() -> Vec<Line> {
    parse(include_str!("glance_policy.jsonl"))
}

fn parse(text: &str) -> Vec<Line> {
    let lines = text.lines();
    lines
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

impl Line {
    pub fn cells(&self) -> impl Iterator<Item = Cell<'_>> {
        self.answers.iter().flat_map(|group| {
            let cell = |caller| Cell {
                image: &self.image,
                operation: &self.operation,
                caller,
                recorded: &group.answer,
            };
            group
                .callers
                .iter()
                .map(move |caller| cell(caller.as_str()))
        })
    }
}

impl<'a> Cell<'a> {
    pub fn name(&self) -> [&'a str; 3] {
        [self.image, self.operation, self.caller]
    }
}

impl fmt::Display for Cell<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.name().join(" / "))
    }
}

impl fmt::Display for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&serde_json::to_string(self).unwrap())
    }
}
