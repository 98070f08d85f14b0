//! Permission to upload, ready to be sent with a request.

use std::time::Duration;

use http::header::COOKIE;
use http::{HeaderMap, HeaderName, HeaderValue};
use waybill_model::service::Scheme;
use waybill_model::{Code, LocalFault, Secret, Timestamp};

/// Permission to upload for a limited time. Its headers are never printed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pass {
    /// The headers that every request carries.
    pub headers: HeaderMap,
    /// When it expires, in the service's time.
    pub until: Timestamp,
    /// How long it is accepted for, according to the response that brought it and independent of any clock; `None` if
    /// the response did not say.
    pub life: Option<Duration>,
}

impl Pass {
    /// Creates a pass from the access token, in the header that the service requires. `until` is when the token
    /// expires.
    ///
    /// # Errors
    /// [`LocalFault::Impossible`] if the token cannot be a header value, or if the header's name is invalid.
    pub fn of_token(header: &str, scheme: Scheme, access: &Secret, until: Timestamp) -> Result<Self, LocalFault> {
        let name = HeaderName::try_from(header)
            .map_err(|_| LocalFault::Impossible(Code::ProfileMalformed, "upload.way.token_header".to_owned()))?;
        let value = match scheme {
            Scheme::Bearer => bearer(access)?,
            Scheme::Raw => secret_value(access.reveal())?,
        };
        Ok(Self { headers: HeaderMap::from_iter([(name, value)]), until, life: None })
    }

    /// Creates a pass from cookies, given as the value of their one header. Returns `None` if they cannot be a header
    /// value.
    pub(crate) fn of_cookies(cookies: &str, until: Timestamp) -> Option<Self> {
        let value = secret_value(cookies).ok()?;
        Some(Self { headers: HeaderMap::from_iter([(COOKIE, value)]), until, life: None })
    }

    /// Returns the same pass, brought by a response that stated this time.
    pub(crate) fn seen_at(self, at: Option<Timestamp>) -> Self {
        let life = at.map(|at| self.until.since(at)).filter(|life| !life.is_zero());
        Self { life, ..self }
    }

    /// Returns when it expires, given the time now. Of two possible times it takes the later: too late costs one refused
    /// request, but a pass that seems to have expired would never be used.
    #[must_use]
    pub fn expires(&self, now: Timestamp) -> Timestamp {
        self.life.map_or(self.until, |life| self.until.max(now + life))
    }
}

/// Returns the value of an `Authorization` header, marked as sensitive so that it is never printed.
pub(crate) fn bearer(access: &Secret) -> Result<HeaderValue, LocalFault> {
    let text = Secret::new(format!("Bearer {}", access.reveal()));
    secret_value(text.reveal())
}

fn secret_value(text: &str) -> Result<HeaderValue, LocalFault> {
    let mut value = HeaderValue::from_str(text).map_err(|_| {
        LocalFault::Impossible(Code::Internal, "what shows the permission cannot stand in a header".to_owned())
    })?;
    value.set_sensitive(true);
    Ok(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pass_lasts_as_long_as_its_reply_says_regardless_of_the_clock() {
        let until = Timestamp(10_000_000);
        let pass = Pass::of_cookies("a=b", until).unwrap();
        assert_eq!(pass.expires(Timestamp(0)), until);
        let pass = pass.seen_at(Some(Timestamp(9_000_000)));
        let day = Timestamp(90_000_000);
        assert_eq!(pass.expires(day), day + Duration::from_secs(1_000), "a clock that is a day ahead");
        assert_eq!(pass.expires(Timestamp(0)), until, "and one that is behind");
        assert_eq!(pass.seen_at(Some(day)).life, None, "a date that cannot be");
    }

    #[test]
    fn a_token_goes_into_the_header_that_the_service_wants_and_does_not_print() {
        let token = Secret::new("hush".to_owned());
        let of = |header, scheme| Pass::of_token(header, scheme, &token, Timestamp(1));
        let raw = of("x-token", Scheme::Raw).unwrap();
        assert_eq!(raw.headers["x-token"], "hush");
        assert_eq!(of("authorization", Scheme::Bearer).unwrap().headers["authorization"], "Bearer hush");
        assert!(!format!("{raw:?}").contains("hush"));
        assert!(of("no header", Scheme::Raw).is_err());
        let broken = Secret::new("a\nb".to_owned());
        assert!(Pass::of_token("authorization", Scheme::Raw, &broken, Timestamp(1)).is_err());
    }
}
