//! What a browser on the website's pages asks before it sends anything, and what each reply must contain.

use reqwest::Method;
use reqwest::blocking::Response;
use reqwest::header::{AUTHORIZATION, COOKIE, IF_NONE_MATCH, ORIGIN};
use serde_json::json;
use waybill_system_tests::Result;

use crate::stage::{Answer, Stage, sent};

/// Returns a preflight as browsers make it (Fetch standard, section 4.8): no cookies, no token.
fn preflight(stage: &Stage, address: &str, origin: &str, method: &str, headers: &str) -> Result<Response> {
    let request = stage.client.request(Method::OPTIONS, address).header(ORIGIN, origin);
    let request = request.header("Access-Control-Request-Method", method);
    sent(request.header("Access-Control-Request-Headers", headers))
}

fn header<'r>(response: &'r Response, name: &str) -> Option<&'r str> {
    response.headers().get(name).and_then(|value| value.to_str().ok())
}

/// Returns whether a browser would now send the request with credentials.
fn lets(response: &Response, origin: &str, method: &str, headers: &str) -> bool {
    let list = |name: &str| -> Vec<String> {
        header(response, name).unwrap_or_default().split(',').map(|one| one.trim().to_ascii_lowercase()).collect()
    };
    let (methods, allowed) = (list("access-control-allow-methods"), list("access-control-allow-headers"));
    response.status().is_success()
        && header(response, "access-control-allow-origin") == Some(origin)
        && header(response, "access-control-allow-credentials") == Some("true")
        // GET, HEAD and POST need not be named.
        && (method == "POST" || method == "GET" || methods.contains(&method.to_ascii_lowercase()))
        && headers.split(',').all(|one| allowed.contains(&one.trim().to_ascii_lowercase()))
}

/// The headers of the SDK that no browser sends without asking.
const SDK_HEADERS: &str = "amz-sdk-invocation-id,amz-sdk-request,authorization,content-type,if-none-match,x-amz-acl,\
    x-amz-checksum-crc32,x-amz-content-sha256,x-amz-date,x-amz-sdk-checksum-algorithm,x-amz-user-agent";

#[test]
fn the_bucket_allows_put_and_post_from_the_websites_pages_only() -> Result<()> {
    let stage = Stage::start(&[])?;
    let website = stage.sandbox.addresses().website.clone();
    let key = format!("{}/{}/browser", stage.upload(), stage.prefix());
    for (target, method) in [
        (format!("{key}?x-id=PutObject"), "PUT"),
        (format!("{key}?partNumber=1&uploadId=a&x-id=UploadPart"), "PUT"),
        (format!("{key}?uploads"), "POST"),
        (format!("{key}?uploadId=a"), "POST"),
    ] {
        for origin in [website.as_str(), "https://nationalarchives.sharepoint.com"] {
            let reply = preflight(&stage, &target, origin, method, SDK_HEADERS)?;
            assert!(lets(&reply, origin, method, SDK_HEADERS), "{method} {target} from {origin}: {reply:?}");
        }
        for origin in ["https://elsewhere.example", "http://sharepoint.com.elsewhere.example", "null"] {
            let reply = preflight(&stage, &target, origin, method, SDK_HEADERS)?;
            assert_eq!(reply.status(), 403, "{origin}");
            assert_eq!(header(&reply, "access-control-allow-origin"), None, "{origin}");
        }
    }
    // So the website's Abort never leaves the browser.
    let reply =
        preflight(&stage, &format!("{key}?uploadId=a&x-id=AbortMultipartUpload"), &website, "DELETE", SDK_HEADERS)?;
    assert_eq!(reply.status(), 403);
    assert!(!lets(&reply, &website, "DELETE", SDK_HEADERS));
    Ok(())
}

#[test]
fn replies_of_the_bucket_show_pages_their_etag_whatever_the_sdk_adds_to_a_request() -> Result<()> {
    let stage = Stage::start(&[])?;
    let website = stage.sandbox.addresses().website.clone();
    let cookies = stage.cookies()?;
    let address = format!("{}/{}/browser?x-id=PutObject&x-amz-meta=1", stage.upload(), stage.prefix());
    let put = |cookies: &str| {
        let request = stage.client.put(&address).header(ORIGIN, &website).header(COOKIE, cookies);
        let dummy = "AWS4-HMAC-SHA256 Credential=placeholder-id/20260101/eu-west-2/s3/aws4_request, \
                     SignedHeaders=host;x-amz-date, Signature=0000";
        sent(request.header(AUTHORIZATION, dummy).header(IF_NONE_MATCH, "*").body("from a browser"))
    };
    let reply = put(&cookies)?;
    assert_eq!(reply.status(), 200);
    assert_eq!(header(&reply, "access-control-allow-origin"), Some(website.as_str()));
    assert_eq!(header(&reply, "access-control-allow-credentials"), Some("true"));
    let exposed = header(&reply, "access-control-expose-headers").unwrap_or_default().to_ascii_lowercase();
    let exposed: Vec<&str> = exposed.split(',').map(str::trim).collect();
    for name in ["etag", "x-amz-server-side-encryption", "x-amz-request-id", "x-amz-id-2"] {
        assert!(exposed.contains(&name), "{name} is not in {exposed:?}");
    }
    assert!(header(&reply, "etag").is_some());

    let reply = put(&cookies)?;
    assert_eq!(header(&reply, "access-control-allow-origin"), Some(website.as_str()), "the store's refusals, too");
    assert_eq!(Answer::read(reply)?, Answer::store(412, "PreconditionFailed"));
    // What the edge refuses never reaches the bucket with its rules: a page sees a network error.
    let reply = put("")?;
    assert_eq!(header(&reply, "access-control-allow-origin"), None);
    assert_eq!(Answer::read(reply)?, Answer::edge("MissingKey"));
    Ok(())
}

#[test]
fn the_signer_of_cookies_tells_the_website_whoever_asks() -> Result<()> {
    let stage = Stage::start(&[])?;
    let website = stage.sandbox.addresses().website.clone();
    let address = format!("{}/cookies", stage.upload());
    let reply = preflight(&stage, &address, &website, "GET", "authorization")?;
    assert!(lets(&reply, &website, "GET", "authorization"), "{reply:?}");
    let token = stage.token()?;
    for origin in [website.as_str(), "https://elsewhere.example"] {
        let reply = sent(stage.client.get(&address).bearer_auth(&token).header(ORIGIN, origin))?;
        assert_eq!(reply.status(), 200);
        assert_eq!(header(&reply, "access-control-allow-origin"), Some(website.as_str()), "{origin}");
        assert_eq!(header(&reply, "access-control-allow-credentials"), Some("true"));
    }
    // A refusal tells nothing at all, so a page sees a network error.
    let reply = sent(stage.client.get(&address).header(ORIGIN, &website))?;
    assert_eq!((reply.status().as_u16(), header(&reply, "access-control-allow-origin")), (401, None));
    Ok(())
}

#[test]
fn the_api_names_the_website_in_every_reply() -> Result<()> {
    let stage = Stage::start(&[])?;
    let website = stage.sandbox.addresses().website.clone();
    let address = stage.sandbox.addresses().api.clone();
    let address = if address.ends_with("/graphql") { address } else { format!("{address}/graphql") };
    let reply = preflight(&stage, &address, &website, "POST", "authorization,content-type")?;
    assert!(lets(&reply, &website, "POST", "authorization,content-type"), "{reply:?}");
    let reply = preflight(&stage, &address, "https://elsewhere.example", "POST", "authorization")?;
    assert!(!lets(&reply, "https://elsewhere.example", "POST", "authorization"));
    let question = json!({ "query": "{ consignments(limit: 1) { edges { node { consignmentReference } } } }" });
    for (token, status) in [(stage.token()?, 200), ("nonsense".to_owned(), 401)] {
        let reply = sent(stage.client.post(&address).bearer_auth(token).header(ORIGIN, &website).json(&question))?;
        assert_eq!(reply.status(), status);
        assert_eq!(header(&reply, "access-control-allow-origin"), Some(website.as_str()));
    }
    Ok(())
}
