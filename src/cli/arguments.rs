//! The arguments. Their doc comments are the text of `--help`.

use std::net::IpAddr;
use std::path::PathBuf;

use clap::{Parser, Subcommand};

use crate::config::Listen;
use crate::image::Tag;

/// Keeps tags on images and speaks the OpenStack Image API v2.
#[derive(Clone, Debug, Parser)]
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
    /// The address to listen on, in place of the configured one: ADDRESS:PORT or unix:PATH.
    #[arg(long, value_name = "ADDR", global = true)]
    pub listen: Option<Listen>,
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
    Healthcheck {
        /// Ask /livez, which fails with the process alone, instead of /healthcheck, which fails
        /// with the database too.
        #[arg(long)]
        live: bool,
    },
    /// List exclusive tags that several images carry, data that no image has, and images whose data
    /// is missing: exit code 1 if there are any.
    Doctor {
        /// Leave each of these tags on the newest image, and remove the data that no image has.
        #[arg(long)]
        apply: bool,
    },
    /// Look after the database of a Glance, which is at store.url: "glance+mysql://…".
    Glance {
        /// What to do.
        #[command(subcommand)]
        command: GlanceCommand,
    },
    /// Write all images of the store to standard output, one a line, in JSON.
    Export,
    /// Create the images of an export. Images that the store already has stay unchanged.
    Import {
        /// The file, or - for standard input.
        file: PathBuf,
    },
}

/// A command on the database of a Glance.
#[derive(Debug, Clone, Subcommand)]
pub enum GlanceCommand {
    /// List problems with the tags in it: exit code 1 if there are any. Read-only, so a replica
    /// will do.
    Doctor {
        /// Repair what can be repaired safely: the second row of a tag, and tags of deleted images.
        #[arg(long)]
        apply: bool,
        /// Print a JSON array instead of a table.
        #[arg(long)]
        json: bool,
    },
    /// Change tags while Glance saves the same images, and tell whether that undoes any of them. If
    /// not, the service changes tags from then on.
    ///
    /// Glance is at glance.upstream. The environment variable `OS_TOKEN` is the token of a user who
    /// may create images; they are deleted at the end.
    Check {
        /// An address of this machine, from where Glance gets the data of a location to hash.
        #[arg(long, value_name = "ADDR", required_unless_present = "skip_hashing")]
        origin: Option<IpAddr>,
        /// Do not check the hashing of a location: this Glance takes none over HTTP.
        #[arg(long, conflicts_with = "origin")]
        skip_hashing: bool,
    },
    /// Triggers that keep the changes of tags which Glance's saves would undo.
    Guard {
        /// What to do with them.
        #[command(subcommand)]
        command: GuardCommand,
    },
}

/// A command on the guard of triggers in the database of a Glance.
#[derive(Debug, Clone, Copy, Subcommand)]
pub enum GuardCommand {
    /// Install the triggers, or replace those of another version.
    Install,
    /// Remove the triggers and the table of what they have neutralised.
    Remove,
    /// Tell whether they are installed, and what they have neutralised: exit code 1 if they are
    /// not.
    Status,
}
