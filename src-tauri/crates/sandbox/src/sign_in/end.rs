//! Signing out: RP-initiated logout (OpenID Connect), the older direct call with a refresh token, and revocation (RFC
//! 7009).

use std::sync::Arc;

use axum::body::Body;
use axum::extract::{RawQuery, State};
use axum::response::Response;
use bytes::Bytes;
use http::header::CACHE_CONTROL;
use http::{HeaderMap, HeaderValue, StatusCode};
use serde_json::{Value, json};

use super::clients;
use super::grants::authenticate_client;
use super::reply::{Params, Refusal, add_cookie, escape, page, plain_json, redirect};
use super::sessions::{self, IDENTITY};
use super::state::SignIn;
use super::{tables, tokens};

/// `GET .../logout`
pub(super) async fn get(
    State(sign_in): State<Arc<SignIn>>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Result<Response, Refusal> {
    by_browser(&sign_in, &Params::read(query.unwrap_or_default().as_bytes()), &headers)
}

/// `POST .../logout`: with a refresh token the older direct call of a client, else the same as `GET`.
pub(super) async fn post(
    State(sign_in): State<Arc<SignIn>>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, Refusal> {
    let params = Params::read_form(&headers, &body);
    if params.get("refresh_token").is_some() {
        by_client(&sign_in, &params, &headers)
    } else {
        by_browser(&sign_in, &params, &headers)
    }
}

/// `POST .../logout/logout-confirm`: the button of the page that asks.
pub(super) async fn confirm(
    State(sign_in): State<Arc<SignIn>>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, Refusal> {
    let params = Params::read_form(&headers, &body);
    let confirmed = params.get("session_code").and_then(|value| tokens::read_confirmation(&sign_in, value));
    let session = sessions::of_browser(&sign_in, &headers)?;
    match (confirmed, session) {
        (Some(confirmed), Some(session)) if confirmed == session.id => {
            sign_in.realm.db.with(|db| tables::end_session(db, &session.id))?;
            Ok(signed_out())
        }
        (Some(confirmed), None) if confirmed.is_empty() => Ok(signed_out()),
        _ => Err(Refusal::Page(StatusCode::BAD_REQUEST, "Logout failed")),
    }
}

/// `POST .../revoke`
pub(super) async fn revoke(
    State(sign_in): State<Arc<SignIn>>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, Refusal> {
    const BAD: StatusCode = StatusCode::BAD_REQUEST;
    let params = Params::read_form(&headers, &body);
    let client = authenticate_client(&sign_in, &headers, &params).map_err(Refusal::uncached)?;
    let token = params.get("token").ok_or(Refusal::Plain(BAD, "invalid_request", "Token not provided"))?;
    if let Some(claims) = tokens::read_refresh(&sign_in, token) {
        if claims.azp != client.id {
            return Err(Refusal::Plain(BAD, "invalid_request", "Unmatching clients"));
        }
        let is_attached = sign_in.realm.db.with(|db| tables::client_session(db, &claims.sid, &claims.azp))?.is_some();
        if !is_attached {
            return Ok(meaningless());
        }
        sign_in.realm.db.with(|db| {
            let transaction = db.transaction()?;
            tables::revoke_consent(&transaction, &claims.sid, &claims.azp)?;
            tables::detach_client(&transaction, &claims.sid, &claims.azp)?;
            if !tables::has_clients(&transaction, &claims.sid)? {
                tables::end_session(&transaction, &claims.sid)?;
            }
            transaction.commit()
        })?;
    } else if let Some(claims) = tokens::read_signed(&sign_in, token) {
        if claims.get("azp").and_then(Value::as_str) != Some(client.id) {
            return Err(Refusal::Plain(BAD, "invalid_request", "Unmatching clients"));
        }
        let id = claims.get("jti").and_then(Value::as_str).unwrap_or_default();
        sign_in.realm.db.with(|db| tables::revoke_token(db, id))?;
    } else {
        return Ok(meaningless());
    }
    Ok(Response::new(Body::empty()))
}

/// Returns Keycloak's reply to an unknown token: 200 and an error. Such a token counts as revoked (RFC 7009, section 2.2).
fn meaningless() -> Response {
    plain_json(StatusCode::OK, &json!({"error": "invalid_token", "error_description": "Invalid token"}))
}

fn by_client(sign_in: &SignIn, params: &Params, headers: &HeaderMap) -> Result<Response, Refusal> {
    const BAD: StatusCode = StatusCode::BAD_REQUEST;
    let refused = |description| Refusal::Plain(BAD, "invalid_grant", description);
    let client = authenticate_client(sign_in, headers, params).map_err(Refusal::uncached)?;
    let token = params.get("refresh_token").unwrap_or_default();
    let claims = tokens::read_refresh(sign_in, token).ok_or(refused("Invalid refresh token"))?;
    if claims.azp != client.id {
        return Err(refused("Invalid refresh token. Token client and authorized client don't match"));
    }
    sign_in.realm.db.with(|db| tables::end_session(db, &claims.sid))?;
    let mut response = Response::new(Body::empty());
    *response.status_mut() = StatusCode::NO_CONTENT;
    response.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    Ok(response)
}

fn by_browser(sign_in: &SignIn, params: &Params, headers: &HeaderMap) -> Result<Response, Refusal> {
    const PAGE: StatusCode = StatusCode::BAD_REQUEST;
    let hint = match params.get("id_token_hint") {
        Some(token) => {
            let claims = tokens::read_signed(sign_in, token);
            let claims = claims.filter(|claims| claims.get("typ").and_then(Value::as_str) == Some("ID"));
            Some(claims.ok_or(Refusal::Page(PAGE, "Invalid parameter: id_token_hint"))?)
        }
        None => None,
    };
    let hinted = |name: &str| hint.as_ref().and_then(|claims| claims.get(name)).and_then(Value::as_str);
    let client_id = match (params.get("client_id"), hinted("azp")) {
        (Some(named), Some(hinted)) if named != hinted => {
            return Err(Refusal::Page(PAGE, "Invalid parameter: id_token_hint"));
        }
        (named, hinted) => named.or(hinted),
    };
    let onward = match (params.get("post_logout_redirect_uri"), client_id) {
        (Some(_), None) => return Err(Refusal::Page(PAGE, "Missing parameters: id_token_hint")),
        (Some(uri), Some(client_id)) => {
            let client = clients::find(sign_in, client_id);
            client.filter(|client| client.allows(uri)).ok_or(Refusal::Page(PAGE, "Invalid redirect uri"))?;
            Some(with_state(uri, params.get("state")))
        }
        (None, _) => None,
    };

    let session = sessions::of_browser(sign_in, headers)?;
    let Some(sid) = hinted("sid") else {
        return match onward.filter(|_| session.is_none()) {
            // Without a hint anyone could have sent the browser here, so the person must confirm.
            None => {
                let sid = session.map(|session| session.id).unwrap_or_default();
                let code = tokens::confirmation(sign_in, &sid)?;
                let action = format!("{}/protocol/openid-connect/logout/logout-confirm", sign_in.issuer());
                let body = format!(
                    "<p class=\"instruction\">Do you want to log out?</p><form action=\"{}\" method=\"post\">\
                     <input type=\"hidden\" name=\"session_code\" value=\"{}\"><input type=\"submit\" value=\"Logout\"></form>",
                    escape(&action),
                    escape(&code)
                );
                Ok(page(StatusCode::OK, "Logging out", &body))
            }
            Some(uri) => Ok(redirect(&uri)),
        };
    };
    sign_in.realm.db.with(|db| tables::end_session(db, sid))?;
    let mut response = onward.map_or_else(signed_out, |uri| redirect(&uri));
    add_cookie(&mut response, &sessions::clear_cookie(IDENTITY));
    Ok(response)
}

fn with_state(uri: &str, state: Option<&str>) -> String {
    match state {
        Some(state) => {
            let query = url::form_urlencoded::Serializer::new(String::new()).append_pair("state", state).finish();
            format!("{uri}{}{query}", if uri.contains('?') { '&' } else { '?' })
        }
        None => uri.to_owned(),
    }
}

fn signed_out() -> Response {
    let mut response = page(StatusCode::OK, "You are logged out", "");
    add_cookie(&mut response, &sessions::clear_cookie(IDENTITY));
    response
}
