//! The file format of a service profile.

mod way;

use serde::Deserialize;
use toml::Spanned;
use url::Url;

use super::builtin::{tdr_excluded_names, tdr_limits, tdr_refused_extensions};
use super::{NamePattern, Permit, ProfileProblem, RequestBudget, ServiceProfile, UploadWay, address_key, is_loopback};
use crate::{Limits, PartRules, Role};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ProfileFile {
    // Required keys are optional here, so that our own message can name one that is missing.
    name: Option<Spanned<String>>,
    title: Option<String>,
    ca_file: Option<String>,
    sign_in: Option<SignInSection>,
    #[serde(default)]
    api: ApiSection,
    upload: Option<UploadSection>,
    #[serde(default)]
    website: WebsiteSection,
    #[serde(default)]
    limits: LimitsSection,
    excluded_names: Option<Vec<NamePattern>>,
    refused_extensions: Option<Vec<String>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SignInSection {
    issuer: Option<Spanned<String>>,
    client_id: Option<Spanned<String>>,
    redirect_uri: Option<Spanned<String>>,
}

#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields)]
struct ApiSection {
    url: Option<Spanned<String>>,
    request_seconds: Option<u64>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct UploadSection {
    url: Option<Spanned<String>>,
    origin: Option<Spanned<String>>,
    /// The predecessor of `way` in older profiles; still accepted.
    authorise: Option<Spanned<String>>,
    #[serde(default)]
    way: way::WaySection,
    part_bytes: Option<Spanned<u64>>,
    single_put_below_bytes: Option<Spanned<u64>>,
    parallel: Option<Spanned<u8>>,
}

#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields)]
struct WebsiteSection {
    url: Option<Spanned<String>>,
}

#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields)]
struct LimitsSection {
    files: Option<u64>,
    file_bytes: Option<u64>,
    transfer_bytes: Option<u64>,
    api_body_bytes: Option<u64>,
    path_chars: Option<u64>,
    requests: Option<Spanned<u32>>,
    request_window_seconds: Option<Spanned<u32>>,
    request_share_percent: Option<Spanned<u8>>,
}

pub(super) fn read(text: &str) -> Result<ServiceProfile, ProfileProblem> {
    let file: ProfileFile = toml::from_str(text).map_err(|error| ProfileProblem {
        insecure: false,
        line: error.span().map(|span| line_of(text, span.start)),
        key: error.span().and_then(|span| key_at(text, span.start)),
        what: error.message().to_owned(),
    })?;
    let at = Location { text };
    let name = file.name.as_ref().ok_or_else(|| missing(None, "the key 'name' is missing"))?;
    let sign_in = section(file.sign_in.as_ref(), "sign_in")?;
    let upload = section(file.upload.as_ref(), "upload")?;
    if name.get_ref().is_empty() || !name.get_ref().chars().all(|c| c.is_ascii_alphanumeric() || c == '-') {
        return Err(at.problem("name", name, "must be letters, digits and '-'"));
    }
    let client_id = given(sign_in.client_id.as_ref(), "sign_in.client_id")?;
    if client_id.get_ref().trim().is_empty() {
        return Err(at.problem("sign_in.client_id", client_id, "must not be empty"));
    }
    if let Some(other) = upload.authorise.as_ref().filter(|word| word.get_ref() != "cookies") {
        return Err(at.problem("upload.authorise", other, "must be \"cookies\"; other ways belong in [upload.way]"));
    }
    let url = |value: &Option<Spanned<String>>, key: &str| at.url(key, given(value.as_ref(), key)?);
    let way = way::read(at, &upload.way)?;
    let website_url = url_of(at, &way, Role::Website, file.website.url.as_ref())?;
    let upload_origin = upload_origin(at, &way, upload.origin.as_ref(), website_url.as_ref())?;
    Ok(ServiceProfile {
        title: file.title.unwrap_or_else(|| name.get_ref().clone()),
        ca_file: file.ca_file,
        issuer: url(&sign_in.issuer, "sign_in.issuer")?,
        client_id: client_id.get_ref().clone(),
        redirect_uri: redirect_uri(at, sign_in.redirect_uri.as_ref())?,
        api_url: url_of(at, &way, Role::Api, file.api.url.as_ref())?,
        api_request_seconds: file.api.request_seconds.unwrap_or(180),
        upload_url: url(&upload.url, "upload.url")?,
        upload_origin,
        way,
        website_url,
        limits: limits(&file.limits),
        requests: requests(at, &file.limits)?,
        parts: part_rules(at, upload)?,
        parallel: in_range(at, "upload.parallel", upload.parallel.as_ref(), 1, 64)?.unwrap_or(8),
        excluded_names: file.excluded_names.unwrap_or_else(tdr_excluded_names),
        refused_extensions: file.refused_extensions.map_or_else(tdr_refused_extensions, |list| {
            list.iter().map(|extension| extension.trim_start_matches('.').to_lowercase()).collect()
        }),
        name: name.get_ref().clone(),
    })
}

fn section<'a, T>(section: Option<&'a T>, name: &str) -> Result<&'a T, ProfileProblem> {
    section.ok_or_else(|| missing(None, &format!("the section [{name}] is missing")))
}

fn given<'a, T>(value: Option<&'a T>, key: &str) -> Result<&'a T, ProfileProblem> {
    value.ok_or_else(|| missing(Some(key), "is missing"))
}

/// Reads an address that some ways of uploading do without.
fn url_of(
    at: Location<'_>,
    way: &UploadWay,
    role: Role,
    given: Option<&Spanned<String>>,
) -> Result<Option<Url>, ProfileProblem> {
    let key = address_key(role);
    match given {
        Some(value) => at.url(key, value).map(Some),
        None if way.needs(role) => {
            let what =
                "is missing; it can be left out only where upload.way.opening and upload.way.closing are \"none\"";
            Err(missing(Some(key), what))
        }
        None => Ok(None),
    }
}

/// Returns the given origin, or that of the website.
fn upload_origin(
    at: Location<'_>,
    way: &UploadWay,
    given: Option<&Spanned<String>>,
    website: Option<&Url>,
) -> Result<Option<String>, ProfileProblem> {
    let key = "upload.origin";
    let origin = match given {
        Some(origin) => Some(at.url(key, origin)?.origin().ascii_serialization()),
        None => website.map(|url| url.origin().ascii_serialization()),
    };
    match (&way.permit, &origin) {
        (Permit::Cookies, None) => {
            let what =
                "is missing; with upload.way.permit = \"cookies\" it can be left out only if website.url is given";
            Err(missing(Some(key), what))
        }
        (Permit::Cookies, Some(_)) | (Permit::Token { .. }, _) => Ok(origin),
    }
}

/// Reports a missing key, which has no line.
fn missing(key: Option<&str>, what: &str) -> ProfileProblem {
    ProfileProblem { insecure: false, line: None, key: key.map(str::to_owned), what: what.to_owned() }
}

fn redirect_uri(at: Location<'_>, given: Option<&Spanned<String>>) -> Result<Url, ProfileProblem> {
    let fallback = Spanned::new(0..0, "http://127.0.0.1/callback".to_owned());
    let given = given.unwrap_or(&fallback);
    let key = "sign_in.redirect_uri";
    let url = at.url(key, given)?;
    // Not `localhost`, because that name may resolve to another address (RFC 8252, section 8.3).
    if url.scheme() != "http" || !is_loopback(&url) || url.domain().is_some() {
        return Err(at.problem(
            key,
            given,
            "must be an http address of this computer, such as http://127.0.0.1/callback",
        ));
    }
    Ok(url)
}

fn limits(section: &LimitsSection) -> Limits {
    let tdr = tdr_limits();
    Limits {
        files: section.files.unwrap_or(tdr.files),
        file_bytes: section.file_bytes.unwrap_or(tdr.file_bytes),
        transfer_bytes: section.transfer_bytes.unwrap_or(tdr.transfer_bytes),
        api_body_bytes: section.api_body_bytes.unwrap_or(tdr.api_body_bytes),
        path_chars: section.path_chars.unwrap_or(tdr.path_chars),
    }
}

fn requests(at: Location<'_>, section: &LimitsSection) -> Result<RequestBudget, ProfileProblem> {
    let share = in_range(at, "limits.request_share_percent", section.request_share_percent.as_ref(), 1, 100)?;
    let window = in_range(at, "limits.request_window_seconds", section.request_window_seconds.as_ref(), 1, 86_400)?;
    let limit = in_range(at, "limits.requests", section.requests.as_ref(), 1, u32::MAX)?;
    Ok(RequestBudget {
        limit: limit.unwrap_or(10_000),
        window_seconds: window.unwrap_or(300),
        share_percent: share.unwrap_or(50),
    })
}

fn part_rules(at: Location<'_>, section: &UploadSection) -> Result<PartRules, ProfileProblem> {
    let (least, most) = (PartRules::MIN_PART, PartRules::MAX_PART);
    let part_size = in_range(at, "upload.part_bytes", section.part_bytes.as_ref(), least, most)?;
    let single = section.single_put_below_bytes.as_ref();
    let single_put_below = in_range(at, "upload.single_put_below_bytes", single, 0, most)?;
    let usual = PartRules::default();
    Ok(PartRules {
        part_size: part_size.unwrap_or(usual.part_size),
        single_put_below: single_put_below.unwrap_or(usual.single_put_below),
    })
}

fn in_range<T: PartialOrd + Copy + std::fmt::Display>(
    at: Location<'_>,
    key: &str,
    given: Option<&Spanned<T>>,
    least: T,
    most: T,
) -> Result<Option<T>, ProfileProblem> {
    match given {
        None => Ok(None),
        Some(value) if *value.get_ref() >= least && *value.get_ref() <= most => Ok(Some(*value.get_ref())),
        Some(value) => Err(at.problem(key, value, &format!("must be {least} to {most}"))),
    }
}

/// The file's text, used to convert a span to a line number.
#[derive(Clone, Copy)]
struct Location<'a> {
    text: &'a str,
}

impl Location<'_> {
    fn problem<T>(self, key: &str, value: &Spanned<T>, what: &str) -> ProfileProblem {
        ProfileProblem {
            insecure: false,
            line: Some(line_of(self.text, value.span().start)),
            key: Some(key.to_owned()),
            what: what.to_owned(),
        }
    }

    /// Adds the line of the problem's key, if the file has that key.
    fn with_line(self, problem: ProfileProblem) -> ProfileProblem {
        let starts = self.text.split_inclusive('\n').scan(0, |next, line| {
            let start = *next;
            *next += line.len();
            Some(start)
        });
        let line = starts.enumerate().find(|(_, offset)| key_at(self.text, *offset) == problem.key);
        ProfileProblem { line: line.map(|(number, _)| number + 1), ..problem }
    }

    fn url(self, key: &str, value: &Spanned<String>) -> Result<Url, ProfileProblem> {
        let url = Url::parse(value.get_ref())
            .map_err(|error| self.problem(key, value, &format!("'{}' is not an address: {error}", value.get_ref())))?;
        match url.scheme() {
            "https" => {}
            "http" if is_loopback(&url) => {}
            "http" => {
                let what = "'http' is only allowed for this computer itself; use 'https'";
                return Err(ProfileProblem { insecure: true, ..self.problem(key, value, what) });
            }
            _ => return Err(self.problem(key, value, "must start with https://")),
        }
        if url.host().is_none() || !url.username().is_empty() || url.password().is_some() {
            return Err(self.problem(key, value, "must have a host and no user name"));
        }
        if url.query().is_some() || url.fragment().is_some() {
            return Err(self.problem(key, value, "must not have a query or a fragment"));
        }
        Ok(url)
    }
}

/// Returns the key, with its section, on the line at an offset, or `None` if the line is not `key = value`.
fn key_at(text: &str, offset: usize) -> Option<String> {
    let before = text.get(..offset)?;
    let start = before.rfind('\n').map_or(0, |newline| newline + 1);
    let line = text.get(start..)?.lines().next()?;
    let key = line.split_once('=')?.0.trim();
    if key.is_empty() || !key.chars().all(|c| c.is_ascii_alphanumeric() || "-_.".contains(c)) {
        // The offset is inside a value that spans several lines.
        return None;
    }
    let heading = |line: &str| {
        let name = line.trim().strip_prefix('[')?.trim_start_matches('[').split(']').next()?;
        Some(name.trim().to_owned())
    };
    match before.lines().rev().find_map(heading) {
        Some(section) => Some(format!("{section}.{key}")),
        None => Some(key.to_owned()),
    }
}

fn line_of(text: &str, offset: usize) -> usize {
    text.as_bytes().iter().take(offset).filter(|&&byte| byte == b'\n').count() + 1
}

#[cfg(test)]
mod tests {
    use super::*;

    pub(super) const GOOD: &str = r#"name = "sandbox"
[sign_in]
issuer = "http://127.0.0.1:8080/realms/tdr"
client_id = "waybill"
[api]
url = "https://127.0.0.2:8443/graphql"
[upload]
url = "https://127.0.0.3:8443"
origin = "http://127.0.0.4:9000"
authorise = "cookies"
[website]
url = "http://127.0.0.4:9000"
[limits]
files = 7
"#;

    #[test]
    fn a_profile_is_read_and_omitted_keys_default_to_tdrs_values() {
        let profile = read(GOOD).unwrap();
        assert_eq!(profile.limits.files, 7);
        assert_eq!(profile.limits.file_bytes, 5_000_000_000);
        assert_eq!(profile.upload_origin.as_deref(), Some("http://127.0.0.4:9000"));
        assert_eq!(profile.redirect_uri.as_str(), "http://127.0.0.1/callback");
        assert_eq!(profile.requests.own(), 5_000);
        assert!(profile.excluded_names.iter().any(|pattern| pattern.matches("THUMBS.DB")));
        assert!(!profile.excluded_names.iter().any(|pattern| pattern.matches("Desktop.ini")));
    }

    #[test]
    fn a_problem_is_reported_with_its_line_and_key() {
        let cases = [
            ("url = \"https://127.0.0.2:8443/graphql\"", "url = \"http://api.example/graphql\"", 6, "api.url", true),
            ("url = \"https://127.0.0.3:8443\"", "url = \"nonsense\"", 8, "upload.url", false),
            ("url = \"https://127.0.0.3:8443\"", "url = \"https://u:p@h\"", 8, "upload.url", false),
            ("authorise = \"cookies\"", "authorise = \"magic\"", 10, "upload.authorise", false),
            ("authorise = \"cookies\"", "part_bytes = 5", 10, "upload.part_bytes", false),
            ("files = 7", "request_share_percent = 101", 14, "limits.request_share_percent", false),
            (
                "client_id = \"waybill\"",
                "client_id = \"waybill\"\nredirect_uri = \"https://127.0.0.1/x\"",
                5,
                "sign_in.redirect_uri",
                false,
            ),
            (
                "client_id = \"waybill\"",
                "client_id = \"waybill\"\nredirect_uri = \"http://localhost/x\"",
                5,
                "sign_in.redirect_uri",
                false,
            ),
            ("name = \"sandbox\"", "name = \"a b\"", 1, "name", false),
        ];
        for (good, bad, line, key, insecure) in cases {
            let problem = read(&GOOD.replacen(good, bad, 1)).unwrap_err();
            assert_eq!(
                (problem.line, problem.key.as_deref(), problem.insecure),
                (Some(line), Some(key), insecure),
                "{problem}"
            );
        }
    }

    #[test]
    fn each_size_is_validated_independently() {
        let at = |parts: &str| {
            let problem = read(&GOOD.replace("authorise = \"cookies\"", parts)).unwrap_err();
            (problem.line, problem.key)
        };
        let good_part = format!("part_bytes = {}", PartRules::MIN_PART);
        let single = "upload.single_put_below_bytes".to_owned();
        assert_eq!(at(&format!("{good_part}\nsingle_put_below_bytes = 9000000000")), (Some(11), Some(single.clone())));
        assert_eq!(at("single_put_below_bytes = 9000000000"), (Some(10), Some(single)));
        let part = "upload.part_bytes".to_owned();
        assert_eq!(at("single_put_below_bytes = 0\npart_bytes = 9000000000"), (Some(11), Some(part)));
        let profile = read(&GOOD.replace("authorise = \"cookies\"", "single_put_below_bytes = 0")).unwrap();
        assert_eq!(profile.parts, PartRules { single_put_below: 0, ..PartRules::default() });
    }

    #[test]
    fn a_missing_key_is_reported_without_any_other_line_or_key() {
        let without = |start: &str, lines: usize| {
            let (before, after) = GOOD.split_once(start).unwrap();
            let rest: Vec<_> = after.lines().skip(lines).collect();
            read(&format!("{before}{}\n", rest.join("\n"))).unwrap_err()
        };
        let problem = without("[sign_in]", 3);
        assert_eq!((problem.line, problem.key.as_deref()), (None, None), "{problem}");
        assert_eq!(problem.to_string(), "the section [sign_in] is missing");
        assert_eq!(without("name = \"sandbox\"", 1).to_string(), "the key 'name' is missing");
        for (line, key) in [
            ("issuer = ", "sign_in.issuer"),
            ("client_id = ", "sign_in.client_id"),
            ("url = \"https://127.0.0.3", "upload.url"),
        ] {
            let problem = without(line, 1);
            assert_eq!((problem.line, problem.key.as_deref()), (None, Some(key)), "{problem}");
            assert_eq!(problem.to_string(), format!("{key}: is missing"));
        }
        for (line, lines, key) in [
            ("url = \"https://127.0.0.2", 1, "api.url"),
            ("[api]", 2, "api.url"),
            ("url = \"http://127.0.0.4", 1, "website.url"),
            ("[website]", 2, "website.url"),
        ] {
            let problem = without(line, lines);
            assert_eq!((problem.line, problem.key.as_deref()), (None, Some(key)), "{problem}");
            assert!(problem.what.starts_with("is missing"), "{problem}");
        }
    }

    /// A profile without `permit`, `[api]` and `[website]`.
    const BARE: &str = r#"name = "drop"
[sign_in]
issuer = "https://auth.example"
client_id = "waybill"
[upload]
url = "https://drop.example"
[upload.way]
key = "local"
opening = "none"
closing = "none"
"#;

    #[test]
    fn a_way_that_neither_opens_nor_closes_needs_no_api_and_no_website() {
        let profile = read(&format!("{BARE}permit = \"token\"\n")).unwrap();
        assert_eq!((&profile.api_url, &profile.website_url, &profile.upload_origin), (&None, &None, &None));
        let hosts: Vec<_> = profile.addresses().filter_map(Url::host_str).collect();
        assert_eq!(hosts, ["auth.example", "drop.example"]);

        let api = "[api]\nurl = \"https://api.example/graphql\"\n";
        let profile = read(&format!("{BARE}permit = \"token\"\n{api}")).unwrap();
        assert_eq!(
            profile.addresses().filter_map(Url::host_str).nth(1),
            Some("api.example"),
            "a given address is kept"
        );
    }

    #[test]
    fn cookies_need_an_origin_from_the_profile_or_its_website() {
        let problem = read(BARE).unwrap_err();
        assert_eq!((problem.line, problem.key.as_deref()), (None, Some("upload.origin")), "{problem}");
        let origin = "url = \"https://drop.example\"\norigin = \"https://www.example/start\"\n";
        let profile = read(&BARE.replace("url = \"https://drop.example\"\n", origin)).unwrap();
        assert_eq!(profile.upload_origin.as_deref(), Some("https://www.example"));
        let profile = read(&format!("{BARE}[website]\nurl = \"https://www.example/tdr\"\n")).unwrap();
        assert_eq!(profile.upload_origin.as_deref(), Some("https://www.example"));
    }

    #[test]
    fn a_problem_inside_a_multi_line_list_has_its_line_and_no_invented_key() {
        let list = "excluded_names = [\n  { name = \"a\" },\n  { name = 7 },\n]\n";
        let problem = read(&format!("{list}{GOOD}")).unwrap_err();
        assert_eq!((problem.line, problem.key.as_deref()), (Some(3), None), "{problem}");
        let problem = read(&format!("{GOOD}[[excluded_names]]\nname = 7\n")).unwrap_err();
        assert_eq!((problem.line, problem.key.as_deref()), (Some(16), Some("excluded_names.name")), "{problem}");
    }

    #[test]
    fn malformed_toml_and_unknown_keys_are_reported_with_their_line() {
        let problem = read("name = \"x\"\n[sign_in\n").unwrap_err();
        assert_eq!(problem.line, Some(2), "{problem}");
        let problem = read(&GOOD.replace("files = 7", "flies = 7")).unwrap_err();
        assert_eq!((problem.line, problem.key.as_deref()), (Some(14), Some("limits.flies")), "{problem}");
        assert!(problem.what.contains("flies"), "{problem}");
        let problem = read(&GOOD.replace("client_id = \"waybill\"", "client_id = 7")).unwrap_err();
        assert_eq!((problem.line, problem.key.as_deref()), (Some(4), Some("sign_in.client_id")), "{problem}");
        let problem = read("name = \"x\"\n").unwrap_err();
        assert!(problem.what.contains("sign_in"), "{problem}");
    }
}
