//! Signs the same person in without Waybill, and gets the cookies for curl.

use std::io::{BufRead as _, BufReader, Write as _};
use std::net::{Ipv4Addr, TcpListener};
use std::thread;

use reqwest::blocking::{Client, Response};
use reqwest::header::{ORIGIN, SET_COOKIE};
use url::Url;
use waybill_system_tests::{Browser, Error, Result, Sandbox};

use crate::io;

/// The example of RFC 7636, appendix B. Nothing here is secret.
const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

/// Returns the first user's cookies for the upload domain, as the value of one header.
///
/// # Errors
/// The sandbox does not provide them.
pub(super) fn cookies(sandbox: &Sandbox) -> Result<String> {
    let pem = std::fs::read(sandbox.ca()).map_err(io(sandbox.ca()))?;
    let ca = reqwest::Certificate::from_pem(&pem).map_err(failed("the sandbox's authority"))?;
    let client = Client::builder().tls_certs_only([ca]).no_proxy().build().map_err(failed("building a client"))?;
    let token = token(sandbox, &client)?;
    let request = client.get(format!("{}/cookies", sandbox.addresses().upload)).bearer_auth(token);
    let response = request.header(ORIGIN, &sandbox.addresses().website).send().map_err(failed("requesting cookies"))?;
    let cookies = set_cookies(&response);
    if cookies.is_empty() { Err(Error::unexpected("the reply has no cookies")) } else { Ok(cookies.join("; ")) }
}

fn token(sandbox: &Sandbox, client: &Client) -> Result<String> {
    let realm = format!("{}/realms/tdr/protocol/openid-connect", sandbox.addresses().sign_in);
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).map_err(io("loopback"))?;
    let port = listener.local_addr().map_err(io("loopback"))?.port();
    let redirect = format!("http://127.0.0.1:{port}/callback");
    let address = Url::parse_with_params(
        &format!("{realm}/auth"),
        [
            ("response_type", "code"),
            ("client_id", "waybill"),
            ("redirect_uri", &redirect),
            ("scope", "openid"),
            ("state", "bench"),
            ("code_challenge", CHALLENGE),
            ("code_challenge_method", "S256"),
        ],
    );
    let address = address.map_err(|error| Error::unexpected(error.to_string()))?;
    let browser = Browser::new(sandbox.first_user()?)?;
    let signing_in = thread::spawn(move || browser.open(address.as_str()).map(drop));
    let code = code(&listener)?;
    signing_in.join().map_err(|_| Error::unexpected("the browser's thread panicked"))??;
    let form = [
        ("grant_type", "authorization_code"),
        ("client_id", "waybill"),
        ("code", &code),
        ("redirect_uri", &redirect),
        ("code_verifier", VERIFIER),
    ];
    let reply = client.post(format!("{realm}/token")).form(&form).send().map_err(failed("requesting a token"))?;
    let reply: serde_json::Value = reply.json().map_err(failed("the token"))?;
    let token = reply["access_token"].as_str().ok_or_else(|| Error::unexpected("the reply has no access token"))?;
    Ok(token.to_owned())
}

/// Accepts the browser's request to the redirect URI, and returns its code.
fn code(listener: &TcpListener) -> Result<String> {
    let (mut stream, _) = listener.accept().map_err(io("loopback"))?;
    let mut first = String::new();
    BufReader::new(stream.try_clone().map_err(io("loopback"))?).read_line(&mut first).map_err(io("loopback"))?;
    stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n").map_err(io("loopback"))?;
    let target = first.split(' ').nth(1).unwrap_or_default();
    let url = Url::parse("http://127.0.0.1").and_then(|base| base.join(target));
    let code =
        url.ok().and_then(|url| url.query_pairs().find(|(name, _)| name == "code").map(|(_, code)| code.into_owned()));
    code.ok_or_else(|| Error::unexpected("the sign-in returned no code"))
}

fn set_cookies(response: &Response) -> Vec<String> {
    let values = response.headers().get_all(SET_COOKIE).iter().filter_map(|value| value.to_str().ok());
    values.filter_map(|value| value.split(';').next()).map(str::to_owned).collect()
}

fn failed(what: &'static str) -> impl FnOnce(reqwest::Error) -> Error {
    move |source| Error::Http { what: what.to_owned(), source: source.without_url() }
}
