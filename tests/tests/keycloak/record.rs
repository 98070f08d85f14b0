//! What a case saw, in a form in which two providers can be compared: addresses, ids, times and secrets are replaced by
//! what they are; all else stays as it came.

use std::fmt;

use serde_json::{Map, Value, json};
use url::Url;

use crate::http::Reply;
use crate::oidc::{Realm, decode};

/// What a case saw, step by step.
#[derive(Debug, Default)]
pub(crate) struct Record(pub(crate) Vec<(String, Value)>);

impl Record {
    /// Notes the response.
    pub(crate) fn reply(&mut self, step: impl fmt::Display, realm: &Realm<'_>, reply: &Reply) {
        self.0.push((step.to_string(), seen(reply, realm.issuer())));
    }

    /// Notes a finding.
    pub(crate) fn value(&mut self, step: impl fmt::Display, value: Value) {
        self.0.push((step.to_string(), value));
    }

    /// Notes only how a reply ended: status, error and description, and whether there are tokens. For steps whose
    /// numbers depend on the second in which they ran.
    pub(crate) fn outcome(&mut self, step: impl fmt::Display, reply: &Reply) {
        let body = reply.json().unwrap_or(Value::Null);
        let outcome = json!({
            "status": reply.status, "error": body["error"], "error_description": body["error_description"],
            "has tokens": body["access_token"].is_string(),
        });
        self.0.push((step.to_string(), outcome));
    }
}

/// Returns a reply as it is compared.
fn seen(reply: &Reply, issuer: &str) -> Value {
    let mut seen = Map::new();
    seen.insert("status".into(), json!(reply.status));
    // How long a page or a redirect may be kept is between Keycloak and browsers.
    let is_for_clients =
        reply.location.is_none() && reply.header("content-type").is_none_or(|kind| !kind.contains("html"));
    for name in ["content-type", "cache-control", "pragma", "www-authenticate"] {
        if let Some(value) = reply.header(name).filter(|_| is_for_clients) {
            let realm = issuer.rsplit('/').next().unwrap_or_default();
            seen.insert(name.into(), json!(value.replace(&format!("realm=\"{realm}\""), "realm=REALM")));
        }
    }
    if let Some(location) = &reply.location {
        seen.insert("redirect".into(), redirect(location, issuer));
    } else if let Some(body) = reply.json() {
        seen.insert("body".into(), plain("", &body, issuer));
    } else if reply.body.is_empty() {
        seen.insert("body".into(), json!("empty"));
    } else {
        seen.insert("page".into(), json!(reply.message()));
        seen.insert("login form".into(), json!(reply.body.contains("id=\"kc-form-login\"")));
    }
    Value::Object(seen)
}

/// Returns where a redirect leads, with its parameters in their order.
fn redirect(location: &Url, issuer: &str) -> Value {
    let fragment = location.fragment().unwrap_or_default();
    let pairs = location.query_pairs().chain(url::form_urlencoded::parse(fragment.as_bytes()));
    let pairs: Vec<Value> = pairs.map(|(name, value)| json!([name, plain(&name, &json!(value), issuer)])).collect();
    let mut place = location.clone();
    place.set_query(None);
    place.set_fragment(location.fragment().map(|_| "parameters"));
    json!({"to": place.as_str().replace(issuer, "ISSUER"), "with": pairs})
}

/// Returns a value by what it is, where it differs from run to run.
fn plain(name: &str, value: &Value, issuer: &str) -> Value {
    match value {
        Value::Object(fields) if fields.contains_key("iat") => claims(fields, issuer),
        Value::Object(fields) => {
            let fields = fields.iter().map(|(name, value)| (name.clone(), plain(name, value, issuer)));
            Value::Object(fields.collect())
        }
        Value::Array(values) => {
            let mut values: Vec<Value> = values.iter().map(|value| plain(name, value, issuer)).collect();
            if name == "roles" {
                // In no particular order.
                values.sort_by_key(ToString::to_string);
            }
            Value::Array(values)
        }
        Value::String(text) => match name {
            "code" => json!(format!("a code of {} parts", text.split('.').count())),
            "session_state" | "sid" => json!("the session"),
            "sub" | "kid" | "at_hash" => json!(format!("a {name}")),
            "jti" => json!(text.split_once(':').map_or("an id", |(kind, _)| kind)),
            "access_token" | "refresh_token" | "id_token" => match decode(text) {
                Some([header, claims]) => {
                    json!({"header": plain("", &header, issuer), "claims": plain("", &claims, issuer)})
                }
                None => json!("not a token"),
            },
            "scope" => {
                // In no particular order (RFC 6749, section 3.3).
                let mut scopes: Vec<&str> = text.split(' ').collect();
                scopes.sort_unstable();
                json!(scopes)
            }
            _ => json!(text.replace(issuer, "ISSUER")),
        },
        Value::Number(_) if ["expires_in", "refresh_expires_in"].contains(&name) => json!(value.as_i64().map(life)),
        other @ (Value::Null | Value::Bool(_) | Value::Number(_)) => other.clone(),
    }
}

/// Seconds that something lives, to the next two seconds: Keycloak's clock may have ticked between the steps of one
/// reply.
fn life(seconds: i64) -> i64 {
    (seconds + 1) / 2 * 2
}

/// Returns a token's claims, whose times are given as the life of the token.
fn claims(fields: &Map<String, Value>, issuer: &str) -> Value {
    let time = |name: &str| fields.get(name).and_then(Value::as_i64);
    let is_refresh = fields.get("typ").and_then(Value::as_str) == Some("Refresh");
    let mut plainly = Map::new();
    for (name, value) in fields {
        let value = match name.as_str() {
            "iat" | "auth_time" => json!("a time"),
            "exp" => json!(time("exp").zip(time("iat")).map(|(exp, iat)| life(exp - iat))),
            // Between the realm and itself; no client reads them.
            "scope" | "aud_x" | "reuse_id" | "number" if is_refresh => continue,
            _ => plain(name, value, issuer),
        };
        plainly.insert(name.clone(), value);
    }
    Value::Object(plainly)
}
