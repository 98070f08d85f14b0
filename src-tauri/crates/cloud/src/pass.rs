//! What shows that a request may upload, ready to be sent along.

use http::header::COOKIE;
use http::{HeaderMap, HeaderName, HeaderValue};
use waybill_model::service::Scheme;
use waybill_model::{Code, LocalFault, Secret, Timestamp};

/// Permission to upload for a while. Its headers do not print.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pass {
    /// What every request carries.
    pub headers: HeaderMap,
    /// When it stops being accepted, in the service's time.
    pub until: Timestamp,
}

impl Pass {
    /// The access token itself, in a header of the service's choosing. `until`: when the token runs out.
    ///
    /// # Errors
    /// [`LocalFault::Impossible`] for a token that cannot stand in a header, or a header that has no such name.
    pub fn of_token(header: &str, scheme: Scheme, access: &Secret, until: Timestamp) -> Result<Self, LocalFault> {
        let name = HeaderName::try_from(header)
            .map_err(|_| LocalFault::Impossible(Code::ProfileMalformed, "upload.way.token_header".to_owned()))?;
        let value = match scheme {
            Scheme::Bearer => bearer(access)?,
            Scheme::Raw => secret_value(access.reveal())?,
        };
        Ok(Self { headers: HeaderMap::from_iter([(name, value)]), until })
    }

    /// Cookies, given as the value of their one header. `None` where they cannot stand in one.
    pub(crate) fn of_cookies(cookies: &str, until: Timestamp) -> Option<Self> {
        let value = secret_value(cookies).ok()?;
        Some(Self { headers: HeaderMap::from_iter([(COOKIE, value)]), until })
    }
}

/// The value of an `Authorization` header, marked so that nothing prints it.
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
