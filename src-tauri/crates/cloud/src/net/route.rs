//! Chooses the proxy for each address.
//!
//! The environment's proxy takes precedence over a settings file's, and that over the system's. A service whose
//! addresses are all on this computer is reached directly unless a settings file says otherwise.

use hyper_util::client::proxy::matcher::Matcher;
use url::Url;
use waybill_model::service::is_loopback;
use waybill_model::{Proxy, ProxyChoice, ServiceProfile};

/// How requests leave this computer.
pub(super) struct Route {
    way: Way,
    /// `None` if no proxy is used.
    matcher: Option<Matcher>,
}

enum Way {
    System,
    Direct,
    Through(Proxy),
}

impl Route {
    /// `environment` returns the value of a variable.
    pub(super) fn of(
        choice: &ProxyChoice,
        profile: &ServiceProfile,
        environment: impl Fn(&str) -> Option<String>,
    ) -> Self {
        let local = profile.addresses().all(is_loopback);
        // The variables that the HTTP client reads.
        let named = ["HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"]
            .iter()
            .any(|name| environment(name).is_some_and(|value| !value.trim().is_empty()));
        if named && !local {
            return Self::system();
        }
        match choice {
            ProxyChoice::Through(proxy) => Self {
                matcher: Some(Matcher::builder().https(proxy.url().as_str()).no(proxy.exceptions()).build()),
                way: Way::Through(proxy.clone()),
            },
            ProxyChoice::System if !local => Self::system(),
            ProxyChoice::System | ProxyChoice::Direct => Self { way: Way::Direct, matcher: None },
        }
    }

    fn system() -> Self {
        Self { way: Way::System, matcher: Some(Matcher::from_system()) }
    }

    /// Configures the client to use this route.
    pub(super) fn apply(&self, builder: reqwest::ClientBuilder) -> reqwest::Result<reqwest::ClientBuilder> {
        match &self.way {
            Way::System => Ok(builder),
            Way::Direct => Ok(builder.no_proxy()),
            Way::Through(proxy) => {
                // `http` is allowed only for this computer, and needs no proxy.
                let exceptions = reqwest::NoProxy::from_string(&proxy.exceptions());
                Ok(builder.proxy(reqwest::Proxy::https(proxy.url().as_str())?.no_proxy(exceptions)))
            }
        }
    }

    /// Returns the proxy for an address, as `scheme://host:port`.
    pub(super) fn proxy_for(&self, url: &Url) -> Option<String> {
        let matched = self.matcher.as_ref()?.intercept(&url.as_str().parse().ok()?)?;
        let proxy = matched.uri();
        Some(format!("{}://{}", proxy.scheme_str().unwrap_or("http"), proxy.authority()?))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::profile;
    use waybill_model::Role;

    fn given(exceptions: &str) -> ProxyChoice {
        ProxyChoice::read("http://ada:secret@proxy.example:3128", exceptions).unwrap()
    }

    fn elsewhere() -> ServiceProfile {
        let url = |name: &str| Url::parse(&format!("https://{name}.example")).unwrap();
        profile(&[(Role::SignIn, &url("auth")), (Role::Upload, &url("upload"))])
    }

    fn quiet(_: &str) -> Option<String> {
        None
    }

    #[test]
    fn a_named_proxy_is_used_except_for_its_exceptions_and_shown_without_password() {
        let profile = elsewhere();
        let route = Route::of(&given("auth.example"), &profile, quiet);
        assert_eq!(route.proxy_for(&profile.upload_url).as_deref(), Some("http://proxy.example:3128"));
        assert_eq!(route.proxy_for(&profile.issuer), None);
        assert_eq!(route.proxy_for(profile.api_url.as_ref().unwrap()), None, "this computer itself");
        let none = Route::of(&ProxyChoice::Direct, &profile, quiet);
        assert_eq!(none.proxy_for(&profile.upload_url), None);
    }

    #[test]
    fn the_environment_goes_before_what_a_file_names_and_an_empty_word_is_none() {
        let profile = elsewhere();
        let env = |value: &'static str| move |name: &str| (name == "https_proxy").then(|| value.to_owned());
        assert!(matches!(Route::of(&given(""), &profile, env("http://other:1")).way, Way::System));
        assert!(matches!(Route::of(&ProxyChoice::Direct, &profile, env("http://other:1")).way, Way::System));
        assert!(matches!(Route::of(&given(""), &profile, env("")).way, Way::Through(_)));
    }

    #[test]
    fn a_service_on_this_computer_goes_through_no_proxy_of_the_system() {
        let local = profile(&[]);
        let env = |_: &str| Some("http://other:1".to_owned());
        assert!(matches!(Route::of(&ProxyChoice::System, &local, env).way, Way::Direct));
        assert!(matches!(Route::of(&given(""), &local, env).way, Way::Through(_)));
    }
}
