//! A clock that goes back: set by a person or by the network, or put right by the first answer of the service.
//!
//! What a machine has planned it has planned in clock time. When the clock goes back, plans go back with it, or everything
//! would wait for as long as the step. They never go back by more than the clock did, so a wait that was asked for is
//! kept. Times that the server set itself (when cookies run out, when an upload ages away) stay as they are.

use std::time::Duration;

use waybill_model::Timestamp;

/// Steps up to this are none: `Date` counts whole seconds.
const BLUR: Duration = Duration::from_secs(2);

/// By how much the clock was put back since the event at `last`; `None` where it was not.
///
/// Time has passed since then, which nobody has measured. `alarm` is the time that has just been reached, if that is what
/// happened: with it the step is known exactly.
pub(crate) fn step_back(last: Timestamp, alarm: Option<Timestamp>, now: Timestamp) -> Option<Duration> {
    let expected = alarm.map_or(last, |alarm| alarm.max(last));
    (now + BLUR < last).then(|| expected.since(now))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_step_back_is_measured_from_the_alarm_that_was_reached() {
        let at = |seconds: i64| Timestamp(seconds * 1000);
        assert_eq!(step_back(at(100), None, at(100)), None);
        assert_eq!(step_back(at(100), None, at(500)), None);
        assert_eq!(step_back(at(100), None, at(98)), None, "within the blur");
        assert_eq!(step_back(at(100), None, at(40)), Some(Duration::from_secs(60)));
        assert_eq!(step_back(at(100), Some(at(110)), at(40)), Some(Duration::from_secs(70)));
        assert_eq!(step_back(at(100), Some(at(110)), at(105)), None, "an alarm that comes early is no step");
    }
}
