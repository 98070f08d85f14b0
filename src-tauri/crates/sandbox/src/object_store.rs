//! The address of an S3 server that takes the place of the sandbox's own object store.

use std::fmt;
use std::net::IpAddr;
use std::str::FromStr;

use url::{Host, Url};

/// One bucket of an S3 server on this computer, addressed path-style: `http://127.0.0.1:9000/bucket`.
///
/// Requests are signed with Signature Version 4 where keys are given, and anonymous otherwise.
#[derive(Clone, PartialEq, Eq)]
pub struct ObjectStore {
    pub(crate) authority: String,
    pub(crate) bucket: String,
    pub(crate) region: String,
    pub(crate) keys: Option<OwnerKeys>,
}

/// What the edge signs with.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct OwnerKeys {
    pub access: String,
    pub secret: String,
}

/// Why an address cannot be that of a bucket for the sandbox.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ObjectStoreError {
    /// Not an address at all.
    #[error("{0}")]
    NotAnAddress(String),
    /// The sandbox speaks plain http, and to this computer only.
    #[error("the address has to begin with http:// and a loopback address, such as http://127.0.0.1:9000/bucket")]
    NotLoopback,
    /// A path of one segment names the bucket, and nothing may follow it.
    #[error("the address has to end with the bucket's name, such as http://127.0.0.1:9000/bucket")]
    NoBucket,
    /// It contains a user name or password.
    #[error("keys are not given in the address")]
    KeysInAddress,
}

impl ObjectStore {
    /// The region of a server unless another one is given.
    pub const DEFAULT_REGION: &str = "us-east-1";

    /// Signs what is sent there with these keys, for this region.
    #[must_use]
    pub fn signed(mut self, access_key: &str, secret_key: &str, region: &str) -> Self {
        self.keys = Some(OwnerKeys { access: access_key.to_owned(), secret: secret_key.to_owned() });
        region.clone_into(&mut self.region);
        self
    }
}

impl FromStr for ObjectStore {
    type Err = ObjectStoreError;

    fn from_str(text: &str) -> Result<Self, ObjectStoreError> {
        let url = Url::parse(text).map_err(|error| ObjectStoreError::NotAnAddress(error.to_string()))?;
        if !url.username().is_empty() || url.password().is_some() {
            return Err(ObjectStoreError::KeysInAddress);
        }
        let is_loopback = match url.host() {
            Some(Host::Ipv4(address)) => IpAddr::from(address).is_loopback(),
            Some(Host::Ipv6(address)) => IpAddr::from(address).is_loopback(),
            Some(Host::Domain(name)) => name == "localhost",
            None => false,
        };
        if url.scheme() != "http" || !is_loopback {
            return Err(ObjectStoreError::NotLoopback);
        }
        let bucket = url.path().trim_matches('/');
        let is_name = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-' || byte == b'.';
        if bucket.is_empty() || !bucket.bytes().all(is_name) || url.query().is_some() || url.fragment().is_some() {
            return Err(ObjectStoreError::NoBucket);
        }
        let authority = url.authority().to_owned();
        Ok(Self { authority, bucket: bucket.to_owned(), region: Self::DEFAULT_REGION.to_owned(), keys: None })
    }
}

impl fmt::Display for ObjectStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "http://{}/{}", self.authority, self.bucket)
    }
}

/// Without the keys.
impl fmt::Debug for ObjectStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let signed = if self.keys.is_some() { ", signed" } else { "" };
        write!(f, "ObjectStore({self}, {}{signed})", self.region)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bucket_on_this_computer_is_an_address() {
        for text in ["http://127.0.0.1:9000/bucket", "http://localhost:9000/a.bucket-1/", "http://[::1]:9000/bucket"] {
            let store: ObjectStore = text.parse().unwrap();
            assert_eq!(store.to_string(), text.trim_end_matches('/'));
        }
    }

    #[test]
    fn other_addresses_are_refused_with_what_is_wrong() {
        let refusal = |text: &str| text.parse::<ObjectStore>().unwrap_err();
        assert!(matches!(refusal("bucket"), ObjectStoreError::NotAnAddress(_)));
        for text in ["https://127.0.0.1/b", "http://192.0.2.1/b", "http://s3.amazonaws.com/b", "file:///b"] {
            assert_eq!(refusal(text), ObjectStoreError::NotLoopback, "{text}");
        }
        for text in ["http://127.0.0.1:9000", "http://127.0.0.1/a/b", "http://127.0.0.1/b?x", "http://127.0.0.1/B%20"] {
            assert_eq!(refusal(text), ObjectStoreError::NoBucket, "{text}");
        }
        assert_eq!(refusal("http://me:secret@127.0.0.1/b"), ObjectStoreError::KeysInAddress);
    }

    #[test]
    fn keys_are_not_shown() {
        let store: ObjectStore = "http://127.0.0.1:9000/bucket".parse().unwrap();
        let shown = format!("{:?}", store.signed("access", "secret", "eu-west-2"));
        assert_eq!(shown, "ObjectStore(http://127.0.0.1:9000/bucket, eu-west-2, signed)");
    }
}
