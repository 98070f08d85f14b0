//! rclone and curl, with the cookies in a header.

use std::path::Path;
use std::process::Command;

use waybill_system_tests::{Error, Result};

use crate::files::{PART, Upload, of_all_sizes, write};
use crate::stage::{Answer, Stage};
use crate::tools;

/// Copies a folder with rclone to a prefix of the upload domain. Gives what it said where it failed.
fn rclone(stage: &Stage, cookie: Option<&str>, folder: &Path, prefix: &str) -> Result<Result<(), String>> {
    let mut command = Command::new("rclone");
    // Its own list of settings is of no use here: an empty file is.
    let settings = stage.dir().join("rclone.conf");
    std::fs::write(&settings, "").map_err(|source| Error::Io { path: settings.clone(), source })?;
    command.arg("--config").arg(&settings).arg("copy").arg(folder).arg(format!(":s3:{prefix}/"));
    command.args(["--s3-provider", "Other", "--s3-endpoint", stage.upload(), "--s3-region", "eu-west-2"]);
    command.args(["--s3-access-key-id", "placeholder", "--s3-secret-access-key", "placeholder"]);
    // Nothing may be read or listed.
    command.args(["--s3-no-check-bucket", "--s3-no-head", "--s3-no-head-object", "--no-check-dest", "--no-traverse"]);
    command.args([
        "--s3-acl",
        "bucket-owner-full-control",
        "--s3-upload-cutoff",
        "5M",
        "--s3-chunk-size",
        "5M",
        "--transfers",
        "4",
    ]);
    command.args(["--retries", "1", "--low-level-retries", "1", "--ignore-checksum"]);
    command.arg("--ca-cert").arg(stage.sandbox.ca()).args(["--header", "If-None-Match: *"]);
    if let Some(cookie) = cookie {
        command.arg("--header").arg(format!("Cookie: {cookie}"));
    }
    let said = tools::run(&mut command, b"")?;
    Ok(if said.success { Ok(()) } else { Err(said.stderr) })
}

/// Sends one request with curl; the headers go by its standard input, where no list of processes shows them.
fn curl(
    stage: &Stage,
    method: &str,
    target: &str,
    headers: &[String],
    body: &Path,
) -> Result<(Answer, String, Option<String>)> {
    let reply = stage.dir().join("curl-reply");
    let heads = stage.dir().join("curl-heads");
    let mut command = Command::new("curl");
    command.args(["--silent", "--show-error", "--noproxy", "*", "--max-time", "120", "--header", "@-"]);
    command.arg("--cacert").arg(stage.sandbox.ca()).arg("--output").arg(&reply).arg("--dump-header").arg(&heads);
    command.args(["--write-out", "%{http_code}", "--request", method]);
    if method == "PUT" {
        command.arg("--upload-file").arg(body);
    } else {
        command.arg("--data-binary").arg(format!("@{}", body.display())).args(["--header", "Content-Type:"]);
    }
    let said = tools::run(command.arg(format!("{}/{target}", stage.upload())), headers.join("\n").as_bytes())?;
    if !said.success {
        return Err(Error::unexpected(format!("curl failed: {}", said.stderr)));
    }
    let read =
        |path: &Path| std::fs::read(path).map(|text| String::from_utf8_lossy(&text).into_owned()).unwrap_or_default();
    let status = String::from_utf8_lossy(&said.stdout).trim().parse().unwrap_or_default();
    let body = read(&reply);
    let heads = read(&heads);
    let etag =
        heads.lines().filter_map(|line| line.split_once(':')).find(|(name, _)| name.eq_ignore_ascii_case("etag"));
    // The file would be left as it was where a reply has no body.
    let _old = std::fs::remove_file(&reply);
    Ok((Answer::of(status, &body), body, etag.map(|(_, value)| value.trim().to_owned())))
}

fn headers(cookie: Option<&str>) -> Vec<String> {
    let condition = "If-None-Match: *".to_owned();
    cookie.map(|cookie| format!("Cookie: {cookie}")).into_iter().chain([condition]).collect()
}

#[test]
fn rclone_copies_a_folder_byte_for_byte() -> Result<()> {
    let stage = Stage::start(&[])?;
    let folder = stage.dir().join("files");
    let files = of_all_sizes(&folder, &stage.prefix())?;
    rclone(&stage, Some(&stage.cookies()?), &folder, &stage.prefix())?.unwrap();
    for file in &files {
        file.assert_stored(stage.sandbox.control())?;
    }
    assert_eq!(stage.sandbox.control().objects()?.len(), files.len());
    Ok(())
}

#[test]
fn rclone_is_refused_without_cookies_with_old_ones_elsewhere_and_over_a_key() -> Result<()> {
    let stage = Stage::start(&[])?;
    let cookie = stage.cookies()?;
    let folder = stage.dir().join("files");
    let file = write(&folder, &format!("{}/own", stage.prefix()), 1_000, 1)?;
    let refused = |cookie: Option<&str>, prefix: &str, code: &str| -> Result<()> {
        let said = rclone(&stage, cookie, &folder, prefix)?.unwrap_err();
        assert!(said.contains(code), "{code} was expected: {said}");
        Ok(())
    };
    refused(None, &stage.prefix(), "MissingKey")?;
    refused(Some(&cookie), "0a0b0c0d-0000-4000-8000-000000000000/any", "AccessDenied")?;
    assert!(stage.sandbox.control().objects()?.is_empty());
    rclone(&stage, Some(&cookie), &folder, &stage.prefix())?.unwrap();
    refused(Some(&cookie), &stage.prefix(), "PreconditionFailed")?;
    stage.sandbox.control().move_clock(3 * 60 * 60 + 1)?;
    refused(Some(&cookie), &stage.prefix(), "AccessDenied")?;
    file.assert_stored(stage.sandbox.control())?;
    assert_eq!(stage.sandbox.control().objects()?.len(), 1);
    Ok(())
}

#[test]
fn curl_puts_a_file_whole_and_another_in_parts() -> Result<()> {
    let stage = Stage::start(&[])?;
    let folder = stage.dir().join("files");
    let headers = headers(Some(&stage.cookies()?));
    let small = write(&folder, &format!("{}/small", stage.prefix()), 70_000, 1)?;
    let (answer, _, etag) = curl(&stage, "PUT", &small.key, &headers, &small.path)?;
    assert!(answer.status == 200 && etag.is_some(), "{answer:?}");
    small.assert_stored(stage.sandbox.control())?;

    let large = write(&folder, &format!("{}/large", stage.prefix()), PART + 12_345, 2)?;
    let empty = write(&folder, "empty", 0, 0)?;
    let (answer, body, _) = curl(&stage, "POST", &format!("{}?uploads", large.key), &headers, &empty.path)?;
    assert_eq!(answer.status, 200, "{body}");
    let upload_id = between(&body, "<UploadId>", "</UploadId>").to_owned();
    let bytes = std::fs::read(&large.path).unwrap();
    let mut list = String::new();
    for (part, number) in bytes.chunks(PART).zip(1..) {
        let path = folder.join("part");
        std::fs::write(&path, part).unwrap();
        let target = format!("{}?partNumber={number}&uploadId={upload_id}", large.key);
        let (answer, body, etag) = curl(&stage, "PUT", &target, &headers, &path)?;
        assert_eq!(answer.status, 200, "{body}");
        list += &format!("<Part><PartNumber>{number}</PartNumber><ETag>{}</ETag></Part>", etag.unwrap());
    }
    let path = folder.join("list");
    std::fs::write(&path, format!("<CompleteMultipartUpload>{list}</CompleteMultipartUpload>")).unwrap();
    let target = format!("{}?uploadId={upload_id}", large.key);
    let (answer, body, _) = curl(&stage, "POST", &target, &headers, &path)?;
    assert!(answer.status == 200 && body.contains("<CompleteMultipartUploadResult"), "{body}");
    large.assert_stored(stage.sandbox.control())
}

#[test]
fn curl_is_refused_without_cookies_with_old_ones_elsewhere_and_over_a_key() -> Result<()> {
    let stage = Stage::start(&[])?;
    let cookie = stage.cookies()?;
    let folder = stage.dir().join("files");
    let own = write(&folder, &format!("{}/own", stage.prefix()), 1_000, 1)?;
    let elsewhere = write(&folder, "0a0b0c0d-0000-4000-8000-000000000000/any/elsewhere", 1_000, 2)?;
    let put = |cookie: Option<&str>, file: &Upload| -> Result<Answer> {
        Ok(curl(&stage, "PUT", &file.key, &headers(cookie), &file.path)?.0)
    };
    assert_eq!(put(None, &own)?, Answer::edge("MissingKey"));
    assert_eq!(put(Some(&cookie), &elsewhere)?, Answer::edge("AccessDenied"));
    assert_eq!(put(Some(&cookie), &own)?.status, 200);
    assert_eq!(put(Some(&cookie), &own)?, Answer::store(412, "PreconditionFailed"));
    stage.sandbox.control().move_clock(3 * 60 * 60 + 1)?;
    assert_eq!(put(Some(&cookie), &own)?, Answer::edge("AccessDenied"));
    own.assert_stored(stage.sandbox.control())
}

fn between<'t>(text: &'t str, before: &str, after: &str) -> &'t str {
    text.split_once(before).and_then(|(_, rest)| rest.split_once(after)).map_or("", |(found, _)| found)
}
