//! The arguments. Their doc comments are the text of `--help`.

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::{Parser, Subcommand};

use crate::image::Tag;

/// Keeps tags on images and speaks the OpenStack Image API v2.
#[derive(Debug, Parser)]
#[command(version)]
pub struct Arguments {
    /// The configuration file.
    #[arg(
        long,
        value_name = "FILE",
        default_value = "/etc/image-tags/config.toml",
        global = true
    )]
    pub config: PathBuf,
    /// The address to listen on, in place of the configured one.
    #[arg(long, value_name = "ADDR", global = true)]
    pub listen: Option<SocketAddr>,
    /// The command; without one, the program serves.
    #[command(subcommand)]
    pub command: Option<Command>,
}

/// A command other than to serve.
#[derive(Debug, Clone, Subcommand)]
pub enum Command {
    /// Check the configuration and report the first error.
    CheckConfig {
        /// A tag: say which rule of the configuration counts for it. Can be given several times.
        #[arg(long = "tag", value_name = "TAG")]
        tags: Vec<Tag>,
    },
    /// Print the example configuration, which describes every key. Reads no configuration file.
    DefaultConfig,
    /// Send a health check to the running service: exit code 0 or 1. Only the address is read from
    /// the configuration.
    Healthcheck,
    /// List exclusive tags that several images carry, data that no image has, and images whose data
    /// is missing: exit code 1 if there are any.
    Doctor {
        /// Leave each of these tags on the newest image, and remove the data that no image has.
        #[arg(long)]
        apply: bool,
    },
    /// Write all images of the store to standard output, one a line, in JSON.
    Export,
    /// Create the images of an export. Images that the store already has stay unchanged.
    Import {
        /// The file, or - for standard input.
        file: PathBuf,
    },
}
