//! Signature Version 4 for a bucket's owner, by AWS's own library.

use std::time::SystemTime;

use aws_credential_types::Credentials;
use aws_sigv4::http_request::{
    PayloadChecksumKind, PercentEncodingMode, SignableBody, SignableRequest, SigningSettings, UriPathNormalizationMode,
    sign,
};
use aws_sigv4::sign::v4;
use aws_smithy_runtime_api::client::identity::Identity;
use waybill_system_tests::{Error, Result};

/// Where `LocalStack` and `MinIO` are by default.
const REGION: &str = "us-east-1";

/// Signs as one owner.
#[derive(Clone, Debug)]
pub(crate) struct Signer(Credentials);

impl Signer {
    pub(crate) fn new(access_key: &str, secret_key: &str) -> Self {
        Self(Credentials::new(access_key, secret_key, None, None, "conformance"))
    }

    /// Returns the headers given, and those that the signature needs. The body is not signed unless the headers declare
    /// its digest.
    pub(crate) fn sign(&self, method: &str, url: &str, headers: &[(String, String)]) -> Result<Vec<(String, String)>> {
        let failed = |error: &dyn std::fmt::Display| Error::unexpected(format!("signing {method} {url}: {error}"));
        let declared = headers.iter().find(|(name, _)| name == "x-amz-content-sha256").map(|(_, value)| value.clone());
        let body = declared.map_or(SignableBody::UnsignedPayload, SignableBody::Precomputed);
        let identity = Identity::from(self.0.clone());
        let mut settings = SigningSettings::default();
        settings.percent_encoding_mode = PercentEncodingMode::Single;
        settings.uri_path_normalization_mode = UriPathNormalizationMode::Disabled;
        settings.payload_checksum_kind = PayloadChecksumKind::XAmzSha256;
        let parameters = v4::SigningParams::builder()
            .identity(&identity)
            .region(REGION)
            .name("s3")
            .time(SystemTime::now())
            .settings(settings)
            .build()
            .map_err(|error| failed(&error))?
            .into();
        let mut all: Vec<(String, String)> =
            headers.iter().filter(|(name, _)| name != "x-amz-content-sha256").cloned().collect();
        let signable =
            SignableRequest::new(method, url, all.iter().map(|(name, value)| (name.as_str(), value.as_str())), body)
                .map_err(|error| failed(&error))?;
        let (instructions, _) = sign(signable, &parameters).map_err(|error| failed(&error))?.into_parts();
        all.extend(instructions.headers().map(|(name, value)| (name.to_owned(), value.to_owned())));
        Ok(all)
    }
}
