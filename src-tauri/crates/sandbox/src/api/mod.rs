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

mod consignment;
mod cors;
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
use async_graphql::{Context, EmptySubscription, Schema, Variables};
use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::response::{IntoResponse as _, Response};
use axum::routing::{get, post};
use futures_util::StreamExt as _;
use http::{HeaderMap, HeaderValue, Request, StatusCode, header};
use serde::Deserialize;
use serde_json::json;
use uuid::Uuid;

use self::error::{Class, Refusal};
use self::mutation::Mutation;
use self::query::Query;
use crate::consignments;
use crate::log::Operation;
use crate::sign_in::{self, Claims};
use crate::state::Shared;

type ApiSchema = Schema<Query, Mutation, EmptySubscription>;

/// `/graphql` and `/healthcheck`.
pub(crate) fn router(shared: Arc<Shared>) -> Router {
    let api = Api { schema: schema(), shared };
    let cors = axum::middleware::from_fn_with_state(Arc::clone(&api.shared), cors::share);
    Router::new()
        .route("/graphql", post(graphql))
        .layer(cors)
        .route("/healthcheck", get(|| async { "OK" }))
        .with_state(api)
}

/// The operations served, without data.
fn schema() -> ApiSchema {
    Schema::build(Query, Mutation, EmptySubscription).finish()
}

#[derive(Clone)]
struct Api {
    schema: ApiSchema,
    shared: Arc<Shared>,
}

/// Who asks, and what they ask of: the data every field can reach.
pub(in crate::api) struct Caller {
    pub shared: Arc<Shared>,
    pub claims: Claims,
}

impl Caller {
    fn of<'c>(ctx: &Context<'c>) -> async_graphql::Result<&'c Self> {
        ctx.data::<Self>()
    }

    fn db<T>(&self, work: impl FnOnce(&mut rusqlite::Connection) -> rusqlite::Result<T>) -> Result<T, Refusal> {
        Ok(self.shared.db.with(work)?)
    }

    /// The consignment with this id if it is the caller's; others and unknown ones are refused alike.
    fn own(&self, id: Uuid) -> Result<consignments::Consignment, Refusal> {
        let user = self.claims.user_id;
        let found = self.db(|db| consignments::by_id(db, id))?;
        found
            .filter(|consignment| consignment.user_id == user)
            .ok_or_else(|| Refusal::NotAuthorised(format!("User '{user}' does not have access to consignment '{id}'")))
    }

    /// Acting for somebody else takes the role `data-load`, which nobody in the sandbox has.
    fn refuse_override(&self, user: Option<Uuid>) -> Result<(), Refusal> {
        match user {
            None => Ok(()),
            Some(other) => {
                let user = self.claims.user_id;
                Err(Refusal::NotAuthorised(format!("User '{user}' may not act for user '{other}'")))
            }
        }
    }

    fn resume_checks(&self) -> Result<(), Refusal> {
        Ok(consignments::resume(&self.shared)?)
    }
}

#[derive(Deserialize)]
struct Asked {
    query: String,
    #[serde(default)]
    variables: Option<Variables>,
    #[serde(default, rename = "operationName")]
    operation_name: Option<String>,
}

async fn graphql(State(api): State<Api>, request: Request<Body>) -> Response {
    let (parts, body) = request.into_parts();
    let claims = authenticate(&api.shared, &parts.headers).await;
    let limit = api.shared.options.api_body_bytes;
    let read = read_body(body, limit).await.map(|body| read_document(&body));
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
    let mut request =
        async_graphql::Request::new(String::new()).data(Caller { shared: Arc::clone(&api.shared), claims });
    request.set_parsed_query(document);
    request.operation_name = asked.operation_name;
    if let Some(variables) = asked.variables {
        request = request.variables(variables);
    }
    answer(&api.schema.execute(request).await, &field)
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

/// The reply that an executed document leads to.
fn answer(response: &async_graphql::Response, field: &str) -> Response {
    let classes: Vec<Class> = response.errors.iter().map(|error| error::class(error.extensions.as_ref())).collect();
    if classes.contains(&Class::Unhandled) {
        return text(StatusCode::INTERNAL_SERVER_ERROR, format!("Request with field {field} failed"));
    }
    let status = if classes.contains(&Class::Validation) { StatusCode::BAD_REQUEST } else { StatusCode::OK };
    json_reply(status, response)
}

async fn authenticate(shared: &Shared, headers: &HeaderMap) -> Result<Claims, &'static str> {
    const MISSING: &str = "The resource requires authentication, which was not supplied with the request";
    const REFUSED: &str = "The supplied authentication is invalid";
    let value = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok()).ok_or(MISSING)?;
    let (scheme, token) = value.split_once(' ').ok_or(MISSING)?;
    if !scheme.eq_ignore_ascii_case("bearer") {
        return Err(MISSING);
    }
    sign_in::expect_token(shared, token.trim()).await;
    sign_in::verify_access_token(shared, token.trim()).map_err(|error| {
        tracing::debug!(%error, "a bearer token was refused");
        REFUSED
    })
}

fn unauthorised(message: &'static str) -> Response {
    let mut reply = text(StatusCode::UNAUTHORIZED, message.to_owned());
    reply.headers_mut().insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer realm=\"tdr\""));
    reply
}

/// Reads a body of at most `limit` bytes; the rest of a longer one is read and thrown away, so that the client gets its 413.
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

/// The name of the first field of the operation.
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

fn text(status: StatusCode, message: String) -> Response {
    (status, [(header::CONTENT_TYPE, "text/plain; charset=UTF-8")], message).into_response()
}

fn json_reply(status: StatusCode, value: &impl serde::Serialize) -> Response {
    match serde_json::to_vec(value) {
        Ok(body) => (status, [(header::CONTENT_TYPE, "application/json")], body).into_response(),
        Err(error) => text(StatusCode::INTERNAL_SERVER_ERROR, error.to_string()),
    }
}
