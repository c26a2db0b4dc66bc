//! The `image-tags` program: parses its arguments and runs the command; without one, it serves.

use std::process::ExitCode;

use clap::Parser;
use image_tags::cli::{self, Arguments};

fn main() -> ExitCode {
    match cli::run(&Arguments::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("image-tags: {error}");
            ExitCode::FAILURE
        }
    }
}
