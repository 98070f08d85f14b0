//! What the bucket lets CloudFront do, decided before the protocol layer sees the request.
//!
//! The bucket policy of TDR grants conditional `PutObject`, `CreateMultipartUpload` and `UploadPart` without a
//! condition, conditional `CompleteMultipartUpload`, and `PutObjectTagging`. Nothing else: no `HEAD`, `GET`, list,
//! abort, delete or copy. The bucket enforces its owner, so every access control header but `bucket-owner-full-control`
//! is refused as well.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::{HeaderMap, Method, header, request};
use s3s::{S3Error, S3ErrorCode};

use super::checksum::{self, Algorithm, Announced, Declared};

/// The largest body of one `PutObject` or `UploadPart`, in bytes (5 GiB).
pub(super) const LARGEST_BODY: u64 = 5 * 1024 * 1024 * 1024;

/// A request with this method is refused before anybody looks at who asks: no call of the API has it.
const NO_METHOD: [Method; 1] = [Method::PATCH];

/// The calls the policy grants.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Call {
    PutObject,
    PutObjectTagging,
    CreateMultipartUpload,
    UploadPart,
    CompleteMultipartUpload,
}

/// What the headers of a granted request ask for beyond what the protocol layer hands on.
#[derive(Debug, Clone, Default)]
pub(super) struct Wishes {
    pub content_length: Option<u64>,
    pub content_md5: Option<Vec<u8>>,
    pub declared: Option<Declared>,
    /// The SHA-256 of the body, from `x-amz-content-sha256`.
    pub payload_sha256: Option<Vec<u8>>,
}

/// Reads what a granted call asks for beyond the call itself.
///
/// # Errors
/// What S3 says to a granted call with headers it does not accept.
pub(super) fn inspect(call: Call, request: &request::Parts) -> Result<Wishes, S3Error> {
    let headers = &request.headers;
    match call {
        Call::PutObject | Call::CompleteMultipartUpload => only_star(headers)?,
        Call::PutObjectTagging | Call::CreateMultipartUpload | Call::UploadPart => {}
    }
    match call {
        Call::PutObject | Call::CreateMultipartUpload => access_control(headers)?,
        Call::PutObjectTagging | Call::UploadPart | Call::CompleteMultipartUpload => {}
    }
    Ok(match call {
        Call::PutObject => body_headers(headers, Announced::MustMatch)?,
        Call::UploadPart => body_headers(headers, Announced::MayDiffer)?,
        Call::PutObjectTagging | Call::CreateMultipartUpload => Wishes::default(),
        Call::CompleteMultipartUpload => {
            Wishes { declared: checksum::declared(headers, Announced::MayDiffer)?, ..Wishes::default() }
        }
    })
}

/// Returns the one error of the bucket policy.
pub(super) fn access_denied() -> S3Error {
    S3Error::with_message(S3ErrorCode::AccessDenied, "Access Denied")
}

/// Returns the error for headers that ask for something the store does not do.
pub(super) fn not_implemented() -> S3Error {
    S3Error::with_message(
        S3ErrorCode::NotImplemented,
        "A header you provided implies functionality that is not implemented",
    )
}

/// Decides what a request is and whether the bucket's policy lets it be done.
///
/// # Errors
/// `AccessDenied` for what the policy does not grant, `MethodNotAllowed` for a method that no call has.
pub(super) fn granted(request: &request::Parts) -> Result<Call, S3Error> {
    if NO_METHOD.contains(&request.method) {
        return Err(S3Error::with_message(
            S3ErrorCode::MethodNotAllowed,
            "The specified method is not allowed against this resource.",
        ));
    }
    let has = |wanted: &str| {
        url::form_urlencoded::parse(request.uri.query().unwrap_or_default().as_bytes()).any(|(name, _)| name == wanted)
    };
    let headers = &request.headers;
    let subresources =
        ["acl", "legal-hold", "retention", "torrent", "restore", "select", "attributes", "renameObject", "encryption"];
    let key_named = request.uri.path().len() > 1;
    if !key_named || subresources.into_iter().any(&has) || headers.contains_key("x-amz-copy-source") {
        return Err(access_denied());
    }
    if request.method == Method::PUT {
        if has("tagging") {
            return Ok(Call::PutObjectTagging);
        }
        if has("uploadId") || has("partNumber") {
            return if has("uploadId") && has("partNumber") {
                Ok(Call::UploadPart)
            } else {
                Err(missing_upload_query())
            };
        }
        conditional(headers)?;
        return Ok(Call::PutObject);
    }
    if request.method == Method::POST && has("uploads") {
        return Ok(Call::CreateMultipartUpload);
    }
    if request.method == Method::POST && has("uploadId") {
        conditional(headers)?;
        return Ok(Call::CompleteMultipartUpload);
    }
    Err(access_denied())
}

/// Demands `If-None-Match`, as the policy does.
fn conditional(headers: &HeaderMap) -> Result<(), S3Error> {
    if headers.contains_key(header::IF_NONE_MATCH) { Ok(()) } else { Err(access_denied()) }
}

/// S3 takes no other condition than that there is nothing.
fn only_star(headers: &HeaderMap) -> Result<(), S3Error> {
    let is_star = headers.get(header::IF_NONE_MATCH).is_some_and(|value| value.as_bytes() == b"*");
    if is_star && !headers.contains_key(header::IF_MATCH) { Ok(()) } else { Err(not_implemented()) }
}

fn access_control(headers: &HeaderMap) -> Result<(), S3Error> {
    let granted = headers.keys().any(|name| name.as_str().starts_with("x-amz-grant-"));
    let acl = headers.get("x-amz-acl");
    if granted || acl.is_some_and(|acl| acl.as_bytes() != b"bucket-owner-full-control") {
        return Err(S3Error::with_message(
            S3ErrorCode::AccessControlListNotSupported,
            "The bucket does not allow ACLs",
        ));
    }
    Ok(())
}

fn body_headers(headers: &HeaderMap, announced: Announced) -> Result<Wishes, S3Error> {
    let payload = headers.get("x-amz-content-sha256").map(http::HeaderValue::as_bytes);
    let chunked = headers
        .get_all(header::CONTENT_ENCODING)
        .iter()
        .any(|value| value.to_str().is_ok_and(|text| text.split(',').any(|coding| coding.trim() == "aws-chunked")));
    let streaming = payload.is_some_and(|payload| payload.starts_with(b"STREAMING-"));
    if chunked
        || streaming
        || headers.contains_key("x-amz-trailer")
        || headers.contains_key("x-amz-decoded-content-length")
    {
        return Err(not_implemented());
    }
    let content_length = headers.get(header::CONTENT_LENGTH).and_then(|value| value.to_str().ok()?.parse().ok());
    let Some(content_length) = content_length else {
        return Err(S3Error::with_message(
            S3ErrorCode::MissingContentLength,
            "You must provide the Content-Length HTTP header.",
        ));
    };
    if content_length > LARGEST_BODY {
        return Err(S3Error::with_message(
            S3ErrorCode::EntityTooLarge,
            "Your proposed upload exceeds the maximum allowed object size.",
        ));
    }
    let content_md5 = match headers.get("content-md5") {
        None => None,
        Some(value) => match STANDARD.decode(value.as_bytes()) {
            Ok(digest) if digest.len() == 16 => Some(digest),
            Ok(_) | Err(_) => {
                return Err(S3Error::with_message(
                    S3ErrorCode::InvalidDigest,
                    "The Content-MD5 you specified was invalid.",
                ));
            }
        },
    };
    let payload_sha256 = match payload {
        None | Some(b"UNSIGNED-PAYLOAD") => None,
        Some(text) => Some(hex(text).filter(|value| value.len() == Algorithm::Sha256.length()).ok_or_else(|| {
            S3Error::with_message(
                S3ErrorCode::InvalidArgument,
                "x-amz-content-sha256 must be UNSIGNED-PAYLOAD or a valid sha256 value.",
            )
        })?),
    };
    Ok(Wishes {
        content_length: Some(content_length),
        content_md5,
        declared: checksum::declared(headers, announced)?,
        payload_sha256,
    })
}

fn missing_upload_query() -> S3Error {
    S3Error::with_message(S3ErrorCode::InvalidArgument, "This operation needs both partNumber and uploadId")
}

/// Returns the bytes behind hexadecimal text.
fn hex(text: &[u8]) -> Option<Vec<u8>> {
    if !text.len().is_multiple_of(2) {
        return None;
    }
    text.chunks_exact(2).map(|pair| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn inspected(method: &str, uri: &str, headers: &[(&str, &str)]) -> Result<Call, S3ErrorCode> {
        let mut request = http::Request::builder().method(method).uri(uri);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let (parts, ()) = request.body(()).unwrap().into_parts();
        let inspected = granted(&parts).and_then(|call| inspect(call, &parts).map(|_| call));
        inspected.map_err(|error| error.code().clone())
    }

    #[test]
    fn only_writes_are_granted_and_puts_and_completes_only_with_a_condition() {
        let condition = ("if-none-match", "*");
        let length = ("content-length", "3");
        assert_eq!(inspected("PUT", "/u/c/f?x-id=PutObject", &[condition, length]), Ok(Call::PutObject));
        assert_eq!(inspected("PUT", "/u/c/f", &[length]), Err(S3ErrorCode::AccessDenied));
        assert_eq!(inspected("POST", "/u/c/f?uploads", &[]), Ok(Call::CreateMultipartUpload));
        assert_eq!(inspected("PUT", "/u/c/f?partNumber=1&uploadId=a", &[length]), Ok(Call::UploadPart));
        assert_eq!(inspected("POST", "/u/c/f?uploadId=a", &[condition]), Ok(Call::CompleteMultipartUpload));
        assert_eq!(inspected("POST", "/u/c/f?uploadId=a", &[]), Err(S3ErrorCode::AccessDenied));
        assert_eq!(inspected("PUT", "/u/c/f?tagging", &[]), Ok(Call::PutObjectTagging));
        for (method, uri) in [
            ("GET", "/u/c/f"),
            ("HEAD", "/u/c/f"),
            ("GET", "/"),
            ("GET", "/u/c/f?uploadId=a"),
            ("DELETE", "/u/c/f?uploadId=a"),
            ("DELETE", "/u/c/f"),
            ("POST", "/?delete"),
            ("POST", "/u/c/f"),
            ("PUT", "/u/c/f?acl"),
        ] {
            assert_eq!(inspected(method, uri, &[condition, length]), Err(S3ErrorCode::AccessDenied), "{method} {uri}");
        }
        assert_eq!(inspected("PATCH", "/u/c/f", &[condition, length]), Err(S3ErrorCode::MethodNotAllowed));
        let copy = ("x-amz-copy-source", "/b/k");
        assert_eq!(inspected("PUT", "/u/c/f", &[condition, length, copy]), Err(S3ErrorCode::AccessDenied));
    }

    #[test]
    fn headers_that_s3_cannot_take_are_refused_by_name() {
        let condition = ("if-none-match", "*");
        let length = ("content-length", "3");
        let put = |headers: &[(&str, &str)]| inspected("PUT", "/u/c/f", headers);
        assert_eq!(put(&[condition]), Err(S3ErrorCode::MissingContentLength));
        assert_eq!(put(&[condition, ("content-length", "5368709121")]), Err(S3ErrorCode::EntityTooLarge));
        assert_eq!(put(&[condition, ("content-length", "5368709120")]), Ok(Call::PutObject));
        assert_eq!(put(&[("if-none-match", "\"abc\""), length]), Err(S3ErrorCode::NotImplemented));
        assert_eq!(put(&[condition, length, ("content-encoding", "aws-chunked")]), Err(S3ErrorCode::NotImplemented));
        let streaming = ("x-amz-content-sha256", "STREAMING-UNSIGNED-PAYLOAD-TRAILER");
        assert_eq!(put(&[condition, length, streaming]), Err(S3ErrorCode::NotImplemented));
        assert_eq!(put(&[condition, length, ("content-md5", "abc")]), Err(S3ErrorCode::InvalidDigest));
        assert_eq!(put(&[condition, length, ("x-amz-acl", "bucket-owner-full-control")]), Ok(Call::PutObject));
        assert_eq!(
            put(&[condition, length, ("x-amz-acl", "private")]),
            Err(S3ErrorCode::AccessControlListNotSupported)
        );
        let grant = ("x-amz-grant-read", "id=1");
        assert_eq!(inspected("POST", "/u/c/f?uploads", &[grant]), Err(S3ErrorCode::AccessControlListNotSupported));
    }
}
