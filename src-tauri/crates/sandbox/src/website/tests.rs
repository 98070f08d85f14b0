//! The website through its router, from the sign-in page's answer to the end of the checks.

use std::sync::Arc;

use axum::body::Body;
use http::{Request, StatusCode, header};
use http_body_util::BodyExt as _;
use tower::ServiceExt as _;
use uuid::Uuid;

use super::session;
use crate::consignments::files::{self, Declared};
use crate::consignments::statuses::{self, StatusKind, StatusValue};
use crate::consignments::{self, Standing};
use crate::people::Person;
use crate::role::Role;
use crate::store::{self, Caller};
use crate::testing::Bench;

const AMINA: &str = "amina.osei";

struct Shown {
    status: StatusCode,
    location: String,
    text: String,
}

/// Asks for a page with the session of `person`, if there is one.
async fn get(bench: &Bench, person: Option<&Person>, path: &str) -> Shown {
    let mut request = Request::get(path);
    let router = bench.router(Role::Website);
    if let Some(person) = person {
        let cookie = session::begin(&bench.roles.realm, person).unwrap();
        request = request.header(header::COOKIE, format!("other=1; {}", cookie.split(';').next().unwrap()));
    }
    let reply = router.oneshot(request.body(Body::empty()).unwrap()).await.unwrap();
    let (parts, body) = reply.into_parts();
    let text = String::from_utf8(body.collect().await.unwrap().to_bytes().to_vec()).unwrap();
    let location = parts.headers.get(header::LOCATION).map_or("", |value| value.to_str().unwrap()).to_owned();
    Shown { status: parts.status, location, text }
}

fn checks_page(id: Uuid, failed: bool) -> String {
    format!("/consignment/{id}/file-checks?uploadFailed={failed}")
}

/// Returns a consignment with an upload in progress: what each file holds, and the checksum that was declared for it.
async fn uploaded(bench: &Bench, contents: &[(&str, Option<&str>, &str)]) -> Uuid {
    let owner = bench.person(AMINA).user_id;
    let id =
        consignments::overview(&bench.roles.checks, owner).unwrap().iter().find(|one| one.state == "ready").unwrap().id;
    let declared: Vec<Declared> = contents
        .iter()
        .map(|(path, _, checksum)| Declared {
            original_path: format!("top/{path}"),
            checksum: (*checksum).to_owned(),
            last_modified: 0,
            size: 1,
            match_id: (*path).to_owned(),
        })
        .collect();
    let now = bench.roles.realm.clock.now();
    let matches = bench
        .roles
        .realm
        .db
        .with(|db| {
            let transaction = db.transaction()?;
            statuses::add(&transaction, id, StatusKind::Upload, StatusValue::InProgress, now)?;
            statuses::add(&transaction, id, StatusKind::ClientChecks, StatusValue::InProgress, now)?;
            let matches = files::register(&transaction, id, &declared, &[], false)?;
            transaction.commit()?;
            Ok(matches)
        })
        .unwrap();
    let origin = store::origin(Arc::clone(&bench.roles.store));
    for ((file, _), (_, content, _)) in matches.iter().zip(contents) {
        let Some(content) = content else { continue };
        let request = Request::put(format!("/{owner}/{id}/{file}"))
            .header("if-none-match", "*")
            .header("content-length", content.len())
            .body(Body::from((*content).to_owned()))
            .unwrap();
        assert_eq!(origin.call(request, Caller::default()).await.unwrap().status(), StatusCode::OK);
    }
    id
}

fn standing(bench: &Bench, id: Uuid) -> (Standing, Vec<(StatusKind, StatusValue)>) {
    let consignment = bench.roles.realm.db.with(|db| consignments::by_id(db, id)).unwrap().unwrap();
    let found = bench.roles.realm.db.with(|db| statuses::all(db, id)).unwrap();
    let state = consignments::standing(&consignment, &found);
    (state, found.iter().map(|status| (status.kind, status.value)).collect())
}

/// Waits until the files have been compared, which happens beside the requests.
async fn compared(bench: &Bench) {
    let deadline = std::time::Instant::now() + std::time::Duration::from_secs(20);
    while !bench.roles.checks.compared().unwrap() {
        assert!(std::time::Instant::now() < deadline, "the files were never compared");
        tokio::task::yield_now().await;
    }
}

fn sha256(text: &str) -> &'static str {
    match text {
        "one" => "7692c3ad3540bb803c020b3aee66cd8887123234ea0c6e7143c0add73ff431ed",
        "two" => "3fc4ccfe745870e2c0d99f71f30ff0656c8dedd41cc1d7d3d376b0dbe685e2f3",
        other => panic!("{other}"),
    }
}

#[tokio::test]
async fn without_a_session_the_browser_is_sent_to_sign_in_and_comes_back() {
    let bench = Bench::new();
    let path = checks_page(Uuid::new_v4(), false);
    let sent = get(&bench, None, &path).await;
    assert_eq!(sent.status, StatusCode::SEE_OTHER);
    assert!(
        sent.location.starts_with(&format!("{}/protocol/openid-connect/auth?", bench.roles.sign_in.issuer())),
        "{}",
        sent.location
    );
    let url = url::Url::parse(&sent.location).unwrap();
    let state = url.query_pairs().find(|(name, _)| name == "state").unwrap().1.into_owned();
    assert_eq!(crate::sign_in::website_return_to(&bench.roles.sign_in, &state), Some(path));
    assert_eq!(get(&bench, None, "/callback?code=abc&state=made-up").await.status, StatusCode::BAD_REQUEST);
    let again = url::Url::parse(&get(&bench, None, "/view-transfers").await.location).unwrap();
    let state = again.query_pairs().find(|(name, _)| name == "state").unwrap().1.into_owned();
    let refused = get(&bench, None, &format!("/callback?code=never-given&state={state}")).await;
    assert_eq!(refused.status, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn a_session_of_the_website_ends_after_three_hours() {
    let bench = Bench::new();
    let router = || bench.router(Role::Website);
    drop(router());
    let cookie = session::begin(&bench.roles.realm, &bench.person(AMINA)).unwrap();
    let ask = || {
        let cookie = cookie.split(';').next().unwrap().to_owned();
        router().oneshot(Request::get("/view-transfers").header(header::COOKIE, cookie).body(Body::empty()).unwrap())
    };
    assert_eq!(ask().await.unwrap().status(), StatusCode::OK);
    bench.roles.realm.clock.advance(180 * 60).unwrap();
    assert_eq!(ask().await.unwrap().status(), StatusCode::SEE_OTHER);
}

#[tokio::test]
async fn transfers_of_others_bad_requests_and_wrong_kinds_are_refused() {
    let bench = Bench::new();
    let amina = bench.person(AMINA);
    let others = consignments::overview(&bench.roles.checks, bench.person("bryn.hughes").user_id).unwrap()[0].id;
    let own = consignments::overview(&bench.roles.checks, amina.user_id).unwrap();
    let judgment = own.iter().find(|one| one.state == "judgment").unwrap().id;
    let ready = own.iter().find(|one| one.state == "ready").unwrap().id;
    for (path, expected) in [
        (checks_page(others, false), StatusCode::FORBIDDEN),
        (checks_page(Uuid::new_v4(), false), StatusCode::FORBIDDEN),
        (format!("/consignment/{ready}/file-checks"), StatusCode::BAD_REQUEST),
        (format!("/consignment/{ready}/file-checks?uploadFailed=perhaps"), StatusCode::BAD_REQUEST),
        ("/consignment/nonsense/file-checks?uploadFailed=false".to_owned(), StatusCode::BAD_REQUEST),
        (checks_page(judgment, false), StatusCode::NOT_FOUND),
        (format!("/judgment/{judgment}/file-checks?uploadFailed=false"), StatusCode::OK),
        ("/elsewhere".to_owned(), StatusCode::NOT_FOUND),
    ] {
        assert_eq!(get(&bench, Some(&amina), &path).await.status, expected, "{path}");
    }
    assert_eq!(standing(&bench, ready).0, Standing::Ready, "nothing was uploaded, so nothing was started");
}

#[tokio::test]
async fn the_page_starts_the_checks_which_follow_the_clock_and_end_well() {
    let bench = Bench::with(|options| options.check_seconds = 300);
    let amina = bench.person(AMINA);
    let id = uploaded(&bench, &[("one", Some("one"), sha256("one")), ("two", Some("two"), sha256("two"))]).await;
    let first = get(&bench, Some(&amina), &checks_page(id, false)).await;
    assert_eq!(first.status, StatusCode::OK);
    assert!(
        first.text.contains("Checking your records") && first.text.contains("Virus scan: 0 of 2"),
        "{}",
        first.text
    );
    let (state, found) = standing(&bench, id);
    assert_eq!(state, Standing::Checking);
    assert!(found.contains(&(StatusKind::Upload, StatusValue::Completed)));
    assert!(found.contains(&(StatusKind::ServerAntivirus, StatusValue::InProgress)));
    compared(&bench).await;
    let progress = || bench.roles.checks.progress(id).unwrap();
    let mut seen = vec![progress()];
    for _ in 0..6 {
        bench.roles.realm.clock.advance(50).unwrap();
        bench.roles.checks.resume().unwrap();
        seen.push(progress());
    }
    let scanned: Vec<i64> = seen.iter().map(|progress| progress.antivirus).collect();
    let identified: Vec<i64> = seen.iter().map(|progress| progress.ffid).collect();
    assert_eq!((scanned, identified), (vec![0, 1, 2, 2, 2, 2, 2], vec![0, 0, 0, 0, 0, 1, 2]));
    let (state, found) = standing(&bench, id);
    assert_eq!(state, Standing::Checked);
    assert!(found.contains(&(StatusKind::ClientChecks, StatusValue::Completed)));
    assert!(bench.roles.realm.db.with(|db| consignments::all_succeeded(db, id)).unwrap());
    let last = get(&bench, Some(&amina), &checks_page(id, false)).await;
    assert!(last.text.contains("Nothing was found"), "{}", last.text);
}

#[tokio::test]
async fn a_file_that_is_not_what_was_declared_ends_with_issues() {
    let bench = Bench::with(|options| options.check_seconds = 3);
    let id = uploaded(&bench, &[("one", Some("one"), sha256("one")), ("two", Some("changed"), sha256("two"))]).await;
    get(&bench, Some(&bench.person(AMINA)), &checks_page(id, false)).await;
    compared(&bench).await;
    bench.roles.realm.clock.advance(3).unwrap();
    let page = get(&bench, Some(&bench.person(AMINA)), &checks_page(id, false)).await;
    assert!(page.text.contains("failed the checks"), "{}", page.text);
    let (_, found) = standing(&bench, id);
    assert!(found.contains(&(StatusKind::ServerChecksum, StatusValue::CompletedWithIssues)));
    assert!(found.contains(&(StatusKind::ClientChecks, StatusValue::CompletedWithIssues)));
    let mut values: Vec<(String, String)> = bench
        .roles
        .realm
        .db
        .with(|db| files::statuses(db, id))
        .unwrap()
        .into_iter()
        .filter(|(_, kind, _)| kind == "ChecksumMatch")
        .map(|(_, kind, value)| (kind, value))
        .collect();
    values.sort();
    let expected = ["Mismatch", "Success"].map(|value| ("ChecksumMatch".to_owned(), value.to_owned()));
    assert_eq!(values, expected);
    assert!(!bench.roles.realm.db.with(|db| consignments::all_succeeded(db, id)).unwrap());
}

#[tokio::test]
async fn a_file_that_was_never_sent_makes_the_checks_fail() {
    let bench = Bench::with(|options| options.check_seconds = 3);
    let id = uploaded(&bench, &[("one", Some("one"), sha256("one")), ("two", None, sha256("two"))]).await;
    get(&bench, Some(&bench.person(AMINA)), &checks_page(id, false)).await;
    compared(&bench).await;
    bench.roles.realm.clock.advance(3).unwrap();
    bench.roles.checks.resume().unwrap();
    let (state, found) = standing(&bench, id);
    assert_eq!(state, Standing::Failed);
    assert!(found.contains(&(StatusKind::ClientChecks, StatusValue::Failed)));
    assert!(found.contains(&(StatusKind::ServerFfid, StatusValue::InProgress)));
}

#[tokio::test]
async fn repeats_are_harmless_and_a_client_that_set_completed_gets_no_checks() {
    let bench = Bench::with(|options| options.check_seconds = 3);
    let amina = bench.person(AMINA);
    let id = uploaded(&bench, &[("one", Some("one"), sha256("one"))]).await;
    for _ in 0..3 {
        assert_eq!(get(&bench, Some(&amina), &checks_page(id, false)).await.status, StatusCode::OK);
    }
    compared(&bench).await;
    bench.roles.realm.clock.advance(3).unwrap();
    get(&bench, Some(&amina), &checks_page(id, true)).await;
    bench.roles.checks.resume().unwrap();
    assert_eq!(standing(&bench, id).0, Standing::Checked);

    let id = uploaded(&bench, &[("one", Some("one"), sha256("one"))]).await;
    let now = bench.roles.realm.clock.now();
    bench.roles.realm.db.with(|db| statuses::update(db, id, StatusKind::Upload, StatusValue::Completed, now)).unwrap();
    get(&bench, Some(&amina), &checks_page(id, false)).await;
    bench.roles.realm.clock.advance(300).unwrap();
    bench.roles.checks.resume().unwrap();
    let (state, found) = standing(&bench, id);
    assert_eq!(state, Standing::Checking, "the website believes that the checks were started");
    assert!(!found.iter().any(|(kind, _)| *kind == StatusKind::ServerAntivirus));
}

#[tokio::test]
async fn giving_up_ends_the_upload_with_issues() {
    let bench = Bench::new();
    let id = uploaded(&bench, &[("one", None, sha256("one"))]).await;
    let page = get(&bench, Some(&bench.person(AMINA)), &checks_page(id, true)).await;
    assert!(page.status == StatusCode::OK && page.text.contains("interrupted"), "{}", page.text);
    assert!(standing(&bench, id).1.contains(&(StatusKind::Upload, StatusValue::CompletedWithIssues)));
    assert_eq!(standing(&bench, id).0, Standing::Failed);
}

#[tokio::test]
async fn checks_that_a_kill_interrupted_are_taken_up_again() {
    let bench = Bench::with(|options| options.check_seconds = 3);
    let id = uploaded(&bench, &[("one", Some("one"), sha256("one"))]).await;
    get(&bench, Some(&bench.person(AMINA)), &checks_page(id, false)).await;
    compared(&bench).await;
    bench.roles.realm.db.with(|db| db.execute("update checks set compared = 0", [])).unwrap();
    let bench = bench.restarted();
    bench.roles.realm.clock.advance(3).unwrap();
    bench.roles.checks.resume().unwrap();
    compared(&bench).await;
    bench.roles.checks.resume().unwrap();
    assert_eq!(standing(&bench, id).0, Standing::Checked);
}

#[tokio::test]
async fn only_the_owner_sees_a_consignments_pages_and_they_change_nothing() {
    let bench = Bench::new();
    let (amina, bryn) = (bench.person(AMINA), bench.person("bryn.hughes"));
    let id = uploaded(&bench, &[]).await;
    let before = standing(&bench, id);
    let pages = [
        "series",
        "transfer-agreement",
        "transfer-agreement-continued",
        "upload",
        "file-checks-results",
        "transfer-complete",
    ];
    for page in pages {
        let path = format!("/consignment/{id}/{page}");
        assert_eq!(get(&bench, None, &path).await.status, StatusCode::SEE_OTHER, "{page}: one signs in first");
        assert_eq!(get(&bench, Some(&bryn), &path).await.status, StatusCode::FORBIDDEN, "{page}");
        assert_eq!(get(&bench, Some(&amina), &path).await.status, StatusCode::OK, "{page}");
    }
    assert_eq!(standing(&bench, id), before);
    for none in [format!("/consignment/{id}/nonsense"), format!("/judgment/{id}/before-uploading")] {
        assert_eq!(get(&bench, Some(&amina), &none).await.status, StatusCode::NOT_FOUND, "{none}");
    }
}
