//! `cargo xtask test`: every check and test there is, what is quick first.
//!
//! What cannot be installed fails the run. With `--offline` only what is there already is run; everything else is named when its
//! turn comes, and again at the end.

mod dependencies;
mod preparing;

use std::path::PathBuf;
use std::process::Command;
use std::time::Instant;

use self::preparing::Preparing;
use crate::conformance::{Part, Prepared};
use crate::error::Result;
use crate::step::{self, step};
#[cfg(target_os = "linux")]
use crate::window;
use crate::workspace::{self, Metadata, Network, Scope};
use crate::{node, setup};

const PAGE: &str = "The page, every view in every state in a browser";
const WINDOW: &str = "The window, on a display without a screen";
const DESKTOP: &str = "The window, used as a person does";
const AT_KEYCLOAK: &str = "Signing in at the window on Keycloak's own page";

/// The whole-system tests' target.
const SYSTEM: &str = "system";
/// The target of the window's tests on a desktop.
const ON_A_DESKTOP: &str = "desktop";

/// Runs everything. Stops at the first failure.
pub(crate) fn run(network: Network) -> Result {
    let begun = Instant::now();
    let metadata = workspace::metadata(network)?;
    let preparing = prepare(network)?;
    step("Formatting", || step::run(workspace::cargo(network).args(["fmt", "--all", "--check"])))?;
    let scope = match step::or_left_out(network, "The window and its page", page(network))? {
        Some(()) => Scope::Everything,
        None => Scope::WithoutWindow,
    };
    step("Lints, the window included", || step::run(&mut workspace::lints(scope, network)))?;
    dependencies::check(&metadata, network)?;
    step("Compiling all tests", || step::run(&mut all_tests(scope, &metadata, network)))?;
    if !has_contracts() {
        let why = "neither WAYBILL_SHARED nor ../shared holds contracts/; what The National Archives publish is no part of this";
        step::left_out("Comparing with TDR's schema, excluded names and refused formats", why);
    }
    step("Unit tests of all crates", || step::run(&mut unit_tests(scope, &metadata, network)))?;
    step("Whole-system tests", || step::run(&mut system_tests(scope, &metadata, network)))?;
    if scope == Scope::Everything {
        try_the_page(network)?;
        try_the_window(&metadata, network)?;
    }
    if let Some(preparing) = preparing {
        preparing.finish()?;
    }
    let mut keycloak = None;
    for part in Part::ALL {
        let prepared = hold(part, scope, &metadata, network)?;
        keycloak = if part == Part::Keycloak { prepared } else { keycloak };
    }
    if scope == Scope::Everything {
        use_the_window(&metadata, network, keycloak.as_ref())?;
    }
    let took = begun.elapsed().as_secs_f64();
    match &step::everything_left_out()[..] {
        [] => println!("\nEverything passed, in {took:.0} s."),
        titles => println!(
            "\nEverything that was run passed, in {took:.0} s. Not done, for the reasons given above:\n  {}",
            titles.join("\n  ")
        ),
    }
    Ok(())
}

/// Installs what everything needs, and begins to fetch what will be needed last.
fn prepare(network: Network) -> Result<Option<Preparing>> {
    match network {
        Network::Allowed => {
            setup::for_all_tests(network)?;
            if cfg!(unix) { Preparing::start().map(Some) } else { Ok(None) }
        }
        Network::Forbidden => setup::for_sending(network).map(|()| None),
    }
}

/// Whether what the contract tests compare with is where they look for it; they say it, too, each for itself.
fn has_contracts() -> bool {
    let beside = || workspace::root().parent().map(|folder| folder.join("shared"));
    let folder = std::env::var_os("WAYBILL_SHARED").map(PathBuf::from).or_else(beside);
    folder.is_some_and(|folder| folder.join("contracts").is_dir())
}

fn page(network: Network) -> Result {
    setup::for_the_window(network)?;
    step("The page: fetching what it is made of", || node::install(network))?;
    for (title, script) in [("lints", "lint"), ("types", "check"), ("tests", "test")] {
        step(&format!("The page: {title}"), || step::run(&mut node::npm(&["run", "--silent", script])))?;
    }
    step("The page: building", node::build)
}

/// Compiles what the steps after it run: once for all of them, the conformance suites included.
fn all_tests(scope: Scope, metadata: &Metadata, network: Network) -> Command {
    let mut command = unit_tests(scope, metadata, network);
    command.args(["--no-run", "--test", SYSTEM]);
    if cfg!(unix) {
        for part in Part::ALL {
            command.args(["--test", part.target()]);
        }
    }
    if cfg!(target_os = "linux") {
        command.args(["--test", ON_A_DESKTOP]);
    }
    command
}

/// Everything that needs no other program beside it.
fn unit_tests(scope: Scope, metadata: &Metadata, network: Network) -> Command {
    let mut command = workspace::tests(scope, network);
    command.args(["--lib", "--bins"]);
    for name in metadata.targets(scope, "test").iter().filter(|name| *name != SYSTEM) {
        command.args(["--test", name]);
    }
    command
}

/// `waybill` as its users have it, against the sandbox as a process of its own. The unit tests have just built it.
/// The tests mostly wait for each other's processes, so two of them share a core.
fn system_tests(scope: Scope, metadata: &Metadata, network: Network) -> Command {
    let threads = 2 * std::thread::available_parallelism().map_or(1, usize::from);
    let mut command = workspace::tests(scope, network);
    command.args(["--test", SYSTEM]).env("WAYBILL_BIN", metadata.program("waybill"));
    command.args(["--", "--test-threads", &threads.to_string()]);
    command
}

/// Every view of the page in every state, in Chromium over a fake program.
fn try_the_page(network: Network) -> Result {
    if !cfg!(target_os = "linux") {
        step::left_out(PAGE, "only Debian's Chromium is known to this test");
        return Ok(());
    }
    match step::or_left_out(network, PAGE, setup::for_a_browser(network))? {
        Some(()) => step(PAGE, || step::run(&mut node::npm(&["run", "--silent", "test:browser"]))),
        None => Ok(()),
    }
}

#[cfg(target_os = "linux")]
fn try_the_window(metadata: &Metadata, network: Network) -> Result {
    let display = setup::for_a_virtual_display(network);
    match step::or_left_out(network, WINDOW, display)? {
        Some(()) => step(WINDOW, || window::try_out(metadata)),
        None => Ok(()),
    }
}

#[cfg(not(target_os = "linux"))]
fn try_the_window(_: &Metadata, _: Network) -> Result {
    step::left_out(WINDOW, "only Linux has a display without a screen");
    Ok(())
}

/// Holds a part of the sandbox against the real one; `None` where that is left out.
fn hold(part: Part, scope: Scope, metadata: &Metadata, network: Network) -> Result<Option<Prepared>> {
    if !cfg!(unix) {
        step::left_out(part.title(), "the programs that it needs are set up on Unix only");
        return Ok(None);
    }
    let prepared = step::or_left_out(network, part.title(), part.prepare(network))?;
    if let Some(prepared) = &prepared {
        part.hold(scope, metadata, network, prepared)?;
    }
    Ok(prepared)
}

/// The program with a display, a keychain, a browser and dropped folders, against the sandbox and, where there is one, Keycloak.
fn use_the_window(metadata: &Metadata, network: Network, keycloak: Option<&Prepared>) -> Result {
    if !cfg!(target_os = "linux") {
        step::left_out(DESKTOP, "only Linux has a display without a screen");
        return Ok(());
    }
    let desktop = setup::for_a_desktop_session(network);
    let Some(()) = step::or_left_out(network, DESKTOP, desktop)? else { return Ok(()) };
    let without = Prepared::default().without("keycloak");
    if keycloak.is_none() {
        step::left_out(AT_KEYCLOAK, "Keycloak is left out");
    }
    step(DESKTOP, || {
        let mut command = workspace::tests(Scope::Everything, network);
        command.args(["--test", ON_A_DESKTOP]);
        command.env("WAYBILL_BIN", metadata.program("waybill"));
        command.env("WAYBILL_DESKTOP_BIN", metadata.program("waybill-desktop"));
        keycloak.unwrap_or(&without).tell(&mut command);
        step::run(&mut command)
    })
}
