use proptest::prelude::*;

use super::*;

const START: Steady = Steady::from_second(1_000);
const MIB: u64 = 1 << 20;

fn after(seconds: u64) -> Steady {
    START + Duration::from_secs(seconds)
}

/// A line on which eight parts of 8 MiB came too late.
fn late_line() -> Line {
    let mut line = Line::default();
    let load = line.send(1, 8 * MIB, START);
    assert!(line.came_late(load, 64 * MIB, 9, after(120)));
    line
}

#[test]
fn nothing_is_held_back_before_a_request_came_too_late() {
    let line = Line::default();
    assert!(line.has_room(5 << 30, 64 << 30));
    assert_eq!((line.more_time(8 * MIB), line.learned()), (Duration::ZERO, None));
}

#[test]
fn a_late_request_means_fewer_bytes_at_a_time_and_then_more_time() {
    let mut line = late_line();
    assert!(line.has_room(8 * MIB, 8 * MIB) && !line.has_room(8 * MIB, 16 * MIB), "two parts at a time");
    assert_eq!(line.more_time(8 * MIB).as_secs(), 120, "room for what is beside it");
    let load = line.send(20, 8 * MIB, after(121));
    assert!(line.came_late(load, 16 * MIB, 22, after(361)));
    assert!(line.has_room(8 * MIB, 0) && !line.has_room(8 * MIB, 8 * MIB), "one part at a time");
    assert!(line.more_time(8 * MIB).as_secs() > 200);
    assert!(line.has_room(0, 8 * MIB), "what carries no bytes is not held back");
}

#[test]
fn the_requests_of_one_burst_slow_the_line_down_once() {
    let mut line = late_line();
    let learned = line.learned();
    for number in 2..9 {
        let load = Load { number, ..line.send(number, 8 * MIB, START) };
        assert!(line.came_late(load, 8 * MIB, 9, after(130)));
    }
    assert_eq!(line.learned(), learned);
}

#[test]
fn a_request_that_fails_soon_or_carries_nothing_says_nothing_about_the_line() {
    let mut line = Line::default();
    let load = line.send(1, 8 * MIB, START);
    assert!(!line.came_late(load, 64 * MIB, 9, after(29)));
    let empty = line.send(2, 0, START);
    assert!(!line.came_late(empty, 0, 9, after(200)));
    assert_eq!(line, Line::default());
}

#[test]
fn at_the_slowest_rate_a_late_request_is_no_excuse() {
    let mut line = Line::new(Some(1));
    assert_eq!(line.learned(), Some(SLOWEST));
    let load = line.send(1, 8 * MIB, START);
    assert!(!line.came_late(load, 8 * MIB, 2, after(2_000)));
}

#[test]
fn one_acknowledgement_on_a_quick_line_ends_it() {
    let mut line = late_line();
    let load = line.send(10, 8 * MIB, after(200));
    line.acknowledged(load, after(201));
    assert_eq!(line.learned(), None);
}

#[test]
fn two_parts_that_share_the_line_measure_all_of_it() {
    let mut line = late_line();
    let (one, other) = (line.send(10, 8 * MIB, after(200)), line.send(11, 8 * MIB, after(200)));
    line.acknowledged(one, after(256));
    line.acknowledged(other, after(256));
    let rate = line.learned().unwrap();
    assert!((290_000..310_000).contains(&rate), "{rate}");
}

#[test]
fn on_a_slow_line_files_get_the_smallest_parts() {
    let usual = PartRules::default();
    assert_eq!(divided(usual, None), usual);
    assert_eq!(divided(usual, Some(300_000)), usual);
    let small = divided(usual, Some(100_000));
    assert_eq!((small.part_size, small.single_put_below), (PartRules::MIN_PART, PartRules::MIN_PART + 1));
    let least = PartRules { single_put_below: 0, part_size: PartRules::MIN_PART };
    assert_eq!(divided(least, Some(20_000)), least);
}

proptest! {
    #[test]
    fn every_request_has_twice_the_time_that_the_line_needs(rate in SLOWEST..FAST, bytes in 1..64 * MIB) {
        let line = Line::new(Some(rate));
        let under_way = (bytes..=window(rate).max(bytes)).end().to_owned();
        prop_assert!(line.more_time(bytes) + Duration::from_millis(2) >= time_for(under_way, rate) * 2);
    }
}
