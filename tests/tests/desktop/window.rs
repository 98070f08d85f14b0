//! The program's window as a window manager has it: its position, shown, minimised or neither, and asked to close or to
//! come back.

use waybill_system_tests::{Error, PATIENCE, Result, until};
use x11rb::CURRENT_TIME;
use x11rb::connection::Connection;
use x11rb::protocol::xproto::{
    Atom, AtomEnum, ClientMessageEvent, ConfigureWindowAux, ConnectionExt as _, EventMask, MapState, Window as Id,
};
use x11rb::rust_connection::RustConnection;

x11rb::atom_manager! {
    Atoms: AtomsCookie {
        WM_PROTOCOLS,
        WM_DELETE_WINDOW,
        WM_STATE,
        _NET_ACTIVE_WINDOW,
        _NET_WM_STATE,
        _NET_WM_STATE_MAXIMIZED_HORZ,
        _NET_WM_STATE_MAXIMIZED_VERT,
    }
}

/// `WM_STATE` of a window that is minimised (ICCCM, section 4.1.3.1).
const ICONIC: u32 = 3;

/// A window.
pub(crate) struct Window {
    connection: RustConnection,
    atoms: Atoms,
    root: Id,
    id: Id,
}

/// Where a window is on the display, and how large, in pixels.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Place {
    pub(crate) x: i16,
    pub(crate) y: i16,
    pub(crate) width: u16,
    pub(crate) height: u16,
}

type Outcome<T> = std::result::Result<T, Box<dyn std::error::Error>>;

impl Window {
    /// Finds the program's, once it is shown.
    pub(crate) fn find(display: &str) -> Result<Self> {
        let connect = || -> Outcome<_> {
            let (connection, screen) = x11rb::connect(Some(display))?;
            let atoms = Atoms::new(&connection)?.reply()?;
            let root = connection.setup().roots[screen].root;
            Ok((connection, atoms, root))
        };
        let (connection, atoms, root) = connect().map_err(|error| failed("the display", &*error))?;
        let id = until("the window", PATIENCE, || Ok(find(&connection, root, atoms.WM_PROTOCOLS)))?;
        Ok(Self { connection, atoms, root, id })
    }

    /// Asks it to close, as the cross in its corner does (ICCCM, section 4.2.8.1).
    pub(crate) fn close(&self) -> Result<()> {
        let data = [self.atoms.WM_DELETE_WINDOW, CURRENT_TIME, 0, 0, 0];
        let message = ClientMessageEvent::new(32, self.id, self.atoms.WM_PROTOCOLS, data);
        self.send(self.id, EventMask::NO_EVENT, message)
    }

    /// Asks the window manager to bring it back, as a taskbar does.
    pub(crate) fn open(&self) -> Result<()> {
        const FROM_A_TASKBAR: u32 = 2;
        let message = ClientMessageEvent::new(
            32,
            self.id,
            self.atoms._NET_ACTIVE_WINDOW,
            [FROM_A_TASKBAR, CURRENT_TIME, 0, 0, 0],
        );
        self.send(self.root, EventMask::SUBSTRUCTURE_REDIRECT | EventMask::SUBSTRUCTURE_NOTIFY, message)
    }

    /// Makes it as large as the screen, as two presses on its title do.
    pub(crate) fn maximise(&self) -> Result<()> {
        const ADD: u32 = 1;
        const BY_A_PERSON: u32 = 2;
        let both = [self.atoms._NET_WM_STATE_MAXIMIZED_HORZ, self.atoms._NET_WM_STATE_MAXIMIZED_VERT];
        let message =
            ClientMessageEvent::new(32, self.id, self.atoms._NET_WM_STATE, [ADD, both[0], both[1], BY_A_PERSON, 0]);
        self.send(self.root, EventMask::SUBSTRUCTURE_REDIRECT | EventMask::SUBSTRUCTURE_NOTIFY, message)?;
        self.wait_until_maximised()
    }

    /// Waits until it is as large as the screen, because the window manager was asked for that.
    pub(crate) fn wait_until_maximised(&self) -> Result<()> {
        let (state, maximised) = (self.atoms._NET_WM_STATE, self.atoms._NET_WM_STATE_MAXIMIZED_VERT);
        until("the window to be maximised", PATIENCE, || {
            let look = || -> Outcome<_> {
                Ok(self.connection.get_property(false, self.id, state, AtomEnum::ATOM, 0, 64)?.reply()?)
            };
            let said = look().map_err(|error| failed("looking at the window", &*error))?;
            Ok(said.value32().is_some_and(|mut states| states.any(|one| one == maximised)).then_some(()))
        })
    }

    /// Returns whether it is minimised, as the window manager says.
    pub(crate) fn is_minimised(&self) -> Result<bool> {
        let state = self.atoms.WM_STATE;
        let look = || -> Outcome<_> { Ok(self.connection.get_property(false, self.id, state, state, 0, 2)?.reply()?) };
        let said = look().map_err(|error| failed("looking at the window", &*error))?;
        Ok(said.value32().and_then(|mut values| values.next()) == Some(ICONIC))
    }

    /// Returns whether it can be seen.
    pub(crate) fn is_shown(&self) -> Result<bool> {
        let look = || -> Outcome<_> { Ok(self.connection.get_window_attributes(self.id)?.reply()?.map_state) };
        let state = look().map_err(|error| failed("looking at the window", &*error))?;
        Ok(state == MapState::VIEWABLE)
    }

    /// Returns where it is.
    pub(crate) fn place(&self) -> Result<Place> {
        let look = || -> Outcome<_> {
            let size = self.connection.get_geometry(self.id)?.reply()?;
            let corner = self.connection.translate_coordinates(self.id, self.root, 0, 0)?.reply()?;
            Ok(Place { x: corner.dst_x, y: corner.dst_y, width: size.width, height: size.height })
        };
        look().map_err(|error| failed("looking at the window", &*error))
    }

    /// Moves it and changes its size, as a person does at its frame, and waits until it is there.
    pub(crate) fn put(&self, place: Place) -> Result<()> {
        let wanted = ConfigureWindowAux::new()
            .x(i32::from(place.x))
            .y(i32::from(place.y))
            .width(u32::from(place.width))
            .height(u32::from(place.height));
        let put = || -> Outcome<()> { Ok(self.connection.configure_window(self.id, &wanted)?.check()?) };
        put().map_err(|error| failed("moving the window", &*error))?;
        self.wait_until_at(place)
    }

    /// Waits until it is there.
    pub(crate) fn wait_until_at(&self, place: Place) -> Result<()> {
        let mut seen = None;
        let there = until("the window to be at its place", PATIENCE, || {
            let now = self.place()?;
            seen = Some(now);
            Ok((now == place).then_some(()))
        });
        there.map_err(|error| Error::unexpected(format!("{error}: it is at {seen:?} and not at {place:?}")))
    }

    fn send(&self, to: Id, heard_by: EventMask, message: ClientMessageEvent) -> Result<()> {
        let send = || -> Outcome<()> {
            self.connection.send_event(false, to, heard_by, message)?;
            Ok(self.connection.flush()?)
        };
        send().map_err(|error| failed("asking the window", &*error))
    }
}

fn find(connection: &RustConnection, window: Id, protocols: Atom) -> Option<Id> {
    let property = |name: Atom| connection.get_property(false, window, name, AtomEnum::ANY, 0, 64).ok()?.reply().ok();
    let shown = connection.get_window_attributes(window).ok()?.reply().ok()?.map_state == MapState::VIEWABLE;
    let title = property(AtomEnum::WM_NAME.into())?;
    if shown && title.value == b"Waybill" && property(protocols)?.value_len > 0 {
        return Some(window);
    }
    let tree = connection.query_tree(window).ok()?.reply().ok()?;
    tree.children.into_iter().find_map(|child| find(connection, child, protocols))
}

fn failed(what: &str, error: &dyn std::error::Error) -> Error {
    Error::unexpected(format!("{what}: {error}"))
}
