//! What can be set about a sandbox before it starts.

use std::path::PathBuf;

use crate::object_store::ObjectStore;

/// How a sandbox behaves. [`Options::new`] gives the values that match TDR as far as they are known.
#[derive(Debug, Clone)]
pub struct Options {
    /// Where all state lives; made when missing. A sandbox started again on the same folder comes back with the
    /// same addresses, keys, people, sessions, consignments and objects.
    pub dir: PathBuf,
    /// Life of an access token in seconds (Keycloak's default, and what TDR's sample tokens show: 300).
    pub access_token_seconds: u32,
    /// Single sign-on sessions end after this many seconds without a refresh (Keycloak's default: 1,800).
    pub session_idle_seconds: u32,
    /// Single sign-on sessions end after this many seconds in any case (Keycloak's default: 36,000).
    pub session_max_seconds: u32,
    /// Keycloak's "Revoke Refresh Token" with a reuse count of 0: each refresh token works once, and a replay detaches
    /// the client's session.
    pub rotate_refresh_tokens: bool,
    /// Life of the upload domain's signed cookies in seconds (TDR: 180 minutes).
    pub cookie_seconds: u32,
    /// Seconds that all checks of a consignment take together.
    pub check_seconds: u32,
    /// Largest request body the API accepts, in bytes (Pekko's default: 8,388,608).
    pub api_body_bytes: u64,
    /// Most files in one consignment; goes to the service profile (TDR: 5,000).
    pub files: u64,
    /// Largest file in bytes; goes to the service profile (TDR: 5,000,000,000).
    pub file_bytes: u64,
    /// Largest transfer in bytes; goes to the service profile (TDR: 5,000,000,000).
    pub transfer_bytes: u64,
    /// Requests one address may make at the upload domain within
    /// [`request_window_seconds`](Self::request_window_seconds) before the firewall answers 403 (TDR: 10,000).
    pub request_limit: u32,
    /// Length of the firewall's window in seconds (TDR: 300).
    pub request_window_seconds: u32,
    /// Keys from outside that the upload domain trusts beside its own, at most 15. The last private key among them
    /// signs the cookies.
    pub cookie_keys: Vec<CookieKey>,
    /// What a repeated `CompleteMultipartUpload` answers.
    pub repeat_complete: RepeatComplete,
    /// Of a registration only the first 250 rows are kept, although every match id is answered: what TDR's API does
    /// when its database refuses a later batch.
    pub first_batch_quirk: bool,
    /// A realm in place of the sandbox's own sign-in.
    pub sign_in: Option<SignIn>,
    /// An S3 server in place of the sandbox's own object store.
    pub store: Option<ObjectStore>,
    /// Makes ids and references of sample consignments repeatable. Keys, tokens and passwords are always random.
    pub seed: u64,
}

impl Options {
    /// Returns the defaults, with all state in `dir`.
    #[must_use]
    pub fn new(dir: impl Into<PathBuf>) -> Self {
        Self {
            dir: dir.into(),
            access_token_seconds: 300,
            session_idle_seconds: 1_800,
            session_max_seconds: 36_000,
            rotate_refresh_tokens: true,
            cookie_seconds: 180 * 60,
            check_seconds: 5,
            api_body_bytes: 8_388_608,
            files: 5_000,
            file_bytes: 5_000_000_000,
            transfer_bytes: 5_000_000_000,
            request_limit: 10_000,
            request_window_seconds: 300,
            cookie_keys: Vec::new(),
            repeat_complete: RepeatComplete::NoSuchUpload404,
            first_batch_quirk: false,
            store: None,
            sign_in: None,
            seed: 1,
        }
    }
}

/// A realm of a real Keycloak, whose tokens are accepted. Its people are those of `tests/keycloak/`, or are
/// added when their first token arrives.
#[derive(Clone, PartialEq, Eq)]
pub struct SignIn {
    /// The issuer: https, or http on this computer.
    pub issuer: String,
    /// The secret of the realm's confidential client `tdr`, which is the website.
    pub website_secret: String,
}

impl SignIn {
    /// The secret that the realm file in `tests/keycloak/` gives the website. It protects nothing.
    pub const TEST_SECRET: &str = "sandbox-website";
}

impl std::fmt::Debug for SignIn {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SignIn").field("issuer", &self.issuer).finish_non_exhaustive()
    }
}

/// A key from outside that the upload domain trusts, as if it had been added to the distribution's key groups.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CookieKey {
    /// The id that signatures made with it carry (`Key-Pair-Id`); letters and digits.
    pub key_pair_id: String,
    /// A file in PEM with a public or private key: RSA of 2048 bits, or ECDSA on P-256.
    pub pem: PathBuf,
}

/// What the object store answers when a multipart upload that was completed is completed again.
///
/// AWS documents `NoSuchUpload` as "aborted or completed", third parties have seen 200 for a while, and nothing says
/// which wins when `If-None-Match: *` is present. A client has to bear all three.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum RepeatComplete {
    /// 200 with the same result as the first time.
    Ok200,
    /// 412 `PreconditionFailed`, because the object exists now.
    Precondition412,
    /// 404 `NoSuchUpload`: the default, as the documented answer and the hardest for a client.
    #[default]
    NoSuchUpload404,
}
