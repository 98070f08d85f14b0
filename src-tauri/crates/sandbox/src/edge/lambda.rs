//! `/cookies`: the function that turns a bearer token into signed cookies for one person's prefix.
//!
//! As deployed at TDR, it answers every failure with a 401 without body or headers, so a client cannot tell a bad token
//! from an outage.

use std::sync::Arc;

use axum::body::Body;
use http::header::{
    ACCESS_CONTROL_ALLOW_CREDENTIALS, ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS,
    ACCESS_CONTROL_ALLOW_ORIGIN, AUTHORIZATION, ORIGIN, SET_COOKIE,
};
use http::{HeaderMap, HeaderValue, Response, StatusCode};

use super::policy::{self, Policy};
use crate::realm::{Lives, Realm};
use crate::sign_in::{self, SignIn};

/// The function and what it works with.
pub(super) struct CookieSigner {
    pub realm: Arc<Realm>,
    pub lives: Arc<Lives>,
    pub sign_in: Arc<SignIn>,
    /// The upload domain's base address.
    pub upload: String,
    /// The website's base address.
    pub website: String,
}

impl CookieSigner {
    /// Answers `GET` and `HEAD`.
    pub(super) async fn cookies(&self, headers: &HeaderMap) -> Response<Body> {
        if let Some(token) = bearer(headers) {
            sign_in::expect_token(&self.sign_in, token).await;
        }
        self.sign(headers).unwrap_or_else(|| {
            let mut response = Response::new(Body::empty());
            *response.status_mut() = StatusCode::UNAUTHORIZED;
            response
        })
    }

    /// Answers `OPTIONS` for any request.
    pub(super) fn options(&self) -> Response<Body> {
        let mut response = Response::new(Body::empty());
        let headers = response.headers_mut();
        headers.insert(ACCESS_CONTROL_ALLOW_METHODS, HeaderValue::from_static("GET,OPTIONS"));
        headers.insert(ACCESS_CONTROL_ALLOW_HEADERS, HeaderValue::from_static("Authorization,Content-Type"));
        allow_origin(headers, &self.website);
        response
    }

    fn sign(&self, headers: &HeaderMap) -> Option<Response<Body>> {
        let token = bearer(headers)?;
        let origin = headers.get(ORIGIN)?.to_str().ok()?;
        let is_sharepoint = origin.contains("sharepoint.com");
        let audience = if is_sharepoint { "tdr-sharepoint" } else { "tdr-fe" };
        let claims = sign_in::read_claims(&sign_in::read_signed_token(&self.sign_in, token)?)?;
        let now = self.realm.clock.epoch_seconds();
        if claims.exp <= now || !claims.aud.iter().any(|found| found == audience) {
            return None;
        }

        let until = now + i64::from(self.lives.cookie_seconds());
        let text = Policy::until(&format!("{}/{}/*", self.upload, claims.user_id), until).text();
        let signer = self.realm.keys.upload.signer();
        let signature = signer.sign(&text)?;
        let cookies = [
            ("CloudFront-Policy", policy::encode(text.as_bytes())),
            ("CloudFront-Key-Pair-Id", signer.id),
            ("CloudFront-Signature", policy::encode(&signature)),
        ];
        let mut response = Response::new(Body::empty());
        for (name, value) in cookies {
            let cookie =
                HeaderValue::try_from(format!("{name}={value}; Path=/; Secure; HttpOnly; SameSite=None")).ok()?;
            response.headers_mut().append(SET_COOKIE, cookie);
        }
        allow_origin(response.headers_mut(), if is_sharepoint { origin } else { &self.website });
        Some(response)
    }
}

fn bearer(headers: &HeaderMap) -> Option<&str> {
    headers.get(AUTHORIZATION)?.to_str().ok()?.split(' ').nth(1)
}

fn allow_origin(headers: &mut HeaderMap, origin: &str) {
    if let Ok(value) = HeaderValue::try_from(origin) {
        headers.insert(ACCESS_CONTROL_ALLOW_ORIGIN, value);
    }
    headers.insert(ACCESS_CONTROL_ALLOW_CREDENTIALS, HeaderValue::from_static("true"));
}
