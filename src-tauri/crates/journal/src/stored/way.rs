//! The way of uploading as JSON. The shape is the journal's own.

use serde::{Deserialize, Serialize};
use waybill_model::service::{Body, Checksum, Closing, Headers, KeyFrom, Opening, Permit, Scheme, UploadWay};

use super::json::{from_json, to_json};
use crate::error::Fault;

pub(crate) fn way_to_json(way: &UploadWay) -> Result<String, Fault> {
    to_json(&StoredWay::from(way))
}

pub(crate) fn way_from_json(json: &str) -> rusqlite::Result<UploadWay> {
    from_json::<StoredWay>(json).map(UploadWay::from)
}

#[derive(Serialize, Deserialize)]
struct StoredWay {
    permit: StoredPermit,
    body: StoredBody,
    if_none_match: bool,
    acl: Option<String>,
    checksum: StoredChecksum,
    key: StoredKeyFrom,
    opening: StoredOpening,
    closing: StoredClosing,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum StoredPermit {
    Cookies,
    Token { header: String, scheme: StoredScheme },
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum StoredScheme {
    Bearer,
    Raw,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum StoredBody {
    Whole { max_bytes: u64 },
    WholeOrParts,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum StoredChecksum {
    None,
    Crc64nvme,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum StoredKeyFrom {
    Registered,
    Local { prefix: String },
    Reply { path: String, field: String, may_repeat: bool },
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum StoredOpening {
    None,
    Registration,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum StoredClosing {
    None,
    WebsitePage,
}

impl From<&UploadWay> for StoredWay {
    fn from(way: &UploadWay) -> Self {
        Self {
            permit: match &way.permit {
                Permit::Cookies => StoredPermit::Cookies,
                Permit::Token { header, scheme } => StoredPermit::Token {
                    header: header.clone(),
                    scheme: match scheme {
                        Scheme::Bearer => StoredScheme::Bearer,
                        Scheme::Raw => StoredScheme::Raw,
                    },
                },
            },
            body: match way.body {
                Body::Whole { max_bytes } => StoredBody::Whole { max_bytes },
                Body::WholeOrParts => StoredBody::WholeOrParts,
            },
            if_none_match: way.headers.if_none_match,
            acl: way.headers.acl.clone(),
            checksum: match way.headers.checksum {
                Checksum::None => StoredChecksum::None,
                Checksum::Crc64Nvme => StoredChecksum::Crc64nvme,
            },
            key: match way.key.clone() {
                KeyFrom::Registered => StoredKeyFrom::Registered,
                KeyFrom::Local { prefix } => StoredKeyFrom::Local { prefix },
                KeyFrom::Reply { path, field, may_repeat } => StoredKeyFrom::Reply { path, field, may_repeat },
            },
            opening: match way.opening {
                Opening::None => StoredOpening::None,
                Opening::Registration => StoredOpening::Registration,
            },
            closing: match way.closing {
                Closing::None => StoredClosing::None,
                Closing::WebsitePage => StoredClosing::WebsitePage,
            },
        }
    }
}

impl From<StoredWay> for UploadWay {
    fn from(stored: StoredWay) -> Self {
        Self {
            permit: match stored.permit {
                StoredPermit::Cookies => Permit::Cookies,
                StoredPermit::Token { header, scheme } => Permit::Token {
                    header,
                    scheme: match scheme {
                        StoredScheme::Bearer => Scheme::Bearer,
                        StoredScheme::Raw => Scheme::Raw,
                    },
                },
            },
            body: match stored.body {
                StoredBody::Whole { max_bytes } => Body::Whole { max_bytes },
                StoredBody::WholeOrParts => Body::WholeOrParts,
            },
            headers: Headers {
                if_none_match: stored.if_none_match,
                acl: stored.acl,
                checksum: match stored.checksum {
                    StoredChecksum::None => Checksum::None,
                    StoredChecksum::Crc64nvme => Checksum::Crc64Nvme,
                },
            },
            key: match stored.key {
                StoredKeyFrom::Registered => KeyFrom::Registered,
                StoredKeyFrom::Local { prefix } => KeyFrom::Local { prefix },
                StoredKeyFrom::Reply { path, field, may_repeat } => KeyFrom::Reply { path, field, may_repeat },
            },
            opening: match stored.opening {
                StoredOpening::None => Opening::None,
                StoredOpening::Registration => Opening::Registration,
            },
            closing: match stored.closing {
                StoredClosing::None => Closing::None,
                StoredClosing::WebsitePage => Closing::WebsitePage,
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_way_comes_back_from_its_json() {
        let local = UploadWay {
            permit: Permit::Token { header: "authorization".to_owned(), scheme: Scheme::Raw },
            body: Body::Whole { max_bytes: 5 },
            headers: Headers { if_none_match: false, acl: None, checksum: Checksum::None },
            key: KeyFrom::Local { prefix: "{user_id}/".to_owned() },
            opening: Opening::None,
            closing: Closing::None,
        };
        let bearer = Permit::Token { header: "x-token".to_owned(), scheme: Scheme::Bearer };
        let reply = KeyFrom::Reply { path: "api".to_owned(), field: "id".to_owned(), may_repeat: true };
        for way in [UploadWay::tdr(), UploadWay { permit: bearer, key: reply, ..local.clone() }, local] {
            assert_eq!(way_from_json(&way_to_json(&way).unwrap()).unwrap(), way);
        }
        assert!(way_from_json("{}").is_err());
    }
}
