//! What the sandbox should do wrong.

use serde::Serialize;
use serde_json::{Value, json};

/// A role of the sandbox.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// The sign-in page and the tokens.
    SignIn,
    /// The consignment API.
    Api,
    /// The upload domain.
    Upload,
    /// The website.
    Website,
}

impl Role {
    /// As the control address names it.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::SignIn => "sign_in",
            Self::Api => "api",
            Self::Upload => "upload",
            Self::Website => "website",
        }
    }
}

/// What goes wrong, as `docs/sandbox.md` has it.
#[derive(Clone, Debug)]
pub enum Effect {
    /// Another answer instead of the role's own.
    Status {
        /// HTTP status.
        status: u16,
        /// Body.
        body: String,
        /// `Content-Type`.
        content_type: &'static str,
    },
    /// The same, with its own `Date`.
    Dated {
        /// HTTP status.
        status: u16,
        /// Body.
        body: &'static str,
        /// As HTTP writes it.
        date: &'static str,
    },
    /// Everything waits this many milliseconds first.
    DelayMs(u64),
    /// The request's body is read at this many bytes a second.
    Bandwidth(u32),
    /// A gateway takes in whole requests and forwards them, one after the other.
    Buffer {
        /// Bytes a second.
        rate: u32,
        /// After this many milliseconds it answers 504 by itself.
        gives_up_ms: Option<u64>,
    },
    /// The reply's status and headers come, and one byte each time this many milliseconds have passed.
    DripMs(u32),
    /// The connection is reset after this many bytes of the body.
    ResetAfterBytes(u64),
    /// The work is done and nothing is answered: the connection is reset.
    LoseReply,
    /// `CompleteMultipartUpload` answers 200 with an error of this code in its body.
    CompleteError {
        /// The code, such as `InternalError`.
        code: &'static str,
        /// Whether the object is made all the same.
        done: bool,
    },
    /// Nothing answers at all.
    Down,
}

/// A rule: which requests, how many of them, and what goes wrong.
#[derive(Clone, Debug)]
pub struct Fault {
    role: Role,
    method: Option<&'static str>,
    path: Option<String>,
    body_contains: Option<&'static str>,
    skip: u64,
    count: u64,
    effect: Effect,
}

impl Fault {
    /// The next request at a role.
    #[must_use]
    pub fn new(role: Role, effect: Effect) -> Self {
        Self { role, method: None, path: None, body_contains: None, skip: 0, count: 1, effect }
    }

    /// Only requests of this method.
    #[must_use]
    pub fn method(mut self, method: &'static str) -> Self {
        self.method = Some(method);
        self
    }

    /// Only requests whose path and query match; `*` stands for any text.
    #[must_use]
    pub fn path(mut self, pattern: impl Into<String>) -> Self {
        self.path = Some(pattern.into());
        self
    }

    /// Only requests whose body contains this.
    #[must_use]
    pub fn body_contains(mut self, text: &'static str) -> Self {
        self.body_contains = Some(text);
        self
    }

    /// The first `skip` of them pass.
    #[must_use]
    pub fn skip(mut self, skip: u64) -> Self {
        self.skip = skip;
        self
    }

    /// This many of them fail.
    #[must_use]
    pub fn times(mut self, count: u64) -> Self {
        self.count = count;
        self
    }

    /// All of them fail until the fault is removed.
    #[must_use]
    pub fn always(mut self) -> Self {
        self.count = 0;
        self
    }

    pub(crate) fn to_json(&self) -> Value {
        let effect = match &self.effect {
            Effect::Status { status, body, content_type } => {
                json!({"status": status, "body": body, "content_type": content_type})
            }
            Effect::Dated { status, body, date } => {
                json!({"status": status, "body": body, "headers": {"Date": date}})
            }
            Effect::DelayMs(delay) => json!({"delay_ms": delay}),
            Effect::Bandwidth(rate) => json!({"bandwidth": rate}),
            Effect::Buffer { rate, gives_up_ms: None } => json!({"buffer": rate}),
            Effect::Buffer { rate, gives_up_ms } => json!({"buffer": rate, "gives_up_ms": gives_up_ms}),
            Effect::DripMs(every) => json!({"drip_ms": every}),
            Effect::ResetAfterBytes(bytes) => json!({"reset_after_bytes": bytes}),
            Effect::LoseReply => json!({"lose_reply": true}),
            Effect::CompleteError { code, done } => json!({"complete_error": code, "done": done}),
            Effect::Down => json!({"down": true}),
        };
        let mut rule = json!({"role": self.role, "skip": self.skip, "count": self.count, "effect": effect});
        let only = [
            ("method", self.method.map(str::to_owned)),
            ("path", self.path.clone()),
            ("body_contains", self.body_contains.map(str::to_owned)),
        ];
        for (key, value) in only {
            if let (Some(value), Some(rule)) = (value, rule.as_object_mut()) {
                rule.insert(key.to_owned(), Value::String(value));
            }
        }
        rule
    }
}
