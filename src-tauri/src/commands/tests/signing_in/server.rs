//! As little of a sign-in server as a sign-in needs: its discovery document, its key, and tokens for a code.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::{Algorithm, EncodingKey, Header, encode};
use rcgen::{KeyPair, PublicKeyData as _};
use serde_json::{Value, json};
use url::Url;

/// It answers until the process ends.
pub(super) struct SignInServer {
    pub(super) issuer: Url,
}

impl SignInServer {
    pub(super) fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let issuer = format!("http://{}/realms/tdr", listener.local_addr().unwrap());
        let server = Self { issuer: issuer.parse().unwrap() };
        let key = KeyPair::generate().unwrap();
        std::thread::spawn(move || {
            for connection in listener.incoming() {
                answer(connection.unwrap(), &issuer, &key);
            }
        });
        server
    }

    /// A code that it redeems with an ID token for this nonce and client.
    pub(super) fn code_for(&self, nonce: &str, client: &str) -> String {
        format!("{nonce}.{client}")
    }
}

fn answer(mut connection: TcpStream, issuer: &str, key: &KeyPair) {
    let mut reader = BufReader::new(connection.try_clone().unwrap());
    let mut lines = reader.by_ref().lines().map(Result::unwrap).take_while(|line| !line.is_empty());
    let Some(first) = lines.next() else { return };
    let length =
        lines.filter_map(|line| line.to_lowercase().strip_prefix("content-length:")?.trim().parse().ok()).last();
    let mut form = vec![0; length.unwrap_or(0)];
    reader.read_exact(&mut form).unwrap();
    let path = first.split(' ').nth(1).unwrap_or_default();
    let body = match path.rsplit('/').next() {
        Some("openid-configuration") => discovery(issuer),
        Some("certs") => keys(key),
        Some("token") => tokens(issuer, key, &form),
        Some(_) | None => json!({}),
    }
    .to_string();
    let head = format!("Content-Type: application/json\r\nContent-Length: {}\r\nConnection: close", body.len());
    write!(connection, "HTTP/1.1 200 OK\r\n{head}\r\n\r\n{body}").unwrap();
}

fn discovery(issuer: &str) -> Value {
    let end = |name: &str| format!("{issuer}/protocol/openid-connect/{name}");
    json!({
        "issuer": issuer,
        "authorization_endpoint": end("auth"),
        "token_endpoint": end("token"),
        "jwks_uri": end("certs"),
        "id_token_signing_alg_values_supported": ["ES256"],
        "code_challenge_methods_supported": ["S256"],
    })
}

fn keys(key: &KeyPair) -> Value {
    // Uncompressed: a mark, then both coordinates (SEC 1, 2.3.3).
    let (x, y) = key.der_bytes()[1..].split_at(32);
    let number = |bytes: &[u8]| URL_SAFE_NO_PAD.encode(bytes);
    json!({ "keys": [{ "kty": "EC", "use": "sig", "alg": "ES256", "kid": "k", "crv": "P-256", "x": number(x), "y": number(y) }] })
}

fn tokens(issuer: &str, key: &KeyPair, form: &[u8]) -> Value {
    let code = url::form_urlencoded::parse(form).find(|(key, _)| key == "code").unwrap().1;
    let (nonce, client) = code.split_once('.').unwrap();
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().as_secs();
    let user = "7f9fbd5a-0000-4000-8000-00000000000a";
    let claims = json!({
        "iss": issuer, "aud": client, "sub": user, "exp": now + 300, "iat": now, "nonce": nonce,
        "user_id": user, "name": "Ada Müller", "body": "MOCK", "standard_user": true,
    });
    let header = Header { kid: Some("k".to_owned()), ..Header::new(Algorithm::ES256) };
    let token = encode(&header, &claims, &EncodingKey::from_ec_der(key.serialized_der())).unwrap();
    json!({
        "access_token": token, "id_token": token, "expires_in": 300, "refresh_expires_in": 3_600,
        "refresh_token": "refresh", "token_type": "Bearer",
    })
}
