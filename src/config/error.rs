//! The errors of loading a configuration. Each is a single line that names the place to correct,
//! and none shows a secret.

use std::io;
use std::path::PathBuf;

/// Why a configuration cannot be loaded.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// The file cannot be read.
    #[error("{}: {source}", path.display())]
    File {
        /// The path of the file.
        path: PathBuf,
        /// The error of the operating system.
        source: io::Error,
    },
    /// The file cannot be parsed, or a section, key or value in it is invalid.
    #[error("{}:{line}: {message}", path.display())]
    Text {
        /// The path of the file.
        path: PathBuf,
        /// The line number, counted from 1.
        line: usize,
        /// What is wrong.
        message: String,
    },
    /// An environment variable names an unknown key or has an invalid value.
    #[error("{variable}: {message}")]
    Environment {
        /// The name of the variable.
        variable: String,
        /// What is wrong.
        message: String,
    },
    /// A value that is out of range or contradicts another one.
    #[error("{0}")]
    Value(String),
    /// Well-known or short credentials in a service that is reachable over a network.
    #[error("{0}")]
    Unsafe(String),
}
