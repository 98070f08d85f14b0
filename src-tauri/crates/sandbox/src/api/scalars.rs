//! The API's own scalars.

use async_graphql::{InputValueError, InputValueResult, Scalar, ScalarType, Value};
use chrono::{DateTime, SecondsFormat, Utc};

/// A whole number of 64 bits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Long(pub i64);

#[Scalar(name = "Long")]
impl ScalarType for Long {
    fn parse(value: Value) -> InputValueResult<Self> {
        match &value {
            Value::Number(number) => {
                number.as_i64().map(Self).ok_or_else(|| InputValueError::custom("Long value expected"))
            }
            Value::Null
            | Value::String(_)
            | Value::Boolean(_)
            | Value::Binary(_)
            | Value::Enum(_)
            | Value::List(_)
            | Value::Object(_) => Err(InputValueError::expected_type(value)),
        }
    }

    fn to_value(&self) -> Value {
        Value::from(self.0)
    }
}

/// A time with its zone, in whole seconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct ZonedDateTime(pub DateTime<Utc>);

#[Scalar(name = "ZonedDateTime")]
impl ScalarType for ZonedDateTime {
    fn parse(value: Value) -> InputValueResult<Self> {
        parse_time::<Self>(value).map(Self)
    }

    fn to_value(&self) -> Value {
        Value::from(self.0.to_rfc3339_opts(SecondsFormat::Secs, true))
    }
}

/// A time without a zone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct LocalDateTime(pub DateTime<Utc>);

#[Scalar(name = "LocalDateTime")]
impl ScalarType for LocalDateTime {
    fn parse(value: Value) -> InputValueResult<Self> {
        parse_time::<Self>(value).map(Self)
    }

    fn to_value(&self) -> Value {
        Value::from(self.0.format("%Y-%m-%dT%H:%M:%S%.3f").to_string())
    }
}

fn parse_time<T: async_graphql::InputType>(value: Value) -> Result<DateTime<Utc>, InputValueError<T>> {
    match &value {
        Value::String(text) => {
            Ok(DateTime::parse_from_rfc3339(text).map_err(InputValueError::custom)?.with_timezone(&Utc))
        }
        Value::Null
        | Value::Number(_)
        | Value::Boolean(_)
        | Value::Binary(_)
        | Value::Enum(_)
        | Value::List(_)
        | Value::Object(_) => Err(InputValueError::expected_type(value)),
    }
}
