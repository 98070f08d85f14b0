//! Prevents sleep while something is being sent on mains power.
//!
//! Owner: one thread, since asking the system blocks. The hold ends with the process, however that ends.

#[cfg(target_os = "linux")]
mod session;

use std::fmt::Display;
use std::sync::mpsc;
use std::time::Duration;

/// How often to check whether the computer is still on mains power.
const LOOK_EVERY: Duration = Duration::from_secs(30);

/// Tells the thread whether to prevent sleep. The default has no thread and never does.
#[derive(Debug, Default)]
pub(crate) struct Awake(Option<mpsc::Sender<bool>>);

impl Awake {
    /// Starts the thread. If it cannot be started, sleep is not prevented.
    pub(crate) fn start() -> Self {
        let (sender, wanted) = mpsc::channel();
        let started = std::thread::Builder::new().name("awake".to_owned()).spawn(move || keep(&wanted));
        if let Err(error) = &started {
            tracing::warn!(%error, "sleep cannot be held off");
        }
        Self(started.is_ok().then_some(sender))
    }

    /// Starts or stops preventing sleep.
    pub(crate) fn want(&self, wanted: bool) {
        if let Some(sender) = &self.0 {
            // The thread ends only with the sender.
            let _ended = sender.send(wanted);
        }
    }
}

/// After this long without sending, the computer may sleep: a person who has to sign in may not be back until Monday.
const WAITS_SHORT: Duration = Duration::from_secs(5 * 60);

/// Records when something was last sent. Pure: time is passed in.
#[derive(Debug, Default)]
pub(crate) struct LastSent(Option<Duration>);

impl LastSent {
    /// Returns whether to prevent sleep: while something is being sent, and for a short wait afterwards. `elapsed` is
    /// the time since the program started. Call it with each snapshot, and every few seconds without one while it
    /// returns `true`.
    pub(crate) fn is_wanted(&mut self, setting: bool, transmits: bool, waits: bool, elapsed: Duration) -> bool {
        if transmits {
            self.0 = Some(elapsed);
        } else if !waits {
            self.0 = None;
        }
        setting && self.0.is_some_and(|last| elapsed.saturating_sub(last) < WAITS_SHORT)
    }
}

fn keep(wanted: &mpsc::Receiver<bool>) {
    let mut keeping = Keeping::default();
    let mut want = false;
    loop {
        match wanted.recv_timeout(LOOK_EVERY) {
            Ok(new) => want = new,
            Err(mpsc::RecvTimeoutError::Timeout) => {}
            Err(mpsc::RecvTimeoutError::Disconnected) => return,
        }
        keeping.look(want, on_battery, hold_off);
    }
}

/// What the system was asked for. Pure: the system is passed in.
struct Keeping<H> {
    hold: Option<H>,
    /// The system has refused. It is not asked again until sleep no longer has to be prevented.
    failed: bool,
}

impl<H> Default for Keeping<H> {
    fn default() -> Self {
        Self { hold: None, failed: false }
    }
}

impl<H> Keeping<H> {
    /// Call this whenever the wish changes, and regularly in between: the plug may have been pulled.
    fn look<E: Display>(
        &mut self,
        wanted: bool,
        on_battery: impl FnOnce() -> bool,
        hold_off: impl FnOnce() -> Result<H, E>,
    ) {
        if !wanted || on_battery() {
            self.failed = false;
            if self.hold.take().is_some() {
                tracing::info!("sleep is not held off any more");
            }
        } else if self.hold.is_none() && !self.failed {
            match hold_off() {
                Ok(held) => {
                    tracing::info!("sleep is held off while sending");
                    self.hold = Some(held);
                }
                Err(error) => {
                    tracing::warn!(%error, "the system does not let sleep be held off");
                    self.failed = true;
                }
            }
        }
    }
}

/// Sleep is prevented until this is dropped.
struct Hold {
    _system: Option<keepawake::KeepAwake>,
    #[cfg(target_os = "linux")]
    _session: Option<session::SessionHold>,
}

const APP: &str = "org.example.waybill";

/// Asks everything that can prevent sleep: on Linux, logind and the desktop session, which often suspends the computer
/// without asking logind.
#[cfg(target_os = "linux")]
fn hold_off() -> Result<Hold, keepawake::Error> {
    let session = session::SessionHold::take(APP, waybill_words::dialog::keeps_awake());
    let session = session.inspect_err(|error| tracing::info!(%error, "the session does not hold sleep off")).ok();
    match ask_system() {
        Ok(system) => Ok(Hold { _system: Some(system), _session: session }),
        Err(error) if session.is_some() => {
            tracing::info!(%error, "logind does not hold sleep off");
            Ok(Hold { _system: None, _session: session })
        }
        Err(error) => Err(error),
    }
}

#[cfg(not(target_os = "linux"))]
fn hold_off() -> Result<Hold, keepawake::Error> {
    Ok(Hold { _system: Some(ask_system()?) })
}

fn ask_system() -> Result<keepawake::KeepAwake, keepawake::Error> {
    keepawake::Builder::default()
        .idle(true)
        .reason(waybill_words::dialog::keeps_awake())
        .app_name("Waybill")
        .app_reverse_domain(APP)
        .create()
}

/// A computer without a battery, or whose battery cannot be read, counts as on mains power.
fn on_battery() -> bool {
    let batteries = starship_battery::Manager::new().and_then(|manager| manager.batteries());
    batteries.is_ok_and(|mut all| {
        all.any(|battery| battery.is_ok_and(|battery| battery.state() == starship_battery::State::Discharging))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(minutes: u64) -> Duration {
        Duration::from_secs(minutes * 60)
    }

    #[test]
    fn sleep_is_prevented_while_sending_and_for_a_short_wait_but_not_over_a_weekend() {
        let mut last = LastSent::default();
        assert!(last.is_wanted(true, true, false, at(60)));
        assert!(last.is_wanted(true, false, true, at(64)), "a short wait");
        assert!(!last.is_wanted(true, false, true, at(65)), "nobody signs in");
        assert!(last.is_wanted(true, true, false, at(3_000)), "it continues");
        assert!(!last.is_wanted(true, false, false, at(3_001)), "it is over, or paused");
        assert!(!last.is_wanted(true, false, true, at(3_002)), "what waits now was not sent before");
    }

    #[test]
    fn the_computer_may_sleep_if_it_has_only_waited_or_the_setting_is_off() {
        let mut last = LastSent::default();
        assert!(!last.is_wanted(true, false, true, at(0)));
        assert!(!last.is_wanted(false, true, false, at(1)));
    }

    #[test]
    fn sleep_is_prevented_only_on_mains_power_and_allowed_when_it_is_unplugged() {
        let mut keeping = Keeping::default();
        let mut holds = |wanted, on_battery| {
            keeping.look(wanted, || on_battery, || Ok::<_, String>(()));
            keeping.hold.is_some()
        };
        assert!(!holds(true, true), "a laptop in a bag must not run empty");
        assert!(holds(true, false), "it was plugged in");
        assert!(!holds(true, true), "the plug was pulled");
        assert!(holds(true, false));
        assert!(!holds(false, false), "nothing is sent any more");
    }

    #[test]
    fn a_system_that_refuses_is_not_asked_again_until_it_is_needed_anew() {
        let mut keeping = Keeping::<()>::default();
        let mut asked = 0;
        for wanted in [true, true, false, true] {
            keeping.look(
                wanted,
                || false,
                || {
                    asked += 1;
                    Err("no")
                },
            );
        }
        assert_eq!((asked, keeping.hold), (2, None));
    }
}
