//! How many requests a transfer of small files takes, because the service's firewall limits them.

use std::collections::BTreeMap;

use waybill_system_tests::{Logged, Result};

use super::files::Files;
use super::stage::{LONG, Stage};
use crate::Options;
use crate::report::{Report, Unit};
use crate::series::Series;

const SMALL: Files = Files { count: 600, bytes: 20 << 10 };

/// Runs the benchmark.
///
/// # Errors
/// A transfer does not finish.
pub(crate) fn measure(options: &Options) -> Result<Report> {
    let mut report = Report::new("requests", "Requests for 600 small files", "Files");
    let mut runs = Vec::new();
    for _ in 0..options.runs {
        let stage = Stage::new()?;
        let folder = stage.records(SMALL)?;
        stage.send(&folder)?.finish(LONG)?.expect_code(0)?;
        runs.push(count(&stage.sandbox.control().requests()?));
    }
    let kinds: std::collections::BTreeSet<&String> = runs.iter().flat_map(BTreeMap::keys).collect();
    for kind in kinds {
        let counts: Series = runs.iter().map(|run| run.get(kind).copied().unwrap_or_default() as f64).collect();
        let is_per_file = kind.ends_with("of a file");
        let files = counts_of_files(options.runs);
        if is_per_file {
            report.compare(kind, Unit::Count, counts, files);
        } else {
            report.add(kind, Unit::Count, counts);
        }
    }
    report.note(
        "From the first sign-in to the receipt, including the browser's requests to the sign-in page and the website. The \
         API is polled while the service checks the files, so those requests depend on how long that takes: here a second.",
    );
    Ok(report)
}

fn counts_of_files(runs: u32) -> Series {
    (0..runs).map(|_| SMALL.count as f64).collect()
}

/// Counts requests by purpose.
fn count(requests: &[Logged]) -> BTreeMap<String, u64> {
    let mut counts = BTreeMap::new();
    for request in requests {
        *counts.entry(kind(request)).or_default() += 1;
    }
    counts
}

fn kind(request: &Logged) -> String {
    match (request.role.as_str(), request.operation.as_deref()) {
        ("api", Some(operation)) => format!("API, `{operation}`"),
        ("api", None) => "API, other".to_owned(),
        ("upload", _) if request.path.starts_with("/cookies") => "Upload address, cookies".to_owned(),
        ("upload", _) => format!("Upload address, {} of a file", request.method),
        ("sign_in", _) => "Sign-in".to_owned(),
        ("website", _) => "Website".to_owned(),
        (other, _) => other.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn logged(role: &str, method: &str, path: &str, operation: Option<&str>) -> Logged {
        let operation = operation.map(|name| format!(",\"operation\":\"{name}\"")).unwrap_or_default();
        let text = format!(
            "{{\"role\":\"{role}\",\"method\":\"{method}\",\"path\":\"{path}\",\"status\":200,\"bytes\":0{operation}}}"
        );
        serde_json::from_str(&text).unwrap()
    }

    #[test]
    fn requests_are_counted_by_purpose() {
        let counts = count(&[
            logged("upload", "PUT", "/a/b/1", None),
            logged("upload", "PUT", "/a/b/2", None),
            logged("upload", "GET", "/cookies", None),
            logged("api", "POST", "/graphql", Some("startUpload")),
        ]);
        let expected =
            [("API, `startUpload`", 1), ("Upload address, PUT of a file", 2), ("Upload address, cookies", 1)];
        assert_eq!(counts.into_iter().collect::<Vec<_>>(), expected.map(|(kind, count)| (kind.to_owned(), count)));
    }
}
