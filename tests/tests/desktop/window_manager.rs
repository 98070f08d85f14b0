//! A small window manager: it shows windows where they want to be, minimises the one that asks for it, and brings it
//! back, and makes one as large as the screen (ICCCM, section 4.1; Extended Window Manager Hints 1.5). Without one,
//! nothing would do what a window asks for.

use std::cell::RefCell;
use std::collections::HashSet;

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
        _NET_WM_STATE_MAXIMIZED_HORZ,
        _NET_WM_STATE_MAXIMIZED_VERT,
        UTF8_STRING,
    }
}

struct Manager {
    display: RustConnection,
    atoms: Atoms,
    root: Window,
    /// The screen's width and height in pixels.
    screen: (u32, u32),
    maximised: RefCell<HashSet<Window>>,
}

type Outcome<T> = std::result::Result<T, ReplyOrIdError>;

/// Starts one. It is there before the program starts, as on a real desktop, and ends with the display.
pub(crate) fn manage_windows(display: &str) -> Result<()> {
    let failed = |error: &dyn std::error::Error| Error::unexpected(format!("the window manager: {error}"));
    let (connection, screen) = x11rb::connect(Some(display)).map_err(|error| failed(&error))?;
    let manager = Manager::begin(connection, screen).map_err(|error| failed(&error))?;
    std::thread::spawn(move || {
        while let Ok(event) = manager.display.wait_for_event() {
            // A window may be gone before its event is seen to.
            let _gone = manager.see_to(&event);
        }
    });
    Ok(())
}

impl Manager {
    fn begin(display: RustConnection, screen: usize) -> Outcome<Self> {
        let screen = &display.setup().roots[screen];
        let (root, size) = (screen.root, (screen.width_in_pixels.into(), screen.height_in_pixels.into()));
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
        let supported = [
            atoms._NET_ACTIVE_WINDOW,
            atoms._NET_WM_STATE,
            atoms._NET_WM_STATE_HIDDEN,
            atoms._NET_WM_STATE_MAXIMIZED_HORZ,
            atoms._NET_WM_STATE_MAXIMIZED_VERT,
        ];
        display.change_property32(PropMode::REPLACE, root, atoms._NET_SUPPORTED, AtomEnum::ATOM, &supported)?;
        display.flush()?;
        Ok(Self { display, atoms, root, screen: size, maximised: RefCell::default() })
    }

    fn see_to(&self, event: &Event) -> Outcome<()> {
        if let Event::MapRequest(request) = event {
            // What a window wants to be before it is shown it says itself.
            let wanted =
                self.display.get_property(false, request.window, self.atoms._NET_WM_STATE, AtomEnum::ATOM, 0, 64)?;
            let wanted = wanted.reply()?;
            if wanted.value32().is_some_and(|mut all| all.any(|one| one == self.atoms._NET_WM_STATE_MAXIMIZED_VERT)) {
                self.maximise(request.window)?;
            }
            self.show(request.window)?;
        } else if let Event::ConfigureRequest(request) = event {
            let wanted = ConfigureWindowAux::from_configure_request(request);
            // One that is maximised stays so, and is still told its position.
            if self.maximised.borrow().contains(&request.window) {
                self.maximise(request.window)?;
            } else {
                self.display.configure_window(request.window, &wanted)?;
            }
        } else if let Event::ClientMessage(message) = event {
            self.asked(message)?;
        } else if let Event::UnmapNotify(unmapped) = event
            && unmapped.response_type & SENT != 0
        {
            // Sent when a window is withdrawn, which could not be distinguished from minimising it otherwise.
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
        } else if message.type_ == self.atoms._NET_WM_STATE
            && message.data.as_data32()[1..].contains(&self.atoms._NET_WM_STATE_MAXIMIZED_VERT)
        {
            self.maximise(window)?;
        }
        Ok(())
    }

    /// As large as the screen, for ever. The reason reaches the window before the size.
    fn maximise(&self, window: Window) -> Outcome<()> {
        self.maximised.borrow_mut().insert(window);
        self.set_state(window, NORMAL)?;
        let (width, height) = self.screen;
        let all = ConfigureWindowAux::new().x(0).y(0).width(width).height(height);
        self.display.configure_window(window, &all)?;
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
        let mut states = Vec::new();
        if state == ICONIC {
            states.push(self.atoms._NET_WM_STATE_HIDDEN);
        }
        if self.maximised.borrow().contains(&window) {
            states.extend([self.atoms._NET_WM_STATE_MAXIMIZED_HORZ, self.atoms._NET_WM_STATE_MAXIMIZED_VERT]);
        }
        self.display.change_property32(PropMode::REPLACE, window, net_state, AtomEnum::ATOM, &states)?;
        Ok(())
    }
}
