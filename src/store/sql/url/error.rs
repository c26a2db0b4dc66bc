//! What is wrong with the URL of a database, in words that have nothing of it in them but the name of an option.

/// Why a text is not the URL of a database. None of them shows the text, nor the value of an option.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SqlUrlError {
    /// It begins with something else.
    #[error("the URL of a store is needed: memory:, sqlite:, postgres: or mysql:")]
    UnknownEngine,
    /// The program was built without the driver.
    #[error("this program was built without the driver for such a store")]
    NotBuiltIn,
    /// SQLite in memory would be a database for each connection.
    #[error("SQLite needs the path of a file; for a store in memory there is memory:")]
    NoFile,
    /// A password has a character in it that ends the part of a URL in which it stands.
    #[error(
        "what is not a letter or a digit in the user, password or database of the URL has to be percent-encoded"
    )]
    NotEncoded,
    /// An option that the driver would ignore.
    #[error(
        "the URL of the store has an option{shown} that the driver of its database does not know; it knows {known}"
    )]
    UnknownOption {
        /// The name of the option with a blank before it, if it is safe to show.
        shown: String,
        /// The option that was probably meant, or all that there are.
        known: String,
    },
    /// The driver would take one of them and ignore the other.
    #[error("the URL of the store says {0} twice, perhaps under two names")]
    Twice(&'static str),
    /// The driver does not understand the value of an option.
    #[error(
        "the URL of the store has a value for {option} that the driver of its database does not understand{}{values}",
        if values.is_empty() { "" } else { "; it is one of " }
    )]
    Value {
        /// The usual name of the option.
        option: &'static str,
        /// The values that it can have, if they are few.
        values: &'static str,
    },
    /// The driver does not understand the rest of it.
    #[error(
        "the URL of the store has something in it that the driver of its database does not understand"
    )]
    Malformed,
}
