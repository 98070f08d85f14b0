//! The window as its users have it: the real program on a display, a real browser beside it, a folder dropped by the
//! desktop's own drag and drop, against a sandbox in a separate process.
//!
//! A display, a session bus and a keychain are started for each test and end with it. The tests take turns: they use
//! more of a computer than the others.

#![cfg(target_os = "linux")]
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "this is all test code, also where it is in no test function; what is printed is shown when a test fails"
)]

mod app;
mod chromium;
mod drop;
mod file_dialogs;
mod journey;
mod keyboard;
mod keycloak;
mod launcher;
mod lid;
mod lists;
mod mouse;
mod no_keychain;
mod no_tray;
mod notification_server;
mod notifications;
mod orders;
mod page;
mod page_process;
mod panel;
mod place;
mod portal;
mod power;
mod screen;
mod second_start;
mod set_aside;
mod sleep;
mod taskbar;
mod theme;
mod tray;
mod trouble;
mod turns;
mod waking;
mod window;
mod window_manager;
mod zoom;
