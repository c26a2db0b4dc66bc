//! The placeholders of the recording: projects, tokens, the image and the address.

use image_tags::auth::Token;
use image_tags::identity::Identity;

/// The values of the placeholders in one replay.
pub struct Values {
    pub image: String,
    pub address: String,
}

const ALPHA: &str = "11111111111141118111111111111111";
pub const UNIQUE: &str = "unique-tag";
const BETA: &str = "22222222222242228222222222222222";

/// The valid tokens. A revoked token that was used before was valid too, because Glance had cached
/// it.
const TOKENS: [(&str, Option<&str>, &str); 6] = [
    ("admin", Some("33333333333343338333333333333333"), "admin"),
    ("alpha-member", Some(ALPHA), "member"),
    ("alpha-reader", Some(ALPHA), "reader"),
    ("beta-member", Some(BETA), "member"),
    ("revoked-used", Some(ALPHA), "member"),
    ("unscoped", None, ""),
];

impl Values {
    pub fn fill(&self, text: &str) -> String {
        let mut text = text
            .replace("{image}", &self.image)
            .replace("{image|nodash}", &self.image.replace('-', ""))
            .replace("{host}", &self.address)
            .replace("{base}", &format!("http://{}", self.address))
            .replace("{project:alpha}", ALPHA)
            .replace("{project:beta}", BETA)
            .replace("{uniq}", UNIQUE)
            .replace("{uniq|upper}", &UNIQUE.to_uppercase());
        for name in TOKENS
            .map(|token| token.0)
            .into_iter()
            .chain(["expired", "revoked-unused"])
        {
            text = text.replace(&format!("{{token:{name}}}"), &format!("token-of-{name}"));
        }
        text
    }
}

/// The identities of the valid tokens.
pub fn identities() -> impl Iterator<Item = (Token, Identity)> {
    TOKENS.into_iter().map(|(name, project, role)| {
        let token = Token::new(format!("token-of-{name}").as_bytes()).unwrap();
        let project = project.map(|project| project.parse().unwrap());
        (token, Identity::new(name, project, [role]))
    })
}
