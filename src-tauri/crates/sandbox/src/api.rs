//! The consignment API: GraphQL over HTTP as TDR's server (Sangria on Pekko) does it.
//!
//! | Case | Reply |
//! |---|---|
//! | no token, or one that is not taken | 401, plain text, `WWW-Authenticate: Bearer realm="tdr"` |
//! | body over `api_body_bytes` | 413, plain text |
//! | a document that does not parse | 400, `{"error": ..}` |
//! | a document or variables that do not fit the schema | 400, `{"data": null, "errors": [..]}` |
//! | a rule that forbids | 200, `errors[].extensions.code` |
//! | a failure nobody foresaw | 500, `Request with field .. failed` |
//!
//! Operations that belong to TDR's own machinery (checks, metadata review, export) are not served.

mod caller;
mod connection;
mod consignment;
mod error;
mod file;
mod inputs;
mod mutation;
mod outputs;
mod query;
mod scalars;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use async_graphql::parser::types::{DocumentOperations, ExecutableDocument, Selection};
use async_graphql::{EmptySubscription, Schema, Variables};
use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use axum::routing::{get, post};
use futures_util::StreamExt as _;
use http::{HeaderMap, HeaderValue, Method, Request, StatusCode, header};
use serde::Deserialize;
use serde_json::json;

use self::caller::{Caller, Rules};
use self::error::Class;
use self::mutation::Mutation;
use self::query::Query;
use crate::consignments;
use crate::log::Operation;
use crate::options::Options;
use crate::realm::Realm;
use crate::role::{Addresses, Role};
use crate::sign_in::{self, Claims, SignIn};

type ApiSchema = Schema<Query, Mutation, EmptySubscription>;

/// `/graphql` and `/healthcheck`.
pub(crate) fn router(api: Api) -> Router {
    let cors = axum::middleware::from_fn_with_state(Arc::<str>::from(api.website.as_str()), share_with_website);
    Router::new()
        .route("/graphql", post(graphql))
        .layer(cors)
        .route("/healthcheck", get(|| async { "OK" }))
        .with_state(Arc::new(Served { schema: schema(), api }))
}

/// Returns the operations served, without data.
fn schema() -> ApiSchema {
    Schema::build(Query, Mutation, EmptySubscription).finish()
}

/// The state of the role.
pub(crate) struct Api {
    realm: Arc<Realm>,
    sign_in: Arc<SignIn>,
    checks: Arc<consignments::Checks>,
    rules: Rules,
    /// Largest request body, in bytes.
    body_bytes: u64,
    /// The website's base address.
    website: String,
}

impl Api {
    pub(crate) fn new(
        realm: Arc<Realm>,
        sign_in: Arc<SignIn>,
        checks: Arc<consignments::Checks>,
        addresses: &Addresses,
        options: &Options,
    ) -> Self {
        let rules = Rules { seed: options.seed, first_batch_quirk: options.first_batch_quirk };
        let (body_bytes, website) = (options.api_body_bytes, addresses.url(Role::Website));
        Self { realm, sign_in, checks, rules, body_bytes, website }
    }
}

struct Served {
    schema: ApiSchema,
    api: Api,
}

#[derive(Deserialize)]
struct Asked {
    query: String,
    #[serde(default)]
    variables: Option<Variables>,
    #[serde(default, rename = "operationName")]
    operation_name: Option<String>,
}

async fn graphql(State(served): State<Arc<Served>>, request: Request<Body>) -> Response {
    let api = &served.api;
    let (parts, body) = request.into_parts();
    let claims = authenticate(&api.sign_in, &parts.headers).await;
    let read = read_body(body, api.body_bytes).await.map(|body| read_document(&body));
    let field = match &read {
        Ok(Ok((asked, document))) => first_field(document, asked.operation_name.as_deref()),
        Ok(Err(_)) | Err(_) => String::new(),
    };
    if let Some(operation) = parts.extensions.get::<Operation>().filter(|_| !field.is_empty()) {
        operation.name(field.clone());
    }
    let claims = match claims {
        Ok(claims) => claims,
        Err(message) => return unauthorised(message),
    };
    let (asked, document) = match read {
        Ok(Ok(read)) => read,
        Ok(Err(unreadable)) => return unreadable.into_reply(),
        Err(reply) => return reply,
    };
    let (realm, checks) = (Arc::clone(&api.realm), Arc::clone(&api.checks));
    let caller = Caller { realm, checks, rules: api.rules, claims };
    let mut request = async_graphql::Request::new(String::new()).data(caller);
    request.set_parsed_query(document);
    request.operation_name = asked.operation_name;
    if let Some(variables) = asked.variables {
        request = request.variables(variables);
    }
    answer(&served.schema.execute(request).await, &field)
}

/// Why a body asks for nothing.
enum Unreadable {
    NotJson(serde_json::Error),
    NotGraphql(Box<async_graphql::parser::Error>),
}

impl Unreadable {
    fn into_reply(self) -> Response {
        match self {
            Self::NotJson(error) => {
                text(StatusCode::BAD_REQUEST, format!("The request content was malformed:\n{error}"))
            }
            Self::NotGraphql(error) => {
                let message = format!("Syntax error while parsing GraphQL query. {error}");
                json_reply(StatusCode::BAD_REQUEST, &json!({ "error": message }))
            }
        }
    }
}

fn read_document(body: &[u8]) -> Result<(Asked, ExecutableDocument), Unreadable> {
    let asked: Asked = serde_json::from_slice(body).map_err(Unreadable::NotJson)?;
    let document = async_graphql::parser::parse_query(&asked.query);
    Ok((asked, document.map_err(|error| Unreadable::NotGraphql(Box::new(error)))?))
}

/// Returns the reply that an executed document leads to.
fn answer(response: &async_graphql::Response, field: &str) -> Response {
    let classes: Vec<Class> = response.errors.iter().map(|error| error::class(error.extensions.as_ref())).collect();
    if classes.contains(&Class::Unhandled) {
        return text(StatusCode::INTERNAL_SERVER_ERROR, format!("Request with field {field} failed"));
    }
    let status = if classes.contains(&Class::Validation) { StatusCode::BAD_REQUEST } else { StatusCode::OK };
    json_reply(status, response)
}

async fn authenticate(sign_in: &SignIn, headers: &HeaderMap) -> Result<Claims, &'static str> {
    const MISSING: &str = "The resource requires authentication, which was not supplied with the request";
    const REFUSED: &str = "The supplied authentication is invalid";
    let value = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok()).ok_or(MISSING)?;
    let (scheme, token) = value.split_once(' ').ok_or(MISSING)?;
    if !scheme.eq_ignore_ascii_case("bearer") {
        return Err(MISSING);
    }
    sign_in::expect_token(sign_in, token.trim()).await;
    sign_in::verify_access_token(sign_in, token.trim()).map_err(|error| {
        tracing::debug!(%error, "a bearer token was refused");
        REFUSED
    })
}

fn unauthorised(message: &'static str) -> Response {
    let mut reply = text(StatusCode::UNAUTHORIZED, message.to_owned());
    reply.headers_mut().insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer realm=\"tdr\""));
    reply
}

/// Reads a body of at most `limit` bytes; the rest of a longer one is read and thrown away, so that the client gets its
/// 413.
async fn read_body(body: Body, limit: u64) -> Result<Bytes, Response> {
    let limit_bytes = usize::try_from(limit).unwrap_or(usize::MAX);
    let mut read = Vec::new();
    let mut total = 0_usize;
    let mut stream = body.into_data_stream();
    while let Some(chunk) = stream.next().await {
        let chunk =
            chunk.map_err(|error| text(StatusCode::BAD_REQUEST, format!("The request was cut off: {error}")))?;
        total = total.saturating_add(chunk.len());
        if total <= limit_bytes {
            read.extend_from_slice(&chunk);
        } else {
            read = Vec::new();
        }
    }
    if total > limit_bytes {
        let message = format!(
            "EntityStreamSizeException: incoming entity size ({total}) exceeded size limit ({limit} bytes)! This may have been a \
             parser limit (set via `pekko.http.[server|client].parsing.max-content-length`)."
        );
        return Err(text(StatusCode::PAYLOAD_TOO_LARGE, message));
    }
    Ok(read.into())
}

/// Returns the name of the first field of the operation.
fn first_field(document: &ExecutableDocument, name: Option<&str>) -> String {
    let operation = match &document.operations {
        DocumentOperations::Single(operation) => Some(operation),
        DocumentOperations::Multiple(operations) => {
            name.and_then(|name| operations.get(name)).or_else(|| operations.values().next())
        }
    };
    let first = operation.and_then(|operation| operation.node.selection_set.node.items.first());
    match first.map(|selection| &selection.node) {
        Some(Selection::Field(field)) => field.node.name.node.to_string(),
        Some(Selection::FragmentSpread(_) | Selection::InlineFragment(_)) | None => String::new(),
    }
}

/// Answers `OPTIONS` with 200 for any token, and tells browsers with every reply that the website's pages may use
/// the API (TDR's consignment API, `Cors.scala`). Other origins get the same headers, and their browsers then refuse.
async fn share_with_website(State(website): State<Arc<str>>, request: Request<Body>, next: Next) -> Response {
    let mut reply =
        if request.method() == Method::OPTIONS { StatusCode::OK.into_response() } else { next.run(request).await };
    let headers = reply.headers_mut();
    if let Ok(website) = HeaderValue::try_from(&*website) {
        headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, website);
    }
    headers.insert(header::ACCESS_CONTROL_ALLOW_CREDENTIALS, HeaderValue::from_static("true"));
    headers.insert(
        header::ACCESS_CONTROL_ALLOW_HEADERS,
        HeaderValue::from_static("Authorization, Content-Type, X-Requested-With"),
    );
    headers.insert(header::ACCESS_CONTROL_ALLOW_METHODS, HeaderValue::from_static("OPTIONS, POST, GET"));
    reply
}

fn text(status: StatusCode, message: String) -> Response {
    (status, [(header::CONTENT_TYPE, "text/plain; charset=UTF-8")], message).into_response()
}

fn json_reply(status: StatusCode, value: &impl serde::Serialize) -> Response {
    match serde_json::to_vec(value) {
        Ok(body) => (status, [(header::CONTENT_TYPE, "application/json")], body).into_response(),
        Err(error) => text(StatusCode::INTERNAL_SERVER_ERROR, error.to_string()),
    }
}
