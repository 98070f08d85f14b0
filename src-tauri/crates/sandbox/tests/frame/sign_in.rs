//! Sign-in against the facts of Keycloak 26.

use jsonwebtoken::{Algorithm, DecodingKey, Validation, decode};
use reqwest::StatusCode;
use reqwest::header::{COOKIE, LOCATION};
use serde_json::{Value, json};

use crate::support::{Bench, LoginForm, REDIRECT, VERIFIER, action, claims, cookies, location, query, text};

const GRANT: &str = "invalid_grant";

fn assert_refused((status, reply): (StatusCode, Value), error: &str, description: &str) {
    assert_eq!(status, StatusCode::BAD_REQUEST, "{reply}");
    assert_eq!(reply, json!({"error": error, "error_description": description}));
}

async fn fresh_code(bench: &Bench) -> String {
    let (url, _) = bench.log_in(&Bench::auth_request()).await;
    query(&url)["code"].clone()
}

#[tokio::test]
async fn discovery_names_the_issuer_and_every_endpoint_under_it() {
    let bench = Bench::start().await;
    let url = format!("{}/.well-known/openid-configuration", bench.issuer());
    let found: Value = bench.client.get(url).send().await.unwrap().json().await.unwrap();
    assert_eq!(found["issuer"], bench.issuer());
    for (name, path) in [("authorization_endpoint", "auth"), ("token_endpoint", "token"), ("jwks_uri", "certs")] {
        assert_eq!(found[name], bench.openid(path));
    }
    let other = format!("{}/realms/other/.well-known/openid-configuration", bench.ready.addresses.sign_in);
    assert_eq!(bench.client.get(other).send().await.unwrap().status(), StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn a_login_leads_to_a_code_and_the_code_to_tokens_with_tdrs_claims() {
    let bench = Bench::start().await;
    let (url, _) = bench.log_in(&Bench::auth_request()).await;
    assert!(url.as_str().starts_with(&format!("{REDIRECT}?")));
    let names: Vec<String> = url.query_pairs().map(|(name, _)| name.into_owned()).collect();
    assert_eq!(names, ["state", "session_state", "iss", "code"]);
    let answer = query(&url);
    assert_eq!(answer["state"], "the state");
    assert_eq!(answer["iss"], bench.issuer());

    let (status, reply) = bench.redeem(&answer["code"]).await;
    assert_eq!(status, StatusCode::OK);
    let mut names: Vec<&str> = reply.as_object().unwrap().keys().map(String::as_str).collect();
    names.sort_unstable();
    assert_eq!(
        names,
        [
            "access_token",
            "expires_in",
            "id_token",
            "not-before-policy",
            "refresh_expires_in",
            "refresh_token",
            "scope",
            "session_state",
            "token_type"
        ]
    );
    assert_eq!(reply["expires_in"], 300);
    assert_eq!(reply["refresh_expires_in"], 1800);
    assert_eq!(reply["session_state"], answer["session_state"]);

    let certs: Value = bench.client.get(bench.openid("certs")).send().await.unwrap().json().await.unwrap();
    let signing = certs["keys"].as_array().unwrap().iter().find(|key| key["use"] == "sig").unwrap();
    assert_ne!(&certs["keys"][0], signing, "the first key is for encryption");
    let key = DecodingKey::from_rsa_components(text(signing, "n"), text(signing, "e")).unwrap();
    let mut validation = Validation::new(Algorithm::RS256);
    validation.set_audience(&["tdr-fe"]);
    validation.set_issuer(&[bench.issuer()]);
    let access = decode::<Value>(text(&reply, "access_token"), &key, &validation).unwrap().claims;
    assert_eq!(access["aud"], json!(["tdr-fe", "account"]));
    assert_eq!(access["azp"], "waybill");
    assert_eq!(access["sub"], access["user_id"]);
    assert_eq!(access["body"], "MOCK1");
    assert_eq!(access["standard_user"], "true");
    assert_eq!(access["preferred_username"], bench.first_user().0);
    assert_eq!(access["sid"], answer["session_state"]);

    validation.set_audience(&["waybill"]);
    let id = decode::<Value>(text(&reply, "id_token"), &key, &validation).unwrap().claims;
    assert_eq!(id["nonce"], "the-nonce");
    assert_eq!(id["sub"], access["sub"]);
}

#[tokio::test]
async fn one_user_has_no_body() {
    let bench = Bench::start().await;
    let mut without = 0;
    for user in &bench.ready.users {
        let reply = bench.tokens_of(&user.username, user.password.as_ref().unwrap()).await;
        without += usize::from(claims(text(&reply, "access_token")).get("body").is_none());
    }
    assert_eq!(without, 1);
}

#[tokio::test]
async fn a_redirect_address_that_is_not_the_clients_ends_in_a_page() {
    let bench = Bench::start().await;
    for bad in ["http://localhost:45871/callback", "http://127.0.0.1:45871/other", "https://evil.example/callback"] {
        let mut request = Bench::auth_request();
        request[2].1 = bad.to_owned();
        let response = bench.authorise(&request, None).await;
        assert_eq!(response.status(), StatusCode::BAD_REQUEST, "{bad}");
        assert!(!response.headers().contains_key(LOCATION));
        assert!(response.text().await.unwrap().contains("Invalid parameter: redirect_uri"));
    }
    let mut request = Bench::auth_request();
    request[1].1 = "unknown".to_owned();
    assert_eq!(bench.authorise(&request, None).await.status(), StatusCode::BAD_REQUEST);
}

#[tokio::test]
async fn a_request_without_pkce_is_told_so_in_the_redirect() {
    let bench = Bench::start().await;
    let without =
        |name: &str| Bench::auth_request().into_iter().filter(|(found, _)| *found != name).collect::<Vec<_>>();
    for (request, description) in [
        (without("code_challenge"), "Missing parameter: code_challenge"),
        (without("code_challenge_method"), "Missing parameter: code_challenge_method"),
        (without("response_type"), "Missing parameter: response_type"),
    ] {
        let response = bench.authorise(&request, None).await;
        assert_eq!(response.status(), StatusCode::FOUND);
        let answer = query(&location(&response));
        assert_eq!(answer["error"], "invalid_request");
        assert_eq!(answer["error_description"], description);
        assert_eq!(answer["state"], "the state");
        assert_eq!(answer["iss"], bench.issuer());
    }
}

#[tokio::test]
async fn prompt_none_needs_a_session_and_the_session_needs_no_form() {
    let bench = Bench::start().await;
    let mut silent = Bench::auth_request();
    silent.push(("prompt", "none".to_owned()));
    let response = bench.authorise(&silent, None).await;
    assert_eq!(query(&location(&response))["error"], "login_required");

    let (_, cookie) = bench.log_in(&Bench::auth_request()).await;
    let response = bench.authorise(&silent, Some(&cookie)).await;
    let code = query(&location(&response))["code"].clone();
    assert_eq!(bench.redeem(&code).await.0, StatusCode::OK);

    let mut again = Bench::auth_request();
    again.push(("prompt", "login".to_owned()));
    assert_eq!(bench.authorise(&again, Some(&cookie)).await.status(), StatusCode::OK, "the form");
    bench.advance(1_800).await;
    let response = bench.authorise(&silent, Some(&cookie)).await;
    assert_eq!(query(&location(&response))["error"], "login_required", "idle for too long");
}

#[tokio::test]
async fn the_websites_own_client_is_answered_at_once_by_the_session() {
    let bench = Bench::start().await;
    let (_, cookie) = bench.log_in(&Bench::auth_request()).await;
    let callback = format!("{}/callback", bench.ready.addresses.website);
    let request = [("response_type", "code"), ("client_id", "tdr"), ("redirect_uri", &callback), ("scope", "openid")];
    let request: Vec<_> = request.into_iter().map(|(name, value)| (name, value.to_owned())).collect();
    let response = bench.authorise(&request, Some(&cookie)).await;
    assert!(location(&response).as_str().starts_with(&callback));

    let form = [("grant_type", "authorization_code"), ("client_id", "tdr"), ("code", "x"), ("redirect_uri", &callback)];
    let (status, reply) = bench.token_call(&form).await;
    assert_eq!((status, text(&reply, "error")), (StatusCode::UNAUTHORIZED, "unauthorized_client"));
}

#[tokio::test]
async fn after_a_wrong_password_the_form_is_shown_again_and_works() {
    let bench = Bench::start().await;
    let form = LoginForm::read(bench.authorise(&Bench::auth_request(), None).await).await;
    let (username, password) = bench.first_user();
    let response = form.submit(&bench, username, "wrong").await;
    assert_eq!(response.status(), StatusCode::OK);
    let page = response.text().await.unwrap();
    assert!(page.contains("Invalid username or password."));
    let second = LoginForm { action: action(&page), cookie: form.cookie.clone() };
    assert_eq!(form.submit(&bench, username, password).await.status(), StatusCode::BAD_REQUEST, "an old form is void");
    assert_eq!(second.submit(&bench, username, password).await.status(), StatusCode::FOUND);
}

#[tokio::test]
async fn a_form_without_its_cookie_or_after_its_time_is_refused() {
    let bench = Bench::start().await;
    let (username, password) = bench.first_user();
    let mut form = LoginForm::read(bench.authorise(&Bench::auth_request(), None).await).await;
    let cookie = std::mem::replace(&mut form.cookie, "other=1".to_owned());
    let response = form.submit(&bench, username, password).await;
    assert_eq!(response.status(), StatusCode::BAD_REQUEST);
    assert!(response.text().await.unwrap().contains("cookie not found"));
    form.cookie = cookie;
    bench.advance(1_800).await;
    assert_eq!(form.submit(&bench, username, password).await.status(), StatusCode::BAD_REQUEST);
}

#[tokio::test]
async fn a_form_shows_no_markup_of_the_requests() {
    let bench = Bench::start().await;
    let mut request = Bench::auth_request();
    request.push(("login_hint", "\"><script>alert(1)</script>".to_owned()));
    let page = bench.authorise(&request, None).await.text().await.unwrap();
    assert!(!page.contains("<script>") && page.contains("&lt;script&gt;"));
}

#[tokio::test]
async fn the_code_grant_refuses_with_keycloaks_words() {
    let bench = Bench::start().await;
    let code = "authorization_code";
    let base =
        [("grant_type", code), ("client_id", "waybill"), ("redirect_uri", REDIRECT), ("code_verifier", VERIFIER)];
    assert_refused(bench.token_call(&base).await, "invalid_request", "Missing parameter: code");
    assert_refused(bench.redeem("nonsense").await, GRANT, "Code not valid");

    let wrong_verifier = VERIFIER.to_uppercase();
    for (name, value, description) in [
        ("code_verifier", wrong_verifier.as_str(), "PKCE verification failed: Code mismatch"),
        ("code_verifier", "short", "PKCE verification failed: Invalid code verifier"),
        ("code_verifier", "", "PKCE code verifier not specified"),
        ("redirect_uri", "http://127.0.0.1:1/callback", "Incorrect redirect_uri"),
        ("client_id", "tdr-fe", "Auth error: Found different client_id in clientSession"),
    ] {
        let fresh = fresh_code(&bench).await;
        let mut form: Vec<_> =
            base.iter().map(|(found, old)| (*found, if *found == name { value } else { *old })).collect();
        form.push(("code", &fresh));
        assert_refused(bench.token_call(&form).await, GRANT, description);
        assert_refused(bench.redeem(&fresh).await, GRANT, "Code not valid");
    }

    let fresh = fresh_code(&bench).await;
    bench.advance(60).await;
    assert_refused(bench.redeem(&fresh).await, GRANT, "Code not valid");

    let (username, _) = bench.first_user();
    let fresh = fresh_code(&bench).await;
    bench.post(&format!("/people/{username}"), json!({"enabled": false})).await;
    assert_refused(bench.redeem(&fresh).await, GRANT, "User disabled");
    bench.post(&format!("/people/{username}"), json!({"enabled": true})).await;

    let fresh = fresh_code(&bench).await;
    bench.post("/sessions/end", json!({"username": username})).await;
    assert_refused(bench.redeem(&fresh).await, GRANT, "Code not valid");

    assert_refused(bench.token_call(&[]).await, "invalid_request", "Missing form parameter: grant_type");
    assert_refused(
        bench.token_call(&[("grant_type", "password"), ("client_id", "waybill")]).await,
        "unauthorized_client",
        "Client not allowed for direct access grants",
    );
}

#[tokio::test]
async fn a_code_used_twice_kills_the_tokens_of_the_first_use() {
    let bench = Bench::start().await;
    let code = fresh_code(&bench).await;
    let (_, first) = bench.redeem(&code).await;
    assert_refused(bench.redeem(&code).await, GRANT, "Code not valid");
    assert_refused(bench.refresh(text(&first, "refresh_token")).await, GRANT, "Session doesn't have required client");
}

#[tokio::test]
async fn a_replayed_refresh_token_ends_the_clients_session() {
    let bench = Bench::start().await;
    let first = bench.tokens().await;
    let (status, second) = bench.refresh(text(&first, "refresh_token")).await;
    assert_eq!(status, StatusCode::OK);
    assert_ne!(first["refresh_token"], second["refresh_token"]);
    assert_refused(
        bench.refresh(text(&first, "refresh_token")).await,
        GRANT,
        "Maximum allowed refresh token reuse exceeded",
    );
    assert_refused(bench.refresh(text(&second, "refresh_token")).await, GRANT, "Session doesn't have required client");
}

#[tokio::test]
async fn a_stale_refresh_token_ends_the_clients_session() {
    let bench = Bench::start().await;
    let first = bench.tokens().await;
    let (_, second) = bench.refresh(text(&first, "refresh_token")).await;
    let (_, third) = bench.refresh(text(&second, "refresh_token")).await;
    assert_refused(bench.refresh(text(&first, "refresh_token")).await, GRANT, "Stale token");
    assert_refused(bench.refresh(text(&third, "refresh_token")).await, GRANT, "Session doesn't have required client");
}

#[tokio::test]
async fn of_two_refreshes_at_the_same_time_one_wins_and_the_session_dies() {
    let bench = Bench::start().await;
    let tokens = bench.tokens().await;
    let token = text(&tokens, "refresh_token");
    let (one, other) = tokio::join!(bench.refresh(token), bench.refresh(token));
    let won = usize::from(one.0 == StatusCode::OK) + usize::from(other.0 == StatusCode::OK);
    assert_eq!(won, 1);
    let winner = if one.0 == StatusCode::OK { one.1 } else { other.1 };
    assert_refused(bench.refresh(text(&winner, "refresh_token")).await, GRANT, "Session doesn't have required client");
}

#[tokio::test]
async fn without_rotation_a_refresh_token_may_be_used_again() {
    let bench = Bench::start_with(|options| options.rotate_refresh_tokens = false).await;
    let tokens = bench.tokens().await;
    for _ in 0..3 {
        assert_eq!(bench.refresh(text(&tokens, "refresh_token")).await.0, StatusCode::OK);
    }
}

#[tokio::test]
async fn the_refresh_grant_refuses_with_keycloaks_words() {
    let bench = Bench::start().await;
    let grant = [("grant_type", "refresh_token"), ("client_id", "waybill")];
    assert_refused(bench.token_call(&grant).await, "invalid_request", "No refresh token");
    assert_refused(bench.refresh("nonsense").await, GRANT, "Invalid refresh token");
    let tokens = bench.tokens().await;
    assert_refused(bench.refresh(text(&tokens, "access_token")).await, GRANT, "Invalid refresh token");
    let form =
        [("grant_type", "refresh_token"), ("client_id", "tdr-fe"), ("refresh_token", text(&tokens, "refresh_token"))];
    assert_refused(
        bench.token_call(&form).await,
        GRANT,
        "Invalid refresh token. Token client and authorized client don't match",
    );

    let (username, _) = bench.first_user();
    bench.post(&format!("/people/{username}"), json!({"enabled": false})).await;
    assert_refused(bench.refresh(text(&tokens, "refresh_token")).await, GRANT, "User disabled");
    bench.post(&format!("/people/{username}"), json!({"enabled": true})).await;
    bench.post("/sessions/end", json!({"username": username})).await;
    assert_refused(bench.refresh(text(&tokens, "refresh_token")).await, GRANT, "Session not active");

    let tokens = bench.tokens().await;
    bench.advance(1_800).await;
    assert_refused(bench.refresh(text(&tokens, "refresh_token")).await, GRANT, "Token is not active");
}

#[tokio::test]
async fn refreshing_keeps_a_session_alive_until_its_end_and_no_longer() {
    let bench = Bench::start_with(|options| {
        options.session_idle_seconds = 1_000;
        options.session_max_seconds = 2_500;
    })
    .await;
    let mut tokens = bench.tokens().await;
    assert_eq!(tokens["refresh_expires_in"], 1_000);
    for _ in 0..2 {
        bench.advance(900).await;
        let (status, reply) = bench.refresh(text(&tokens, "refresh_token")).await;
        assert_eq!(status, StatusCode::OK);
        tokens = reply;
    }
    let left = tokens["refresh_expires_in"].as_i64().unwrap();
    assert!((690..=700).contains(&left), "{left} s of the session are left");
    bench.advance(450).await;
    let (_, last) = bench.refresh(text(&tokens, "refresh_token")).await;
    let life = last["expires_in"].as_i64().unwrap();
    assert!((240..=250).contains(&life), "an access token does not outlive its session: {life} s");
    bench.advance(250).await;
    assert_refused(bench.refresh(text(&last, "refresh_token")).await, GRANT, "Token is not active");
}

#[tokio::test]
async fn offline_access_is_refused_at_the_token_call() {
    let bench = Bench::start().await;
    let mut request = Bench::auth_request();
    request[3].1 = "openid offline_access".to_owned();
    let (url, _) = bench.log_in(&request).await;
    assert_refused(
        bench.redeem(&query(&url)["code"]).await,
        "not_allowed",
        "Offline tokens not allowed for the user or client",
    );
}

#[tokio::test]
async fn a_disabled_account_cannot_log_in() {
    let bench = Bench::start().await;
    let (username, password) = bench.first_user();
    bench.post(&format!("/people/{username}"), json!({"enabled": false})).await;
    let form = LoginForm::read(bench.authorise(&Bench::auth_request(), None).await).await;
    let response = form.submit(&bench, username, password).await;
    assert_eq!(response.status(), StatusCode::OK);
    assert!(response.text().await.unwrap().contains("Account is disabled"));
}

async fn userinfo(bench: &Bench, access_token: &str) -> (StatusCode, Value) {
    let response = bench.client.get(bench.openid("userinfo")).bearer_auth(access_token).send().await.unwrap();
    let (status, challenge) = (response.status(), response.headers().get("www-authenticate").cloned());
    match challenge {
        Some(challenge) => (status, json!(challenge.to_str().unwrap())),
        None => (status, response.json().await.unwrap()),
    }
}

#[tokio::test]
async fn userinfo_follows_the_session() {
    let bench = Bench::start().await;
    let tokens = bench.tokens().await;
    let access = text(&tokens, "access_token");
    let (status, reply) = userinfo(&bench, access).await;
    assert_eq!(status, StatusCode::OK);
    assert_eq!(reply["sub"], claims(access)["sub"]);
    bench.post("/sessions/end", json!({"username": bench.first_user().0})).await;
    let (status, reply) = userinfo(&bench, access).await;
    assert_eq!(status, StatusCode::UNAUTHORIZED);
    assert_eq!(
        reply,
        json!(r#"Bearer realm="tdr", error="invalid_token", error_description="user_session_not_found""#)
    );
}

#[tokio::test]
async fn an_access_token_ends_with_the_clock_and_its_life_can_be_set() {
    let bench = Bench::start().await;
    bench.post("/lives", json!({"access_token_seconds": 20})).await;
    let tokens = bench.tokens().await;
    assert_eq!(tokens["expires_in"], 20);
    assert_eq!(userinfo(&bench, text(&tokens, "access_token")).await.0, StatusCode::OK);
    bench.advance(20).await;
    assert_eq!(userinfo(&bench, text(&tokens, "access_token")).await.0, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn logging_out_with_the_id_token_ends_the_session_and_leads_back() {
    let bench = Bench::start().await;
    let tokens = bench.tokens().await;
    let query = [
        ("id_token_hint", text(&tokens, "id_token")),
        ("post_logout_redirect_uri", "http://127.0.0.1:9/callback"),
        ("state", "bye"),
    ];
    let response = bench.client.get(bench.openid("logout")).query(&query).send().await.unwrap();
    assert_eq!(location(&response).as_str(), "http://127.0.0.1:9/callback?state=bye");
    assert_refused(bench.refresh(text(&tokens, "refresh_token")).await, GRANT, "Session not active");

    for (query, message) in [
        (vec![("post_logout_redirect_uri", "http://127.0.0.1:9/callback")], "Missing parameters: id_token_hint"),
        (vec![("id_token_hint", "nonsense")], "Invalid parameter: id_token_hint"),
        (vec![("client_id", "waybill"), ("post_logout_redirect_uri", "https://evil.example/")], "Invalid redirect uri"),
    ] {
        let response = bench.client.get(bench.openid("logout")).query(&query).send().await.unwrap();
        assert_eq!(response.status(), StatusCode::BAD_REQUEST);
        assert!(response.text().await.unwrap().contains(message), "{message}");
    }
}

#[tokio::test]
async fn logging_out_without_a_hint_asks_first() {
    let bench = Bench::start().await;
    let (_, cookie) = bench.log_in(&Bench::auth_request()).await;
    let response = bench.client.get(bench.openid("logout")).header(COOKIE, &cookie).send().await.unwrap();
    let page = response.text().await.unwrap();
    assert!(page.contains("Do you want to log out?"));
    let code = page.split("value=\"").nth(1).unwrap().split('"').next().unwrap();
    let button = bench.client.post(action(&page)).form(&[("session_code", code)]);
    let stranger = button.try_clone().unwrap().send().await.unwrap();
    assert_eq!(stranger.status(), StatusCode::BAD_REQUEST);
    let response = button.header(COOKIE, &cookie).send().await.unwrap();
    assert_eq!(response.status(), StatusCode::OK);
    assert_eq!(cookies(response.headers())["KEYCLOAK_IDENTITY"], "");
    assert_eq!(bench.authorise(&Bench::auth_request(), Some(&cookie)).await.status(), StatusCode::OK, "the form");
}

#[tokio::test]
async fn the_direct_logout_takes_a_refresh_token() {
    let bench = Bench::start().await;
    let tokens = bench.tokens().await;
    let call = |token: String| {
        let form = [("client_id", "waybill".to_owned()), ("refresh_token", token)];
        bench.client.post(bench.openid("logout")).form(&form).send()
    };
    assert_eq!(call("nonsense".to_owned()).await.unwrap().status(), StatusCode::BAD_REQUEST);
    assert_eq!(call(text(&tokens, "refresh_token").to_owned()).await.unwrap().status(), StatusCode::NO_CONTENT);
    assert_refused(bench.refresh(text(&tokens, "refresh_token")).await, GRANT, "Session not active");
}

#[tokio::test]
async fn revoking_ends_what_the_token_stands_for() {
    let bench = Bench::start().await;
    let revoke = |token: String| {
        let form = [("client_id", "waybill".to_owned()), ("token", token)];
        bench.client.post(bench.openid("revoke")).form(&form).send()
    };
    let tokens = bench.tokens().await;
    assert_eq!(revoke("nonsense".to_owned()).await.unwrap().status(), StatusCode::OK);
    assert_eq!(revoke(text(&tokens, "access_token").to_owned()).await.unwrap().status(), StatusCode::OK);
    assert_eq!(userinfo(&bench, text(&tokens, "access_token")).await.0, StatusCode::UNAUTHORIZED);
    let (_, tokens) = bench.refresh(text(&tokens, "refresh_token")).await;
    assert_eq!(revoke(text(&tokens, "refresh_token").to_owned()).await.unwrap().status(), StatusCode::OK);
    assert_refused(bench.refresh(text(&tokens, "refresh_token")).await, GRANT, "Session not active");
}

#[tokio::test]
async fn after_a_key_rotation_old_tokens_hold_until_the_old_key_is_dropped() {
    let bench = Bench::start().await;
    let tokens = bench.tokens().await;
    let access = text(&tokens, "access_token");
    bench.post("/keys/rotate", json!({"role": "sign_in"})).await;
    let certs: Value = bench.client.get(bench.openid("certs")).send().await.unwrap().json().await.unwrap();
    assert_eq!(certs["keys"].as_array().unwrap().len(), 3, "two that sign, and one for encryption");
    assert_eq!(userinfo(&bench, access).await.0, StatusCode::OK);
    bench.post("/keys/rotate", json!({"role": "sign_in", "drop_old": true})).await;
    assert_eq!(userinfo(&bench, access).await.0, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn a_refused_consent_reaches_the_client_and_a_given_one_is_kept() {
    let bench = Bench::start().await;
    let mut request = Bench::auth_request();
    request[1].1 = "waybill-consent".to_owned();
    let (_, cookie) = bench.log_in(&Bench::auth_request()).await;
    let press = |button: &'static str| {
        let (bench, request, cookie) = (&bench, &request, &cookie);
        async move {
            let response = bench.authorise(request, Some(cookie)).await;
            let browser = cookies(response.headers())["AUTH_SESSION_ID"].clone();
            let page = response.text().await.unwrap();
            let code = page.split("name=\"code\" value=\"").nth(1).unwrap().split('"').next().unwrap();
            let form = [("code", code), (button, "")];
            let answer = bench.client.post(action(&page)).form(&form);
            answer.header(COOKIE, format!("{cookie}; AUTH_SESSION_ID={browser}")).send().await.unwrap()
        }
    };
    let answer = query(&location(&press("cancel").await));
    assert_eq!((answer["error"].as_str(), answer["state"].as_str()), ("access_denied", "the state"));
    let answer = query(&location(&press("accept").await));
    assert!(answer.contains_key("code"));
    let answer = query(&location(&bench.authorise(&request, Some(&cookie)).await));
    assert!(answer.contains_key("code"), "not asked again");
}
