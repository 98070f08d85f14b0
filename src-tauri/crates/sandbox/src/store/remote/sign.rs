//! Signature Version 4, as CloudFront's origin access control adds it.

use std::io;
use std::time::SystemTime;

use aws_credential_types::Credentials;
use aws_sigv4::http_request::{
    PayloadChecksumKind, PercentEncodingMode, SignableBody, SignableRequest, SigningSettings, UriPathNormalizationMode,
    sign as signed,
};
use aws_sigv4::sign::v4;
use aws_smithy_runtime_api::client::identity::Identity;
use http::{HeaderMap, HeaderName, HeaderValue, Method};

use crate::object_store::OwnerKeys;

const PAYLOAD: &str = "x-amz-content-sha256";

/// Adds a signature to the headers of a request. The body's digest is signed if the viewer declared one, so that the
/// server checks the body against it; otherwise the body is not signed. Uses the computer's clock: the server knows no
/// other.
pub(super) fn sign(
    keys: &OwnerKeys,
    region: &str,
    method: &Method,
    url: &str,
    headers: &mut HeaderMap,
) -> io::Result<()> {
    let declared = headers.remove(PAYLOAD).and_then(|value| value.to_str().ok().map(str::to_owned));
    let body = declared.map_or(SignableBody::UnsignedPayload, SignableBody::Precomputed);
    let identity = Identity::from(Credentials::new(&keys.access, &keys.secret, None, None, "sandbox"));
    let mut settings = SigningSettings::default();
    settings.percent_encoding_mode = PercentEncodingMode::Single;
    settings.uri_path_normalization_mode = UriPathNormalizationMode::Disabled;
    settings.payload_checksum_kind = PayloadChecksumKind::XAmzSha256;
    let parameters = v4::SigningParams::builder()
        .identity(&identity)
        .region(region)
        .name("s3")
        .time(SystemTime::now())
        .settings(settings)
        .build()
        .map_err(io::Error::other)?
        .into();
    // Headers that are not text are passed on unsigned.
    let text: Vec<(&str, &str)> =
        headers.iter().filter_map(|(name, value)| Some((name.as_str(), value.to_str().ok()?))).collect();
    let signable = SignableRequest::new(method.as_str(), url, text.into_iter(), body).map_err(io::Error::other)?;
    let (instructions, _) = signed(signable, &parameters).map_err(io::Error::other)?.into_parts();
    let added: Vec<(String, String)> =
        instructions.headers().map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
    for (name, value) in added {
        let name = HeaderName::try_from(name).map_err(io::Error::other)?;
        headers.insert(name, HeaderValue::try_from(value).map_err(io::Error::other)?);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keys() -> OwnerKeys {
        OwnerKeys { access: "access".to_owned(), secret: "secret".to_owned() }
    }

    #[test]
    fn a_declared_digest_is_signed_and_an_undeclared_body_is_not() {
        let digest = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
        let mut headers = HeaderMap::new();
        headers.insert(PAYLOAD, HeaderValue::from_static(digest));
        headers.insert("if-none-match", HeaderValue::from_static("*"));
        sign(&keys(), "us-east-1", &Method::PUT, "http://127.0.0.1:9/b/k?x-id=PutObject", &mut headers).unwrap();
        assert_eq!(headers[PAYLOAD], digest);
        let authorization = headers["authorization"].to_str().unwrap();
        assert!(authorization.contains("if-none-match") && authorization.contains("us-east-1/s3/aws4_request"));

        let mut headers = HeaderMap::new();
        sign(&keys(), "us-east-1", &Method::PUT, "http://127.0.0.1:9/b/k", &mut headers).unwrap();
        assert_eq!(headers[PAYLOAD], "UNSIGNED-PAYLOAD");
    }
}
