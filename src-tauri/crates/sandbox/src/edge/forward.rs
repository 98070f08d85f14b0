//! The request as the origin sees it.
//!
//! Source: the table of request headers in "Request and response behavior for custom origins", CloudFront developer
//! guide.

use std::net::IpAddr;

use http::header::{HOST, USER_AGENT, VIA};
use http::request::Parts;
use http::{HeaderMap, HeaderName, HeaderValue, Uri, Version};

/// The bucket's own address, which the origin finds in `Host`.
const BUCKET: &str = "tdr-upload-files-cloudfront-dirty-sandbox.s3.eu-west-2.amazonaws.com";

/// Removed, besides those that begin with one of [`REMOVED_PREFIXES`].
const REMOVED: [&str; 14] = [
    "authorization",
    "connection",
    "cookie",
    "expect",
    "keep-alive",
    "referer",
    "te",
    "trailer",
    "upgrade",
    "x-amz-cf-id",
    "x-forwarded-proto",
    "x-http-method-override",
    "x-real-ip",
    "if-modified-since",
];
const REMOVED_PREFIXES: [&str; 3] = ["accept", "proxy-", "x-edge-"];

/// Rewrites a viewer's request for the origin, with `query` in place of the viewer's.
pub(super) fn rewrite(parts: &mut Parts, query: Option<&str>, viewer: IpAddr) {
    let path = parts.uri.path();
    let path_and_query = query.map_or_else(|| path.to_owned(), |query| format!("{path}?{query}"));
    if let Ok(uri) = Uri::try_from(path_and_query) {
        parts.uri = uri;
    }
    // The origin side of CloudFront speaks HTTP/1.1 only.
    parts.version = Version::HTTP_11;
    rewrite_headers(&mut parts.headers, viewer);
}

fn rewrite_headers(headers: &mut HeaderMap, viewer: IpAddr) {
    let removed: Vec<HeaderName> = headers
        .keys()
        .filter(|name| {
            let name = name.as_str();
            REMOVED.contains(&name) || REMOVED_PREFIXES.iter().any(|prefix| name.starts_with(prefix))
        })
        .cloned()
        .collect();
    for name in removed {
        headers.remove(name);
    }
    let forwarded = HeaderName::from_static("x-forwarded-for");
    let chain = match headers.get(&forwarded).and_then(|value| value.to_str().ok()) {
        Some(before) => format!("{before}, {viewer}"),
        None => viewer.to_string(),
    };
    if let Ok(chain) = HeaderValue::try_from(chain) {
        headers.insert(forwarded, chain);
    }
    headers.insert(HOST, HeaderValue::from_static(BUCKET));
    headers.insert(USER_AGENT, HeaderValue::from_static("Amazon CloudFront"));
    headers.insert(VIA, HeaderValue::from_static("1.1 sandbox.cloudfront.net (CloudFront)"));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_origin_sees_conditions_and_checksums_but_no_credentials() {
        let mut headers = HeaderMap::new();
        for name in
            ["authorization", "cookie", "expect", "accept-encoding", "trailer", "x-edge-x", "proxy-a", "referer"]
        {
            headers.insert(HeaderName::from_static(name), HeaderValue::from_static("secret"));
        }
        let kept =
            ["if-none-match", "x-amz-acl", "x-amz-checksum-crc64nvme", "content-length", "content-md5", "origin"];
        for name in kept {
            headers.insert(HeaderName::from_static(name), HeaderValue::from_static("kept"));
        }
        rewrite_headers(&mut headers, IpAddr::from([127, 0, 0, 1]));
        let mut names: Vec<&str> = headers.keys().map(HeaderName::as_str).collect();
        names.sort_unstable();
        let mut expected = kept.to_vec();
        expected.extend(["host", "user-agent", "via", "x-forwarded-for"]);
        expected.sort_unstable();
        assert_eq!(names, expected);
        assert_eq!(headers["user-agent"], "Amazon CloudFront");
    }
}
