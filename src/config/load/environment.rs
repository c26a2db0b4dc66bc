//! Overlays the configuration with variables of the environment: `IMAGE_TAGS__SECTION__KEY`.

use crate::config::root::Config;

/// The prefix of the variables that belong to the service. Two underscores end it, because
/// Kubernetes sets variables with this name and one underscore.
pub(super) const PREFIX: &str = "IMAGE_TAGS__";

/// Sets the scalar `SECTION__KEY` in `table` to `text`, parsed as the type of the key's default.
pub(super) fn set(table: &mut toml::Table, key: &str, text: &str) -> Result<(), String> {
    let key = key.to_ascii_lowercase();
    let (sections, name) = key
        .rsplit_once("__")
        .ok_or("expected a section, two underscores and a key")?;
    let sections = || sections.split("__");
    let defaults = toml::Table::try_from(Config::default()).map_err(|error| error.to_string())?;
    let default = sections()
        .try_fold(&defaults, |table, section| table.get(section)?.as_table())
        .and_then(|section| section.get(name).filter(|value| !value.is_table()))
        .ok_or_else(|| {
            format!(
                "there is no key {name} in [{}]",
                sections().collect::<Vec<_>>().join(".")
            )
        })?;
    let value = match default {
        toml::Value::String(_) => text.into(),
        _ => parse(text).ok_or_else(|| format!("{text:?} is not a valid value"))?,
    };
    let section = sections().try_fold(table, |table, section| {
        table
            .entry(section)
            .or_insert_with(|| toml::Table::new().into())
            .as_table_mut()
    });
    section
        .ok_or("its section is not a table in the file")?
        .insert(name.to_owned(), value);
    Ok(())
}

/// Parses a single TOML value.
fn parse(text: &str) -> Option<toml::Value> {
    let mut table: toml::Table = toml::from_str(&format!("value = {text}")).ok()?;
    table.remove("value").filter(|_| table.is_empty())
}
