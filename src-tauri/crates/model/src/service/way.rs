//! The way of uploading: one closed choice for each aspect in which services differ.
//!
//! Code that depends on an aspect matches on it exhaustively, so that adding a choice reveals every place that must
//! handle it. [`UploadWay::validate`] rejects impossible combinations once, when a profile is read.

use super::ProfileProblem;
use crate::{PartRules, Role};

/// How a service accepts files. TDR's own way is [`UploadWay::tdr`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UploadWay {
    /// What authorises a request to upload.
    pub permit: Permit,
    /// What a single request carries.
    pub body: Body,
    /// Headers that the store requires with a file.
    pub headers: Headers,
    /// Who names the object.
    pub key: KeyFrom,
    /// What the service must receive before the first file.
    pub opening: Opening,
    /// What the service must receive after the last file.
    pub closing: Closing,
}

/// What authorises a request to upload.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Permit {
    /// The cookies that the upload address issues for an access token (facts E2).
    Cookies,
    /// The access token itself.
    Token {
        /// The header that carries it, in lower case.
        header: String,
        /// The text that precedes the token.
        scheme: Scheme,
    },
}

/// The text that precedes the access token in its header.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scheme {
    /// `Bearer `.
    Bearer,
    /// Nothing.
    Raw,
}

/// What a single request carries.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Body {
    /// Always a whole file.
    Whole {
        /// The largest file that the store accepts, in bytes.
        max_bytes: u64,
    },
    /// A whole file, or one part of a large one.
    WholeOrParts,
}

/// Headers that the store requires with a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Headers {
    /// `If-None-Match: *`: the store refuses to replace an object.
    pub if_none_match: bool,
    /// The value of `x-amz-acl`.
    pub acl: Option<String>,
    /// The checksum with which the store verifies a body.
    pub checksum: Checksum,
}

/// The checksum with which the store verifies a body.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Checksum {
    /// None.
    None,
    /// `x-amz-checksum-crc64nvme`.
    Crc64Nvme,
}

/// Who names the object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum KeyFrom {
    /// The service, when the files are registered: `{user id}/{consignment id}/{file id}` (facts E5, E11).
    Registered,
    /// Waybill: `{prefix}{transfer id}/{item}`.
    Local {
        /// The start of every key; [`USER_ID`] stands for the person's id.
        prefix: String,
    },
    /// The store, in its JSON reply to each file.
    Reply {
        /// The path below the upload address to which files are sent.
        path: String,
        /// The field of the reply that names the object.
        field: String,
        /// Whether the service accepts the same file twice after a lost reply.
        may_repeat: bool,
    },
}

/// The placeholder for the person's id in the prefix of [`KeyFrom::Local`].
pub const USER_ID: &str = "{user_id}";

/// What the service must receive before the first file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Opening {
    /// Nothing.
    None,
    /// The list of files, for an existing consignment (facts E6).
    Registration,
}

/// What the service must receive after the last file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Closing {
    /// Nothing.
    None,
    /// The person opens a page of the service's website (facts E9), and the service checks the files.
    WebsitePage,
}

/// The effect of sending a file again after its reply was lost.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Repeat {
    /// It replaces the object with the same bytes.
    Safe,
    /// The store refuses it with 412 if the first attempt succeeded.
    Guarded,
    /// It may store the file twice.
    Duplicates {
        /// Whether the service accepts that.
        allowed: bool,
    },
}

impl UploadWay {
    /// Returns TDR's way: signed cookies, conditional writes, registered files and the website's page.
    #[must_use]
    pub fn tdr() -> Self {
        Self {
            permit: Permit::Cookies,
            body: Body::WholeOrParts,
            headers: Headers {
                if_none_match: true,
                acl: Some("bucket-owner-full-control".to_owned()),
                checksum: Checksum::Crc64Nvme,
            },
            key: KeyFrom::Registered,
            opening: Opening::Registration,
            closing: Closing::WebsitePage,
        }
    }

    /// Returns the effect of sending a file again after its reply was lost.
    #[must_use]
    pub fn repeat(&self) -> Repeat {
        match (&self.key, self.headers.if_none_match) {
            (KeyFrom::Reply { may_repeat, .. }, _) => Repeat::Duplicates { allowed: *may_repeat },
            (KeyFrom::Registered | KeyFrom::Local { .. }, true) => Repeat::Guarded,
            (KeyFrom::Registered | KeyFrom::Local { .. }, false) => Repeat::Safe,
        }
    }

    /// Returns whether a transfer in this way sends requests to the address for a role, or has the person open it.
    #[must_use]
    pub fn needs(&self, role: Role) -> bool {
        match role {
            Role::SignIn | Role::Upload => true,
            Role::Api => match (self.opening, self.closing) {
                (Opening::None, Closing::None) => false,
                (Opening::Registration, _) | (_, Closing::WebsitePage) => true,
            },
            Role::Website => match self.closing {
                Closing::None => false,
                Closing::WebsitePage => true,
            },
        }
    }

    /// Returns how files are divided into parts, given the profile's own rules.
    #[must_use]
    pub fn parts(&self, rules: PartRules) -> PartRules {
        match self.body {
            Body::Whole { max_bytes } => PartRules { single_put_below: max_bytes.saturating_add(1), ..rules },
            Body::WholeOrParts => rules,
        }
    }

    /// Returns the size of the largest file that can be sent, given the profile's own limit.
    #[must_use]
    pub fn largest_file(&self, limit: u64) -> u64 {
        match self.body {
            Body::Whole { max_bytes } => limit.min(max_bytes),
            Body::WholeOrParts => limit,
        }
    }

    /// Checks that the choices are compatible.
    ///
    /// # Errors
    /// Returns a [`ProfileProblem`] with the key, such as `upload.way.opening`.
    pub fn validate(&self) -> Result<(), ProfileProblem> {
        let problem = |key: &str, what: String| Err(ProfileProblem::at(&format!("upload.way.{key}"), what));
        if let Permit::Token { header, .. } = &self.permit
            && !can_carry_a_token(header)
        {
            return problem("token_header", format!("'{header}' is not a header that can carry a token"));
        }
        if let Body::Whole { max_bytes } = self.body
            && !(1..PartRules::MAX_PART).contains(&max_bytes)
        {
            return problem("whole_max_bytes", format!("must be 1 to {}", PartRules::MAX_PART - 1));
        }
        if self
            .headers
            .acl
            .as_ref()
            .is_some_and(|acl| acl.is_empty() || !acl.bytes().all(|byte| byte.is_ascii_graphic()))
        {
            return problem("acl", "must not have spaces or accented letters".to_owned());
        }
        match (&self.key, self.opening) {
            (KeyFrom::Registered, Opening::None) => {
                return problem("opening", "must be \"registration\" where the key is \"registered\"".to_owned());
            }
            (KeyFrom::Local { .. } | KeyFrom::Reply { .. }, Opening::Registration) => {
                return problem("opening", "must be \"none\" unless the key is \"registered\"".to_owned());
            }
            (KeyFrom::Registered, Opening::Registration)
            | (KeyFrom::Local { .. } | KeyFrom::Reply { .. }, Opening::None) => {}
        }
        match (self.opening, self.closing) {
            (Opening::Registration, Closing::None) => {
                return problem("closing", "must be \"website_page\" after a registration".to_owned());
            }
            (Opening::None, Closing::WebsitePage) => {
                return problem("closing", "must be \"none\" without a registration".to_owned());
            }
            (Opening::None, Closing::None) | (Opening::Registration, Closing::WebsitePage) => {}
        }
        match &self.key {
            KeyFrom::Registered => Ok(()),
            KeyFrom::Local { prefix } if !is_prefix(prefix) => {
                let what =
                    format!("'{prefix}' must be letters, digits, '-', '_', '.' and {USER_ID}, each part ended by '/'");
                problem("key_prefix", what)
            }
            KeyFrom::Local { .. } => Ok(()),
            KeyFrom::Reply { path, .. } if !is_path(path) => {
                problem("key_path", format!("'{path}' must be letters, digits, '-', '_', '.' and '/'"))
            }
            KeyFrom::Reply { field, .. } if field.is_empty() => problem("key_field", "must not be empty".to_owned()),
            KeyFrom::Reply { .. } if self.body == Body::WholeOrParts => {
                problem("body", "must be \"whole\" where the reply names the key".to_owned())
            }
            KeyFrom::Reply { .. } if self.headers.if_none_match => {
                problem("if_none_match", "must be false where the reply names the key".to_owned())
            }
            KeyFrom::Reply { .. } => Ok(()),
        }
    }
}

/// Returns whether a string is an HTTP header name (RFC 9110, token) that neither the store nor the connection uses.
fn can_carry_a_token(header: &str) -> bool {
    let used = ["content-length", "content-type", "cookie", "expect", "host", "if-none-match", "transfer-encoding"];
    let name = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    !header.is_empty() && header.bytes().all(name) && !header.starts_with("x-amz-") && !used.contains(&header)
}

fn is_prefix(prefix: &str) -> bool {
    let plain = prefix.replace(USER_ID, "user");
    plain.is_empty() || plain.strip_suffix('/').is_some_and(is_path)
}

/// Returns whether every segment needs no escaping in an address and stays unchanged.
fn is_path(path: &str) -> bool {
    path.split('/').all(|segment| {
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte);
        !segment.is_empty() && segment != "." && segment != ".." && segment.bytes().all(plain)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn local() -> UploadWay {
        UploadWay {
            permit: Permit::Token { header: "authorization".to_owned(), scheme: Scheme::Raw },
            body: Body::Whole { max_bytes: 1_000 },
            key: KeyFrom::Local { prefix: "in/{user_id}/".to_owned() },
            opening: Opening::None,
            closing: Closing::None,
            ..UploadWay::tdr()
        }
    }

    fn named_by_reply(may_repeat: bool) -> UploadWay {
        UploadWay {
            headers: Headers { if_none_match: false, ..UploadWay::tdr().headers },
            key: KeyFrom::Reply { path: "api".to_owned(), field: "id".to_owned(), may_repeat },
            ..local()
        }
    }

    #[test]
    fn a_way_determines_the_effect_of_sending_again() {
        let unguarded = UploadWay { headers: Headers { if_none_match: false, ..local().headers }, ..local() };
        for (way, repeat) in [
            (UploadWay::tdr(), Repeat::Guarded),
            (local(), Repeat::Guarded),
            (unguarded, Repeat::Safe),
            (named_by_reply(false), Repeat::Duplicates { allowed: false }),
            (named_by_reply(true), Repeat::Duplicates { allowed: true }),
        ] {
            assert_eq!(way.validate(), Ok(()));
            assert_eq!(way.repeat(), repeat);
        }
    }

    #[test]
    fn only_a_way_that_opens_or_closes_needs_the_api_and_the_website() {
        let needed = |way: &UploadWay| Role::ALL.into_iter().filter(|role| way.needs(*role)).collect::<Vec<_>>();
        assert_eq!(needed(&UploadWay::tdr()), Role::ALL);
        assert_eq!(needed(&local()), [Role::SignIn, Role::Upload]);
    }

    #[test]
    fn a_way_of_whole_files_has_no_parts_and_limits_the_file_size() {
        let way = local();
        let plan = |size| crate::PartPlan::new(size, way.parts(PartRules::default()));
        assert_eq!(plan(1_000), Ok(crate::PartPlan::Single { size: 1_000 }));
        assert_eq!((way.largest_file(5_000), way.largest_file(10)), (1_000, 10));
        assert_eq!(UploadWay::tdr().parts(PartRules::default()), PartRules::default());
        assert_eq!(UploadWay::tdr().largest_file(5_000), 5_000);
    }

    #[test]
    fn incompatible_choices_are_rejected_with_the_key() {
        let with_header = |header: &str| UploadWay {
            permit: Permit::Token { header: header.to_owned(), scheme: Scheme::Bearer },
            ..local()
        };
        let with_prefix = |prefix: &str| UploadWay { key: KeyFrom::Local { prefix: prefix.to_owned() }, ..local() };
        let by_reply = |path: &str, field: &str| UploadWay {
            key: KeyFrom::Reply { path: path.to_owned(), field: field.to_owned(), may_repeat: false },
            ..named_by_reply(false)
        };
        for (key, way) in [
            ("token_header", with_header("")),
            ("token_header", with_header("Authorization")),
            ("token_header", with_header("host")),
            ("token_header", with_header("x-amz-acl")),
            ("whole_max_bytes", UploadWay { body: Body::Whole { max_bytes: 0 }, ..local() }),
            ("acl", UploadWay { headers: Headers { acl: Some("a b".to_owned()), ..local().headers }, ..local() }),
            ("opening", UploadWay { opening: Opening::None, ..UploadWay::tdr() }),
            ("opening", UploadWay { opening: Opening::Registration, ..local() }),
            ("closing", UploadWay { closing: Closing::None, ..UploadWay::tdr() }),
            ("closing", UploadWay { closing: Closing::WebsitePage, ..local() }),
            ("key_prefix", with_prefix("in")),
            ("key_prefix", with_prefix("/in/")),
            ("key_prefix", with_prefix("in/../out/")),
            ("key_prefix", with_prefix("in/{name}/")),
            ("key_path", by_reply("a?b", "id")),
            ("key_field", by_reply("api", "")),
            ("body", UploadWay { body: Body::WholeOrParts, ..named_by_reply(false) }),
            ("if_none_match", UploadWay { headers: local().headers, ..named_by_reply(false) }),
        ] {
            let problem = way.validate().unwrap_err();
            assert_eq!(problem.key.as_deref(), Some(format!("upload.way.{key}").as_str()), "{problem}");
        }
        assert_eq!(with_prefix("").validate(), Ok(()));
    }
}
