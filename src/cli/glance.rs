//! `glance`: the commands on the database of a Glance.

use std::error::Error;
use std::io::{self, Write};
use std::net::IpAddr;

use serde::Serialize;

use super::arguments::{GlanceCommand, GuardCommand};
use crate::auth::Token;
use crate::config::{Config, StoreUrl};
use crate::glance_check::{self, GlanceApi, Outcome};
use crate::service;
use crate::store::{Engine, GlanceDatabase, GlanceFinding, GuardStatus, Repair};
use crate::upstream::Upstream;

/// Runs the command on the database at `store.url`.
pub(super) async fn glance(config: &Config, command: &GlanceCommand) -> Result<(), Box<dyn Error>> {
    let (StoreUrl::Sql(url), Some(Engine::Glance)) = (&config.store.url, config.store.url.engine())
    else {
        return Err(
            "store.url: not the database of a Glance: \"glance+mysql://user:password@host/glance\""
                .into(),
        );
    };
    let is_read_only = matches!(
        command,
        GlanceCommand::Doctor { apply: false, .. }
            | GlanceCommand::Guard {
                command: GuardCommand::Status
            }
    );
    let database = GlanceDatabase::new(url.clone(), config.store.timeout, is_read_only);
    match command {
        GlanceCommand::Doctor { apply, json } => {
            let printer = Printer::new(*json, *apply);
            doctor(&database, config.limits.tags_per_image, printer).await
        }
        GlanceCommand::Guard { command } => guard(&database, *command).await,
        GlanceCommand::Check { origin, .. } => check(config, &database, *origin).await,
    }
}

/// Prints what is wrong, and repairs it if the printer shall print that too. What is not repaired
/// is an error, so that scripts can ask by the exit code.
async fn doctor(
    database: &GlanceDatabase,
    quota: i64,
    mut printer: Printer,
) -> Result<(), Box<dyn Error>> {
    let mut examination = database.examine(quota);
    let (mut found, mut left) = (0, 0);
    printer.begin()?;
    while let Some(findings) = examination.next().await? {
        for finding in findings {
            let repair = if printer.prints_repairs {
                Some(database.repair(&finding).await?)
            } else {
                None
            };
            found += 1;
            left += usize::from(!matches!(repair, Some(Repair::Marked(_))));
            printer.print(&finding, repair)?;
        }
    }
    printer.end()?;
    match (found, left) {
        (0, _) => eprintln!("image-tags: nothing is wrong with the tags"),
        (_, 0) => eprintln!("image-tags: {found} found and repaired"),
        _ => return Err(format!("{found} found, {left} not repaired").into()),
    }
    Ok(())
}

/// Prints findings to standard output.
struct Printer {
    is_json: bool,
    prints_repairs: bool,
    printed: usize,
}

/// A finding, and what was done about it.
#[derive(Serialize)]
struct Line<'a> {
    #[serde(flatten)]
    finding: &'a GlanceFinding,
    #[serde(skip_serializing_if = "Option::is_none")]
    repair: Option<&'a str>,
}

impl Printer {
    fn new(is_json: bool, prints_repairs: bool) -> Self {
        Self {
            is_json,
            prints_repairs,
            printed: 0,
        }
    }

    fn begin(&self) -> io::Result<()> {
        if self.is_json {
            return write!(io::stdout().lock(), "[");
        }
        Ok(())
    }

    fn print(&mut self, finding: &GlanceFinding, repair: Option<Repair>) -> io::Result<()> {
        let mut stdout = io::stdout().lock();
        let repair = repair.map(|repair| match repair {
            Repair::Marked(0) => "gone meanwhile".to_owned(),
            Repair::Marked(rows) => format!("{rows} rows marked as removed"),
            Repair::Left => "left".to_owned(),
        });
        let repair = repair.as_deref();
        self.printed += 1;
        if self.is_json {
            let line = serde_json::to_string(&Line { finding, repair })?;
            let separator = if self.printed > 1 { "," } else { "" };
            return write!(stdout, "{separator}\n  {line}");
        }
        if self.printed == 1 {
            writeln!(stdout, "{:36}  {:16}  DETAIL", "IMAGE", "PROBLEM")?;
        }
        let GlanceFinding { image, problem } = finding;
        write!(stdout, "{image:36}  {:16}  {problem}", problem.name())?;
        match repair {
            Some(repair) => writeln!(stdout, ": {repair}"),
            None => writeln!(stdout),
        }
    }

    fn end(&self) -> io::Result<()> {
        match (self.is_json, self.printed) {
            (false, _) => Ok(()),
            (true, 0) => writeln!(io::stdout().lock(), "]"),
            (true, _) => writeln!(io::stdout().lock(), "\n]"),
        }
    }
}

/// Checks whether Glance undoes changes of tags. If it does not, the service may change tags.
async fn check(
    config: &Config,
    database: &GlanceDatabase,
    origin: Option<IpAddr>,
) -> Result<(), Box<dyn Error>> {
    let options = service::upstream_options(config);
    let options = options.ok_or("glance.upstream: the URL of Glance's API is needed")?;
    let token = std::env::var("OS_TOKEN").unwrap_or_default();
    let token = Token::new(token.as_bytes());
    let token = token.ok_or("OS_TOKEN: the token of a user who may create images is needed")?;
    let api = GlanceApi::new(Upstream::new(&options)?, token);
    let store = service::glance_store(config).await?;
    let outcome = glance_check::check(&api, &store, origin).await?;
    let mut stdout = io::stdout().lock();
    let Outcome {
        changes,
        lost,
        back,
        doubled,
        failed,
        not_tried,
    } = &outcome;
    writeln!(
        stdout,
        "{changes} changes of tags: {lost} lost, {back} back, {doubled} doubled; {failed} requests of Glance failed"
    )?;
    for what in not_tried {
        writeln!(stdout, "not tried: {what}")?;
    }
    if !outcome.is_clean() {
        return Err("Glance undoes changes of tags: install a guard".into());
    }
    if origin.is_some() && !not_tried.is_empty() {
        return Err("not everything was tried: --skip-hashing does without".into());
    }
    let guard = database.guard_status().await?;
    if guard.neutralised.is_some() && !guard.is_installed() {
        return Err(
            "the triggers are not all there, or the user has no right to see them: GRANT TRIGGER"
                .into(),
        );
    }
    Ok(store.note_check().await?)
}

async fn guard(database: &GlanceDatabase, command: GuardCommand) -> Result<(), Box<dyn Error>> {
    match command {
        GuardCommand::Install => database.install_guard().await?,
        GuardCommand::Remove => database.remove_guard().await?,
        GuardCommand::Status => {}
    }
    let status = database.guard_status().await?;
    print_status(&status)?;
    match command {
        GuardCommand::Status if !status.is_installed() => Err("the guard is not installed".into()),
        _ => Ok(()),
    }
}

fn print_status(status: &GuardStatus) -> io::Result<()> {
    let mut stdout = io::stdout().lock();
    for (names, what) in [
        (&status.missing, "missing"),
        (&status.different, "not that of this version"),
    ] {
        for name in names {
            writeln!(stdout, "{name}: {what}")?;
        }
    }
    match &status.neutralised {
        None => writeln!(stdout, "image_tags_neutralised: missing"),
        Some((count, None)) => writeln!(stdout, "neutralised: {count}"),
        Some((count, Some(newest))) => {
            writeln!(stdout, "neutralised: {count}, the newest at {newest}")
        }
    }
}
