//! `ListObjectsV2`: the request, and reading the reply.

use std::io;

use percent_encoding::{NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};
use serde::Deserialize;

/// Most bytes of one page: a thousand keys of a thousand bytes, each encoded, are fewer.
pub(super) const LARGEST_PAGE: usize = 16 * 1024 * 1024;

/// One object as the server lists it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::store) struct Listed {
    pub key: String,
    /// With its quotes.
    pub etag: String,
    /// Bytes.
    pub size: u64,
}

/// One page of a listing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Page {
    pub objects: Vec<Listed>,
    /// The token that leads to the next.
    pub next: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct ListBucketResult {
    is_truncated: bool,
    next_continuation_token: Option<String>,
    #[serde(default)]
    contents: Vec<Contents>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Contents {
    key: String,
    #[serde(rename = "ETag")]
    etag: String,
    size: u64,
}

/// Path and query of a page with at most `most` keys below `prefix`.
pub(super) fn query(prefix: &str, token: Option<&str>, most: u32) -> String {
    let encoded = |text: &str| utf8_percent_encode(text, NON_ALPHANUMERIC).to_string();
    let token = token.map(|token| format!("&continuation-token={}", encoded(token))).unwrap_or_default();
    format!("/?encoding-type=url&list-type=2&max-keys={most}&prefix={}{token}", encoded(prefix))
}

/// Reads a page.
///
/// # Errors
/// It is not what the API reference shows.
pub(super) fn read(xml: &str) -> io::Result<Page> {
    let result: ListBucketResult = quick_xml::de::from_str(xml).map_err(io::Error::other)?;
    let objects = result
        .contents
        .into_iter()
        .map(|Contents { key, etag, size }| Ok(Listed { key: decoded(&key)?, etag, size }))
        .collect::<io::Result<_>>()?;
    Ok(Page { objects, next: result.next_continuation_token.filter(|_| result.is_truncated) })
}

/// Decodes a key that `encoding-type=url` has encoded: a space may be a plus.
fn decoded(key: &str) -> io::Result<String> {
    let key = key.replace('+', " ");
    let text = percent_decode_str(&key).decode_utf8().map_err(io::Error::other)?;
    Ok(text.into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_is_read_with_its_keys_decoded() {
        let xml = r#"<?xml version="1.0" encoding="UTF-8"?>
            <ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Name>b</Name><Prefix>u/</Prefix>
            <KeyCount>2</KeyCount><MaxKeys>2</MaxKeys><EncodingType>url</EncodingType><IsTruncated>true</IsTruncated>
            <Contents><Key>u/50%25%20%2B+%C3%9C</Key><LastModified>2026-01-01T00:00:00.000Z</LastModified>
            <ETag>&quot;abc&quot;</ETag><Size>5</Size><StorageClass>STANDARD</StorageClass></Contents>
            <Contents><Key>u/z</Key><ETag>"d-2"</ETag><Size>6000000000</Size></Contents>
            <NextContinuationToken>a/b=</NextContinuationToken></ListBucketResult>"#;
        let listed = |key: &str, etag: &str, size| Listed { key: key.to_owned(), etag: etag.to_owned(), size };
        let page = read(xml).unwrap();
        assert_eq!(page.objects, [listed("u/50% + Ü", "\"abc\"", 5), listed("u/z", "\"d-2\"", 6_000_000_000)]);
        assert_eq!(page.next.as_deref(), Some("a/b="));
        assert!(query("u/", page.next.as_deref(), 1_000).ends_with("&prefix=u%2F&continuation-token=a%2Fb%3D"));
    }

    #[test]
    fn an_empty_bucket_is_a_page_without_keys() {
        let page = read("<ListBucketResult><IsTruncated>false</IsTruncated></ListBucketResult>").unwrap();
        assert_eq!(page, Page { objects: Vec::new(), next: None });
        assert!(read("<html>").is_err());
    }
}
