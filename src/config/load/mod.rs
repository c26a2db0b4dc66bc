//! Loading the configuration: the file, the environment, the command line.
//!
//! An error names the file and line or the variable that it is about, and shows no value, because
//! the value may be a secret.
//!
//! Start reading at `file.rs`.

mod environment;
mod file;
mod listen;
mod parse_error;

pub use listen::ListenAddress;
