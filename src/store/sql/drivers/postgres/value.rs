//! Values and columns as PostgreSQL has them.

use std::error::Error;

use bytes::BytesMut;
use tokio_postgres::types::{IsNull, ToSql, Type, to_sql_checked};

use crate::store::sql::drivers::error::SqlError;
use crate::store::sql::drivers::row::Row;
use crate::store::sql::drivers::statement::Value;

impl Value {
    /// The type that a statement is prepared for.
    pub(super) fn postgres_type(&self) -> Type {
        match self {
            Self::Number(_) => Type::INT8,
            Self::Text(_) => Type::TEXT,
        }
    }
}

impl ToSql for Value {
    fn to_sql(
        &self,
        ty: &Type,
        out: &mut BytesMut,
    ) -> Result<IsNull, Box<dyn Error + Sync + Send>> {
        match self {
            Self::Number(number) => number.to_sql(ty, out),
            Self::Text(text) => text.to_sql(ty, out),
        }
    }

    fn accepts(ty: &Type) -> bool {
        *ty == Type::INT8 || *ty == Type::TEXT
    }

    to_sql_checked!();
}

impl Row for tokio_postgres::Row {
    fn number(&self, column: usize) -> Result<Option<i64>, SqlError> {
        let number = match *self.columns()[column].type_() {
            Type::INT2 => self
                .try_get::<_, Option<i16>>(column)
                .map(|n| n.map(i64::from)),
            Type::INT4 => self
                .try_get::<_, Option<i32>>(column)
                .map(|n| n.map(i64::from)),
            _ => self.try_get(column),
        };
        number.map_err(SqlError::unreadable)
    }

    fn text(&self, column: usize) -> Result<Option<&str>, SqlError> {
        self.try_get(column).map_err(SqlError::unreadable)
    }
}
