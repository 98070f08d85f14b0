//! Runs the SDK over our own HTTP client.
//!
//! Each call carries a [`Call`] in its request's extensions. It tells the connector where to count bytes, and keeps the
//! response as it came.

use std::sync::Arc;
use std::time::Duration;

use aws_sdk_s3::Client;
use aws_sdk_s3::config::endpoint::{Endpoint, EndpointFuture, Params, ResolveEndpoint};
use aws_sdk_s3::config::retry::{ReconnectMode, RetryConfig};
use aws_sdk_s3::config::timeout::TimeoutConfig;
use aws_sdk_s3::config::{
    BehaviorVersion, Region, RequestChecksumCalculation, ResponseChecksumValidation, StalledStreamProtectionConfig,
};
use aws_smithy_runtime_api::client::http::{HttpConnector, HttpConnectorFuture, SharedHttpConnector, http_client_fn};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_types::body::SdkBody;
use bytes::Bytes;
use http::header::{CONTENT_LENGTH, EXPECT};
use http::{HeaderMap, HeaderValue, Method};
use http_body_util::BodyExt as _;
use parking_lot::Mutex;
use url::Url;
use waybill_model::{Code, LocalFault, Reply, Role};

use super::{Outcome, reply};
use crate::net::{Answer, FaultSlot, Miss, Net, Outbound, Outgoing, Pace, ReplyTime, Sent};
use crate::pass::Pass;

const LONGEST_ANSWER: usize = 1 << 20;

/// Creates an SDK client that sends through `net` and makes no decisions of its own.
pub(super) fn client(net: &Net) -> Client {
    let connector = SharedHttpConnector::new(Connector { net: net.clone() });
    let config = aws_sdk_s3::Config::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new("eu-west-2"))
        .allow_no_auth()
        .endpoint_resolver(UploadDomain(net.profile().upload_url.clone()))
        .http_client(http_client_fn(move |_, _| connector.clone()))
        .retry_config(RetryConfig::disabled().with_reconnect_mode(ReconnectMode::ReuseAllConnections))
        .timeout_config(TimeoutConfig::disabled())
        .stalled_stream_protection(StalledStreamProtectionConfig::disabled())
        .request_checksum_calculation(RequestChecksumCalculation::WhenRequired)
        .response_checksum_validation(ResponseChecksumValidation::WhenRequired)
        .disable_clock_skew_correction(true)
        .build();
    Client::from_conf(config)
}

/// One call of the SDK and its result on the wire.
#[derive(Clone)]
pub(super) struct Call(Arc<CallState>);

struct CallState {
    pass: HeaderMap,
    sent: Option<Sent>,
    pace: Option<Pace>,
    reply: ReplyTime,
    more_time: Duration,
    faults: FaultSlot,
    outcome: Mutex<Option<Result<Answer, Miss>>>,
}

impl Call {
    pub(super) fn new(pass: &Pass) -> Self {
        Self::make(pass, None, None, ReplyTime::Short, Duration::ZERO)
    }

    /// Marks a completion, whose response may be kept alive by spaces.
    pub(super) fn completion(pass: &Pass) -> Self {
        Self::make(pass, None, None, ReplyTime::Kept, Duration::ZERO)
    }

    pub(super) fn with_body(pass: &Pass, sent: Sent, pace: Option<Pace>, more_time: Duration) -> Self {
        Self::make(pass, Some(sent), pace, ReplyTime::Short, more_time)
    }

    fn make(pass: &Pass, sent: Option<Sent>, pace: Option<Pace>, reply: ReplyTime, more_time: Duration) -> Self {
        let (faults, outcome) = (FaultSlot::default(), Mutex::default());
        Self(Arc::new(CallState { pass: pass.headers.clone(), sent, pace, reply, more_time, faults, outcome }))
    }

    pub(super) fn faults(&self) -> FaultSlot {
        self.0.faults.clone()
    }

    /// Returns the extension that ties the SDK's request to this call.
    pub(super) fn mark(&self) -> impl Fn(&mut HttpRequest) + Send + Sync + 'static {
        let call = self.clone();
        move |request| request.add_extension(call.clone())
    }

    /// Combines the result on the wire with the SDK's.
    pub(super) fn reply<T, E, X>(&self, outcome: Outcome<T, E>, read: impl FnOnce(T, &Answer) -> Option<X>) -> Reply<X>
    where
        E: std::error::Error + 'static,
    {
        match self.0.outcome.lock().take() {
            Some(Ok(answer)) => {
                let good = outcome.ok().and_then(|good| read(good, &answer));
                reply::read(&answer, good)
            }
            Some(Err(miss)) => Err(miss.into()),
            None => {
                let what = match outcome {
                    Ok(_) => "the request was answered without being sent".to_owned(),
                    Err(error) => error.to_string(),
                };
                Err(LocalFault::Impossible(Code::Internal, what).into())
            }
        }
    }
}

/// The upload domain stands for the bucket: it is neither in the host nor in the path.
#[derive(Debug)]
struct UploadDomain(Url);

impl ResolveEndpoint for UploadDomain {
    fn resolve_endpoint<'a>(&'a self, _params: &'a Params) -> EndpointFuture<'a> {
        EndpointFuture::ready(Ok(Endpoint::builder().url(self.0.origin().ascii_serialization()).build()))
    }
}

#[derive(Debug)]
struct Connector {
    net: Net,
}

impl HttpConnector for Connector {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let net = self.net.clone();
        HttpConnectorFuture::new(async move { carry(&net, request).await })
    }
}

async fn carry(net: &Net, request: HttpRequest) -> Result<HttpResponse, ConnectorError> {
    let request = request.try_into_http1x().map_err(|error| ConnectorError::user(error.into()))?;
    let (parts, body) = request.into_parts();
    let Some(call) = parts.extensions.get::<Call>().cloned() else {
        return Err(ConnectorError::user("a request that belongs to no call".into()));
    };
    let url = Url::parse(&parts.uri.to_string()).map_err(|error| ConnectorError::user(error.into()))?;
    let outbound = outbound(net, &call, parts.method, url, parts.headers, body);
    let outcome = net.execute(outbound).await;
    let response = match &outcome {
        Ok(answer) => Ok(response(answer)),
        Err(_) => Err(ConnectorError::other("not answered".into(), None)),
    };
    *call.0.outcome.lock() = Some(outcome);
    response
}

fn outbound(net: &Net, call: &Call, method: Method, url: Url, mut headers: HeaderMap, body: SdkBody) -> Outbound {
    // Removes the SDK's own headers: the service does not need them, and the edge does not answer `Expect` (facts B4).
    headers.remove(EXPECT);
    for name in ["amz-sdk-invocation-id", "amz-sdk-request", "x-amz-user-agent"] {
        headers.remove(name);
    }
    headers.extend(call.0.pass.clone());
    let length = body.content_length().unwrap_or(0);
    headers.insert(CONTENT_LENGTH, HeaderValue::from(length));
    Outbound {
        role: Role::Upload,
        method,
        url,
        headers,
        body: Outgoing::stream(body.boxed(), length, call.faults(), call.0.sent.clone()).paced(call.0.pace.clone()),
        answer_within: net.limits().answer,
        reply: call.0.reply,
        more_time: call.0.more_time,
        longest_answer: LONGEST_ANSWER,
    }
}

/// Prepares the response for the SDK. Removes the white space that keeps a long CompleteMultipartUpload alive, which
/// may be where XML does not allow it.
fn response(answer: &Answer) -> HttpResponse {
    let body = Bytes::copy_from_slice(answer.body.trim_ascii_start());
    let mut made = HttpResponse::new(answer.status.into(), SdkBody::from(body));
    for (name, value) in &answer.headers {
        if let Ok(value) = value.to_str() {
            // A header that the SDK cannot represent is one that it does not need.
            let _unneeded = made.headers_mut().try_append(name.as_str().to_owned(), value.to_owned());
        }
    }
    made
}
