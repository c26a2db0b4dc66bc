//! The plan of the matrix: callers, operations and images.

use image_tags::auth::Token;
use image_tags::identity::Identity;
use serde::Deserialize;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Plan {
    pub caller: Vec<Caller>,
    operation: Vec<Operation>,
    block: Vec<Block>,
    /// The images that are also recorded with the policy file.
    pub policy_images: Vec<String>,
}

/// A caller: the scope and the roles of its token.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Caller {
    name: String,
    project: Option<String>,
    #[serde(rename = "scope")]
    _scope: Option<String>,
    roles: Vec<String>,
}

/// A request, with at most one kind of body.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Operation {
    name: String,
    pub request: String,
    json: Option<String>,
    patch: Option<String>,
    data: Option<String>,
}

/// Every caller sends every operation to every image.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Block {
    images: Vec<String>,
    operations: Vec<String>,
}

/// The id of a project of the plan.
pub fn project(name: &str) -> String {
    format!("id-of-{name}")
}

impl Plan {
    pub fn load() -> Self {
        toml::from_str(include_str!("plan.toml")).unwrap()
    }

    pub fn operation(&self, name: &str) -> &Operation {
        self.operation
            .iter()
            .find(|operation| operation.name == name)
            .unwrap()
    }

    /// Image, operation and caller of every cell.
    pub fn cells(&self) -> impl Iterator<Item = [&str; 3]> {
        self.block
            .iter()
            .flat_map(move |Block { images, operations }| {
                images.iter().flat_map(move |image| {
                    operations.iter().flat_map(move |operation| {
                        self.caller
                            .iter()
                            .map(move |caller| [&**image, &**operation, &*caller.name])
                    })
                })
            })
    }

    pub fn identities(&self) -> impl Iterator<Item = (Token, Identity)> {
        self.caller.iter().map(|caller| {
            (
                Token::new(token(&caller.name).as_bytes()).unwrap(),
                caller.identity(),
            )
        })
    }
}

/// The token of a caller.
pub fn token(caller: &str) -> String {
    format!("token-of-{}", caller.replace(' ', "-"))
}

impl Caller {
    fn identity(&self) -> Identity {
        let project = self
            .project
            .as_deref()
            .map(|name| project(name).parse().unwrap());
        Identity::new(&self.name, project, self.roles.iter().map(String::as_str))
    }
}

impl Operation {
    /// The body, and its media type.
    pub fn body(&self) -> Option<(&str, &'static str)> {
        let kinds = [
            (&self.json, "application/json"),
            (&self.patch, "application/openstack-images-v2.1-json-patch"),
            (&self.data, "application/octet-stream"),
        ];
        kinds
            .into_iter()
            .find_map(|(body, media_type)| body.as_deref().map(|body| (body, media_type)))
    }
}
