//! `waybill sandbox --sign-in`: Keycloak in place of the sandbox's sign-in, and `waybill` as its users have it.

use std::ffi::OsString;
use std::sync::Arc;

use tempfile::TempDir;
use url::Url;
use waybill_system_tests::{
    Account, Browser, Effect, Error, Fault, Keycloak, PATIENCE, Result, Role, Sample, Sandbox, Size, Waybill, compare,
    quick_profile, sample_folder,
};

use crate::provider::{KeycloakSignIn, Kind};
use crate::webdriver::Chromium;

/// A job by its name.
pub(crate) type Job = (&'static str, fn(&Keycloak) -> Result<()>);

/// All of them.
pub(crate) const ALL: [Job; 5] = [
    ("a folder goes the whole way with Keycloak's tokens", whole_way),
    ("no refresh token is used twice while tokens expire under way", rotation_under_way),
    ("a person new to the sandbox finds their own consignments", somebody_new),
    ("a real browser signs in on Keycloak's own page and is known at the website", real_browser),
    ("a realm that is none is refused with a reason", no_realm),
];

/// A sandbox with a realm of Keycloak in front, a person of that realm, and a folder.
struct Scene {
    sandbox: Sandbox,
    waybill: Waybill,
    sample: Sample,
    account: Account,
    dir: TempDir,
}

impl Scene {
    fn new(keycloak: &Keycloak, realm: &str, username: &str) -> Result<Self> {
        Self::with(keycloak, realm, username, &[])
    }

    /// With further options for the sandbox.
    fn with(keycloak: &Keycloak, realm: &str, username: &str, options: &[&str]) -> Result<Self> {
        let dir = tempfile::tempdir().map_err(|source| Error::Io { path: std::env::temp_dir(), source })?;
        let issuer = keycloak.issuer(realm);
        let options = [&["--check-seconds", "1", "--sign-in", &issuer], options].concat();
        let sandbox = Sandbox::start(dir.path().join("sandbox"), &options)?;
        let account = Keycloak::account(username)?;
        let browser = Arc::new(Browser::new(&account)?);
        let waybill = Waybill::new(&sandbox, dir.path().join("data"))?;
        let waybill = waybill.profile(quick_profile(&sandbox)?).browser(Some(browser));
        let sample = sample_folder(dir.path(), "Parish records", Size::Small, 11)?;
        Ok(Self { sandbox, waybill, sample, account, dir })
    }

    /// Sends the folder into the first consignment that is ready, and sees that it has arrived.
    fn send(&self) -> Result<()> {
        let consignment = self.sandbox.consignment("ready", 0)?.clone();
        let arguments: [OsString; 5] = [
            "send".into(),
            self.sample.root.clone().into(),
            "--consignment".into(),
            consignment.reference.into(),
            "--yes".into(),
        ];
        self.waybill.run(arguments, PATIENCE)?.expect_code(0)?;
        let equal = compare(self.sandbox.control(), &consignment.id, self.dir.path(), self.sample.sent.keys())?;
        expect("every byte is there", equal.bytes == self.sample.bytes())?;
        let status = self.sandbox.control().consignment(&consignment.id)?;
        expect("TDR knows that everything is sent", status.status("Upload") == Some("Completed"))
    }
}

fn whole_way(keycloak: &Keycloak) -> Result<()> {
    let scene = Scene::new(keycloak, "tdr", "amina.osei")?;
    let nothing_of_its_own = format!("{}/realms/tdr", scene.sandbox.addresses().sign_in);
    expect("the sign-in address is Keycloak's", nothing_of_its_own == keycloak.issuer("tdr"))?;
    scene.send()?;
    let at_sign_in =
        scene.sandbox.control().requests()?.into_iter().filter(|request| request.role == "sign_in").count();
    expect("the sandbox's own sign-in is not used", at_sign_in == 0)?;
    let whoami = scene.waybill.run(["whoami"], PATIENCE)?.expect_code(0)?;
    let said = whoami.events.iter().any(|event| event.value().to_string().contains("Amina Osei"));
    expect("waybill knows the person by Keycloak's claims", said)?;
    let sessions = || KeycloakSignIn::new(keycloak)?.sessions(Kind::Steady, "amina.osei");
    let before = sessions()?;
    scene.waybill.run(["sign-out"], PATIENCE)?.expect_code(0)?;
    expect("signing out ended this session at Keycloak", sessions()? + 1 == before)
}

fn rotation_under_way(keycloak: &Keycloak) -> Result<()> {
    let real = KeycloakSignIn::new(keycloak)?;
    real.forget_events(Kind::Rotating)?;
    // Each part takes 5 s; access tokens live 4 s there.
    let scene = Scene::with(keycloak, "tdr-rotation", "amina.osei", &["--cookie-seconds", "3"])?;
    scene
        .sandbox
        .control()
        .set(&Fault::new(Role::Upload, Effect::Bandwidth(1 << 20)).path("*partNumber=*").always())?;
    scene.send()?;
    let refreshes = real.events(Kind::Rotating, "REFRESH_TOKEN")?;
    expect(&format!("tokens were refreshed under way ({refreshes} times)"), refreshes >= 2)?;
    expect("no refresh was refused", real.events(Kind::Rotating, "REFRESH_TOKEN_ERROR")? == 0)?;
    expect("the person signed in once", real.events(Kind::Rotating, "LOGIN")? <= 2)
}

fn somebody_new(keycloak: &Keycloak) -> Result<()> {
    let scene = Scene::new(keycloak, "tdr", "erin.walsh")?;
    scene.waybill.run(["sign-in"], PATIENCE)?.expect_code(0)?;
    let listed = scene.waybill.run(["consignments"], PATIENCE)?.expect_code(0)?;
    let count = listed.named("consignment").count();
    expect(&format!("consignments were made for her ({count})"), count >= 10)
}

fn real_browser(keycloak: &Keycloak) -> Result<()> {
    let scene = Scene::new(keycloak, "tdr", "bryn.hughes")?;
    let chromium = Chromium::start()?;
    let run = scene.waybill.clone().browser(None).start(["sign-in"])?;
    let asked = run.wait_for("the address to sign in at", PATIENCE, |event| event.name() == "sign_in")?;
    chromium.open(asked.text("url"))?;
    chromium.wait_for("Keycloak's page", |address| address.starts_with(&keycloak.issuer("tdr")))?;
    chromium.log_in(&scene.account.username, "wrong")?;
    chromium.wait_for_text("Invalid username or password")?;
    chromium.log_in("", &scene.account.password)?;
    let is_callback = |address: &str| Url::parse(address).is_ok_and(|address| address.path() == "/callback");
    chromium.wait_for("waybill's page", is_callback)?;
    run.finish(PATIENCE)?.expect_code(0)?;
    chromium.wait_for_text("close this")?;
    chromium.open(&format!("{}/view-transfers", scene.sandbox.addresses().website))?;
    // Without asking: Keycloak knows the browser.
    chromium.wait_for_text("Bryn Hughes")
}

fn no_realm(keycloak: &Keycloak) -> Result<()> {
    let dir = tempfile::tempdir().map_err(|source| Error::Io { path: std::env::temp_dir(), source })?;
    for (realm, reason) in [
        (keycloak.issuer("none"), "404"),
        (format!("{}/../tdr", keycloak.issuer("tdr")), "calls itself"),
        ("http://auth.example/realms/tdr".to_owned(), "https"),
    ] {
        let refused = Sandbox::start(dir.path().join("sandbox"), &["--sign-in", &realm]).err();
        let said = refused.map(|error| error.to_string()).unwrap_or_default();
        expect(&format!("{realm} is refused for its reason: {said}"), said.contains(reason))?;
    }
    Ok(())
}

fn expect(what: &str, holds: bool) -> Result<()> {
    if holds { Ok(()) } else { Err(Error::unexpected(format!("not so: {what}"))) }
}
