use waybill_cloud::Seen;
use waybill_model::{ProxyChoice, SafeUrl};

use super::*;

/// An address at which one step failed, or none.
fn seen(topic: Topic, role: Role, via: Option<&str>, failed: Option<(usize, Code)>) -> (Topic, Examination) {
    let step = |number: usize| match failed {
        Some((at, code)) if at == number => Outcome::Failed(code),
        Some((at, _)) if at < number => Outcome::Skipped,
        _ if number == 1 && via.is_none() => Outcome::Skipped,
        Some(_) | None => Outcome::Well,
    };
    let address = SafeUrl(format!("https://{}.example/", topic.name().replace(' ', "-")).parse().unwrap());
    let examination = Examination {
        role,
        address,
        via: via.map(str::to_owned),
        dns: step(0),
        proxy: step(1),
        connect: step(2),
        tls: step(3),
        http: step(4),
        elapsed: Duration::from_millis(12),
        clock_offset_ms: None,
        seen: Seen::Nothing("what was seen".to_owned()),
    };
    (topic, examination)
}

const PROXY: &str = "http://proxy.example:3128";

fn all_via(via: Option<&str>, failed: [Option<(usize, Code)>; 4]) -> Vec<(Topic, Examination)> {
    ADDRESSES.into_iter().zip(failed).map(|((topic, role), failed)| seen(topic, role, via, failed)).collect()
}

fn all(failed: [Option<(usize, Code)>; 4]) -> Vec<(Topic, Examination)> {
    all_via(None, failed)
}

fn proxied(failed: [Option<(usize, Code)>; 4]) -> Vec<(Topic, Examination)> {
    all_via(Some(PROXY), failed)
}

fn let_through(well: u32) -> Detail {
    Detail::Proxy { address: PROXY.to_owned(), well, of: 4 }
}

fn addresses(well: u32) -> Detail {
    Detail::Addresses { well, of: 4 }
}

#[test]
fn a_refusing_proxy_is_named_with_the_address_it_refuses() {
    let refused = proxied([None, None, Some((1, Code::ProxyRefused)), Some((1, Code::ProxyRefused))]);
    let found = proxy(&refused);
    assert_eq!(found.verdict, Verdict::Fails(Code::ProxyRefused));
    assert_eq!(found.detail.to_string(), "https://upload-address.example/ (what was seen, after 12 ms)");
    let seen = certificates(&refused);
    assert_eq!((seen.verdict, seen.detail), (Verdict::Works, addresses(2)), "the others were not reached");
}

#[test]
fn an_untrusted_certificate_is_named_and_other_tls_faults_blame_the_address() {
    let untrusted = all([Some((3, Code::CertificateUntrusted)), None, None, None]);
    assert_eq!(certificates(&untrusted).verdict, Verdict::Fails(Code::CertificateUntrusted));
    assert_eq!(proxy(&untrusted), Finding::not_tested(Topic::Proxy, Detail::NoProxy));
    let broken = all([Some((3, Code::SignInUnreachable)), None, None, None]);
    assert_eq!(certificates(&broken).verdict, Verdict::Works);
    assert_eq!(of_address(Topic::SignIn, &broken[0].1).verdict, Verdict::Fails(Code::SignInUnreachable));
}

#[test]
fn an_untested_topic_is_not_reported_as_passed() {
    let nowhere = all([Some((0, Code::Offline)); 4]);
    assert_eq!(proxy(&nowhere), Finding::not_tested(Topic::Proxy, Detail::NoProxy));
    assert_eq!(certificates(&nowhere), Finding::not_tested(Topic::Certificates, Detail::NoCertificateSeen));
    assert_eq!(clock(None), Finding::not_tested(Topic::Clock, Detail::NoAnswer));
    let everywhere = proxied([None; 4]);
    assert_eq!(proxy(&everywhere), Finding::well(Topic::Proxy, let_through(4)));
    assert_eq!(certificates(&everywhere), Finding::well(Topic::Certificates, addresses(4)));
}

#[test]
fn refused_connections_say_nothing_about_proxy_or_certificates() {
    let dropped = all([Some((2, Code::ApiUnreachable)); 4]);
    assert_eq!(proxy(&dropped), Finding::not_tested(Topic::Proxy, Detail::NoProxy));
    assert_eq!(certificates(&dropped), Finding::not_tested(Topic::Certificates, Detail::NoCertificateSeen));
    assert!(dropped.iter().all(|(topic, seen)| of_address(*topic, seen).code() == Some(Code::ApiUnreachable)));
}

#[test]
fn an_absent_proxy_is_the_blocker_and_one_for_some_addresses_counts_only_those() {
    let dead = proxied([Some((1, Code::ProxyUnreachable)); 4]);
    assert_eq!(proxy(&dead).verdict, Verdict::Fails(Code::ProxyUnreachable));
    let mut some = all([None; 4]);
    some.truncate(2);
    some.extend(proxied([None; 4]).split_off(2));
    let expected = Detail::Proxy { address: PROXY.to_owned(), well: 2, of: 2 };
    assert_eq!(proxy(&some), Finding::well(Topic::Proxy, expected));
}

/// A port of this computer where nobody listens.
fn nobody() -> u16 {
    std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

fn service(address: &str) -> Arc<ServiceProfile> {
    let text = format!(
        "name = \"test\"\n[sign_in]\nissuer = \"{address}/realms/tdr\"\nclient_id = \"waybill\"\n[api]\n\
         url = \"{address}/graphql\"\n[upload]\nurl = \"{address}\"\n[website]\nurl = \"{address}\"\n"
    );
    Arc::new(ServiceProfile::from_toml(&text).unwrap())
}

fn of(findings: &[Finding], topic: Topic) -> &Finding {
    findings.iter().find(|finding| finding.topic == topic).unwrap()
}

#[tokio::test]
async fn without_a_connection_proxy_certificates_and_clock_are_not_reported_as_working() {
    let net = Net::new(service(&format!("http://127.0.0.1:{}", nobody())), None, &ProxyChoice::System).unwrap();
    let findings = of_network(&net).await;
    assert!(findings.iter().all(|finding| finding.verdict != Verdict::Works), "{findings:?}");
    assert_eq!(of(&findings, Topic::Proxy).detail, Detail::NoProxy);
    assert_eq!(of(&findings, Topic::Upload).code(), Some(Code::UploadUnreachable));
}

#[tokio::test]
async fn a_dead_proxy_is_the_blocker_and_is_named() {
    let address = format!("127.0.0.1:{}", nobody());
    let choice = ProxyChoice::read(&address, "").unwrap();
    let net = Net::new(service("https://127.0.0.1:9"), None, &choice).unwrap();
    let test = SelfTest { findings: of_network(&net).await };
    let (blocker, code) = test.blocker().unwrap();
    assert_eq!((blocker.topic, code), (Topic::Proxy, Code::ProxyUnreachable));
    assert!(blocker.detail.to_string().contains(&format!("proxy http://{address}: ")), "{}", blocker.detail);
    assert!(test.findings.iter().all(|finding| finding.verdict != Verdict::Works), "{test:?}");
}

#[test]
fn without_a_proxy_the_self_test_is_complete() {
    let test = SelfTest { findings: vec![proxy(&all([None; 4])), certificates(&all([None; 4]))] };
    assert!(test.is_complete());
    assert!(!SelfTest { findings: vec![clock(None)] }.is_complete());
}

#[test]
fn a_clock_slightly_off_passes_and_one_far_off_does_not() {
    assert_eq!(clock(Some(-1_200)), Finding::well(Topic::Clock, Detail::Clock { seconds_slow: -1 }));
    let far = clock(Some(300_000));
    assert_eq!((far.verdict, far.detail), (Verdict::Fails(Code::ClockWrong), Detail::Clock { seconds_slow: 300 }));
}

#[test]
fn little_disk_space_is_a_warning_and_hardly_any_is_a_failure() {
    let verdict = |free| room(Path::new("/data"), Ok(free)).verdict;
    assert_eq!(verdict(0), Verdict::Fails(Code::DiskFull));
    assert_eq!(verdict(19_999_999), Verdict::Fails(Code::DiskFull));
    assert_eq!(verdict(20_000_000), Verdict::Warns);
    assert_eq!(verdict(499_999_999), Verdict::Warns);
    assert_eq!(verdict(500_000_000), Verdict::Works);
    let unknown = room(Path::new("/data"), Err(std::io::ErrorKind::Unsupported.into()));
    assert_eq!(unknown.verdict, Verdict::NotTested);
}

#[test]
fn the_system_reports_the_free_space_of_a_folders_disk() {
    let dir = tempfile::tempdir().unwrap();
    let found = room(dir.path(), fs4::available_space(dir.path()));
    assert!(matches!(found.detail, Detail::Room { free, .. } if free > 0), "{found:?}");
    let none = dir.path().join("none");
    let gone = room(&none, fs4::available_space(&none));
    // Windows reports the drive; a missing folder is another finding.
    let expected = if cfg!(windows) { found.verdict } else { Verdict::NotTested };
    assert_eq!(gone.verdict, expected, "{gone:?}");
}

#[test]
fn the_blocker_is_the_first_failure_never_a_warning_or_an_untested_finding() {
    let warns = Finding { verdict: Verdict::Warns, ..room(Path::new("/data"), Ok(ROOM_WANTED)) };
    let mut test = SelfTest { findings: vec![warns, clock(None)] };
    assert_eq!(test.blocker(), None);
    test.findings.push(clock(Some(300_000)));
    assert_eq!(test.blocker(), Some((&test.findings[2], Code::ClockWrong)));
}

/// The way of a service without consignments, whose addresses are ports that nothing listens on.
fn without_consignments() -> ServiceProfile {
    ServiceProfile::from_toml(
        "name = \"drop\"\n[sign_in]\nissuer = \"http://127.0.0.1:9/realm\"\nclient_id = \"waybill\"\n\
         [upload]\nurl = \"http://127.0.0.1:9\"\n[upload.way]\npermit = \"token\"\nkey = \"local\"\nopening = \"none\"\n\
         closing = \"none\"\n",
    )
    .unwrap()
}

#[tokio::test]
async fn only_addresses_that_the_way_of_uploading_uses_are_tested() {
    let tested = async |profile: ServiceProfile| {
        let net = Net::new(Arc::new(profile), None, &ProxyChoice::Direct).unwrap();
        let topics = of_network(&net).await.into_iter().map(|found| found.topic);
        topics.filter(|topic| ADDRESSES.iter().any(|(known, _)| known == topic)).collect::<Vec<_>>()
    };
    assert_eq!(tested(without_consignments()).await, [Topic::SignIn, Topic::Upload]);
    let website = ServiceProfile { website_url: "http://127.0.0.1:9".parse().ok(), ..without_consignments() };
    assert_eq!(tested(website).await, [Topic::SignIn, Topic::Upload], "people may read it; transfers do not need it");
    let nowhere = |role| ServiceProfile::address(&without_consignments(), role).cloned();
    let tdr = ServiceProfile {
        way: waybill_model::service::UploadWay::tdr(),
        api_url: nowhere(Role::Upload),
        website_url: nowhere(Role::Upload),
        ..without_consignments()
    };
    assert_eq!(tested(tdr).await, ADDRESSES.map(|(topic, _)| topic));
}
