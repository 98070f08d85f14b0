//! The control address: what a test, or a person with `curl`, can see and change from outside.
//!
//! Plain http on loopback; every request needs the token from the ready line. `docs/sandbox.md` describes each path.

use std::sync::Arc;

use axum::body::Body;
use axum::extract::{Path, Request, State};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use axum::routing::{delete, get, post};
use axum::{Json, Router};
use bytes::Bytes;
use http::header::AUTHORIZATION;
use http::{HeaderValue, StatusCode};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::json;
use subtle::ConstantTimeEq as _;
use uuid::Uuid;

use crate::consignments;
use crate::faults::{Effect, Rule};
use crate::realm::{Lives, Realm};
use crate::role::Role;
use crate::sign_in::{self, SignIn};
use crate::store::{self, Store};
use crate::traffic::Traffic;

type Answer = Result<Response, Refused>;

/// What can be seen and changed.
pub(crate) struct Control {
    pub realm: Arc<Realm>,
    pub lives: Arc<Lives>,
    pub sign_in: Arc<SignIn>,
    pub store: Arc<Store>,
    pub checks: Arc<consignments::Checks>,
    pub traffic: Arc<Traffic>,
}

/// Returns the control address's routes.
pub(crate) fn router(control: Control, token: &str) -> Router {
    let expected: Arc<str> = format!("Bearer {token}").into();
    Router::new()
        .route("/objects", get(objects))
        .route("/objects/{*key}", get(object))
        .route("/requests", get(requests).delete(forget_requests))
        .route("/traffic", get(traffic))
        .route("/secrets", get(secrets))
        .route("/consignments/{id}", get(consignment))
        .route("/clock", get(clock).post(move_clock))
        .route("/faults", get(faults).post(set_fault).delete(clear_faults))
        .route("/faults/{id}", delete(remove_fault))
        .route("/keys/rotate", post(rotate_keys))
        .route("/sessions/end", post(end_sessions))
        .route("/people/{username}", post(change_person))
        .route("/lives", get(lives).post(set_lives))
        .layer(middleware::from_fn_with_state(expected, demand_token))
        .with_state(Arc::new(control))
}

async fn demand_token(State(expected): State<Arc<str>>, request: Request, next: Next) -> Response {
    let sent = request.headers().get(AUTHORIZATION).map(HeaderValue::as_bytes);
    if sent.is_some_and(|sent| sent.ct_eq(expected.as_bytes()).into()) {
        next.run(request).await
    } else {
        Refused(StatusCode::UNAUTHORIZED, "send the token of the ready line as Authorization: Bearer".to_owned())
            .into_response()
    }
}

async fn objects(State(control): State<Arc<Control>>) -> Answer {
    let list =
        tokio::task::spawn_blocking(move || store::list(&control.store)).await.map_err(broken)?.map_err(broken)?;
    Ok(Json(list).into_response())
}

async fn object(State(control): State<Arc<Control>>, Path(key): Path<String>) -> Answer {
    let object = store::open(&control.store, &key).await.map_err(broken)?;
    object.map(Body::into_response).ok_or_else(|| missing("object"))
}

async fn requests(State(control): State<Arc<Control>>) -> Response {
    Json(control.traffic.log.all()).into_response()
}

async fn forget_requests(State(control): State<Arc<Control>>) -> StatusCode {
    control.traffic.log.clear();
    StatusCode::NO_CONTENT
}

async fn traffic(State(control): State<Arc<Control>>) -> Response {
    Json(control.traffic.in_flight.all()).into_response()
}

async fn secrets(State(control): State<Arc<Control>>) -> Response {
    Json(control.traffic.secrets.all()).into_response()
}

async fn consignment(State(control): State<Arc<Control>>, Path(id): Path<Uuid>) -> Answer {
    let found = consignments::detail(&control.checks, id).map_err(broken)?;
    found.map(|value| Json(value).into_response()).ok_or_else(|| missing("consignment"))
}

async fn clock(State(control): State<Arc<Control>>) -> Response {
    Json(json!({"now": control.realm.clock.now(), "offset_seconds": control.realm.clock.offset_seconds()}))
        .into_response()
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct MoveClock {
    advance_seconds: i64,
}

async fn move_clock(State(control): State<Arc<Control>>, body: Bytes) -> Answer {
    let change: MoveClock = read(&body)?;
    control.realm.clock.advance(change.advance_seconds).map_err(broken)?;
    Ok(clock(State(control)).await)
}

async fn faults(State(control): State<Arc<Control>>) -> Response {
    Json(control.traffic.faults.all()).into_response()
}

async fn set_fault(State(control): State<Arc<Control>>, body: Bytes) -> Answer {
    let rule: Rule = read(&body)?;
    if let Effect::Status(reply) = &rule.effect {
        let is_final = (200..600).contains(&reply.status);
        let has_good_headers = reply
            .headers
            .iter()
            .all(|(name, value)| http::HeaderName::try_from(name).is_ok() && HeaderValue::try_from(value).is_ok());
        if !is_final || !has_good_headers {
            return Err(wrong("the status must be 200 to 599, and the headers well formed"));
        }
    }
    if matches!(rule.effect, Effect::CompleteError(_)) && rule.role != Role::Upload {
        return Err(wrong("complete_error is an effect of the role upload"));
    }
    let id = control.traffic.faults.add(rule);
    Ok(Json(json!({"id": id})).into_response())
}

async fn clear_faults(State(control): State<Arc<Control>>) -> StatusCode {
    control.traffic.faults.clear();
    StatusCode::NO_CONTENT
}

async fn remove_fault(State(control): State<Arc<Control>>, Path(id): Path<u64>) -> Answer {
    if control.traffic.faults.remove(id) { Ok(StatusCode::NO_CONTENT.into_response()) } else { Err(missing("fault")) }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RotateKeys {
    role: Role,
    /// Whether what the old keys signed becomes invalid at once.
    #[serde(default)]
    drop_old: bool,
}

async fn rotate_keys(State(control): State<Arc<Control>>, body: Bytes) -> Answer {
    let RotateKeys { role, drop_old } = read(&body)?;
    if role == Role::SignIn {
        demand_own_sign_in(&control.sign_in)?;
    }
    let rotated = tokio::task::spawn_blocking(move || match role {
        Role::SignIn => Some(control.realm.keys.sign_in.rotate(drop_old).map(|key| key.id.clone())),
        Role::Upload => Some(control.realm.keys.upload.rotate(drop_old)),
        Role::Api | Role::Website => None,
    });
    let key =
        rotated.await.map_err(broken)?.ok_or_else(|| wrong("only sign_in and upload have keys"))?.map_err(broken)?;
    Ok(Json(json!({"key_id": key})).into_response())
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct EndSessions {
    username: String,
}

async fn end_sessions(State(control): State<Arc<Control>>, body: Bytes) -> Answer {
    let who: EndSessions = read(&body)?;
    demand_own_sign_in(&control.sign_in)?;
    let person = control.realm.people.by_username(&who.username).ok_or_else(|| missing("person"))?;
    let ended = sign_in::end_sessions(&control.sign_in, &person.username).map_err(broken)?;
    Ok(Json(json!({"ended": ended})).into_response())
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ChangePerson {
    enabled: bool,
}

async fn change_person(State(control): State<Arc<Control>>, Path(username): Path<String>, body: Bytes) -> Answer {
    let change: ChangePerson = read(&body)?;
    demand_own_sign_in(&control.sign_in)?;
    let is_known = control.realm.people.set_enabled(&username, change.enabled).map_err(broken)?;
    if is_known { Ok(StatusCode::NO_CONTENT.into_response()) } else { Err(missing("person")) }
}

async fn lives(State(control): State<Arc<Control>>) -> Response {
    let lives = &control.lives;
    let body = json!({"access_token_seconds": lives.access_token_seconds(), "cookie_seconds": lives.cookie_seconds()});
    Json(body).into_response()
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SetLives {
    access_token_seconds: Option<u32>,
    cookie_seconds: Option<u32>,
}

async fn set_lives(State(control): State<Arc<Control>>, body: Bytes) -> Answer {
    let wanted: SetLives = read(&body)?;
    if let Some(seconds) = wanted.access_token_seconds {
        demand_own_sign_in(&control.sign_in)?;
        control.lives.set_access_token_seconds(seconds).map_err(broken)?;
    }
    if let Some(seconds) = wanted.cookie_seconds {
        control.lives.set_cookie_seconds(seconds).map_err(broken)?;
    }
    Ok(lives(State(control)).await)
}

/// A rejection with its reason as `{"error": ..}`.
struct Refused(StatusCode, String);

impl IntoResponse for Refused {
    fn into_response(self) -> Response {
        (self.0, Json(json!({"error": self.1}))).into_response()
    }
}

fn read<T: DeserializeOwned>(body: &[u8]) -> Result<T, Refused> {
    serde_json::from_slice(body).map_err(|error| Refused(StatusCode::BAD_REQUEST, error.to_string()))
}

/// Rejects what only the sandbox's own sign-in could do.
fn demand_own_sign_in(sign_in: &SignIn) -> Result<(), Refused> {
    match sign_in.elsewhere() {
        Some(elsewhere) => Err(wrong(&format!("people sign in at {}: ask its administrator", elsewhere.issuer()))),
        None => Ok(()),
    }
}

fn wrong(reason: &str) -> Refused {
    Refused(StatusCode::BAD_REQUEST, reason.to_owned())
}

fn missing(what: &str) -> Refused {
    Refused(StatusCode::NOT_FOUND, format!("there is no such {what}"))
}

fn broken(error: impl std::fmt::Display) -> Refused {
    Refused(StatusCode::INTERNAL_SERVER_ERROR, error.to_string())
}
