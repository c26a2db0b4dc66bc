//! The roles that other roles imply.

/// The roles that Keystone creates. Each of them implies those after it.
const CHAIN: [&str; 4] = ["admin", "manager", "member", "reader"];

/// `names`, and after them the roles that they imply, as a token of Keystone 30 has them: `admin`
/// implies `manager`, `manager` implies `member`, and `member` implies `reader`. As in OpenStack,
/// upper and lower case are the same.
///
/// ```
/// use image_tags::identity::with_implied_roles;
///
/// let names = ["Member".to_owned(), "auditor".to_owned()];
/// assert_eq!(with_implied_roles(&names), ["Member", "auditor", "reader"]);
/// ```
#[must_use]
pub fn with_implied_roles(names: &[String]) -> Vec<String> {
    let has = |role: &str| names.iter().any(|name| name.eq_ignore_ascii_case(role));
    let strongest = CHAIN.iter().position(|role| has(role));
    let implied = strongest.map_or(&[][..], |strongest| &CHAIN[strongest + 1..]);
    let missing = implied.iter().filter(|role| !has(role));
    let missing = missing.map(|role| (*role).to_owned());
    names.iter().cloned().chain(missing).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_role_of_the_chain_implies_the_weaker_ones_once() {
        for (names, expected) in [
            (&[][..], &[][..]),
            (&["reader"], &["reader"]),
            (&["member"], &["member", "reader"]),
            (&["manager"], &["manager", "member", "reader"]),
            (&["admin"], &["admin", "manager", "member", "reader"]),
            (
                &["reader", "ADMIN"],
                &["reader", "ADMIN", "manager", "member"],
            ),
            (&["service", "auditor"], &["service", "auditor"]),
        ] {
            let names: Vec<_> = names.iter().map(ToString::to_string).collect();
            assert_eq!(with_implied_roles(&names), expected);
        }
    }
}
