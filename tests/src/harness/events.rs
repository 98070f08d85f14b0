//! The output of `waybill --json`, line by line.

use std::io::{BufRead, BufReader, Read};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::{Error, Result};

/// One line of `waybill --json`.
#[derive(Clone, Debug)]
pub struct Event {
    /// Its position among the events of this run, from 0.
    pub index: usize,
    value: Value,
}

impl Event {
    /// Returns the field `event`.
    #[must_use]
    pub fn name(&self) -> &str {
        self.text("event")
    }

    /// Returns a text field; empty if it is missing.
    #[must_use]
    pub fn text(&self, field: &str) -> &str {
        self.value.get(field).and_then(Value::as_str).unwrap_or_default()
    }

    /// Returns a number; 0 if it is missing.
    #[must_use]
    pub fn number(&self, field: &str) -> u64 {
        self.value.get(field).and_then(Value::as_u64).unwrap_or_default()
    }

    /// Returns the whole line.
    #[must_use]
    pub fn value(&self) -> &Value {
        &self.value
    }

    /// Returns whether this is the event of that name whose fields have these texts.
    #[must_use]
    pub fn is(&self, name: &str, fields: &[(&str, &str)]) -> bool {
        self.name() == name && fields.iter().all(|(field, text)| self.text(field) == *text)
    }
}

/// The events of one run as they come, shared between the thread that reads and those that wait.
#[derive(Clone, Default)]
pub(crate) struct Events {
    shared: Arc<(Mutex<State>, Condvar)>,
}

#[derive(Default)]
struct State {
    events: Vec<Event>,
    /// Lines that are no events.
    strange: Vec<String>,
    ended: bool,
}

impl Events {
    /// Reads to the end of the stream, on this thread. Calls `on_event` for each, after it can be seen by others.
    pub(crate) fn read(&self, stream: impl Read, mut on_event: impl FnMut(&Event)) {
        for line in BufReader::new(stream).split(b'\n').map_while(std::result::Result::ok) {
            let line = String::from_utf8_lossy(&line).into_owned();
            let parsed = serde_json::from_str::<Value>(&line).ok().filter(|value| value["event"].is_string());
            let mut state = self.lock();
            match parsed {
                Some(value) => {
                    let event = Event { index: state.events.len(), value };
                    state.events.push(event.clone());
                    drop(state);
                    self.shared.1.notify_all();
                    on_event(&event);
                }
                None => state.strange.push(line),
            }
        }
        self.lock().ended = true;
        self.shared.1.notify_all();
    }

    /// Returns the first event at or after `from` that fits.
    pub(crate) fn wait(
        &self,
        waiting_for: &str,
        from: usize,
        patience: Duration,
        fits: impl Fn(&Event) -> bool,
    ) -> Result<Event> {
        let deadline = Instant::now() + patience;
        let mut next = from;
        let mut state = self.lock();
        loop {
            if let Some(event) = state.events.iter().skip(next).find(|event| fits(event)) {
                return Ok(event.clone());
            }
            next = state.events.len().max(from);
            let left = deadline.saturating_duration_since(Instant::now());
            if state.ended || left.is_zero() {
                let verb = if state.ended { "ended" } else { "is still running" };
                return Err(Error::TimedOut {
                    waiting_for: waiting_for.to_owned(),
                    patience,
                    seen: format!("waybill {verb}; its last events:\n{}", last(&state)),
                });
            }
            state = self.shared.1.wait_timeout(state, left).unwrap_or_else(PoisonError::into_inner).0;
        }
    }

    /// Returns all events so far, and the lines that are none.
    pub(crate) fn all(&self) -> (Vec<Event>, Vec<String>) {
        let state = self.lock();
        (state.events.clone(), state.strange.clone())
    }

    /// Returns the last events, for a message.
    pub(crate) fn tail(&self) -> String {
        last(&self.lock())
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.shared.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn last(state: &State) -> String {
    let from = state.events.len().saturating_sub(12);
    let events = state.events[from..].iter().map(|event| format!("    {}\n", event.value));
    let strange = state.strange.iter().map(|line| format!("    not an event: {line}\n"));
    events.chain(strange).collect()
}
