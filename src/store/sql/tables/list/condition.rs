//! The filters of a list as conditions on an image `i`. An attribute without a value meets no
//! condition, like NULL.

use std::collections::BTreeSet;

use jiff::Timestamp;

use super::tag_condition;
use crate::image::{Attribute, ImageData, Kind};
use crate::store::sql::drivers::{Statement, Value, placeholder_rows};
use crate::store::sql::tables::column;
use crate::store::{Comparison, Filter, ImageQuery};

const NEVER: &str = "1 = 0";

/// The conditions of `query` except those on wanted tags and the viewer, each after an `AND`.
pub(super) fn of(query: &ImageQuery) -> Statement {
    let mut conditions = Statement::new(" AND i.status <> 'killed'");
    if let Some(hidden) = query.hidden {
        conditions.push(Statement::new(" AND i.hidden = ?").with(hidden));
    }
    conditions.push(tag_condition::unwanted(query));
    for filter in &query.filters {
        conditions.push(" AND ");
        conditions.push(condition(filter));
    }
    conditions
}

fn condition(filter: &Filter) -> Statement {
    match filter {
        Filter::Text(attribute, texts) => text(*attribute, texts),
        Filter::Number(attribute, comparison, number) => match attribute.column() {
            Some(column) if attribute.kind() == Kind::Number => {
                Statement::new(format!("i.{column} {} ?", operator(*comparison))).with(*number)
            }
            _ => NEVER.into(),
        },
        Filter::Time(attribute, comparison, moment) => match attribute.column() {
            Some(column) if attribute.kind() == Kind::Time => time(column, *comparison, *moment),
            _ => NEVER.into(),
        },
        Filter::Flag(attribute, flag) => match attribute.column() {
            Some(column) if attribute.kind() == Kind::Flag => {
                Statement::new(format!("i.{column} = ?")).with(*flag)
            }
            _ => NEVER.into(),
        },
        Filter::Imported => "i.import_task IS NOT NULL".into(),
        Filter::Property(name, value) => {
            // A subquery, not a join: a planner spends long on the order of many joins.
            let text = "(SELECT x.value FROM image_properties x WHERE x.image_id = i.id AND x.name = ?) = ?";
            Statement::new(text)
                .with(name.as_str())
                .with(value.as_str())
        }
    }
}

fn text(attribute: Attribute, texts: &BTreeSet<String>) -> Statement {
    // The algorithm has no column: it is the same for every image with data.
    let hash_value = Attribute::OsHashValue.column();
    match (attribute, attribute.column()) {
        (Attribute::OsHashAlgo, _) if texts.contains(ImageData::HASH_ALGORITHM) => {
            format!("i.{} IS NOT NULL", hash_value.unwrap_or_default()).into()
        }
        (_, Some(column)) if column::is_text(attribute) && !texts.is_empty() => {
            let values = placeholder_rows(1, texts.len());
            Statement::new(format!("i.{column} IN {values}"))
                .with_all(texts.iter().map(String::as_str))
        }
        _ => NEVER.into(),
    }
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
fn time(column: &str, comparison: Comparison, moment: Timestamp) -> Statement {
    let (first, last) = microseconds_of(moment.as_second());
    match comparison {
        Comparison::Equal => Statement::new(format!("i.{column} BETWEEN ? AND ?"))
            .with(first)
            .with(last),
        Comparison::NotEqual => Statement::new(format!("i.{column} NOT BETWEEN ? AND ?"))
            .with(first)
            .with(last),
        Comparison::Less | Comparison::GreaterOrEqual => {
            Statement::new(format!("i.{column} {} ?", operator(comparison))).with(first)
        }
        Comparison::LessOrEqual | Comparison::Greater => {
            Statement::new(format!("i.{column} {} ?", operator(comparison))).with(Value::from(last))
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
