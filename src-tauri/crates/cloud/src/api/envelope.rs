//! One request to the API, and the GraphQL envelope around its response.

use std::time::Duration;

use http::header::{ACCEPT, AUTHORIZATION, CONTENT_LENGTH, CONTENT_TYPE};
use http::{HeaderMap, HeaderValue, Method};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use waybill_model::{BodyKind, NotDone, Refusal, Reply, Role, Secret};

use crate::net::{Answer, Net, Outbound, Outgoing, ReplyTime};
use crate::pass::bearer;

/// The longest response in bytes: enough for the registration of several hundred thousand files.
const LONGEST_ANSWER: usize = 64 << 20;

/// Posts a query and returns the data of the response.
pub(super) async fn post<D: DeserializeOwned>(net: &Net, access: &Secret, body: Vec<u8>) -> Reply<D> {
    let json = HeaderValue::from_static("application/json");
    let headers = HeaderMap::from_iter([
        (AUTHORIZATION, bearer(access)?),
        (ACCEPT, json.clone()),
        (CONTENT_TYPE, json),
        (CONTENT_LENGTH, HeaderValue::from(body.len())),
    ]);
    let outbound = Outbound {
        role: Role::Api,
        method: Method::POST,
        url: net.address(Role::Api)?.clone(),
        headers,
        body: Outgoing::bytes(body),
        answer_within: net.limits().api_answer,
        reply: ReplyTime::Long,
        more_time: Duration::ZERO,
        longest_answer: LONGEST_ANSWER,
    };
    read(&net.execute(outbound).await?)
}

#[derive(Deserialize)]
struct Envelope {
    #[serde(default)]
    errors: Vec<Problem>,
}

#[derive(Deserialize)]
struct Data<D> {
    data: D,
}

#[derive(Deserialize)]
struct Problem {
    message: Option<String>,
    extensions: Option<Extensions>,
}

#[derive(Deserialize)]
struct Extensions {
    code: Option<String>,
}

/// Business errors come with status 200 and `extensions.code`, all others with their own status (facts E3).
pub(super) fn read<D: DeserializeOwned>(answer: &Answer) -> Reply<D> {
    let kind = answer.kind();
    let problem = match kind {
        BodyKind::Json => first_problem(answer),
        BodyKind::Empty | BodyKind::Xml | BodyKind::Html | BodyKind::Other => None,
    };
    if let Some(problem) = problem {
        answer.is_the_services();
        let code = problem.extensions.and_then(|extensions| extensions.code);
        return Err(NotDone::Refused(answer.refusal(code, problem.message)));
    }
    if !answer.status.is_success() || kind == BodyKind::Html {
        return Err(NotDone::Refused(answer.refusal(None, answer.text())));
    }
    let data = answer.json::<Data<D>>()?.data;
    answer.is_the_services();
    Ok(data)
}

fn first_problem(answer: &Answer) -> Option<Problem> {
    let envelope: Envelope = serde_json::from_slice(&answer.body).ok()?;
    envelope.errors.into_iter().next()
}

/// No error and no consignment: the API knows none of that id. In its own words it would be `NOT_AUTHORISED`.
pub(super) fn absent() -> Refusal {
    Refusal {
        status: 200,
        code: None,
        message: Some("the API answered with no consignment".to_owned()),
        from_store: false,
        body: BodyKind::Json,
        retry_after: None,
        date: None,
    }
}
