//! A desktop panel that shows tray icons: the watcher of the `StatusNotifierItem` specification, and a hand on the menu
//! (`com.canonical.dbusmenu`) of the icon that comes.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use waybill_system_tests::{Error, PATIENCE, Result, until};
use zbus::blocking::connection::Builder;
use zbus::blocking::{Connection, Proxy};
use zbus::interface;
use zbus::message::Header;
use zbus::zvariant::{OwnedObjectPath, OwnedValue, Structure, Value};

const WATCHER: &str = "org.kde.StatusNotifierWatcher";
const MENU: &str = "com.canonical.dbusmenu";

/// Bus name and object path of each icon.
type Icons = Arc<Mutex<Vec<(String, String)>>>;

/// The panel. It is there before the program starts, as on a real desktop.
pub(crate) struct Panel {
    bus: Connection,
    icons: Icons,
}

struct Watcher(Icons);

#[interface(name = "org.kde.StatusNotifierWatcher")]
#[allow(clippy::needless_pass_by_value, reason = "zbus hands the header over by value")]
impl Watcher {
    /// Takes an object path, or a bus name, whichever the program gives.
    fn register_status_notifier_item(&self, service: &str, #[zbus(header)] header: Header<'_>) {
        let sender = header.sender().map(ToString::to_string).unwrap_or_default();
        let icon = if service.starts_with('/') {
            (sender, service.to_owned())
        } else {
            (service.to_owned(), "/StatusNotifierItem".to_owned())
        };
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(icon);
    }

    #[zbus(property)]
    fn is_status_notifier_host_registered(&self) -> bool {
        true
    }

    #[zbus(property)]
    fn protocol_version(&self) -> i32 {
        0
    }
}

impl Panel {
    /// Puts a panel on the session's bus.
    pub(crate) fn start(bus: &str) -> Result<Self> {
        let icons = Icons::default();
        let start = || {
            Builder::address(bus)?
                .serve_at("/StatusNotifierWatcher", Watcher(Arc::clone(&icons)))?
                .name(WATCHER)?
                .build()
        };
        Ok(Self { bus: start().map_err(failed("the panel"))?, icons })
    }

    /// Returns what the icon's menu says, from top to bottom, once it says this.
    pub(crate) fn wait_for(&self, wanted: &str) -> Result<Vec<String>> {
        let mut seen = Vec::new();
        let found = until("the tray's menu", PATIENCE, || {
            seen = self.lines().unwrap_or_default().into_iter().map(|line| line.label).collect();
            Ok(seen.iter().any(|label| label == wanted).then(|| seen.clone()))
        });
        found.map_err(|error| Error::unexpected(format!("{error}: \"{wanted}\" is not among {seen:?}")))
    }

    /// Chooses a line of the menu, once it can be chosen.
    pub(crate) fn choose(&self, label: &str) -> Result<()> {
        let line = until("a line of the tray's menu", PATIENCE, || {
            let lines = self.lines().unwrap_or_default();
            Ok(lines.into_iter().find(|line| line.label == label && line.enabled))
        })?;
        let (id, nothing) = (line.id, Value::from(0_i32));
        let chosen = self.menu().and_then(|menu| menu.call_method("Event", &(id, "clicked", nothing, 0_u32)));
        chosen.map(drop).map_err(failed(label))
    }

    fn menu(&self) -> zbus::Result<Proxy<'_>> {
        let icon = self.icons.lock().unwrap_or_else(PoisonError::into_inner).last().cloned();
        let (name, path) = icon.ok_or_else(|| zbus::Error::Failure("there is no icon".to_owned()))?;
        let icon = Proxy::new(&self.bus, name.clone(), path, "org.kde.StatusNotifierItem")?;
        let menu: OwnedObjectPath = icon.get_property("Menu")?;
        Proxy::new(&self.bus, name, menu, MENU)
    }

    fn lines(&self) -> zbus::Result<Vec<Line>> {
        type Layout = (u32, (i32, HashMap<String, OwnedValue>, Vec<OwnedValue>));
        let layout = self.menu()?.call_method("GetLayout", &(0_i32, -1_i32, Vec::<&str>::new()))?;
        let (_, (_, _, lines)): Layout = layout.body().deserialize()?;
        Ok(lines.into_iter().filter_map(Line::read).collect())
    }
}

/// One line of the menu.
struct Line {
    id: i32,
    label: String,
    enabled: bool,
}

impl Line {
    /// From `(id, properties, children)`; separators have no label.
    fn read(value: OwnedValue) -> Option<Self> {
        let fields = Structure::try_from(value).ok()?.into_fields();
        let [id, properties, _] = <[Value<'_>; 3]>::try_from(fields).ok()?;
        let mut properties = HashMap::<String, Value<'_>>::try_from(properties).ok()?;
        let label = String::try_from(properties.remove("label")?).ok()?;
        let enabled = properties.remove("enabled").is_none_or(|enabled| bool::try_from(enabled).unwrap_or(true));
        Some(Self { id: i32::try_from(id).ok()?, label, enabled })
    }
}

fn failed(what: &str) -> impl FnOnce(zbus::Error) -> Error {
    let what = what.to_owned();
    move |error| Error::unexpected(format!("{what}: {error}"))
}
