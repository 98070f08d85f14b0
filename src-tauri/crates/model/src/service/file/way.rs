//! `[upload.way]`: the name of a built-in way, plus any differences from it.

use serde::Deserialize;

use super::Location;
use crate::PartRules;
use crate::service::{Body, Checksum, Closing, Headers, KeyFrom, Opening, Permit, ProfileProblem, Scheme, UploadWay};

#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields)]
pub(super) struct WaySection {
    preset: Option<Preset>,
    permit: Option<PermitWord>,
    token_header: Option<String>,
    token_scheme: Option<SchemeWord>,
    body: Option<BodyWord>,
    whole_max_bytes: Option<u64>,
    if_none_match: Option<bool>,
    acl: Option<String>,
    checksum: Option<ChecksumWord>,
    key: Option<KeyWord>,
    key_prefix: Option<String>,
    key_path: Option<String>,
    key_field: Option<String>,
    key_may_repeat: Option<bool>,
    opening: Option<OpeningWord>,
    closing: Option<ClosingWord>,
}

#[derive(Deserialize, Clone, Copy)]
#[serde(rename_all = "snake_case")]
enum Preset {
    Tdr,
}

#[derive(Deserialize, Clone, Copy)]
#[serde(rename_all = "snake_case")]
enum PermitWord {
    Cookies,
    Token,
}

#[derive(Deserialize, Clone, Copy)]
#[serde(rename_all = "snake_case")]
enum SchemeWord {
    Bearer,
    Raw,
}

#[derive(Deserialize, Clone, Copy)]
#[serde(rename_all = "snake_case")]
enum BodyWord {
    Whole,
    WholeOrParts,
}

#[derive(Deserialize, Clone, Copy)]
#[serde(rename_all = "snake_case")]
enum ChecksumWord {
    None,
    Crc64nvme,
}

#[derive(Deserialize, Clone, Copy)]
#[serde(rename_all = "snake_case")]
enum KeyWord {
    Registered,
    Local,
    Reply,
}

#[derive(Deserialize, Clone, Copy)]
#[serde(rename_all = "snake_case")]
enum OpeningWord {
    None,
    Registration,
}

#[derive(Deserialize, Clone, Copy)]
#[serde(rename_all = "snake_case")]
enum ClosingWord {
    None,
    WebsitePage,
}

pub(super) fn read(at: Location<'_>, section: &WaySection) -> Result<UploadWay, ProfileProblem> {
    let base = match section.preset.unwrap_or(Preset::Tdr) {
        Preset::Tdr => UploadWay::tdr(),
    };
    section.reject_unused_keys(at, &base)?;
    let text = |given: &Option<String>, usual: &str| given.as_deref().unwrap_or(usual).to_owned();
    let way = UploadWay {
        permit: match section.permit {
            None => base.permit,
            Some(PermitWord::Cookies) => Permit::Cookies,
            Some(PermitWord::Token) => Permit::Token {
                header: text(&section.token_header, "authorization").to_ascii_lowercase(),
                scheme: match section.token_scheme {
                    None | Some(SchemeWord::Bearer) => Scheme::Bearer,
                    Some(SchemeWord::Raw) => Scheme::Raw,
                },
            },
        },
        body: match section.body {
            None => base.body,
            Some(BodyWord::Whole) => {
                Body::Whole { max_bytes: section.whole_max_bytes.unwrap_or(PartRules::MAX_PART - 1) }
            }
            Some(BodyWord::WholeOrParts) => Body::WholeOrParts,
        },
        headers: Headers {
            if_none_match: section.if_none_match.unwrap_or(base.headers.if_none_match),
            acl: match section.acl.as_deref() {
                None => base.headers.acl,
                Some("") => None,
                Some(acl) => Some(acl.to_owned()),
            },
            checksum: match section.checksum {
                None => base.headers.checksum,
                Some(ChecksumWord::None) => Checksum::None,
                Some(ChecksumWord::Crc64nvme) => Checksum::Crc64Nvme,
            },
        },
        key: match section.key {
            None => base.key,
            Some(KeyWord::Registered) => KeyFrom::Registered,
            Some(KeyWord::Local) => KeyFrom::Local { prefix: text(&section.key_prefix, "") },
            Some(KeyWord::Reply) => KeyFrom::Reply {
                path: text(&section.key_path, ""),
                field: text(&section.key_field, ""),
                may_repeat: section.key_may_repeat.unwrap_or(false),
            },
        },
        opening: match section.opening {
            None => base.opening,
            Some(OpeningWord::None) => Opening::None,
            Some(OpeningWord::Registration) => Opening::Registration,
        },
        closing: match section.closing {
            None => base.closing,
            Some(ClosingWord::None) => Closing::None,
            Some(ClosingWord::WebsitePage) => Closing::WebsitePage,
        },
    };
    way.validate().map_err(|problem| at.with_line(problem))?;
    Ok(way)
}

impl WaySection {
    /// Rejects keys that only have a meaning with a choice that was not made.
    fn reject_unused_keys(&self, at: Location<'_>, base: &UploadWay) -> Result<(), ProfileProblem> {
        let token = match self.permit {
            None => matches!(base.permit, Permit::Token { .. }),
            Some(permit) => matches!(permit, PermitWord::Token),
        };
        let unused = |key: &str, of: &str| {
            let what = format!("can only be used with {of}");
            at.with_line(ProfileProblem::at(&format!("upload.way.{key}"), what))
        };
        let whole = matches!(self.body, Some(BodyWord::Whole));
        let local = matches!(self.key, Some(KeyWord::Local));
        let reply = matches!(self.key, Some(KeyWord::Reply));
        for (given, allowed, key, of) in [
            (self.token_header.is_some(), token, "token_header", "permit = \"token\""),
            (self.token_scheme.is_some(), token, "token_scheme", "permit = \"token\""),
            (self.whole_max_bytes.is_some(), whole, "whole_max_bytes", "body = \"whole\""),
            (self.key_prefix.is_some(), local, "key_prefix", "key = \"local\""),
            (self.key_path.is_some(), reply, "key_path", "key = \"reply\""),
            (self.key_field.is_some(), reply, "key_field", "key = \"reply\""),
            (self.key_may_repeat.is_some(), reply, "key_may_repeat", "key = \"reply\""),
        ] {
            if given && !allowed {
                return Err(unused(key, of));
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::super::{read as read_profile, tests::GOOD};
    use super::*;

    const GUIDE: &str = include_str!("../../../../../../docs/service-profiles.md");

    /// The profiles in the guide.
    fn examples() -> impl Iterator<Item = &'static str> {
        GUIDE.split("```toml\n").skip(1).map(|rest| rest.split("```").next().unwrap())
    }

    fn with(section: &str) -> Result<UploadWay, ProfileProblem> {
        read_profile(&format!("{GOOD}{section}")).map(|profile| profile.way)
    }

    #[test]
    fn a_profile_without_a_way_uses_tdrs_way() {
        assert_eq!(with("").unwrap(), UploadWay::tdr());
        assert_eq!(with("[upload.way]\npreset = \"tdr\"\n").unwrap(), UploadWay::tdr());
    }

    #[test]
    fn only_differences_from_the_preset_have_to_be_given() {
        let acl = with("[upload.way]\nacl = \"\"\nchecksum = \"none\"\n").unwrap();
        let headers = Headers { acl: None, checksum: Checksum::None, if_none_match: true };
        assert_eq!(acl, UploadWay { headers, ..UploadWay::tdr() });
        let token = "[upload.way]\npermit = \"token\"\ntoken_scheme = \"raw\"\nbody = \"whole\"\nkey = \"local\"\n\
                     key_prefix = \"{user_id}/\"\nopening = \"none\"\nclosing = \"none\"\n";
        let way = with(token).unwrap();
        assert_eq!(way.permit, Permit::Token { header: "authorization".to_owned(), scheme: Scheme::Raw });
        assert_eq!(way.key, KeyFrom::Local { prefix: "{user_id}/".to_owned() });
        assert_eq!((way.opening, way.closing, way.headers), (Opening::None, Closing::None, UploadWay::tdr().headers));
    }

    #[test]
    fn the_guides_first_example_writes_tdrs_way_out() {
        let example = examples().next().unwrap();
        let way = example.split_once("[upload.way]\n").unwrap().1;
        let written: Vec<&str> = way.lines().map_while(|line| line.split_once(" = ")).map(|(key, _)| key).collect();
        assert_eq!(written.len(), 8, "one for each choice that TDR makes: {written:?}");
        assert!(!written.contains(&"preset"));
        let profile = read_profile(example).unwrap();
        assert_eq!((profile.way, profile.name.as_str()), (UploadWay::tdr(), "our-tdr"));
    }

    #[test]
    fn the_guides_other_example_is_a_way_without_consignments() {
        let way = read_profile(examples().nth(1).unwrap()).unwrap().way;
        assert_eq!(way.permit, Permit::Token { header: "x-access".to_owned(), scheme: Scheme::Raw });
        assert_eq!((way.key, way.opening), (KeyFrom::Local { prefix: "in/{user_id}/".to_owned() }, Opening::None));
        assert_eq!(way.headers, Headers { if_none_match: true, acl: None, checksum: Checksum::None });
    }

    #[test]
    fn the_guide_names_every_key_of_a_profile() {
        for section in ["", "[sign_in]\n", "[api]\n", "[upload]\n", "[upload.way]\n", "[website]\n", "[limits]\n"] {
            let heading = section.trim_end();
            let guide = match heading {
                "" => GUIDE.split("## Keys").nth(1).unwrap(),
                _ => GUIDE.split(&format!("### `{heading}`")).nth(1).unwrap(),
            };
            let table = guide.split("\n##").next().unwrap();
            let problem = read_profile(&format!("{section}nonsense = 1\n")).unwrap_err();
            let keys: Vec<&str> = problem.what.split('`').skip(3).step_by(2).collect();
            assert!(!keys.is_empty(), "{}", problem.what);
            for key in keys {
                let is_section = section.is_empty() && GUIDE.contains(&format!("### `[{key}]`"));
                let is_below = section == "[upload]\n" && key == "way";
                assert!(is_section || is_below || table.contains(&format!("\n| `{key}` |")), "{heading} {key}");
            }
        }
    }

    #[test]
    fn a_problem_in_the_way_names_its_line_and_key() {
        let lines = GOOD.lines().count();
        for (section, line, key) in [
            ("[upload.way]\npreset = \"magic\"\n", Some(2), "preset"),
            ("[upload.way]\n\nkey = \"local\"\n", None, "opening"),
            ("[upload.way]\nopening = \"none\"\nclosing = \"none\"\n", Some(2), "opening"),
            ("[upload.way]\nacl = \"\"\nkey_field = \"id\"\n", Some(3), "key_field"),
            ("[upload.way]\nbody = \"whole\"\nwhole_max_bytes = 0\n", Some(3), "whole_max_bytes"),
        ] {
            let problem = with(section).unwrap_err();
            assert_eq!(problem.line, line.map(|line| lines + line), "{problem}");
            assert_eq!(problem.key, Some(format!("upload.way.{key}")), "{problem}");
        }
    }
}
