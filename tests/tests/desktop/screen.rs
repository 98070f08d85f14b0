//! What the display shows, for pages that no driver can read.

use std::thread;
use std::time::{Duration, Instant};

use waybill_system_tests::{Error, PATIENCE, Result, until};
use x11rb::connection::Connection as _;
use x11rb::protocol::xproto::{ConnectionExt as _, ImageFormat};

/// Of so many bytes of a picture one may differ: a line of words that changes by itself, a bar for scrolling that
/// fades. Another view differs in more than five times as many.
const ONE_IN: usize = 200;

const REST: Duration = Duration::from_secs(1);
/// So many looks in which nothing has moved make a rest, however long each takes.
const LOOKS: u32 = 5;
const BETWEEN_LOOKS: Duration = Duration::from_millis(100);

/// A picture of the whole display.
pub(crate) struct Picture(Vec<u8>);

impl Picture {
    pub(crate) fn of(display: &str) -> Result<Self> {
        take(display).map(Self).map_err(|error| Error::unexpected(format!("no picture of the display: {error}")))
    }

    /// Once nothing has moved for a second and some looks: what a page has drawn takes a moment to be seen.
    pub(crate) fn at_rest(display: &str) -> Result<Self> {
        let mut last = Self::of(display)?;
        let (mut since, mut looks) = (Instant::now(), 0);
        until("a display on which nothing moves", PATIENCE, || {
            // Taking a picture needs the processor, which the program may need for drawing.
            thread::sleep(BETWEEN_LOOKS);
            let now = Self::of(display)?;
            if now.0 == last.0 {
                looks += 1;
            } else {
                (since, looks) = (Instant::now(), 0);
            }
            last = now;
            Ok((looks >= LOOKS && since.elapsed() > REST).then_some(()))
        })?;
        Ok(last)
    }

    /// Once the display shows something else than this, and that is at rest.
    pub(crate) fn changed(&self, display: &str) -> Result<Self> {
        until("the display to change", PATIENCE, || Ok((Self::of(display)?.0 != self.0).then_some(())))?;
        Self::at_rest(display)
    }

    /// Waits until the display shows this again.
    pub(crate) fn wait_for(&self, display: &str) -> Result<()> {
        let mut differ = 0;
        let same = until("the display to show what it showed", PATIENCE, || {
            differ = self.differs_in(&Self::of(display)?);
            Ok((differ * ONE_IN <= self.0.len()).then_some(()))
        });
        same.map_err(|error| Error::unexpected(format!("{error}; {differ} of {} bytes differ", self.0.len())))
    }

    /// In how many bytes.
    fn differs_in(&self, other: &Self) -> usize {
        assert_eq!(self.0.len(), other.0.len(), "the display has changed its size");
        self.0.iter().zip(&other.0).filter(|(one, other)| one != other).count()
    }

    /// Returns whether this is another view.
    pub(crate) fn is_other_than(&self, other: &Self) -> bool {
        self.differs_in(other) * ONE_IN > self.0.len()
    }
}

fn take(display: &str) -> std::result::Result<Vec<u8>, Box<dyn std::error::Error>> {
    let (connection, screen) = x11rb::connect(Some(display))?;
    let screen = &connection.setup().roots[screen];
    let (width, height) = (screen.width_in_pixels, screen.height_in_pixels);
    let image = connection.get_image(ImageFormat::Z_PIXMAP, screen.root, 0, 0, width, height, u32::MAX)?;
    Ok(image.reply()?.data)
}
