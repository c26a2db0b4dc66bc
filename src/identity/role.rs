//! The roles that the policy knows.

/// The roles that the policy knows, each with the rights of the ones before it. Other roles count
/// only where a rule of tags names them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Role {
    /// May read what the project sees.
    Reader,
    /// May change what the project owns.
    Member,
    /// May see and change everything.
    Admin,
}

impl Role {
    /// All roles, the weakest first.
    pub const ALL: [Self; 3] = [Self::Reader, Self::Member, Self::Admin];

    /// The name of the role in lower case.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Reader => "reader",
            Self::Member => "member",
            Self::Admin => "admin",
        }
    }

    /// The strongest role among `names`. As in OpenStack, upper and lower case are the same.
    pub fn strongest<'a>(names: impl IntoIterator<Item = &'a str>) -> Option<Self> {
        let role = |name: &str| {
            let has_name = |role: &Self| role.name().eq_ignore_ascii_case(name);
            Self::ALL.into_iter().find(has_name)
        };
        names.into_iter().filter_map(role).max()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_strongest_role_counts_and_unknown_ones_do_not() {
        assert_eq!(
            Role::strongest(["reader", "Member", "service"]),
            Some(Role::Member)
        );
        assert_eq!(Role::strongest(["reader", "ADMIN"]), Some(Role::Admin));
        assert_eq!(Role::strongest(["service", "heat_stack_owner"]), None);
    }
}
