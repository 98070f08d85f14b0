//! Formats numbers, sizes, durations and times for people.

use std::time::Duration;

use chrono::{DateTime, Local, SecondsFormat, Utc};
use waybill_model::Timestamp;
use waybill_words::amount;

/// Returns a size in decimal units, as TDR's limits are given: `999 bytes`, `1.2 KB`, `34.5 MB`, `5.0 GB`.
pub(crate) fn size(bytes: u64) -> String {
    /// Puts a number before a unit.
    type Say = fn(&str) -> String;
    const UNITS: [(u64, Say); 4] = [
        (1_000_000_000_000, amount::terabytes),
        (1_000_000_000, amount::gigabytes),
        (1_000_000, amount::megabytes),
        (1_000, amount::kilobytes),
    ];
    let Some((unit, say)) = UNITS.into_iter().find(|(unit, _)| bytes >= *unit) else { return amount::bytes(bytes) };
    // Rounded down, so that nothing looks complete before it is.
    let tenths = u128::from(bytes) * 10 / u128::from(unit);
    say(&format!("{}.{}", tenths / 10, tenths % 10))
}

/// Formats per mille as per cent with one decimal place: `43.0%`. Only a complete transfer shows `100%`.
pub(crate) fn percent(per_mille: u16) -> String {
    if per_mille >= 1000 {
        amount::percent(100)
    } else {
        amount::share(&format!("{}.{}", per_mille / 10, per_mille % 10))
    }
}

/// Formats a duration: `5 s`, `3 min 20 s`, `2 h 5 min`.
pub(crate) fn span(span: Duration) -> String {
    let seconds = span.as_secs();
    match (seconds / 3600, seconds / 60 % 60, seconds % 60) {
        (0, 0, seconds) => amount::span_seconds(seconds),
        (0, minutes, 0) => amount::span_minutes(minutes),
        (0, minutes, seconds) => amount::span_minutes_seconds(amount::SpanMinutesSeconds { minutes, seconds }),
        (hours, 0, _) => amount::span_hours(hours),
        (hours, minutes, _) => amount::span_hours_minutes(amount::SpanHoursMinutes { hours, minutes }),
    }
}

/// Formats a time as UTC, ISO 8601 with milliseconds, for `--json`.
pub(crate) fn utc(time: Timestamp) -> String {
    instant(time).to_rfc3339_opts(SecondsFormat::Millis, true)
}

/// Formats a time in this computer's time zone, to the minute, for people.
pub(crate) fn local(time: Timestamp) -> String {
    instant(time).with_timezone(&Local).format("%Y-%m-%d %H:%M").to_string()
}

fn instant(time: Timestamp) -> DateTime<Utc> {
    let end = if time.0 < 0 { DateTime::<Utc>::MIN_UTC } else { DateTime::<Utc>::MAX_UTC };
    DateTime::from_timestamp_millis(time.0).unwrap_or(end)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_decimal_and_never_rounded_up() {
        for (bytes, shown) in [
            (0, "0 bytes"),
            (1, "1 byte"),
            (999, "999 bytes"),
            (1_000, "1.0 KB"),
            (999_999, "999.9 KB"),
            (5_000_000_000, "5.0 GB"),
            (u64::MAX, "18446744.0 TB"),
        ] {
            assert_eq!(size(bytes), shown);
        }
    }

    #[test]
    fn only_everything_is_a_hundred_per_cent() {
        assert_eq!(percent(999), "99.9%");
        assert_eq!(percent(1000), "100%");
        assert_eq!(percent(5), "0.5%");
    }

    #[test]
    fn spans_read_as_people_say_them() {
        for (seconds, shown) in
            [(0, "0 s"), (59, "59 s"), (60, "1 min"), (200, "3 min 20 s"), (3600, "1 h"), (7530, "2 h 5 min")]
        {
            assert_eq!(span(Duration::from_secs(seconds)), shown);
        }
    }

    #[test]
    fn times_for_scripts_are_utc_with_milliseconds() {
        assert_eq!(utc(Timestamp(1_767_225_600_123)), "2026-01-01T00:00:00.123Z");
        assert!(utc(Timestamp(i64::MAX)).ends_with('Z'));
        assert!(utc(Timestamp(i64::MIN)).ends_with('Z'));
    }
}
