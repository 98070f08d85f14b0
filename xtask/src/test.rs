//! `cargo xtask test`: runs every check and test.
//!
//! The steps run in four lanes (see [`Lane`]). While the compiler keeps every core busy, the page is checked and
//! downloads for the last suites run. Once everything is compiled, suites that mostly wait for other programs run in
//! parallel with those that do not. Anything that cannot be installed fails the run. With `--offline`, only what is
//! installed is run; the rest is reported as it is skipped, and again at the end.

mod dependencies;

use std::collections::HashMap;
use std::path::PathBuf;
use std::process::Command;
use std::sync::{Mutex, OnceLock, PoisonError};
use std::time::Instant;

use crate::conformance::Part;
use crate::downloads::Prepared;
use crate::error::Result;
use crate::lanes::{self, Lane, Task};
use crate::step::{self, step};
#[cfg(target_os = "linux")]
use crate::window;
use crate::workspace::{self, Metadata, Network, Scope};
use crate::{node, setup};

const PAGE: &str = "The page: every view in every state in a browser";
const WINDOW: &str = "The window, on a virtual display";
const DESKTOP: &str = "The window, used as a person does";
const AT_KEYCLOAK: &str = "Signing in from the window on Keycloak's own page";

const EGRESS: &str = "Where a whole job connects to";
/// The test that needs a program to watch it.
const EGRESS_TEST: &str = "a_whole_job_contacts_the_service";

/// The whole-system tests' target.
const SYSTEM: &str = "system";
/// The target of the window's tests on a desktop.
const ON_A_DESKTOP: &str = "desktop";

/// Runs everything. Stops at the first failure.
pub(crate) fn run(network: Network) -> Result {
    let started = Instant::now();
    let metadata = workspace::metadata(network)?;
    match network {
        Network::Allowed => setup::for_all_tests(network)?,
        Network::Forbidden => setup::for_sending(network)?,
    }
    if !has_contracts() {
        let why = "neither WAYBILL_SHARED nor ../shared contains contracts/, which The National Archives publishes";
        step::left_out("Comparing with TDR's schema, excluded names and rejected formats", why);
    }
    let run = Run { network, metadata, scope: OnceLock::new(), prepared: Mutex::default() };
    let done = lanes::run(run.tasks());
    step::print_times(started);
    done?;
    match &step::everything_left_out()[..] {
        [] => println!("Everything passed."),
        titles => {
            println!(
                "Everything that was run passed. These were skipped, for the reasons given above:\n  {}",
                titles.join("\n  ")
            );
        }
    }
    Ok(())
}

/// Returns whether the contract tests will find the published contracts. Each test also reports if they are missing.
fn has_contracts() -> bool {
    let beside = || workspace::root().parent().map(|folder| folder.join("shared"));
    let folder = std::env::var_os("WAYBILL_SHARED").map(PathBuf::from).or_else(beside);
    folder.is_some_and(|folder| folder.join("contracts").is_dir())
}

/// One run of everything.
struct Run {
    network: Network,
    metadata: Metadata,
    /// Set once the page has been built or skipped.
    scope: OnceLock<Scope>,
    /// The parts that have been set up.
    prepared: Mutex<HashMap<Part, Prepared>>,
}

impl Run {
    /// Returns the tasks and their order. In each lane, the slowest and those most likely to fail come first.
    fn tasks(&self) -> Vec<Task<'_>> {
        let set_up = |part: Part| move || self.set_up(part);
        let check = |part: Part| move || self.check(part);
        vec![
            Task::new("formatting", Lane::Busy, &[], || self.formatting()),
            Task::new("building the page", Lane::Page, &[], || self.build_the_page()),
            Task::new("lints", Lane::Busy, &["building the page"], || self.lints()),
            Task::new("compiling", Lane::Busy, &["building the page"], || self.compile()),
            Task::new("the page in a browser", Lane::Busy, &["compiling"], || self.try_the_page()),
            Task::new("unit tests", Lane::Busy, &["compiling"], || self.unit_tests()),
            Task::new("system tests", Lane::Busy, &["compiling"], || self.system_tests()),
            Task::new("checking the page", Lane::Page, &["building the page"], || self.check_the_page()),
            Task::new("dependencies", Lane::Fetching, &[], || dependencies::check(self.network)),
            Task::new("Keycloak's set-up", Lane::Fetching, &[], set_up(Part::Keycloak)),
            Task::new("the clients' set-up", Lane::Fetching, &[], set_up(Part::Clients)),
            Task::new("the stores' set-up", Lane::Fetching, &[], set_up(Part::Stores)),
            Task::new("the window", Lane::Waiting, &["compiling"], || self.try_the_window()),
            Task::new("the desktop", Lane::Waiting, &["compiling", "Keycloak's set-up"], || self.use_the_window()),
            Task::new("clients", Lane::Waiting, &["compiling", "the clients' set-up"], check(Part::Clients)),
            Task::new("stores", Lane::Waiting, &["compiling", "the stores' set-up"], check(Part::Stores)),
            Task::new("Keycloak", Lane::Waiting, &["compiling", "Keycloak's set-up"], check(Part::Keycloak)),
        ]
    }

    /// Returns what can be compiled: everything, unless the window's dependencies are missing.
    fn scope(&self) -> Scope {
        self.scope.get().copied().unwrap_or(Scope::WithoutWindow)
    }

    fn formatting(&self) -> Result {
        step("Formatting", || step::run(workspace::cargo(self.network).args(["fmt", "--all", "--check"])))
    }

    /// Builds the page. The window's program contains it, so the window does not compile without it.
    fn build_the_page(&self) -> Result {
        let built = || {
            setup::for_the_window(self.network)?;
            step("The page: installing its dependencies", || node::install(self.network))?;
            step("The page: building", node::build)
        };
        let scope = match self.network.or_left_out("The window and its page", built())? {
            Some(()) => Scope::Everything,
            None => Scope::WithoutWindow,
        };
        self.scope.get_or_init(|| scope);
        Ok(())
    }

    fn check_the_page(&self) -> Result {
        if self.scope() == Scope::WithoutWindow {
            return Ok(());
        }
        [("lints", "lint"), ("types", "check"), ("tests", "test")].into_iter().try_for_each(|(title, script)| {
            step(&format!("The page: {title}"), || step::run(&mut node::npm(&["run", "--silent", script])))
        })
    }

    fn lints(&self) -> Result {
        step("Lints, including the window's", || step::run(&mut workspace::lints(self.scope(), self.network)))
    }

    /// Compiles everything that the later steps run, once for all of them, including the conformance suites.
    fn compile(&self) -> Result {
        let mut command = self.unit_test_command();
        command.args(["--no-run", "--test", SYSTEM]);
        if cfg!(unix) {
            Part::ALL.iter().for_each(|part| {
                command.args(["--test", part.target()]);
            });
        }
        if cfg!(target_os = "linux") {
            command.args(["--test", ON_A_DESKTOP]);
        }
        step("Compiling all tests", || step::run(&mut command))
    }

    fn unit_tests(&self) -> Result {
        step("Unit tests of all crates", || step::run(&mut self.unit_test_command()))
    }

    /// Returns the command for the tests that need no other program.
    fn unit_test_command(&self) -> Command {
        let mut command = workspace::tests(self.scope(), self.network);
        command.arg("--lib");
        for name in self.metadata.tested(self.scope(), "bin") {
            command.args(["--bin", &name]);
        }
        for name in self.metadata.tested(self.scope(), "test").iter().filter(|name| *name != SYSTEM) {
            command.args(["--test", name]);
        }
        command
    }

    /// Tests `waybill` and the sandbox as separate processes. The tests mostly wait for these, so two of them share a core.
    fn system_tests(&self) -> Result {
        let threads = 2 * std::thread::available_parallelism().map_or(1, usize::from);
        let mut command = workspace::tests(self.scope(), self.network);
        command.args(["--test", SYSTEM]).env("WAYBILL_BIN", self.metadata.program("waybill"));
        command.args(["--", "--test-threads", &threads.to_string()]);
        if !self.can_watch()? {
            command.args(["--skip", EGRESS_TEST]);
        }
        step("Whole-system tests", || step::run(&mut command))
    }

    /// Returns whether the system's calls of a program can be recorded.
    #[cfg(target_os = "linux")]
    fn can_watch(&self) -> Result<bool> {
        Ok(self.network.or_left_out(EGRESS, setup::for_watching(self.network))?.is_some())
    }

    /// The test is only compiled for Linux.
    #[cfg(not(target_os = "linux"))]
    fn can_watch(&self) -> Result<bool> {
        step::left_out(EGRESS, "only Linux has strace");
        Ok(true)
    }

    /// Tests every view of the page in every state, in Chromium with a fake program.
    fn try_the_page(&self) -> Result {
        if self.scope() == Scope::WithoutWindow {
            return Ok(());
        }
        if !cfg!(target_os = "linux") {
            step::left_out(PAGE, "this test supports only Debian's Chromium");
            return Ok(());
        }
        match self.network.or_left_out(PAGE, setup::for_a_browser(self.network))? {
            Some(()) => step(PAGE, || step::run(&mut node::npm(&["run", "--silent", "test:browser"]))),
            None => Ok(()),
        }
    }

    #[cfg(target_os = "linux")]
    fn try_the_window(&self) -> Result {
        if self.scope() == Scope::WithoutWindow {
            return Ok(());
        }
        let display = setup::for_a_virtual_display(self.network);
        match self.network.or_left_out(WINDOW, display)? {
            Some(()) => step(WINDOW, || window::try_out(&self.metadata)),
            None => Ok(()),
        }
    }

    #[cfg(not(target_os = "linux"))]
    fn try_the_window(&self) -> Result {
        step::left_out(WINDOW, "only Linux has a virtual display");
        Ok(())
    }

    /// Installs an independent implementation, if that is possible.
    fn set_up(&self, part: Part) -> Result {
        if !cfg!(unix) {
            step::left_out(part.title(), "the programs that it needs are installed only on Unix");
            return Ok(());
        }
        let prepared = self.network.or_left_out(part.title(), part.prepare(self.network))?;
        self.prepared.lock().unwrap_or_else(PoisonError::into_inner).extend(prepared.map(|prepared| (part, prepared)));
        Ok(())
    }

    /// Returns what was installed for this part; `None` if that was skipped.
    fn prepared(&self, part: Part) -> Option<Prepared> {
        self.prepared.lock().unwrap_or_else(PoisonError::into_inner).get(&part).cloned()
    }

    /// Compares a part of the sandbox with the independent implementation, if that is installed.
    fn check(&self, part: Part) -> Result {
        match self.prepared(part) {
            Some(prepared) => part.check(self.scope(), &self.metadata, self.network, &prepared),
            None => Ok(()),
        }
    }

    /// Tests the window with a display, a keychain, a browser and dropped folders, against the sandbox and, if it is
    /// installed, Keycloak.
    fn use_the_window(&self) -> Result {
        if self.scope() == Scope::WithoutWindow {
            return Ok(());
        }
        if !cfg!(target_os = "linux") {
            step::left_out(DESKTOP, "only Linux has a virtual display");
            return Ok(());
        }
        let desktop = setup::for_a_desktop_session(self.network);
        let Some(()) = self.network.or_left_out(DESKTOP, desktop)? else { return Ok(()) };
        let keycloak = self.prepared(Part::Keycloak).unwrap_or_else(|| {
            step::left_out(AT_KEYCLOAK, "Keycloak was skipped");
            Prepared::default().without("keycloak")
        });
        let mut command = workspace::tests(Scope::Everything, self.network);
        command.args(["--test", ON_A_DESKTOP]);
        command.env("WAYBILL_BIN", self.metadata.program("waybill"));
        command.env("WAYBILL_DESKTOP_BIN", self.metadata.program("waybill-desktop"));
        keycloak.apply_to(&mut command);
        step(DESKTOP, || step::run(&mut command))
    }
}
