//! A drop from a file manager: XDND version 5 (freedesktop.org/wiki/Specifications/XDND), with a folder as
//! `text/uri-list`.

use std::path::Path;
use std::time::{Duration, Instant};

use url::Url;
use waybill_system_tests::{Error, PATIENCE, Result};
use x11rb::CURRENT_TIME;
use x11rb::connection::Connection;
use x11rb::protocol::Event;
use x11rb::protocol::xproto::{
    Atom, AtomEnum, ClientMessageEvent, ConnectionExt as _, CreateWindowAux, EventMask, MapState, PropMode,
    SELECTION_NOTIFY_EVENT, SelectionNotifyEvent, SelectionRequestEvent, Window, WindowClass,
};
use x11rb::rust_connection::RustConnection;
use x11rb::wrapper::ConnectionExt as _;

/// How often the target learns where the pointer is.
const MOVE: Duration = Duration::from_millis(100);

x11rb::atom_manager! {
    Atoms: AtomsCookie {
        XdndAware,
        XdndSelection,
        XdndEnter,
        XdndPosition,
        XdndStatus,
        XdndDrop,
        XdndFinished,
        XdndActionCopy,
        UriList: b"text/uri-list",
    }
}

/// Drops a folder in the middle of the window.
pub(crate) fn drop_folder(display: &str, folder: &Path) -> Result<()> {
    let url = Url::from_directory_path(folder).map_err(|()| Error::unexpected("the folder's path is not absolute"))?;
    let list = format!("{}\r\n", url.as_str().trim_end_matches('/'));
    Drag::begin(display, list.into_bytes())
        .and_then(|mut drag| drag.run())
        .map_err(|error| Error::unexpected(format!("the folder could not be dropped: {error}")))
}

type Outcome<T> = std::result::Result<T, Box<dyn std::error::Error>>;

struct Drag {
    connection: RustConnection,
    atoms: Atoms,
    root: Window,
    source: Window,
    target: Window,
    list: Vec<u8>,
}

impl Drag {
    fn begin(display: &str, list: Vec<u8>) -> Outcome<Self> {
        let (connection, screen) = x11rb::connect(Some(display))?;
        let root = connection.setup().roots[screen].root;
        let atoms = Atoms::new(&connection)?.reply()?;
        let target = find(&connection, root, atoms.XdndAware).ok_or("no window takes drops")?;
        let source = connection.generate_id()?;
        connection.create_window(
            x11rb::COPY_DEPTH_FROM_PARENT,
            source,
            root,
            0,
            0,
            1,
            1,
            0,
            WindowClass::INPUT_OUTPUT,
            x11rb::COPY_FROM_PARENT,
            &CreateWindowAux::new(),
        )?;
        connection.set_selection_owner(source, atoms.XdndSelection, CURRENT_TIME)?;
        Ok(Self { connection, atoms, root, source, target, list })
    }

    fn run(&mut self) -> Outcome<()> {
        let deadline = Instant::now() + PATIENCE;
        self.tell(self.atoms.XdndEnter, [self.source, 5 << 24, self.atoms.UriList, 0, 0])?;
        let (mut moved, mut dropped) = (None::<Instant>, false);
        loop {
            if Instant::now() > deadline {
                return Err("the window did not take it in time".into());
            }
            if !dropped && moved.is_none_or(|at| at.elapsed() > MOVE) {
                let (x, y) = self.middle()?;
                let place = u32::from(x.unsigned_abs()) << 16 | u32::from(y.unsigned_abs());
                self.tell(self.atoms.XdndPosition, [self.source, 0, place, CURRENT_TIME, self.atoms.XdndActionCopy])?;
                moved = Some(Instant::now());
            }
            match self.connection.poll_for_event()? {
                Some(Event::SelectionRequest(request)) => self.answer(&request)?,
                Some(Event::ClientMessage(message)) if message.type_ == self.atoms.XdndStatus => {
                    if message.data.as_data32()[1] & 1 == 1 && !dropped {
                        dropped = true;
                        self.tell(self.atoms.XdndDrop, [self.source, 0, CURRENT_TIME, 0, 0])?;
                    }
                }
                Some(Event::ClientMessage(message)) if message.type_ == self.atoms.XdndFinished => return Ok(()),
                Some(_) => {}
                None => std::thread::sleep(Duration::from_millis(5)),
            }
        }
    }

    fn middle(&self) -> Outcome<(i16, i16)> {
        let size = self.connection.get_geometry(self.target)?.reply()?;
        let (x, y) = (i16::try_from(size.width / 2)?, i16::try_from(size.height / 2)?);
        let place = self.connection.translate_coordinates(self.target, self.root, x, y)?.reply()?;
        Ok((place.dst_x, place.dst_y))
    }

    fn tell(&self, kind: Atom, data: [u32; 5]) -> Outcome<()> {
        let message = ClientMessageEvent::new(32, self.target, kind, data);
        self.connection.send_event(false, self.target, EventMask::NO_EVENT, message)?;
        Ok(self.connection.flush()?)
    }

    fn answer(&self, request: &SelectionRequestEvent) -> Outcome<()> {
        let known = request.target == self.atoms.UriList;
        if known {
            self.connection.change_property8(
                PropMode::REPLACE,
                request.requestor,
                request.property,
                request.target,
                &self.list,
            )?;
        }
        let answer = SelectionNotifyEvent {
            response_type: SELECTION_NOTIFY_EVENT,
            sequence: 0,
            time: request.time,
            requestor: request.requestor,
            selection: request.selection,
            target: request.target,
            property: if known { request.property } else { x11rb::NONE },
        };
        self.connection.send_event(false, request.requestor, EventMask::NO_EVENT, answer)?;
        Ok(self.connection.flush()?)
    }
}

/// Returns the program's window: the one of its class that takes drops. (A browser's title may have its name, too.)
fn find(connection: &RustConnection, window: Window, aware: Atom) -> Option<Window> {
    let property = |name: Atom| connection.get_property(false, window, name, AtomEnum::ANY, 0, 64).ok()?.reply().ok();
    let class = property(AtomEnum::WM_CLASS.into())?;
    let shown = connection.get_window_attributes(window).ok()?.reply().ok()?.map_state == MapState::VIEWABLE;
    let is_ours = class.value.starts_with(b"waybill-desktop\0");
    if shown && is_ours && property(aware)?.value_len > 0 {
        return Some(window);
    }
    let tree = connection.query_tree(window).ok()?.reply().ok()?;
    tree.children.into_iter().find_map(|child| find(connection, child, aware))
}
