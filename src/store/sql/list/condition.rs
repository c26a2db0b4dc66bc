//! The filters of a list as conditions on an image `i`. An attribute without a value meets no
//! condition, like NULL.

use std::collections::BTreeSet;

use jiff::Timestamp;

use crate::image::ImageData;
use crate::store::sql::statement::{Statement, Value, placeholder_rows};
use crate::store::{Comparison, Filter, ImageQuery, NumberField, TextField, TimeField};

const NEVER: &str = "1 = 0";

/// The conditions of `query` except those on tags and the viewer, each after an `AND`.
pub(super) fn of(query: &ImageQuery) -> Statement {
    let mut conditions =
        Statement::new(" AND i.hidden = ? AND i.status <> 'killed'").with(query.hidden);
    for filter in &query.filters {
        conditions.push(" AND ");
        conditions.push(condition(filter));
    }
    conditions
}

fn condition(filter: &Filter) -> Statement {
    match filter {
        Filter::Text(field, texts) => text(*field, texts),
        Filter::Number(field, comparison, number) => {
            let column = match field {
                NumberField::Size => "i.size",
                NumberField::MinDisk => "i.min_disk",
                NumberField::MinRam => "i.min_ram",
            };
            Statement::new(format!("{column} {} ?", operator(*comparison))).with(*number)
        }
        Filter::Time(field, comparison, moment) => time(*field, *comparison, *moment),
        Filter::Protected(protected) => Statement::new("i.protected = ?").with(*protected),
        Filter::Property(name, value) => {
            // A subquery, not a join: a planner spends long on the order of many joins.
            let text = "(SELECT x.value FROM image_properties x WHERE x.image_id = i.id AND x.name = ?) = ?";
            Statement::new(text)
                .with(name.as_str())
                .with(value.as_str())
        }
    }
}

fn text(field: TextField, texts: &BTreeSet<String>) -> Statement {
    let column = match field {
        TextField::Id => "i.id",
        TextField::Name => "i.name",
        TextField::Status => "i.status",
        TextField::Owner => "i.owner",
        TextField::ContainerFormat => "i.container_format",
        TextField::DiskFormat => "i.disk_format",
        TextField::Checksum => "i.checksum",
        TextField::OsHashValue => "i.sha512",
        TextField::OsHashAlgo => {
            let text = if texts.contains(ImageData::HASH_ALGORITHM) {
                "i.sha512 IS NOT NULL"
            } else {
                NEVER
            };
            return text.into();
        }
    };
    if texts.is_empty() {
        return NEVER.into();
    }
    Statement::new(format!("{column} IN {}", placeholder_rows(1, texts.len())))
        .with_all(texts.iter().map(String::as_str))
}

fn operator(comparison: Comparison) -> &'static str {
    match comparison {
        Comparison::Equal => "=",
        Comparison::NotEqual => "<>",
        Comparison::Less => "<",
        Comparison::LessOrEqual => "<=",
        Comparison::Greater => ">",
        Comparison::GreaterOrEqual => ">=",
    }
}

/// Compares whole seconds, by the first or the last microsecond of the second.
fn time(field: TimeField, comparison: Comparison, moment: Timestamp) -> Statement {
    let column = match field {
        TimeField::CreatedAt => "i.created_at",
        TimeField::UpdatedAt => "i.updated_at",
    };
    let (first, last) = microseconds_of(moment.as_second());
    match comparison {
        Comparison::Equal => Statement::new(format!("{column} BETWEEN ? AND ?"))
            .with(first)
            .with(last),
        Comparison::NotEqual => Statement::new(format!("{column} NOT BETWEEN ? AND ?"))
            .with(first)
            .with(last),
        Comparison::Less | Comparison::GreaterOrEqual => {
            Statement::new(format!("{column} {} ?", operator(comparison))).with(first)
        }
        Comparison::LessOrEqual | Comparison::Greater => {
            Statement::new(format!("{column} {} ?", operator(comparison))).with(Value::from(last))
        }
    }
}

/// The first and the last microsecond that the API shows as this second. It cuts times towards
/// 1970, from both sides.
fn microseconds_of(second: i64) -> (i64, i64) {
    const SECOND: i64 = 1_000_000;
    let first = if second > 0 {
        second * SECOND
    } else {
        (second - 1) * SECOND + 1
    };
    let last = if second >= 0 {
        (second + 1) * SECOND - 1
    } else {
        second * SECOND
    };
    (first, last)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_second_has_the_microseconds_that_are_shown_as_it() {
        for second in [-2, -1, 0, 1, 2] {
            let (first, last) = microseconds_of(second);
            let shown = |microsecond| {
                Timestamp::from_microsecond(microsecond)
                    .unwrap()
                    .as_second()
            };
            assert_eq!(
                [first - 1, first, last, last + 1].map(shown),
                [second - 1, second, second, second + 1]
            );
        }
    }
}
