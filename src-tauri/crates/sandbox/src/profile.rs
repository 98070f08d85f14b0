//! The service profile that the client reads: `service.toml` in the sandbox's folder.

use serde::Serialize;

use crate::options::Options;
use crate::role::{Addresses, Role};

/// Returns the text of the profile; `issuer` is of the realm that people sign in at.
pub(crate) fn text(options: &Options, addresses: &Addresses, issuer: &str) -> Result<String, toml::ser::Error> {
    toml::to_string(&Profile {
        // Not the name of another sandbox: clients keep what they know of a service by its name.
        name: format!("sandbox-{}", addresses.sign_in.port()),
        title: "Waybill sandbox",
        ca_file: "ca.pem",
        sign_in: SignIn { issuer: issuer.to_owned(), client_id: "waybill", redirect_uri: "http://127.0.0.1/callback" },
        api: Api { url: format!("{}/graphql", addresses.url(Role::Api)) },
        upload: Upload { url: addresses.url(Role::Upload), origin: addresses.url(Role::Website), authorise: "cookies" },
        website: Website { url: addresses.url(Role::Website) },
        limits: Limits {
            files: options.files,
            file_bytes: options.file_bytes,
            transfer_bytes: options.transfer_bytes,
            api_body_bytes: options.api_body_bytes,
            requests: options.request_limit,
            request_window_seconds: options.request_window_seconds,
        },
    })
}

#[derive(Serialize)]
struct Profile {
    name: String,
    title: &'static str,
    /// Relative to the profile.
    ca_file: &'static str,
    sign_in: SignIn,
    api: Api,
    upload: Upload,
    website: Website,
    limits: Limits,
}

#[derive(Serialize)]
struct SignIn {
    issuer: String,
    client_id: &'static str,
    /// Without a port: any free one.
    redirect_uri: &'static str,
}

#[derive(Serialize)]
struct Api {
    url: String,
}

#[derive(Serialize)]
struct Upload {
    url: String,
    /// What to send as `Origin` when asking for cookies.
    origin: String,
    authorise: &'static str,
}

#[derive(Serialize)]
struct Website {
    url: String,
}

#[derive(Serialize)]
struct Limits {
    files: u64,
    file_bytes: u64,
    transfer_bytes: u64,
    api_body_bytes: u64,
    requests: u32,
    request_window_seconds: u32,
}
