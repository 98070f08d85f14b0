//! Frames while a list of a million rows is scrolled, compared with a blank page of the same height.
//!
//! The page runs with its fake program in the minimal browser of `WebKitGTK`, the window's web view, because the window's
//! program does not contain the fake. The drawing is the same.

use std::fs;

use serde_json::Value;
use waybill_system_tests::{Desk, Error, Result};

use super::alternating;
use crate::driver::Driven;
use crate::report::{Report, Unit};
use crate::series::Series;
use crate::site::serve;
use crate::{Options, io};

/// The distance scrolled in each frame, in CSS pixels: a fast turn of the mouse wheel.
const WHEEL: u32 = 120;
/// The number of frames in which the scroll bar is dragged from top to bottom.
const DRAG_FRAMES: u32 = 240;
/// The number of frames for which the wheel is turned.
const WHEEL_FRAMES: u32 = 240;

const BLANK: &str = "<!doctype html><html lang=\"en\" data-ready><meta charset=\"utf-8\"><title>Blank</title><body>\
    <div role=\"grid\" style=\"height:440px;overflow:auto\"><div style=\"height:3000000px\"></div></div></body></html>\n";

/// Scrolls for `frames` frames, by `by` pixels each or, if that is 0, to the end. Returns the time that it took in ms,
/// and the position reached.
const SCROLL: &str = "
const [frames, by] = arguments;
const list = document.querySelector('[role=grid]');
list.scrollIntoView();
list.scrollTop = 0;
const step = by > 0 ? by : (list.scrollHeight - list.clientHeight) / frames;
let count = 0;
let started = 0;
function frame(now) {
  if (count === 0) started = now;
  if (count === frames) {
    done([now - started, list.scrollTop]);
    return;
  }
  count += 1;
  list.scrollTop = step * count;
  requestAnimationFrame(frame);
}
requestAnimationFrame(frame);
";

/// Runs the benchmark.
///
/// # Errors
/// The page is not built, or does not scroll.
pub(crate) fn measure(options: &Options) -> Result<Report> {
    let mut report = Report::new("scrolling", "A list of a million rows compared with a blank page", "Blank page");
    let desk = Desk::new()?;
    let blank = desk.home().join("blank");
    fs::create_dir_all(&blank).map_err(io(&blank))?;
    fs::write(blank.join("index.html"), BLANK).map_err(io(&blank))?;
    let pages = [
        format!("{}/?scene=transfer-million-files", serve(options.page.join("dist-gallery"))?),
        format!("{}/", serve(blank)?),
    ];
    let (mut wheel, mut drag) = (<[Scrolled; 2]>::default(), <[Scrolled; 2]>::default());
    for run in 0..options.runs {
        for (which, page) in alternating(run, pages.each_ref()) {
            let driven = Driven::browse(&desk, page)?;
            driven.wait("a list", "return document.querySelector('[role=grid]')?.scrollHeight > 1000000")?;
            wheel[which].push(WHEEL_FRAMES, scroll(&driven, WHEEL_FRAMES, WHEEL)?);
            drag[which].push(DRAG_FRAMES, scroll(&driven, DRAG_FRAMES, 0)?);
        }
    }
    for (what, [ours, theirs]) in [("wheel turned fast", wheel), ("scroll bar dragged from top to end", drag)] {
        report.compare(format!("Frames drawn a second, {what}"), Unit::Count, ours.a_second, theirs.a_second);
        report.compare_without_ratio(format!("Frames dropped, {what}"), Unit::Percent, ours.dropped, theirs.dropped);
    }
    report.note(
        "Dropped: of the frames that a 60 Hz display shows in the time that 240 frames took, those that were not drawn.",
    );
    report.note("In WebKitGTK's minimal browser with the window's setting for drawing (adr/0007), on a virtual display without a graphics card, so everything is drawn in software.");
    Ok(report)
}

/// The results of scrolling a list.
#[derive(Default)]
struct Scrolled {
    a_second: Series,
    dropped: Series,
}

impl Scrolled {
    /// Adds a run. `took` is in ms.
    fn push(&mut self, drawn: u32, took: f64) {
        self.a_second.push(f64::from(drawn) * 1000.0 / took);
        self.dropped.push(share_dropped(drawn, took));
    }
}

/// Scrolls the list, and returns how long it took to draw the frames, in ms.
fn scroll(driven: &Driven, frames: u32, by: u32) -> Result<f64> {
    let result = driven.run_until_done(SCROLL, &[frames.into(), by.into()])?;
    let number = |index: usize| result.get(index).and_then(Value::as_f64);
    match (number(0), number(1)) {
        (Some(took), Some(reached)) if took > 0.0 && reached > 0.0 => Ok(took),
        (_, _) => Err(Error::unexpected(format!("the list did not scroll: {result}"))),
    }
}

/// Returns the share of frames that were not drawn, in per cent. `took` is in ms.
fn share_dropped(drawn: u32, took: f64) -> f64 {
    let possible = (took * 60.0 / 1000.0).max(f64::from(drawn));
    (possible - f64::from(drawn)) * 100.0 / possible
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_run_that_took_twice_as_long_dropped_half_of_its_frames() {
        assert_eq!(share_dropped(240, 8_000.0), 50.0);
        assert_eq!(share_dropped(240, 4_000.0), 0.0);
        assert_eq!(share_dropped(240, 3_900.0), 0.0);
    }
}
