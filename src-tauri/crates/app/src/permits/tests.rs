//! A made-up way of uploading, as another service may have it: the access token in a header, whole files only, keys that
//! Waybill chooses, nothing to open or close. A folder goes through engine and controller to a receipt.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::time::Duration;

use parking_lot::Mutex;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use waybill_cloud::{FileStore, OnlyFor, StoredSession, TokenStore as _, addresses_of};
use waybill_journal::Reader;
use waybill_model::service::{Body, Checksum, Closing, Headers, KeyFrom, Opening, Scheme, UploadWay};
use waybill_model::{
    Acknowledgement, Code, Failure, ItemId, ItemState, Person, Phase, ProxyChoice, SendGiven, ServiceProfile, Target,
};
use waybill_source::Folder;

use super::*;
use crate::clock::SystemClock;
use crate::interface::{Command, Config, SessionKind};

const USER: &str = "7f9fbd5a-0000-4000-8000-000000000001";
/// The claims of Ada, as a JSON Web Token has them.
const CLAIMS: &str = "eyJ1c2VyX2lkIjogIjdmOWZiZDVhLTAwMDAtNDAwMC04MDAwLTAwMDAwMDAwMDAwMSIsICJuYW1lIjogIkFkYSJ9";

fn way() -> UploadWay {
    UploadWay {
        permit: Permit::Token { header: "x-access".to_owned(), scheme: Scheme::Raw },
        body: Body::Whole { max_bytes: 1 << 20 },
        headers: Headers { if_none_match: true, acl: None, checksum: Checksum::None },
        key: KeyFrom::Local { prefix: "in/{user_id}/".to_owned() },
        opening: Opening::None,
        closing: Closing::None,
    }
}

/// A service that has no addresses but sign-in and upload.
fn profile(address: &str) -> ServiceProfile {
    let text = format!(
        "name = \"other\"\n[sign_in]\nissuer = \"{address}/realms/tdr\"\nclient_id = \"waybill\"\n[upload]\n\
         url = \"{address}\"\nparallel = 1\n[upload.way]\npermit = \"token\"\ntoken_header = \"x-access\"\n\
         token_scheme = \"raw\"\nbody = \"whole\"\nwhole_max_bytes = 1048576\nacl = \"\"\nchecksum = \"none\"\n\
         key = \"local\"\nkey_prefix = \"in/{{user_id}}/\"\nopening = \"none\"\nclosing = \"none\"\n"
    );
    let profile = ServiceProfile::from_toml(&text).unwrap();
    assert_eq!((&profile.way, &profile.api_url, &profile.website_url), (&way(), &None, &None));
    profile
}

/// The sign-in and the store of the service. The reply to the second file is lost, and the first token is refused at
/// the third.
#[derive(Default)]
struct Service {
    address: String,
    tokens: u32,
    stored: BTreeMap<String, Vec<u8>>,
    lost: u32,
    refused: u32,
    seen: BTreeSet<String>,
}

impl Service {
    async fn start() -> Arc<Mutex<Self>> {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        let service = Arc::new(Mutex::new(Self { address, ..Self::default() }));
        let shared = Arc::clone(&service);
        tokio::spawn(async move {
            loop {
                let (stream, _) = listener.accept().await.unwrap();
                tokio::spawn(serve(stream, Arc::clone(&shared)));
            }
        });
        service
    }

    /// The answer to a request; `None` if the connection breaks instead.
    fn answer(&mut self, first: &str, header: &dyn Fn(&str) -> Option<String>, body: Vec<u8>) -> Option<String> {
        let (method, path) = first.split_once(' ').unwrap();
        let path = path.split([' ', '?']).next().unwrap();
        self.seen.insert(format!("{method} {}", path.split('/').nth(1).unwrap_or_default()));
        let address = &self.address;
        Some(match (method, path) {
            ("GET", "/realms/tdr/.well-known/openid-configuration") => json(&format!(
                "{{\"issuer\":\"{address}/realms/tdr\",\"authorization_endpoint\":\"{address}/realms/tdr/auth\",\
                 \"token_endpoint\":\"{address}/realms/tdr/token\",\"jwks_uri\":\"{address}/realms/tdr/keys\",\
                 \"code_challenge_methods_supported\":[\"S256\"]}}"
            )),
            ("GET", "/realms/tdr/keys") => json("{\"keys\":[]}"),
            ("POST", "/realms/tdr/token") => {
                self.tokens += 1;
                json(&format!(
                    "{{\"access_token\":\"t{}.{CLAIMS}.x\",\"token_type\":\"Bearer\",\"expires_in\":300,\
                     \"refresh_token\":\"r{}\",\"refresh_expires_in\":3600}}",
                    self.tokens, self.tokens
                ))
            }
            ("PUT", _) => return self.put(path, header, body),
            _ => respond("403 Forbidden", "", ""),
        })
    }

    fn put(&mut self, path: &str, header: &dyn Fn(&str) -> Option<String>, body: Vec<u8>) -> Option<String> {
        let token = header("x-access").unwrap();
        assert!(token.ends_with(&format!(".{CLAIMS}.x")), "the token as it is: {token}");
        for absent in ["cookie", "authorization", "x-amz-acl", "x-amz-checksum-crc64nvme"] {
            assert_eq!(header(absent), None, "{absent}");
        }
        assert_eq!(header("if-none-match").as_deref(), Some("*"));
        if self.stored.len() == 2 && token.starts_with("t1.") {
            self.refused += 1;
            return Some(respond("401 Unauthorized", "Content-Type: application/json\r\n", "{\"code\":\"expired\"}"));
        }
        if self.stored.contains_key(path) {
            let exists = "<Error><Code>PreconditionFailed</Code><RequestId>R</RequestId></Error>";
            return Some(respond("412 Precondition Failed", "", exists));
        }
        self.stored.insert(path.to_owned(), body);
        if self.stored.len() == 2 && self.lost == 0 {
            self.lost += 1;
            return None;
        }
        Some(respond("200 OK", "ETag: \"e\"\r\n", ""))
    }
}

fn respond(status: &str, headers: &str, body: &str) -> String {
    format!("HTTP/1.1 {status}\r\n{headers}Content-Length: {}\r\n\r\n{body}", body.len())
}

fn json(body: &str) -> String {
    respond("200 OK", "Content-Type: application/json\r\n", body)
}

async fn serve(mut stream: TcpStream, service: Arc<Mutex<Service>>) {
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
        let head = String::from_utf8(buffer.drain(..end).collect()).unwrap();
        let header = |name: &str| {
            let line = head.lines().skip(1).find(|line| line.to_lowercase().starts_with(&format!("{name}:")))?;
            Some(line.split_once(':')?.1.trim().to_owned())
        };
        let length: usize = header("content-length").map_or(0, |length| length.parse().unwrap());
        while buffer.len() < length {
            if stream.read_buf(&mut buffer).await.unwrap_or(0) == 0 {
                return;
            }
        }
        let body = buffer.drain(..length).collect();
        let answer = service.lock().answer(head.lines().next().unwrap(), &header, body);
        let Some(answer) = answer else { return };
        if stream.write_all(answer.as_bytes()).await.is_err() {
            return;
        }
    }
}

fn ada() -> Person {
    Person {
        user_id: USER.parse().unwrap(),
        name: "Ada".to_owned(),
        email: None,
        body: None,
        standard_user: false,
        judgment_user: false,
    }
}

#[tokio::test]
async fn a_made_up_way_sends_a_folder_to_a_receipt_despite_a_lost_reply_and_a_refusal() {
    let service = Service::start().await;
    let profile = profile(&service.lock().address);
    profile.way.validate().unwrap();
    let (data, records) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let contents = [b"alpha".to_vec(), vec![7; 300_000], b"gamma\r\n\0".to_vec(), b"delta".to_vec()];
    for (name, content) in ["a.txt", "b.bin", "c.txt", "d.txt"].iter().zip(&contents) {
        fs::write(records.path().join(name), content).unwrap();
    }
    let store = OnlyFor::new(&profile, Box::new(FileStore::new(data.path(), &profile.name)));
    let session = StoredSession {
        service: profile.name.clone(),
        addresses: addresses_of(&profile),
        person: ada(),
        refresh: Secret::new("r0".to_owned()),
        refresh_expires: None,
        id: None,
    };
    store.save(&session).unwrap();
    let config = Config {
        data_dir: data.path().to_owned(),
        profile: Arc::new(profile.clone()),
        ca_pem: None,
        proxy: ProxyChoice::System,
        session: SessionKind::File,
        program: "test".to_owned(),
        owns_journal: true,
        clock: Arc::new(SystemClock::default()),
        seed: 1,
    };
    let (handle, _notices) = crate::start(config).await.unwrap();
    let folder = Folder::open(records.path()).unwrap();
    let refused = handle.open(folder.clone(), Some("TDR-2026-ABC".into())).await.unwrap_err();
    assert_eq!(refused, Failure::new(Code::NoConsignments, "TDR-2026-ABC"));
    let id = handle.open(folder, None).await.unwrap().id;
    let mut snapshots = handle.snapshots();
    let mut reaches = async |phase: Phase| {
        let reached = snapshots.wait_for(|all| all.transfers.get(&id).is_some_and(|now| now.phase == phase));
        let reached = tokio::time::timeout(Duration::from_secs(60), reached).await.map(drop);
        assert!(reached.is_ok(), "not {phase:?}: {:?}", handle.snapshots().borrow().transfers.get(&id));
    };
    reaches(Phase::Checked).await;
    handle.tell(id, Command::Send { agreed: 0, given: SendGiven::StraightAfterTheCheck }).await.unwrap();
    reaches(Phase::Finished).await;
    let receipt = handle.snapshots().borrow().transfers[&id].receipt_dir.clone().unwrap();
    handle.shutdown().await.unwrap();

    let service = service.lock();
    assert_eq!((service.lost, service.refused, service.tokens), (1, 1, 2));
    let kinds: BTreeSet<&str> = service.seen.iter().map(String::as_str).collect();
    assert!(kinds.is_subset(&BTreeSet::from(["GET realms", "POST realms", "PUT in", "HEAD "])), "{kinds:?}");
    for (item, content) in (0..).zip(&contents) {
        assert!(service.stored[&format!("/in/{USER}/{id}/{item}")] == *content, "item {item}, byte for byte");
    }
    assert_eq!(service.stored.len(), contents.len());

    let reader = Reader::open(data.path()).unwrap().unwrap();
    let row = reader.transfer(id).unwrap().unwrap();
    assert_eq!((row.way, row.target), (way(), Target::Folder));
    let second = reader.item(id, ItemId(1)).unwrap().unwrap();
    assert_eq!(second.state, ItemState::Sent(Acknowledgement::ExistsAfterOwnAttempt));
    let receipt: serde_json::Value = serde_json::from_slice(&fs::read(receipt.join("receipt.json")).unwrap()).unwrap();
    assert_eq!((&receipt["outcome"], &receipt["files"]), (&"uploaded".into(), &4.into()));
    assert_eq!((receipt.get("consignment"), receipt.get("handed_over")), (None, Some(&serde_json::Value::Null)));
    let sent = receipt["sent"].as_array().unwrap();
    let keys: Vec<_> = sent.iter().map(|file| file["key"].as_str().unwrap().to_owned()).collect();
    assert_eq!(keys, (0..4).map(|item| format!("in/{USER}/{id}/{item}")).collect::<Vec<_>>());
    assert!(sent.iter().all(|file| file.get("file_id").is_none()));
}
