//! Why a text is not the URL of a database. No message contains any part of the text but the name
//! of an option.

/// Why a text is not the URL of a database.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SqlUrlError {
    /// Its scheme names no store.
    #[error("the URL of a store is needed: memory:, sqlite:, postgres: or mysql:")]
    UnknownEngine,
    /// The program was built without the engine's driver.
    #[error("this program was built without the driver for such a store")]
    NotBuiltIn,
    /// The URL of a Glance's database without its name, or with a name that has to be encoded.
    #[error("the name of Glance's database is missing: glance+mysql://user:password@host/glance")]
    NoDatabase,
    /// An SQLite URL without the path of a file. SQLite in memory would be a separate database for
    /// each connection.
    #[error("SQLite needs the path of a file; for a store in memory there is memory:")]
    NoFile,
    /// A character in the user, password or database ends that part of the URL.
    #[error(
        "in the user, password and database of the URL, every character but letters and digits has to be percent-encoded"
    )]
    NotEncoded,
    /// An option that the driver would ignore.
    #[error(
        "the URL of the store has an option{shown} that the driver of its database does not know; it knows {known}"
    )]
    UnknownOption {
        /// The name of the option after a blank, or nothing if the name may be a secret.
        shown: String,
        /// The similar option that was probably meant, or all options.
        known: String,
    },
    /// An option that is given twice. The driver would use one and ignore the other.
    #[error("the URL of the store sets {0} twice, perhaps under two names")]
    Twice(&'static str),
    /// The driver does not understand the value of an option.
    #[error(
        "the URL of the store has a value for {option} that the driver of its database does not understand{}{values}",
        if values.is_empty() { "" } else { "; it is one of " }
    )]
    Value {
        /// The primary name of the option.
        option: &'static str,
        /// The values that it accepts, if they are few; empty otherwise.
        values: &'static str,
    },
    /// The driver does not understand another part of the URL.
    #[error(
        "the URL of the store has something in it that the driver of its database does not understand"
    )]
    Malformed,
}
