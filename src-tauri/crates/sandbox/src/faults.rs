//! Faults on demand: what a role does wrong, when, and how often.
//!
//! Rules are set through the control address and held in memory: a sandbox that is killed comes back without faults.
//! Matching is done once for a request, before the role sees it; every rule that matches fires, so a delay and a status
//! can be combined. The effects themselves are carried out in `traffic`.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use parking_lot::Mutex;
use serde::{Deserialize, Serialize};
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;
use wildmatch::WildMatchPattern;

use crate::role::Role;

/// One rule as `POST /faults` takes it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Rule {
    pub role: Role,
    /// Only requests with this method.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub method: Option<String>,
    /// Only requests whose path, or path and query, matches this pattern; `*` stands for any text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub path: Option<String>,
    /// Only requests whose body contains this text; such requests are read whole before the role sees them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub body_contains: Option<String>,
    /// How many matching requests pass before the first that fails.
    #[serde(default)]
    pub skip: u64,
    /// How many requests fail before the rule is spent; 0 means until it is removed.
    #[serde(default = "once")]
    pub count: u64,
    pub effect: Effect,
}

const fn once() -> u64 {
    1
}

/// What goes wrong. In JSON an object with the fields of exactly one of these.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub(crate) enum Effect {
    /// This is answered instead of the role's own reply.
    Status(StatusReply),
    /// Everything waits this long first.
    Delay(Delay),
    /// The request's body is read at this rate.
    Bandwidth(Bandwidth),
    /// A gateway takes in the whole request and forwards it, one after the other.
    Buffer(Buffer),
    /// The reply begins and then comes byte by byte.
    Drip(Drip),
    /// The connection is reset once this many bytes of the request's body have been read.
    Reset(ResetAfter),
    /// The request is read whole and never answered.
    Stall(Stall),
    /// The role does its work, then the connection is reset instead of answering.
    LoseReply(LoseReply),
    /// The role's address resets every connection.
    Down(Down),
    /// `CompleteMultipartUpload` answers 200 with an error in its body; carried out by the object store.
    CompleteError(CompleteError),
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct StatusReply {
    pub status: u16,
    #[serde(default)]
    pub body: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub content_type: Option<String>,
    #[serde(default)]
    pub headers: BTreeMap<String, String>,
    /// Answers without reading the request's body first.
    #[serde(default)]
    pub early: bool,
    /// The role does its work all the same, as behind an edge that lost patience; `early` has no meaning then.
    #[serde(default)]
    pub done: bool,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Delay {
    pub delay_ms: u64,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Bandwidth {
    /// Bytes per second, at least 1.
    pub bandwidth: std::num::NonZeroU32,
}

/// What such a gateway forwards; a request whose client has gone is not forwarded.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Buffer {
    /// Bytes per second, at least 1, for all requests that meet the rule together.
    pub buffer: std::num::NonZeroU32,
    /// After this many milliseconds the gateway answers 504 by itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub gives_up_ms: Option<u64>,
}

/// The role does its work; then its reply's status and headers come, and one space each time this has passed, for ever.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Drip {
    /// Milliseconds, at least 1.
    pub drip_ms: std::num::NonZeroU32,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ResetAfter {
    pub reset_after_bytes: u64,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Stall {
    pub stall: Always,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct LoseReply {
    pub lose_reply: Always,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Down {
    pub down: Always,
}

/// A 200 reply to `CompleteMultipartUpload` with an `<Error>` of this code in its body. The object store finds it in
/// the request's extensions.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct CompleteError {
    pub complete_error: String,
    /// Whether the object is made all the same.
    #[serde(default)]
    pub done: bool,
}

/// The literal `true`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "bool", into = "bool")]
pub(crate) struct Always;

impl TryFrom<bool> for Always {
    type Error = &'static str;

    fn try_from(value: bool) -> Result<Self, Self::Error> {
        if value { Ok(Self) } else { Err("must be true; leave the field out otherwise") }
    }
}

impl From<Always> for bool {
    fn from(_: Always) -> Self {
        true
    }
}

/// A rule with its number and how often it has been met.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Standing {
    pub id: u64,
    #[serde(flatten)]
    pub rule: Rule,
    /// Requests that matched.
    pub matched: u64,
    /// Requests that failed because of it.
    pub fired: u64,
    /// Cancelled when the rule is removed.
    #[serde(skip)]
    pub removed: CancellationToken,
    /// The one line of a gateway's requests.
    #[serde(skip)]
    pub line: Arc<tokio::sync::Mutex<()>>,
}

/// What a rule does to one request.
#[derive(Debug, Clone)]
pub(crate) struct Fired {
    pub effect: Effect,
    /// Cancelled when the rule is removed: what it holds is released then.
    pub removed: CancellationToken,
    /// What the requests that meet the rule share.
    pub line: Arc<tokio::sync::Mutex<()>>,
}

/// The rules in force; clones share them.
#[derive(Clone)]
pub(crate) struct Faults {
    inner: Arc<Mutex<Inner>>,
    down: Arc<watch::Sender<BTreeSet<Role>>>,
}

#[derive(Default)]
struct Inner {
    last_id: u64,
    rules: Vec<Standing>,
}

impl Faults {
    /// No faults.
    pub(crate) fn new() -> Self {
        Self { inner: Arc::default(), down: Arc::new(watch::Sender::new(BTreeSet::new())) }
    }

    /// Adds a rule and returns its number.
    pub(crate) fn add(&self, rule: Rule) -> u64 {
        let id = self.change(|inner| {
            inner.last_id += 1;
            let id = inner.last_id;
            inner.rules.push(Standing {
                id,
                rule,
                matched: 0,
                fired: 0,
                removed: CancellationToken::new(),
                line: Arc::default(),
            });
            id
        });
        tracing::info!(id, "fault set");
        id
    }

    /// Removes one rule, and releases what it holds; returns false if no rule has that number.
    pub(crate) fn remove(&self, id: u64) -> bool {
        self.change(|inner| {
            let of_id = |standing: &mut Standing| standing.id == id;
            let removed: Vec<Standing> = inner.rules.extract_if(.., of_id).collect();
            removed.iter().for_each(|standing| standing.removed.cancel());
            !removed.is_empty()
        })
    }

    /// Removes every rule, and releases what they hold.
    pub(crate) fn clear(&self) {
        self.change(|inner| inner.rules.drain(..).for_each(|standing| standing.removed.cancel()));
    }

    /// Returns every rule that was set and not removed, spent ones included.
    pub(crate) fn all(&self) -> Vec<Standing> {
        self.inner.lock().rules.clone()
    }

    /// Returns the roles that refuse connections, and every change to them.
    pub(crate) fn down(&self) -> watch::Receiver<BTreeSet<Role>> {
        self.down.subscribe()
    }

    /// Returns whether some rule needs to see the body of this request to decide.
    pub(crate) fn wants_body(&self, role: Role, method: &http::Method, uri: &http::Uri) -> bool {
        let inner = self.inner.lock();
        inner.rules.iter().any(|standing| {
            standing.is_live() && standing.rule.body_contains.is_some() && standing.rule.matches_head(role, method, uri)
        })
    }

    /// Counts this request at every rule and returns the effects of those that fire.
    pub(crate) fn take(&self, role: Role, method: &http::Method, uri: &http::Uri, body: Option<&[u8]>) -> Vec<Fired> {
        let mut inner = self.inner.lock();
        let mut effects = Vec::new();
        for standing in &mut inner.rules {
            let is_match = standing.is_live()
                && standing.rule.matches_head(role, method, uri)
                && standing.rule.matches_body(body)
                && !matches!(standing.rule.effect, Effect::Down(_));
            if is_match {
                standing.matched += 1;
                if standing.matched > standing.rule.skip {
                    standing.fired += 1;
                    let (effect, removed) = (standing.rule.effect.clone(), standing.removed.clone());
                    effects.push(Fired { effect, removed, line: Arc::clone(&standing.line) });
                }
            }
        }
        effects
    }

    fn change<T>(&self, change: impl FnOnce(&mut Inner) -> T) -> T {
        let mut inner = self.inner.lock();
        let outcome = change(&mut inner);
        let down: BTreeSet<Role> = inner
            .rules
            .iter()
            .filter(|standing| matches!(standing.rule.effect, Effect::Down(_)))
            .map(|standing| standing.rule.role)
            .collect();
        drop(inner);
        self.down.send_if_modified(|current| {
            let is_changed = *current != down;
            *current = down;
            is_changed
        });
        outcome
    }
}

impl Standing {
    fn is_live(&self) -> bool {
        self.rule.count == 0 || self.fired < self.rule.count
    }
}

impl Rule {
    fn matches_head(&self, role: Role, method: &http::Method, uri: &http::Uri) -> bool {
        let matches_path = |pattern: &String| {
            let whole = uri.path_and_query().map_or_else(|| uri.path(), http::uri::PathAndQuery::as_str);
            glob(pattern, whole) || glob(pattern, uri.path())
        };
        self.role == role
            && self.method.as_ref().is_none_or(|wanted| wanted.eq_ignore_ascii_case(method.as_str()))
            && self.path.as_ref().is_none_or(matches_path)
    }

    fn matches_body(&self, body: Option<&[u8]>) -> bool {
        self.body_contains.as_ref().is_none_or(|text| {
            let body = body.unwrap_or_default();
            text.is_empty() || body.windows(text.len()).any(|window| window == text.as_bytes())
        })
    }
}

/// Returns whether `text` matches `pattern`, in which `*` stands for any text. Nothing else is special, so a query
/// starts with a literal `?`.
fn glob(pattern: &str, text: &str) -> bool {
    WildMatchPattern::<'*', '\0'>::new(pattern).matches(text)
}

#[cfg(test)]
mod tests {
    use http::{Method, Uri};

    use super::*;

    fn rule(json: serde_json::Value) -> Rule {
        serde_json::from_value(json).unwrap()
    }

    #[test]
    fn a_rule_skips_then_fires_as_often_as_it_was_told() {
        let faults = Faults::new();
        faults.add(rule(serde_json::json!({
            "role": "upload", "method": "PUT", "path": "*partNumber=3&*", "skip": 1, "count": 2, "effect": {"status": 503}
        })));
        let uri = Uri::from_static("/u/c/f?partNumber=3&uploadId=x");
        let fired: Vec<bool> =
            (0..5).map(|_| !faults.take(Role::Upload, &Method::PUT, &uri, None).is_empty()).collect();
        assert_eq!(fired, [false, true, true, false, false]);
    }

    #[test]
    fn a_rule_leaves_other_roles_methods_and_paths_alone() {
        let faults = Faults::new();
        faults.add(rule(serde_json::json!({
            "role": "upload", "method": "GET", "path": "/cookies", "count": 0, "effect": {"delay_ms": 1}
        })));
        let cookies = Uri::from_static("/cookies?x=1");
        assert_eq!(faults.take(Role::Upload, &Method::GET, &cookies, None).len(), 1);
        assert_eq!(faults.take(Role::Upload, &Method::PUT, &cookies, None).len(), 0);
        assert_eq!(faults.take(Role::Api, &Method::GET, &cookies, None).len(), 0);
        assert_eq!(faults.take(Role::Upload, &Method::GET, &Uri::from_static("/cookies/x"), None).len(), 0);
    }

    #[test]
    fn a_rule_on_the_body_reads_the_body() {
        let faults = Faults::new();
        faults.add(rule(
            serde_json::json!({"role": "api", "body_contains": "startUpload", "effect": {"lose_reply": true}}),
        ));
        let uri = Uri::from_static("/graphql");
        assert!(faults.wants_body(Role::Api, &Method::POST, &uri));
        assert_eq!(faults.take(Role::Api, &Method::POST, &uri, Some(b"{getConsignments}")).len(), 0);
        assert_eq!(faults.take(Role::Api, &Method::POST, &uri, Some(b"{startUpload}")).len(), 1);
        assert!(!faults.wants_body(Role::Api, &Method::POST, &uri));
    }

    #[test]
    fn patterns_match_as_globs() {
        for (pattern, text, expected) in [
            ("/a", "/a", true),
            ("/a", "/ab", false),
            ("*", "", true),
            ("/a*", "/a/b?c", true),
            ("*c", "/a/b?c", true),
            ("*b*", "/a/b?c", true),
            ("/a*b*c", "/a/b?c", true),
            ("/a*x*c", "/a/b?c", false),
            ("/a?b", "/axb", false),
            ("/a?b", "/a?b", true),
            ("*aa*a", "aa", false),
        ] {
            assert_eq!(glob(pattern, text), expected, "{pattern} {text}");
        }
    }

    #[test]
    fn an_effect_with_a_misspelt_field_is_refused() {
        for effect in [
            serde_json::json!({"stats": 503}),
            serde_json::json!({"stall": false}),
            serde_json::json!({"bandwidth": 0}),
        ] {
            assert!(serde_json::from_value::<Effect>(effect).is_err());
        }
    }
}
