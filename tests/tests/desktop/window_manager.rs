//! A small window manager: it shows windows where they want to be, minimises the one that asks for it, and brings it back (ICCCM,
//! section 4.1; Extended Window Manager Hints 1.5). Without one, nobody would do what a window asks for.

use waybill_system_tests::{Error, Result};
use x11rb::connection::Connection;
use x11rb::errors::ReplyOrIdError;
use x11rb::protocol::Event;
use x11rb::protocol::xproto::{
    AtomEnum, ChangeWindowAttributesAux, ClientMessageEvent, ConfigureWindowAux, ConnectionExt as _, CreateWindowAux,
    EventMask, InputFocus, PropMode, StackMode, Window, WindowClass,
};
use x11rb::rust_connection::RustConnection;
use x11rb::wrapper::ConnectionExt as _;
use x11rb::{COPY_DEPTH_FROM_PARENT, COPY_FROM_PARENT, CURRENT_TIME, NONE};

/// The values of `WM_STATE`, and of the message that asks for one of them.
const WITHDRAWN: u32 = 0;
const NORMAL: u32 = 1;
const ICONIC: u32 = 3;
/// In an event's type: a client has sent it.
const SENT: u8 = 0x80;

x11rb::atom_manager! {
    Atoms: AtomsCookie {
        WM_STATE,
        WM_CHANGE_STATE,
        _NET_SUPPORTED,
        _NET_SUPPORTING_WM_CHECK,
        _NET_ACTIVE_WINDOW,
        _NET_WM_NAME,
        _NET_WM_STATE,
        _NET_WM_STATE_HIDDEN,
        UTF8_STRING,
    }
}

struct Manager {
    display: RustConnection,
    atoms: Atoms,
    root: Window,
}

type Outcome<T> = std::result::Result<T, ReplyOrIdError>;

/// Starts one. It is there before the program starts, as on a real desktop, and ends with the display.
pub(crate) fn manage_windows(display: &str) -> Result<()> {
    let failed = |error: &dyn std::error::Error| Error::unexpected(format!("the window manager: {error}"));
    let (connection, screen) = x11rb::connect(Some(display)).map_err(|error| failed(&error))?;
    let root = connection.setup().roots[screen].root;
    let manager = Manager::begin(connection, root).map_err(|error| failed(&error))?;
    std::thread::spawn(move || {
        while let Ok(event) = manager.display.wait_for_event() {
            // A window may be gone before its event is seen to.
            let _gone = manager.see_to(&event);
        }
    });
    Ok(())
}

impl Manager {
    fn begin(display: RustConnection, root: Window) -> Outcome<Self> {
        let atoms = Atoms::new(&display)?.reply()?;
        let manages = EventMask::SUBSTRUCTURE_REDIRECT | EventMask::SUBSTRUCTURE_NOTIFY;
        let attributes = ChangeWindowAttributesAux::new().event_mask(manages);
        display.change_window_attributes(root, &attributes)?.check()?;
        let own = display.generate_id()?;
        let (class, none) = (WindowClass::INPUT_OUTPUT, CreateWindowAux::new());
        display.create_window(COPY_DEPTH_FROM_PARENT, own, root, 0, 0, 1, 1, 0, class, COPY_FROM_PARENT, &none)?;
        for window in [root, own] {
            let check = atoms._NET_SUPPORTING_WM_CHECK;
            display.change_property32(PropMode::REPLACE, window, check, AtomEnum::WINDOW, &[own])?;
        }
        display.change_property8(PropMode::REPLACE, own, atoms._NET_WM_NAME, atoms.UTF8_STRING, b"a test's")?;
        let supported = [atoms._NET_ACTIVE_WINDOW, atoms._NET_WM_STATE, atoms._NET_WM_STATE_HIDDEN];
        display.change_property32(PropMode::REPLACE, root, atoms._NET_SUPPORTED, AtomEnum::ATOM, &supported)?;
        display.flush()?;
        Ok(Self { display, atoms, root })
    }

    fn see_to(&self, event: &Event) -> Outcome<()> {
        if let Event::MapRequest(request) = event {
            self.show(request.window)?;
        } else if let Event::ConfigureRequest(request) = event {
            let wanted = ConfigureWindowAux::from_configure_request(request);
            self.display.configure_window(request.window, &wanted)?;
        } else if let Event::ClientMessage(message) = event {
            self.asked(message)?;
        } else if let Event::UnmapNotify(unmapped) = event
            && unmapped.response_type & SENT != 0
        {
            // Sent by whoever withdraws a window, as nobody could tell that from its being minimised otherwise.
            self.set_state(unmapped.window, WITHDRAWN)?;
        }
        Ok(self.display.flush()?)
    }

    fn asked(&self, message: &ClientMessageEvent) -> Outcome<()> {
        let window = message.window;
        if message.type_ == self.atoms._NET_ACTIVE_WINDOW {
            self.show(window)?;
        } else if message.type_ == self.atoms.WM_CHANGE_STATE && message.data.as_data32()[0] == ICONIC {
            self.set_state(window, ICONIC)?;
            self.display.unmap_window(window)?;
        }
        Ok(())
    }

    /// In front of all others, with the keyboard.
    fn show(&self, window: Window) -> Outcome<()> {
        self.set_state(window, NORMAL)?;
        self.display.map_window(window)?;
        self.display.configure_window(window, &ConfigureWindowAux::new().stack_mode(StackMode::ABOVE))?;
        self.display.set_input_focus(InputFocus::POINTER_ROOT, window, CURRENT_TIME)?;
        let active = self.atoms._NET_ACTIVE_WINDOW;
        self.display.change_property32(PropMode::REPLACE, self.root, active, AtomEnum::WINDOW, &[window])?;
        Ok(())
    }

    fn set_state(&self, window: Window, state: u32) -> Outcome<()> {
        let (wm_state, net_state) = (self.atoms.WM_STATE, self.atoms._NET_WM_STATE);
        self.display.change_property32(PropMode::REPLACE, window, wm_state, wm_state, &[state, NONE])?;
        let hidden = [self.atoms._NET_WM_STATE_HIDDEN];
        let hidden: &[u32] = if state == ICONIC { &hidden } else { &[] };
        self.display.change_property32(PropMode::REPLACE, window, net_state, AtomEnum::ATOM, hidden)?;
        Ok(())
    }
}
