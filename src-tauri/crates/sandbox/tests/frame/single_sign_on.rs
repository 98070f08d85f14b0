//! The website and sign-in at their own addresses: one login serves both.

use reqwest::StatusCode;
use reqwest::header::COOKIE;

use crate::support::{Bench, LoginForm, cookies, location};

#[tokio::test]
async fn who_signed_in_at_the_app_sees_the_websites_page_without_a_form() {
    let bench = Bench::start().await;
    let (_, identity) = bench.log_in(&Bench::auth_request()).await;
    let ready = bench.ready.consignments.iter().find(|consignment| consignment.state == "uploading").unwrap();
    let page = format!("{}/consignment/{}/file-checks?uploadFailed=true", bench.ready.addresses.website, ready.id);

    let to_sign_in = bench.client.get(&page).send().await.unwrap();
    let to_website = bench.client.get(location(&to_sign_in)).header(COOKIE, &identity).send().await.unwrap();
    assert_eq!(to_website.status(), StatusCode::FOUND);
    let callback = location(&to_website);
    let landed = bench.client.get(callback.clone()).send().await.unwrap();
    assert!(landed.status().is_redirection(), "{}", landed.status());
    let session =
        cookies(landed.headers()).into_iter().map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>();
    let shown = bench.client.get(&page).header(COOKIE, session.join("; ")).send().await.unwrap();
    assert_eq!(shown.status(), StatusCode::OK);

    let again = bench.client.get(callback).send().await.unwrap();
    assert!(again.status().is_client_error(), "a code and its state work once");
}

#[tokio::test]
async fn who_has_no_session_signs_in_on_the_way_to_the_website() {
    let bench = Bench::start().await;
    let page = format!("{}/view-transfers", bench.ready.addresses.website);
    let to_sign_in = bench.client.get(&page).send().await.unwrap();
    let form = LoginForm::read(bench.client.get(location(&to_sign_in)).send().await.unwrap()).await;
    let (username, password) = bench.first_user();
    let to_website = form.submit(&bench, username, password).await;
    let landed = bench.client.get(location(&to_website)).send().await.unwrap();
    assert!(landed.status().is_redirection());
    let back = landed.headers()["location"].to_str().unwrap();
    assert!(back.ends_with("/view-transfers"), "{back}");
}
