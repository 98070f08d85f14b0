//! Checks what is logged, at the most detailed level, while every kind of request is made. In its own process, because
//! the log belongs to the process.
#![expect(clippy::unwrap_used, reason = "all of it is a test")]

use std::io::Write;
use std::sync::{Arc, Mutex};

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use waybill_cloud::{Api, FileRange, Net, Objects, discover, fetch_cookies, refresh};
use waybill_model::{
    ByteRange, Crc64Nvme, NotDone, Now, ObjectKey, ProxyChoice, Secret, ServiceProfile, Steady, Timestamp,
};

/// Part of every secret of this test.
const SECRET: &str = "hush";

#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

fn answer(target: &str, host: &str) -> String {
    let respond =
        |headers: &str, body: &str| format!("HTTP/1.1 200 OK\r\n{headers}Content-Length: {}\r\n\r\n{body}", body.len());
    let end = format!("http://{host}/realms/tdr/protocol/openid-connect");
    match target {
        "/cookies" => respond(
            "Set-Cookie: CloudFront-Expires=1800000000\r\nSet-Cookie: CloudFront-Signature=hush-cookie\r\n\
             Set-Cookie: CloudFront-Key-Pair-Id=K1\r\n",
            "",
        ),
        "/graphql" => respond("", "{\"errors\":[{\"message\":\"no\"}]}"),
        "/realms/tdr/.well-known/openid-configuration" => respond(
            "",
            &format!(
                "{{\"issuer\":\"http://{host}/realms/tdr\",\"authorization_endpoint\":\"{end}/auth\",\
                 \"token_endpoint\":\"{end}/token\",\"jwks_uri\":\"{end}/certs\"}}"
            ),
        ),
        "/realms/tdr/protocol/openid-connect/certs" => respond("", "{\"keys\":[]}"),
        "/realms/tdr/protocol/openid-connect/token" => {
            respond("", "{\"access_token\":\"hush-access\",\"refresh_token\":\"hush-refresh\",\"token_type\":7}")
        }
        _ => respond("ETag: \"e\"\r\n", ""),
    }
}

async fn serve(mut stream: TcpStream) {
    let mut buffer = Vec::new();
    loop {
        let end = loop {
            if let Some(end) = buffer.windows(4).position(|window| window == b"\r\n\r\n") {
                break end + 4;
            }
            if stream.read_buf(&mut buffer).await.unwrap_or(0) == 0 {
                return;
            }
        };
        let head = String::from_utf8(buffer[..end].to_vec()).unwrap();
        let value = |name: &str| {
            let line = head.lines().find(|line| line.to_lowercase().starts_with(name))?;
            Some(line.split_once(':')?.1.trim().to_owned())
        };
        let length: usize = value("content-length").map_or(0, |length| length.parse().unwrap());
        while buffer.len() < end + length {
            assert_ne!(stream.read_buf(&mut buffer).await.unwrap(), 0);
        }
        buffer.drain(..end + length);
        let target = head.split(' ').nth(1).unwrap();
        stream.write_all(answer(target, &value("host").unwrap()).as_bytes()).await.unwrap();
    }
}

#[tokio::test]
async fn nothing_secret_is_logged_at_the_finest_level() {
    let log = Log::default();
    let writer = log.clone();
    let subscriber =
        tracing_subscriber::fmt().with_max_level(tracing::Level::TRACE).with_writer(move || writer.clone());
    tracing::subscriber::set_global_default(subscriber.with_ansi(false).finish()).unwrap();

    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move {
        loop {
            tokio::spawn(serve(listener.accept().await.unwrap().0));
        }
    });
    let profile = format!(
        "name = \"test\"\n[sign_in]\nissuer = \"{address}/realms/tdr\"\nclient_id = \"waybill\"\n[api]\n\
         url = \"{address}/graphql\"\n[upload]\nurl = \"{address}\"\n[website]\nurl = \"{address}\"\n"
    );
    let net = Net::new(Arc::new(ServiceProfile::from_toml(&profile).unwrap()), None, &ProxyChoice::System).unwrap();
    let secret = |text: &str| Secret::new(format!("{SECRET}-{text}"));

    let Ok(cookies) = fetch_cookies(&net, &secret("token")).await else { panic!() };
    assert!(cookies.headers["cookie"].to_str().unwrap().contains(SECRET));
    let id = "7f9fbd5a-0000-4000-8000-000000000001";
    let key = ObjectKey::registered(id.parse().unwrap(), id.parse().unwrap(), id.parse().unwrap());
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), "hush, this is a record").unwrap();
    let body = FileRange {
        file: file.reopen().unwrap(),
        path: file.path().to_owned(),
        range: ByteRange { offset: 0, len: 22 },
    };
    let objects = Objects::new(&net);
    let stored = objects.put_object(&cookies, &key, &body, Crc64Nvme(1), Arc::new(|_| {})).await;
    assert!(stored.is_ok(), "{stored:?}");
    let created = objects.create_upload(&cookies, &key).await;
    assert!(matches!(created, Err(NotDone::NoAnswer(_))), "{created:?}");
    let refused = Api::new(&net).consignment(&secret("token"), id.parse().unwrap()).await;
    assert!(matches!(refused, Err(NotDone::Refused(_))), "{refused:?}");
    let Ok(provider) = discover(&net).await else { panic!() };
    let now = Now { server: Timestamp(1_700_000_000_000), steady: Steady::from_second(1_000) };
    let garbled = refresh(&net, &provider, &secret("refresh"), now).await;
    assert!(matches!(garbled, Err(NotDone::NoAnswer(_))), "{garbled:?}");

    let shown = String::from_utf8(log.0.lock().unwrap().clone()).unwrap();
    assert_eq!(shown.matches("waybill_cloud::net: answered").count(), 7, "{shown}");
    for line in shown.lines() {
        assert!(!line.contains(SECRET), "{line}");
    }
    assert!(!format!("{garbled:?}{created:?}{stored:?}{provider:?}{cookies:?}").contains(SECRET));
}
