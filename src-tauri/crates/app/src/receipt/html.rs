//! The receipt to read and print: one page without scripts or external resources.

use std::io::Write;

use html_escape::encode_text;
use waybill_journal::Reader;
use waybill_model::Failure;
use waybill_words::receipt_file as words;

use super::facts::{Checks, Summary, each_not_sent, each_problem, each_sent};
use super::{Rows, io};

/// Nothing is loaded, run or sent.
const POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'";
const STYLE: &str = "body{font:16px/1.5 Arial,Helvetica,sans-serif;max-width:70rem;margin:2rem auto;padding:0 1rem;color:#111;background:#fff}\
h1{font-size:2rem;margin:0 0 .5rem}h2{margin:2rem 0 .5rem}dl{display:grid;grid-template-columns:max-content 1fr;gap:.25rem 1.5rem}\
dt{font-weight:bold}dd{margin:0;overflow-wrap:anywhere}dd,td{white-space:pre-wrap}table{border-collapse:collapse;width:100%;font-size:.875rem}\
th,td{text-align:left;padding:.35rem .5rem;border-bottom:1px solid #bbb;vertical-align:top;overflow-wrap:anywhere}\
td.number{text-align:right;white-space:nowrap}code{font-size:.8125rem}thead{display:table-header-group}tr{break-inside:avoid}\
@media(prefers-color-scheme:dark){@media screen{body{color:#eee;background:#111}th,td{border-color:#555}}}";

pub(super) fn write(reader: &Reader, summary: &Summary, out: &mut impl Write) -> Result<(), Failure> {
    head(summary, out).map_err(|error| io(&error))?;
    let heading = |cells: &[&str]| {
        let cells: String = cells.iter().map(|cell| format!("<th scope=\"col\">{}</th>", encode_text(cell))).collect();
        format!("<table><thead><tr>{cells}</tr></thead><tbody>")
    };
    if summary.files_with_problems.is_some_and(|files| files > 0) {
        section(out, words::problems()).map_err(|error| io(&error))?;
        writeln!(out, "{}", heading(&[words::columns_path(), words::columns_check(), words::columns_result()]))
            .map_err(|error| io(&error))?;
        let mut rows = Rows::new(out);
        each_problem(reader, summary.transfer, &mut |problem| {
            rows.row(|out| {
                let (path, check) = (shown(&problem.path), waybill_words::service_check(&problem.check));
                let result = waybill_words::service_result(&problem.result);
                writeln!(out, "<tr><td>{path}</td><td>{}</td><td>{}</td></tr>", shown(check), shown(&result))
            })
        })?;
        rows.end()?;
        writeln!(out, "</tbody></table>").map_err(|error| io(&error))?;
    }
    section(out, words::sent()).map_err(|error| io(&error))?;
    let columns = [
        words::columns_path(),
        words::columns_size(),
        words::columns_sha256(),
        words::columns_modified(),
        words::columns_acknowledged(),
    ];
    writeln!(out, "{}", heading(&columns)).map_err(|error| io(&error))?;
    let mut rows = Rows::new(out);
    each_sent(reader, summary.transfer, &mut |file| {
        rows.row(|out| {
            let (path, size, sha256) = (shown(&file.path), file.size, &file.sha256);
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
        section(out, words::not_sent()).map_err(|error| io(&error))?;
        writeln!(out, "{}", heading(&[words::columns_path(), words::columns_why(), words::columns_detail()]))
            .map_err(|error| io(&error))?;
        let mut rows = Rows::new(out);
        each_not_sent(reader, summary.transfer, &mut |file| {
            rows.row(|out| {
                let (path, detail) = (shown(&file.path), file.detail.as_deref().unwrap_or_default());
                let slash = if file.is_folder { "/" } else { "" };
                writeln!(
                    out,
                    "<tr><td>{path}{slash}</td><td>{}</td><td>{}</td></tr>",
                    encode_text(file.why),
                    shown(detail)
                )
            })
        })?;
        rows.end()?;
        writeln!(out, "</tbody></table>").map_err(|error| io(&error))?;
    }
    writeln!(out, "</main></body></html>").map_err(|error| io(&error))
}

fn section(out: &mut impl Write, heading: &str) -> std::io::Result<()> {
    writeln!(out, "<h2>{}</h2>", encode_text(heading))
}

fn head(summary: &Summary, out: &mut impl Write) -> std::io::Result<()> {
    let title = words::title(summary.destination());
    let title = shown(&title);
    let language = waybill_words::language();
    writeln!(out, "<!DOCTYPE html>\n<html lang=\"{language}\"><head><meta charset=\"utf-8\">")?;
    writeln!(out, "<meta http-equiv=\"Content-Security-Policy\" content=\"{POLICY}\">")?;
    writeln!(out, "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">")?;
    writeln!(out, "<title>{title}</title><style>{STYLE}</style></head><body><main>")?;
    writeln!(out, "<h1>{title}</h1><p>{}</p><dl>", encode_text(summary.outcome.words()))?;
    let files = summary.files.to_string();
    let bytes = summary.bytes.to_string();
    let not_sent = summary.not_sent.to_string();
    let problems = summary.files_with_problems.map(|files| files.to_string());
    let moves: Vec<String> =
        summary.moves.iter().map(|moved| format!("{} → {} ({})", moved.from, moved.to, moved.at)).collect();
    let moves = (!moves.is_empty()).then(|| moves.join("; "));
    let facts = [
        (words::facts_consignment(), summary.consignment.as_deref()),
        (words::facts_consignment_id(), summary.consignment_id.as_deref()),
        (words::facts_series(), summary.series.as_deref()),
        (words::facts_folder(), Some(&summary.folder)),
        (words::facts_moved(), moves.as_deref()),
        (words::facts_person(), Some(&summary.person)),
        (words::facts_email(), summary.email.as_deref()),
        (words::facts_body(), summary.body.as_deref()),
        (words::facts_started(), Some(&summary.began)),
        (words::facts_handed_over(), summary.handed_over.as_deref()),
        (words::facts_finished(), summary.finished.as_deref()),
        (words::facts_files(), Some(&files)),
        (words::facts_bytes(), Some(&bytes)),
        (words::facts_not_sent(), Some(&not_sent)),
        (words::facts_checks(), summary.checks.map(Checks::words)),
        (words::facts_problems(), problems.as_deref()),
        (words::facts_service(), Some(&summary.service)),
        (words::facts_website(), summary.website.as_deref()),
        (words::facts_program(), Some(&summary.program)),
    ];
    for (name, value) in facts {
        if let Some(value) = value {
            writeln!(out, "<dt>{}</dt><dd>{}</dd>", encode_text(name), shown(value))?;
        }
    }
    writeln!(out, "</dl>")
}

/// Returns text from outside for the page: every character shows, and none is markup.
fn shown(text: &str) -> String {
    encode_text(&waybill_words::visible(text)).into_owned()
}
