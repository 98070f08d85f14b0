//! Every parser of input from outside, each as one function.
//!
//! `fuzz/` runs these functions under cargo-fuzz. The tests here run the same ones on stable Rust, on the seeds of
//! `fuzz/corpus` and on damaged copies of them ([`mutate`]). A function returns when the bytes are rejected, and panics
//! only if there is a fault in Waybill.

mod journal;
pub mod mutate;

pub use journal::journal_rows;
pub use waybill_cloud::fuzzing::{api, browser_request, cookies, policy, sign_in, store, stored_session};

use waybill_model::ServiceProfile;

/// Reads a service profile.
pub fn profile(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    match ServiceProfile::from_toml(&text) {
        Ok(profile) => {
            for address in profile.addresses() {
                let is_here = waybill_model::service::is_loopback(address);
                assert!(address.scheme() == "https" || is_here, "an insecure address was taken: {address}");
            }
        }
        Err(problem) => assert!(!problem.to_string().is_empty(), "a problem without words"),
    }
}

/// A function that reads bytes.
pub type Target = fn(&[u8]);

/// Every target, by the name of its corpus, with how many damaged copies the tests try: as many as about a second allows.
pub const ALL: [(&str, Target, u32); 9] = [
    ("api", api, 6_000),
    ("browser_request", browser_request, 20_000),
    ("cookies", cookies, 15_000),
    ("journal_rows", journal_rows, 150),
    ("policy", policy, 20_000),
    ("profile", profile, 4_000),
    ("sign_in", sign_in, 8_000),
    ("store", store, 10_000),
    ("stored_session", stored_session, 20_000),
];

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use super::*;

    fn corpus(name: &str) -> Vec<Vec<u8>> {
        let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../fuzz/corpus").join(name);
        mutate::seeds_in(&folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()))
    }

    #[test]
    fn no_damaged_input_of_any_kind_breaks_a_reader() {
        for (name, target, rounds) in ALL {
            let seeds = corpus(name);
            assert!(seeds.len() >= 3, "{name} has too few seeds");
            mutate::run(name, target, &seeds, rounds);
        }
    }

    #[test]
    fn every_target_has_its_program_for_cargo_fuzz() {
        let fuzz = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../fuzz");
        let manifest = std::fs::read_to_string(fuzz.join("Cargo.toml")).unwrap();
        for (name, _, _) in ALL {
            let program = std::fs::read_to_string(fuzz.join(format!("fuzz_targets/{name}.rs"))).unwrap();
            assert!(program.contains(&format!("waybill_fuzz_targets::{name}(data)")), "{program}");
            assert!(manifest.contains(&format!("name = \"{name}\"")), "{name}");
        }
    }
}
