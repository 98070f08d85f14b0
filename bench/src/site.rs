//! Serves a folder of files on loopback, for one browser at a time.
//!
//! Owner of a thread, which ends with the process.

use std::fs;
use std::io::{BufRead as _, BufReader, Write as _};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::path::{Component, Path, PathBuf};
use std::thread;

use waybill_system_tests::Result;

use crate::io;

/// Serves a folder and returns its address, without a trailing slash.
///
/// # Errors
/// No port is free.
pub(crate) fn serve(folder: PathBuf) -> Result<String> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).map_err(io("loopback"))?;
    let address = listener.local_addr().map_err(io("loopback"))?;
    thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            // The browser may close the connection at any time.
            let _closed = answer(stream, &folder);
        }
    });
    Ok(format!("http://{address}"))
}

fn answer(mut stream: TcpStream, folder: &Path) -> std::io::Result<()> {
    let mut lines = BufReader::new(stream.try_clone()?).lines();
    let first = lines.next().transpose()?.unwrap_or_default();
    // The rest of the request's head.
    while lines.next().transpose()?.is_some_and(|line| !line.is_empty()) {}
    let (status, kind, body) = match file(folder, first.split(' ').nth(1).unwrap_or_default()) {
        Some(path) => ("200 OK", kind(&path), fs::read(path)?),
        None => ("404 Not Found", "text/plain", Vec::new()),
    };
    let head = format!(
        "HTTP/1.1 {status}\r\nContent-Type: {kind}\r\nContent-Length: {}\r\nConnection: close\r\n\r\n",
        body.len()
    );
    stream.write_all(head.as_bytes())?;
    stream.write_all(&body)
}

/// Returns the file for a request's target; `None` if it is not a file in the folder.
fn file(folder: &Path, target: &str) -> Option<PathBuf> {
    let path = target.split('?').next()?.trim_start_matches('/');
    let path = Path::new(if path.is_empty() { "index.html" } else { path });
    let is_below = path.components().all(|part| matches!(part, Component::Normal(_)));
    Some(folder.join(path)).filter(|file| is_below && file.is_file())
}

fn kind(path: &Path) -> &'static str {
    match path.extension().and_then(|extension| extension.to_str()) {
        Some("html") => "text/html; charset=utf-8",
        Some("js") => "text/javascript",
        Some("css") => "text/css",
        Some("svg") => "image/svg+xml",
        Some(_) | None => "application/octet-stream",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_files_in_the_folder_are_served() {
        let dir = tempfile::tempdir().unwrap();
        fs::write(dir.path().join("index.html"), "x").unwrap();
        assert_eq!(file(dir.path(), "/?scene=a"), Some(dir.path().join("index.html")));
        assert_eq!(file(dir.path(), "/../index.html"), None);
        assert_eq!(file(dir.path(), "/other.js"), None);
    }
}
