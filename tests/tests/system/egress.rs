//! Where Waybill connects to and which names it looks up, as the kernel sees it: nowhere but the service.
//!
//! `strace` records every system call that names an address. Only root may look into a process that keeps its memory
//! to itself, so anyone else becomes root of a user namespace first (`unshare`), which changes nothing about the network.

use std::collections::BTreeSet;
use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};

use url::Url;
use waybill_system_tests::{Addresses, Error, PATIENCE, Result, Waybill};

use crate::scene::Scene;

/// The calls that can name an address.
const CALLS: &str = "trace=connect,bind,sendto,sendmsg,sendmmsg";

/// What a traced call did.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Seen {
    /// It went to an address and port, whether or not something was there.
    To(String),
    /// It listened, or sent, at an address of this computer.
    At(String),
    /// It asked a service of this computer, by its socket.
    Asked(String),
    /// A line that cannot be read.
    Unreadable(String),
}

#[test]
fn a_whole_job_contacts_the_service_and_looks_up_no_name() -> Result<()> {
    let scene = Scene::new()?;
    let trace = scene.dir.path().join("trace");
    let waybill = watched(&scene.waybill, &trace);
    waybill.run(["doctor"], PATIENCE)?.expect_code(0)?;
    waybill.run(["sign-in"], PATIENCE)?.expect_code(0)?;
    waybill.run(["consignments"], PATIENCE)?.expect_code(0)?;
    waybill.run(scene.send_arguments(), PATIENCE)?.expect_code(0)?;
    waybill.run(["show", scene.consignment.reference.as_str()], PATIENCE)?.expect_code(0)?;
    waybill.run(["sign-out"], PATIENCE)?.expect_code(0)?;
    scene.everything_arrived()?;

    let seen = seen(&trace)?;
    let service = of_service(scene.sandbox.addresses())?;
    assert_eq!(strangers(&seen, &service), Vec::<&Seen>::new());
    for address in &service {
        // The website is the browser's business.
        let is_website = scene.sandbox.addresses().website.ends_with(address.rsplit(':').next().unwrap_or_default());
        assert!(is_website || seen.contains(&Seen::To(address.clone())), "never connected to {address}: {seen:?}");
    }
    // The check can fail: with one of the service's addresses taken off the list, the same trace is rejected.
    let without: BTreeSet<String> = service.iter().skip(1).cloned().collect();
    assert_ne!(strangers(&seen, &without), Vec::<&Seen>::new());
    Ok(())
}

#[test]
fn every_call_that_names_an_address_is_understood() {
    let to = |address: &str| Some(Seen::To(address.to_owned()));
    let at = |address: &str| Some(Seen::At(address.to_owned()));
    for (line, expected) in [
        (
            "12 connect(9, {sa_family=AF_INET, sin_port=htons(443), sin_addr=inet_addr(\"192.0.2.1\")}, 16) = -1 EINPROGRESS",
            to("192.0.2.1:443"),
        ),
        (
            "12 connect(9, {sa_family=AF_INET6, sin6_port=htons(53), sin6_flowinfo=htonl(0), inet_pton(AF_INET6, \"2001:db8::1\", &sin6_addr), sin6_scope_id=0}, 28) = 0",
            to("[2001:db8::1]:53"),
        ),
        (
            "12 sendto(5, \"x\"..., 20, MSG_NOSIGNAL, {sa_family=AF_INET, sin_port=htons(53), sin_addr=inet_addr(\"192.0.2.53\")}, 16) = 20",
            to("192.0.2.53:53"),
        ),
        (
            "12 bind(8, {sa_family=AF_INET, sin_port=htons(0), sin_addr=inet_addr(\"127.0.0.1\")}, 16) = 0",
            at("127.0.0.1:0"),
        ),
        (
            "12 connect(3, {sa_family=AF_UNIX, sun_path=\"/var/run/nscd/socket\"}, 110) = -1 ENOENT",
            Some(Seen::Asked("/var/run/nscd/socket".to_owned())),
        ),
        ("12 sendto(5, \"x\"..., 20, MSG_NOSIGNAL, NULL, 0) = 20", None),
        ("12 sendto(5, [{nlmsg_len=20}], 20, 0, {sa_family=AF_NETLINK, nl_pid=0, nl_groups=00000000}, 12) = 20", None),
        ("12 bind(5, {sa_family=AF_NETLINK, nl_pid=0, nl_groups=00000000}, 12) = 0", None),
        ("12 <... connect resumed>) = 0", None),
        ("12 +++ exited with 0 +++", None),
        ("12 connect(9, 0x7ffd0, 16) = 0", Some(Seen::Unreadable("12 connect(9, 0x7ffd0, 16) = 0".to_owned()))),
    ] {
        assert_eq!(read(line), expected, "{line}");
    }
}

/// Returns what was seen and has nothing to do with a job: another address, a lookup, a socket that others can reach.
fn strangers<'a>(seen: &'a BTreeSet<Seen>, service: &BTreeSet<String>) -> Vec<&'a Seen> {
    let is_ours = |seen: &&Seen| match seen {
        Seen::To(address) => service.contains(address),
        Seen::At(address) => address.starts_with("127.0.0.1:"),
        Seen::Asked(_) | Seen::Unreadable(_) => false,
    };
    seen.iter().filter(|seen| !is_ours(seen)).collect()
}

/// Returns every address of the service, as address and port.
fn of_service(addresses: &Addresses) -> Result<BTreeSet<String>> {
    let all = [&addresses.sign_in, &addresses.api, &addresses.upload, &addresses.website];
    let address = |text: &&String| -> Result<String> {
        let url = Url::parse(text).map_err(|error| Error::unexpected(error.to_string()))?;
        Ok(format!("{}:{}", url.host_str().unwrap_or_default(), url.port_or_known_default().unwrap_or_default()))
    };
    all.iter().map(address).collect()
}

/// Returns `waybill` under `strace`, which adds to the trace with each run. It ends when `strace` does.
fn watched(waybill: &Waybill, trace: &Path) -> Waybill {
    let mut words: Vec<OsString> = Vec::new();
    if !rustix::process::geteuid().is_root() {
        words.extend(["unshare", "--map-root-user"].map(OsString::from));
    }
    words.extend(["strace", "--follow-forks", "--output-append-mode", "-e", CALLS, "--output"].map(OsString::from));
    words.push(trace.into());
    words.extend(["setpriv", "--pdeathsig", "KILL"].map(OsString::from));
    waybill.clone().under(words)
}

fn seen(trace: &Path) -> Result<BTreeSet<Seen>> {
    let path: PathBuf = trace.to_owned();
    let text = fs::read_to_string(trace).map_err(|source| Error::Io { path, source })?;
    Ok(text.lines().filter_map(read).collect())
}

/// Reads one line of a trace; `None` where it names no address outside the kernel.
fn read(line: &str) -> Option<Seen> {
    let call = line.split_once(' ').map_or(line, |(_, call)| call.trim_start());
    let (name, rest) = call.split_once('(')?;
    let between = |text: &str, before: &str, after: char| -> Option<String> {
        Some(text.split_once(before)?.1.split_once(after)?.0.to_owned())
    };
    let place = |address: String| Some(if name == "bind" { Seen::At(address) } else { Seen::To(address) });
    let port = || between(rest, "_port=htons(", ')');
    match between(rest, "sa_family=", ',').as_deref() {
        Some("AF_INET") => place(format!("{}:{}", between(rest, "inet_addr(\"", '"')?, port()?)),
        Some("AF_INET6") => place(format!("[{}]:{}", between(rest, "inet_pton(AF_INET6, \"", '"')?, port()?)),
        Some("AF_UNIX") => Some(Seen::Asked(between(rest, "sun_path=", '}')?.trim_matches('"').to_owned())),
        Some("AF_NETLINK") => None,
        Some(_) => Some(Seen::Unreadable(line.to_owned())),
        // A socket that is connected already needs no address.
        None if name == "connect" || name == "bind" => Some(Seen::Unreadable(line.to_owned())),
        None => None,
    }
}
