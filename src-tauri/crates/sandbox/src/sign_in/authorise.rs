//! The authorisation endpoint and the login form.
//!
//! A request that names no known client or a redirect address that is not the client's ends in a page: nothing is sent
//! to the client. Every other fault goes to the client in the redirect.

use std::borrow::Cow;
use std::sync::Arc;

use axum::extract::{RawQuery, State};
use axum::response::Response;
use bytes::Bytes;
use http::{HeaderMap, StatusCode};
use subtle::ConstantTimeEq as _;

use super::clients::{self, Client};
use super::reply::{Answer, Params, Refusal, add_cookie, escape, page, redirect_to_client};
use super::sessions::{self, BROWSER, IDENTITY};
use super::state::SignIn;
use super::tables::{self, AuthRequest, Challenge, Form, ResponseMode, Session};
use super::tokens;
use crate::random;

/// Scopes a client may ask for; others are refused.
const SCOPES: [&str; 10] =
    ["openid", "profile", "email", "roles", "web-origins", "acr", "basic", "offline_access", "address", "phone"];

/// `GET .../auth`
pub(super) async fn get(
    State(sign_in): State<Arc<SignIn>>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Result<Response, Refusal> {
    authorise(&sign_in, &Params::read(query.unwrap_or_default().as_bytes()), &headers)
}

/// `POST .../auth`
pub(super) async fn post(
    State(sign_in): State<Arc<SignIn>>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, Refusal> {
    authorise(&sign_in, &Params::read_form(&headers, &body), &headers)
}

/// `POST .../login-actions/authenticate`: the login form, filled in.
pub(super) async fn authenticate(
    State(sign_in): State<Arc<SignIn>>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, Refusal> {
    const COOKIE_NOT_FOUND: Refusal = Refusal::Page(
        StatusCode::BAD_REQUEST,
        "Restart login cookie not found. It may have expired; it may have been deleted or cookies are disabled in your \
         browser. If cookies are disabled then enable them. Click Back to Application to login again.",
    );
    let query = Params::read(query.unwrap_or_default().as_bytes());
    let browser = sessions::cookie(&headers, BROWSER).ok_or(COOKIE_NOT_FOUND)?;
    let tab_id = query.get("tab_id").unwrap_or_default();
    let form = sign_in.realm.db.with(|db| tables::form(db, tab_id))?;
    let mut form = form.filter(|form| form.browser == browser).ok_or(COOKIE_NOT_FOUND)?;
    if form.made_at + tables::LOGIN_SECONDS <= sign_in.realm.clock.epoch_seconds() {
        sign_in.realm.db.with(|db| tables::remove_form(db, tab_id))?;
        return Err(Refusal::Page(
            StatusCode::BAD_REQUEST,
            "Your login attempt timed out. Login will start from the beginning.",
        ));
    }
    if query.get("session_code") != Some(&form.session_code) {
        return Err(Refusal::Page(
            StatusCode::BAD_REQUEST,
            "An error occurred, please login again through your application.",
        ));
    }

    let fields = Params::read_form(&headers, &body);
    let username = fields.get("username").unwrap_or_default();
    let password = fields.get("password").unwrap_or_default();
    let wrong = match sign_in.realm.people.by_username(username) {
        Some(person) if !bool::from(person.password.as_bytes().ct_eq(password.as_bytes())) => {
            Err("Invalid username or password.")
        }
        Some(person) if !person.enabled => Err("Account is disabled, contact your administrator."),
        Some(person) => Ok(person),
        None => Err("Invalid username or password."),
    };
    let person = match wrong {
        Ok(person) => person,
        Err(message) => {
            sign_in.realm.db.with(|db| tables::renew_form(db, &mut form))?;
            return Ok(form_page(&sign_in, &form, username, Some(message)));
        }
    };
    let present = sessions::of_browser(&sign_in, &headers)?;
    if present.as_ref().is_some_and(|session| session.username != person.username) {
        return Err(Refusal::Page(
            StatusCode::BAD_REQUEST,
            "You are already authenticated as different user in this session. Please sign out first.",
        ));
    }
    let now = sign_in.realm.clock.epoch_seconds();
    let session = sign_in.realm.db.with(|db| {
        let transaction = db.transaction()?;
        tables::remove_form(&transaction, &form.tab_id)?;
        let session = match present {
            Some(session) => {
                tables::touch_session(&transaction, &session.id, now, true)?;
                Session { auth_time: now, last_refresh: now, ..session }
            }
            None => tables::start_session(&transaction, &person.username, now)?,
        };
        transaction.commit()?;
        Ok(session)
    })?;
    let client = clients::find(&sign_in, &form.request.client_id).ok_or(COOKIE_NOT_FOUND)?;
    let mut response = if clients::lacks_consent(&sign_in, &client, &session)? {
        ask_for_consent(&sign_in, &headers, &client, form.request)?
    } else {
        let mut response = give_code(&sign_in, &session, &form.request)?;
        add_cookie(&mut response, &sessions::clear_cookie(BROWSER));
        response
    };
    add_cookie(&mut response, &sessions::set_cookie(IDENTITY, &tokens::identity(&sign_in, &session)?));
    Ok(response)
}

fn authorise(sign_in: &SignIn, params: &Params, headers: &HeaderMap) -> Result<Response, Refusal> {
    const PAGE: StatusCode = StatusCode::BAD_REQUEST;
    // Unless the client is certain, the error cannot be sent to it.
    let client_id = params.get("client_id").filter(|_| !params.is_duplicate("client_id"));
    let client_id = client_id.ok_or(Refusal::Page(PAGE, "Invalid Request"))?;
    let client = clients::find(sign_in, client_id).ok_or(Refusal::Page(PAGE, "Client not found."))?;
    let redirect_uri = params.get("redirect_uri").filter(|uri| client.allows(uri));
    let redirect_uri = redirect_uri.ok_or(Refusal::Page(PAGE, "Invalid parameter: redirect_uri"))?;
    let mut request = AuthRequest {
        client_id: client.id.to_owned(),
        redirect_uri: redirect_uri.to_owned(),
        scope: String::new(),
        state: params.get("state").map(str::to_owned),
        nonce: params.get("nonce").map(str::to_owned),
        challenge: None,
        response_mode: ResponseMode::Query,
    };
    if let Err((error, description)) = read_request(&mut request, &client, params) {
        return Ok(redirect_to_client(sign_in.issuer(), &request, &Answer::Error(error, &description)));
    }

    let prompt: Vec<&str> = params.get("prompt").unwrap_or_default().split(' ').collect();
    let now = sign_in.realm.clock.epoch_seconds();
    let is_recent = |session: &Session| {
        let max_age = params.get("max_age").and_then(|text| text.parse::<i64>().ok());
        max_age.is_none_or(|seconds| now - session.auth_time <= seconds)
    };
    let session = sessions::of_browser(sign_in, headers)?.filter(|session| {
        !prompt.contains(&"login") && is_recent(session) && sessions::person_of(sign_in, session).is_some()
    });
    match session {
        Some(session) => {
            sign_in.realm.db.with(|db| tables::touch_session(db, &session.id, now, false))?;
            if clients::lacks_consent(sign_in, &client, &session)? {
                if prompt.contains(&"none") {
                    return Ok(redirect_to_client(
                        sign_in.issuer(),
                        &request,
                        &Answer::Error("interaction_required", ""),
                    ));
                }
                return ask_for_consent(sign_in, headers, &client, request);
            }
            give_code(sign_in, &session, &request)
        }
        None if prompt.contains(&"none") => {
            Ok(redirect_to_client(sign_in.issuer(), &request, &Answer::Error("login_required", "")))
        }
        None => {
            let (browser, form) = make_form(sign_in, headers, request)?;
            let mut response = form_page(sign_in, &form, params.get("login_hint").unwrap_or_default(), None);
            add_cookie(&mut response, &sessions::set_cookie(BROWSER, &browser));
            Ok(response)
        }
    }
}

/// Keeps a request until its form comes back, and ties it to the browser.
fn make_form(sign_in: &SignIn, headers: &HeaderMap, request: AuthRequest) -> Result<(String, Form), Refusal> {
    let browser = sessions::cookie(headers, BROWSER).map_or_else(|| random::token(18), str::to_owned);
    let now = sign_in.realm.clock.epoch_seconds();
    let form = sign_in.realm.db.with(|db| tables::make_form(db, &browser, request, now))?;
    Ok((browser, form))
}

/// Asks a person who is signed in whether the client may know who they are.
fn ask_for_consent(
    sign_in: &SignIn,
    headers: &HeaderMap,
    client: &Client,
    request: AuthRequest,
) -> Result<Response, Refusal> {
    let (browser, form) = make_form(sign_in, headers, request)?;
    let mut response = consent_page(sign_in, client, &form);
    add_cookie(&mut response, &sessions::set_cookie(BROWSER, &browser));
    Ok(response)
}

/// `POST .../login-actions/consent`: a person's answer. A person who signed in for this client only, and refuses, is signed
/// out again.
pub(super) async fn consent(
    State(sign_in): State<Arc<SignIn>>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, Refusal> {
    const LOST: Refusal =
        Refusal::Page(StatusCode::BAD_REQUEST, "An error occurred, please login again through your application.");
    let query = Params::read(query.unwrap_or_default().as_bytes());
    let fields = Params::read_form(&headers, &body);
    let tab_id = query.get("tab_id").unwrap_or_default();
    let form = sign_in.realm.db.with(|db| tables::form(db, tab_id))?;
    let is_ours = |form: &Form| {
        sessions::cookie(&headers, BROWSER) == Some(&form.browser) && fields.get("code") == Some(&form.session_code)
    };
    let form = form.filter(is_ours).ok_or(LOST)?;
    let session = sessions::of_browser(&sign_in, &headers)?.ok_or(LOST)?;
    let has_refused = fields.has("cancel");
    let was_for_this = sign_in.realm.db.with(|db| {
        let transaction = db.transaction()?;
        tables::remove_form(&transaction, &form.tab_id)?;
        let was_for_this = has_refused && !tables::has_clients(&transaction, &session.id)?;
        if was_for_this {
            tables::end_session(&transaction, &session.id)?;
        }
        if !has_refused {
            tables::grant_consent(&transaction, &session.username, &form.request.client_id)?;
        }
        transaction.commit()?;
        Ok(was_for_this)
    })?;
    let mut response = if has_refused {
        redirect_to_client(sign_in.issuer(), &form.request, &Answer::Error("access_denied", ""))
    } else {
        give_code(&sign_in, &session, &form.request)?
    };
    add_cookie(&mut response, &sessions::clear_cookie(BROWSER));
    if was_for_this {
        add_cookie(&mut response, &sessions::clear_cookie(IDENTITY));
    }
    Ok(response)
}

/// What is wrong with a request: `error` and `error_description`.
type Fault = (&'static str, Cow<'static, str>);

const fn fault(error: &'static str, description: &'static str) -> Fault {
    (error, Cow::Borrowed(description))
}

fn read_request(request: &mut AuthRequest, client: &Client, params: &Params) -> Result<(), Fault> {
    if params.has_duplicates() {
        return Err(fault("invalid_request", "duplicated parameter"));
    }
    request.response_mode = match params.get("response_mode") {
        None | Some("query") => ResponseMode::Query,
        Some("fragment") => ResponseMode::Fragment,
        Some(_) => return Err(fault("invalid_request", "Invalid parameter: response_mode")),
    };
    match params.get("response_type") {
        Some("code") => {}
        Some("token" | "id_token" | "id_token token" | "code id_token" | "code token" | "code id_token token") => {
            request.response_mode = ResponseMode::Fragment;
            let description = "Client is not allowed to initiate browser login with given response_type. Implicit flow \
                               is disabled for the client.";
            return Err(fault("unauthorized_client", description));
        }
        Some(_) => return Err(fault("unsupported_response_type", "")),
        None => return Err(fault("invalid_request", "Missing parameter: response_type")),
    }
    let asked = params.get("scope").unwrap_or_default();
    if asked.split(' ').any(|scope| !scope.is_empty() && !SCOPES.contains(&scope)) {
        return Err(("invalid_scope", Cow::Owned(format!("Invalid scopes: {asked}"))));
    }
    request.scope = granted_scope(asked);
    request.challenge = read_challenge(client, params)?;
    Ok(())
}

/// Returns the scopes of the token reply: those asked for, and the client's default ones.
fn granted_scope(asked: &str) -> String {
    let mut scopes: Vec<&str> =
        asked.split(' ').filter(|scope| ["openid", "offline_access", "address", "phone"].contains(scope)).collect();
    scopes.dedup();
    scopes.extend(["email", "profile"]);
    scopes.join(" ")
}

/// PKCE (RFC 7636), as strict as Keycloak when S256 is set for the client.
fn read_challenge(client: &Client, params: &Params) -> Result<Option<Challenge>, Fault> {
    let method = params.get("code_challenge_method");
    let challenge = params.get("code_challenge");
    if client.is_pkce_required {
        match method {
            None => return Err(fault("invalid_request", "Missing parameter: code_challenge_method")),
            Some("S256") => {}
            Some(_) => {
                return Err(fault(
                    "invalid_request",
                    "Invalid parameter: code challenge method is not matching the configured one",
                ));
            }
        }
    }
    let Some(challenge) = challenge else {
        return match method {
            Some(_) => Err(fault("invalid_request", "Missing parameter: code_challenge")),
            None => Ok(None),
        };
    };
    if !is_pkce_text(challenge) {
        return Err(fault("invalid_request", "Invalid parameter: code_challenge"));
    }
    match method {
        Some("S256") => Ok(Some(Challenge::S256(challenge.to_owned()))),
        Some("plain") | None => Ok(Some(Challenge::Plain(challenge.to_owned()))),
        Some(_) => Err(fault("invalid_request", "Invalid parameter: code_challenge_method")),
    }
}

/// 43 to 128 unreserved characters (RFC 7636, sections 4.1 and 4.2).
pub(super) fn is_pkce_text(text: &str) -> bool {
    (43..=128).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte))
}

/// Ends the authorisation well: the browser goes back to the client with a code.
fn give_code(sign_in: &SignIn, session: &Session, request: &AuthRequest) -> Result<Response, Refusal> {
    let now = sign_in.realm.clock.epoch_seconds();
    let code = sign_in.realm.db.with(|db| {
        let transaction = db.transaction()?;
        tables::attach_client(&transaction, &session.id, &request.client_id)?;
        let code = tables::make_code(&transaction, session, request, now)?;
        transaction.commit()?;
        Ok(code)
    })?;
    Ok(redirect_to_client(sign_in.issuer(), request, &Answer::Code { session: &session.id, code: &code }))
}

/// Returns the login form.
fn form_page(sign_in: &SignIn, form: &Form, username: &str, wrong: Option<&str>) -> Response {
    let query = url::form_urlencoded::Serializer::new(String::new())
        .append_pair("session_code", &form.session_code)
        .append_pair("execution", "sandbox")
        .append_pair("client_id", &form.request.client_id)
        .append_pair("tab_id", &form.tab_id)
        .finish();
    let action = escape(&format!("{}/login-actions/authenticate?{query}", sign_in.issuer()));
    let wrong = wrong
        .map(|text| format!("<p class=\"wrong\" role=\"alert\" id=\"input-error\">{}</p>", escape(text)))
        .unwrap_or_default();
    let body = format!(
        "{wrong}<form id=\"kc-form-login\" action=\"{action}\" method=\"post\">\
         <label for=\"username\">Username or email</label>\
         <input id=\"username\" name=\"username\" value=\"{}\" autocomplete=\"username\" autofocus>\
         <label for=\"password\">Password</label>\
         <input id=\"password\" name=\"password\" type=\"password\" autocomplete=\"current-password\">\
         <input type=\"hidden\" name=\"credentialId\">\
         <input id=\"kc-login\" name=\"login\" type=\"submit\" value=\"Sign In\"></form>",
        escape(username)
    );
    page(StatusCode::OK, "Sign in to your account", &body)
}

/// Returns the page that asks whether a client may know who the person is.
fn consent_page(sign_in: &SignIn, client: &Client, form: &Form) -> Response {
    let query = url::form_urlencoded::Serializer::new(String::new())
        .append_pair("client_id", client.id)
        .append_pair("tab_id", &form.tab_id)
        .finish();
    let action = escape(&format!("{}/login-actions/consent?{query}", sign_in.issuer()));
    let body = format!(
        "<h3>Do you grant these access privileges?</h3><ul><li>User profile</li><li>User roles</li><li>Email address</li></ul>\
         <form action=\"{action}\" method=\"post\"><input type=\"hidden\" name=\"code\" value=\"{}\">\
         <input id=\"kc-login\" name=\"accept\" type=\"submit\" value=\"Yes\">\
         <input id=\"kc-cancel\" name=\"cancel\" type=\"submit\" value=\"No\"></form>",
        escape(&form.session_code)
    );
    page(StatusCode::OK, &format!("Grant Access to {}", escape(client.name)), &body)
}
