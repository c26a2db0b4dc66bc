//! MariaDB by `sqlx`.

mod driver;
mod error;
mod session;

pub(super) use self::driver::MariaDbDriver;
