//! The support bundle: what helps to diagnose a fault, as one zip file. It contains no secrets, and names of people,
//! folders and files only if the person chose to include them. It is in English in every language, because those who support
//! the program read it.

use std::fs::File;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use waybill_app::library::{Reader, TransferRow};
use waybill_app::{SelfTest, SelfTestDetail, SelfTestVerdict};
use waybill_model::{Code, Failure};
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

use crate::redact::{self, Names};
use crate::shell_state::ShellState;
use crate::system::blocking;

/// The most that is taken of one log file, from its end.
const LOG_LIMIT: u64 = 5_000_000;

/// Gathers everything and saves it, whole or not at all.
///
/// # Errors
/// `output_unwritable`, `disk_full`. The bundle lists what could not be gathered.
pub(crate) async fn save(shell: &Arc<ShellState>, include_names: bool, path: PathBuf) -> Result<(), Failure> {
    let tests = match shell.config(false) {
        Ok(config) => Ok(waybill_app::examine(&config).await),
        Err(failure) => Err(failure),
    };
    let shell = Arc::clone(shell);
    blocking(move || {
        let gather = || Bundle::gather(&shell, tests.as_ref(), include_names);
        waybill_words::in_english(gather).write(&path)
    })
    .await
}

/// The files of a bundle, ready to be written.
struct Bundle {
    files: Vec<(String, String)>,
}

impl Bundle {
    fn gather(shell: &ShellState, tests: Result<&SelfTest, &Failure>, include_names: bool) -> Self {
        let journal = journal(&shell.setup.places.data);
        let names = match &journal {
            Ok(rows) if !include_names => Some(names_of(shell, rows, tests)),
            Ok(_) => None,
            // Without the journal the names are unknown; paths are still removed.
            Err(_) if !include_names => Some(names_of(shell, &[], tests)),
            Err(_) => None,
        };
        let texts = [
            ("about.txt", about(shell, include_names)),
            ("self-test.txt", self_test(tests)),
            ("transfers.txt", transfers(&journal, include_names)),
        ];
        let texts = texts.into_iter().map(|(name, text)| {
            let text = without_secrets(&text);
            (name.to_owned(), names.as_ref().map_or(text.clone(), |names| names.hide(&text)))
        });
        let logs = logs(shell).into_iter().map(|(name, text)| {
            let text = without_secrets(&text);
            (name, names.as_ref().map_or(text.clone(), |names| names.hide_in_log(&text)))
        });
        Self { files: texts.chain(logs).collect() }
    }

    fn write(&self, path: &Path) -> Result<(), Failure> {
        let unwritable = |error: &std::io::Error| {
            let full = error.kind() == std::io::ErrorKind::StorageFull;
            let code = if full { Code::DiskFull } else { Code::OutputUnwritable };
            Failure::new(code, format!("{}: {error}", path.display()))
        };
        let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        let beside = tempfile::NamedTempFile::new_in(folder).map_err(|error| unwritable(&error))?;
        self.write_into(beside.as_file()).map_err(|error| unwritable(&error.into()))?;
        waybill_files::put(beside, path).map_err(|error| unwritable(&error))
    }

    fn write_into(&self, file: &File) -> zip::result::ZipResult<()> {
        let mut zip = ZipWriter::new(file);
        for (name, text) in &self.files {
            zip.start_file(name.as_str(), SimpleFileOptions::default())?;
            zip.write_all(text.as_bytes())?;
        }
        zip.finish().map(drop)
    }
}

fn without_secrets(text: &str) -> String {
    text.lines().fold(String::new(), |text, line| text + &redact::secrets(line) + "\n")
}

fn journal(data: &Path) -> Result<Vec<(TransferRow, String)>, Failure> {
    let Some(reader) = Reader::open(data)? else { return Ok(Vec::new()) };
    let rows = reader.transfers()?.into_iter();
    rows.map(|row| {
        let counts = counts(&reader, &row)?;
        Ok((row, counts))
    })
    .collect()
}

fn counts(reader: &Reader, row: &TransferRow) -> Result<String, Failure> {
    let totals = reader.totals(row.id)?;
    let states = [
        ("found", totals.found),
        ("left out", totals.left_out),
        ("ready", totals.ready),
        ("sent", totals.sent),
        ("set aside", totals.set_aside),
    ];
    let states = states.map(|(name, count)| format!("{name} {} ({} bytes)", count.items, count.bytes)).join(", ");
    let findings = reader.finding_counts(row.id)?.into_iter();
    let findings: Vec<String> = findings.map(|(kind, count, _)| format!("{} {count}", kind.code())).collect();
    Ok(format!("  files: {states}\n  findings: {}\n", findings.join(", ")))
}

fn about(shell: &ShellState, include_names: bool) -> String {
    let about = shell.setup.about();
    let webview = tauri::webview_version().unwrap_or_else(|error| error.to_string());
    let mut text = format!("{} {}\nplatform: {}\nwebview: {webview}\n", about.name, about.version, about.platform);
    let mut line = |name: &str, value: &str| text.extend([name, ": ", value, "\n"]);
    match shell.setup.profile() {
        Ok(profile) => {
            line("service", &profile.name);
            for address in profile.addresses() {
                line("address", address.as_str());
            }
        }
        Err(failure) => line("service", &failure.to_string()),
    }
    line("settings", &format!("{:?}", shell.settings().settings()));
    line("session kept in", &format!("{:?}", shell.setup.session));
    line("blocked", &shell.snapshot().blocked.map_or("no".to_owned(), |problem| format!("{problem:?}")));
    line("names", if include_names { "included" } else { "left out" });
    text
}

fn self_test(tests: Result<&SelfTest, &Failure>) -> String {
    match tests {
        Ok(tests) => {
            let line = |finding: &waybill_app::SelfTestFinding| {
                let (mark, code) = match finding.verdict {
                    SelfTestVerdict::Works => ("ok        ", String::new()),
                    SelfTestVerdict::Warns => ("WARNING   ", String::new()),
                    SelfTestVerdict::Fails(code) => ("FAILED    ", format!(" [{code}]")),
                    SelfTestVerdict::NotTested => ("not tested", String::new()),
                };
                format!("{mark} {}{code}: {}\n", finding.topic.name(), finding.detail)
            };
            tests.findings.iter().map(line).collect()
        }
        Err(failure) => format!("not run: {failure}\n"),
    }
}

fn transfers(journal: &Result<Vec<(TransferRow, String)>, Failure>, include_names: bool) -> String {
    let rows = match journal {
        Ok(rows) => rows,
        Err(failure) => return format!("The journal cannot be read: {failure}\n"),
    };
    let mut text = format!("{} transfers, times in milliseconds since 1970\n", rows.len());
    for (row, counts) in rows {
        let names = if include_names {
            format!("  folder: {}\n  person: {}\n", row.folder.display(), row.person.name)
        } else {
            String::new()
        };
        let time = |at: Option<waybill_model::Timestamp>| at.map_or("-".to_owned(), |at| at.0.to_string());
        let facts = format!(
            "{} into {}\n{names}  service: {}, program: {}\n  phase: {:?}, paused: {}, given up: {}, last hold: {}\n  \
             created {}, start intended {}, register intended {}, handed over {}, finished {}\n",
            row.id,
            row.destination(),
            row.service,
            row.program_version,
            row.phase,
            row.paused,
            row.given_up,
            row.last_hold.as_deref().unwrap_or("-"),
            row.created.0,
            time(row.start_intended),
            time(row.register_intended),
            time(row.handed_over),
            time(row.finished),
        );
        text.push('\n');
        text.push_str(&facts);
        text.push_str(counts);
    }
    text
}

/// Returns the logs of the window and the command line.
fn logs(shell: &ShellState) -> Vec<(String, String)> {
    let mut paths: Vec<PathBuf> = [&shell.setup.places.logs, &shell.setup.places.data]
        .into_iter()
        .filter_map(|folder| std::fs::read_dir(folder).ok())
        .flat_map(|entries| entries.flatten().map(|entry| entry.path()))
        .filter(|path| is_log(path))
        .collect();
    paths.sort_unstable();
    paths.dedup();
    paths.iter().map(|path| (log_name(path), crate::log::tail(path, LOG_LIMIT))).collect()
}

fn is_log(path: &Path) -> bool {
    let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
    path.is_file() && (name.ends_with(".log") || name.contains(".log."))
}

fn log_name(path: &Path) -> String {
    let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    format!("logs/{name}")
}

/// Returns every name that may occur in a log.
fn names_of(shell: &ShellState, rows: &[(TransferRow, String)], tests: Result<&SelfTest, &Failure>) -> Names {
    let of_transfers = rows.iter().flat_map(|(row, _)| {
        let person = &row.person;
        let path = row.folder.display().to_string();
        [Some(path), Some(row.folder_name.clone()), Some(person.name.clone()), person.email.clone()]
    });
    let home = std::env::home_dir().map(|home| home.display().to_string());
    let places = [&shell.setup.places.data, &shell.setup.places.logs].map(|place| Some(place.display().to_string()));
    let person = match &shell.controller.snapshot().session {
        waybill_app::SessionState::SignedIn(person) | waybill_app::SessionState::Waiting(person, _) => {
            vec![Some(person.name.clone()), person.email.clone()]
        }
        waybill_app::SessionState::Loading
        | waybill_app::SessionState::SignedOut(_)
        | waybill_app::SessionState::SigningIn => Vec::new(),
    };
    // This is known even if nothing runs and nobody else knows who is signed in.
    let tested = tests.map(|tests| tests.findings.as_slice()).unwrap_or_default();
    let tested = tested.iter().map(|finding| {
        if let SelfTestDetail::Session { person, .. } = &finding.detail { person.clone() } else { None }
    });
    Names::new(of_transfers.chain(places).chain(person).chain(tested).chain([home]).flatten())
}
