//! The receipt to read and print: one page without scripts or external resources.

use std::io::Write;

use html_escape::encode_text;
use waybill_journal::Reader;
use waybill_model::Failure;
use waybill_words as words;

use super::facts::{Summary, each_not_sent, each_problem, each_sent};
use super::{Rows, io};

const STYLE: &str = "body{font:16px/1.5 Arial,Helvetica,sans-serif;max-width:70rem;margin:2rem auto;padding:0 1rem;color:#111;background:#fff}\
h1{font-size:2rem;margin:0 0 .5rem}h2{margin:2rem 0 .5rem}dl{display:grid;grid-template-columns:max-content 1fr;gap:.25rem 1.5rem}\
dt{font-weight:bold}dd{margin:0;overflow-wrap:anywhere}table{border-collapse:collapse;width:100%;font-size:.875rem}\
th,td{text-align:left;padding:.35rem .5rem;border-bottom:1px solid #bbb;vertical-align:top;overflow-wrap:anywhere}\
td.number{text-align:right;white-space:nowrap}code{font-size:.8125rem}thead{display:table-header-group}tr{break-inside:avoid}\
@media(prefers-color-scheme:dark){@media screen{body{color:#eee;background:#111}th,td{border-color:#555}}}";

pub(super) fn write(reader: &Reader, summary: &Summary, out: &mut impl Write) -> Result<(), Failure> {
    head(summary, out).map_err(|error| io(&error))?;
    let heading = |cells: &[&str]| {
        let cells: String = cells.iter().map(|cell| format!("<th scope=\"col\">{cell}</th>")).collect();
        format!("<table><thead><tr>{cells}</tr></thead><tbody>")
    };
    if summary.files_with_problems.is_some_and(|files| files > 0) {
        writeln!(out, "<h2>Files in which the checks found problems</h2>").map_err(|error| io(&error))?;
        writeln!(out, "{}", heading(&["Path", "Check", "Result"])).map_err(|error| io(&error))?;
        let mut rows = Rows::new(out);
        each_problem(reader, summary.transfer, &mut |problem| {
            rows.row(|out| {
                let (path, check) = (encode_text(&problem.path), words::service_check(&problem.check));
                let result = words::service_result(&problem.result);
                writeln!(
                    out,
                    "<tr><td>{path}</td><td>{}</td><td>{}</td></tr>",
                    encode_text(check),
                    encode_text(&result)
                )
            })
        })?;
        rows.end()?;
        writeln!(out, "</tbody></table>").map_err(|error| io(&error))?;
    }
    writeln!(out, "<h2>Uploaded files</h2>").map_err(|error| io(&error))?;
    writeln!(out, "{}", heading(&["Path", "Size in bytes", "SHA-256", "Last modified (UTC)", "Acknowledged (UTC)"]))
        .map_err(|error| io(&error))?;
    let mut rows = Rows::new(out);
    each_sent(reader, summary.transfer, &mut |file| {
        rows.row(|out| {
            let (path, size, sha256) = (encode_text(&file.path), file.size, &file.sha256);
            let (modified, acknowledged) = (&file.modified, &file.acknowledged);
            writeln!(
                out,
                "<tr><td>{path}</td><td class=\"number\">{size}</td><td><code>{sha256}</code></td><td>{modified}</td><td>{acknowledged}</td></tr>"
            )
        })
    })?;
    rows.end()?;
    writeln!(out, "</tbody></table>").map_err(|error| io(&error))?;
    if summary.not_sent > 0 {
        writeln!(out, "<h2>Not sent</h2>").map_err(|error| io(&error))?;
        writeln!(out, "{}", heading(&["Path", "Why", "Detail"])).map_err(|error| io(&error))?;
        let mut rows = Rows::new(out);
        each_not_sent(reader, summary.transfer, &mut |file| {
            rows.row(|out| {
                let (path, detail) = (encode_text(&file.path), file.detail.as_deref().unwrap_or_default());
                let slash = if file.is_folder { "/" } else { "" };
                writeln!(out, "<tr><td>{path}{slash}</td><td>{}</td><td>{}</td></tr>", file.why, encode_text(detail))
            })
        })?;
        rows.end()?;
        writeln!(out, "</tbody></table>").map_err(|error| io(&error))?;
    }
    writeln!(out, "</main></body></html>").map_err(|error| io(&error))
}

fn head(summary: &Summary, out: &mut impl Write) -> std::io::Result<()> {
    let title = format!("Receipt for {}", encode_text(summary.destination()));
    writeln!(out, "<!DOCTYPE html>\n<html lang=\"en-GB\"><head><meta charset=\"utf-8\">")?;
    writeln!(out, "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">")?;
    writeln!(out, "<title>{title}</title><style>{STYLE}</style></head><body><main>")?;
    writeln!(out, "<h1>{title}</h1><p>{}</p><dl>", summary.outcome.words())?;
    let files = summary.files.to_string();
    let bytes = summary.bytes.to_string();
    let not_sent = summary.not_sent.to_string();
    let problems = summary.files_with_problems.map(|files| files.to_string());
    let facts = [
        ("Consignment", summary.consignment.as_deref()),
        ("Consignment id", summary.consignment_id.as_deref()),
        ("Series", summary.series.as_deref()),
        ("Folder", Some(&summary.folder)),
        ("Sent by", Some(&summary.person)),
        ("E-mail", summary.email.as_deref()),
        ("Transferring body", summary.body.as_deref()),
        ("Began", Some(&summary.began)),
        ("Handed over", summary.handed_over.as_deref()),
        ("Finished", summary.finished.as_deref()),
        ("Files uploaded", Some(&files)),
        ("Bytes uploaded", Some(&bytes)),
        ("Files not sent", Some(&not_sent)),
        ("Checks", summary.checks),
        ("Files with problems", problems.as_deref()),
        ("Service", Some(&summary.service)),
        ("Website", summary.website.as_deref()),
        ("Program", Some(&summary.program)),
    ];
    for (name, value) in facts {
        if let Some(value) = value {
            writeln!(out, "<dt>{name}</dt><dd>{}</dd>", encode_text(value))?;
        }
    }
    writeln!(out, "</dl>")
}
