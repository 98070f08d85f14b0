//! Opens web addresses in the person's browser.
//!
//! The browser gets none of this program's streams, is not part of its process group and is not waited for: what it
//! prints never mixes with `--json`, and it never takes the terminal. A browser that draws in a terminal is not started;
//! whoever asked prints the address instead.

use url::Url;

/// Asks the person's browser to open an address. Returns whether it was asked. Accepts only web addresses, because
/// others start other programs. May block for a moment.
#[must_use]
pub fn open_in_browser(url: &Url) -> bool {
    is_web(url) && system::open(url)
}

fn is_web(url: &Url) -> bool {
    matches!(url.scheme(), "http" | "https") && url.has_host()
}

/// Windows and macOS ask their own shell, which starts browsers without streams.
#[cfg(any(windows, target_os = "macos"))]
mod system {
    use url::Url;

    pub(super) fn open(url: &Url) -> bool {
        webbrowser::open(url.as_str()).is_ok()
    }
}

#[cfg(not(any(windows, target_os = "macos")))]
mod system {
    use std::ffi::OsStr;
    use std::os::unix::process::CommandExt as _;
    use std::path::Path;
    use std::process::{Child, Command, Stdio};
    use std::thread;
    use std::time::{Duration, Instant};

    use url::Url;

    /// Browsers that draw in a terminal: those that xdg-open(1) and Debian's `www-browser` know, and newer ones.
    const OF_TERMINALS: [&str; 16] = [
        "lynx",
        "links",
        "links2",
        "elinks",
        "w3m",
        "www-browser",
        "browsh",
        "carbonyl",
        "cha",
        "edbrowse",
        "retawq",
        "netrik",
        "lynx-cur",
        "w3mmee",
        "w3m-img",
        "sensible-browser",
    ];
    /// A command that fails to open an address does so at once; one that is still there has taken it.
    const MOMENT: Duration = Duration::from_millis(500);
    const LOOK: Duration = Duration::from_millis(10);

    pub(super) fn open(url: &Url) -> bool {
        let set = |name: &str| std::env::var(name).ok().filter(|value| !value.is_empty());
        let has_display = set("DISPLAY").is_some() || set("WAYLAND_DISPLAY").is_some();
        let wanted = set("BROWSER").unwrap_or_default();
        commands(&wanted, has_display, url).iter().any(|words| start(words))
    }

    /// Returns the commands to try, in order: those of `$BROWSER`, separated by colons, where `%s` stands for the address
    /// (xdg-open(1)), then those of the desktop. Without a display, the desktop's would start a browser in the terminal.
    pub(super) fn commands(wanted: &str, has_display: bool, url: &Url) -> Vec<Vec<String>> {
        let own =
            wanted.split(':').map(|entry| words(entry, url)).filter(|words| words.first().is_some_and(has_window));
        let desktop: &[&[&str]] =
            if has_display { &[&["xdg-open"], &["gio", "open"], &["x-www-browser"]] } else { &[] };
        own.chain(desktop.iter().map(|command| words(&command.join(" "), url))).collect()
    }

    fn words(entry: &str, url: &Url) -> Vec<String> {
        let mut words: Vec<String> = entry.split_whitespace().map(|word| word.replace("%s", url.as_str())).collect();
        if !words.is_empty() && !entry.contains("%s") {
            words.push(url.to_string());
        }
        words
    }

    fn has_window(command: &String) -> bool {
        let name = Path::new(command).file_name().and_then(OsStr::to_str).unwrap_or_default();
        !OF_TERMINALS.contains(&name)
    }

    fn start(words: &[String]) -> bool {
        let Some((program, arguments)) = words.split_first() else { return false };
        let mut command = Command::new(program);
        command.args(arguments).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        // Not in the foreground of a terminal: one that asks for it is stopped by the system.
        command.process_group(0);
        match command.spawn() {
            Ok(browser) => has_taken_it(browser),
            Err(error) => {
                tracing::info!(program, %error, "a browser could not be started");
                false
            }
        }
    }

    fn has_taken_it(mut browser: Child) -> bool {
        let by = Instant::now() + MOMENT;
        while Instant::now() < by {
            match browser.try_wait() {
                Ok(Some(status)) => return status.success(),
                Ok(None) => thread::sleep(LOOK),
                Err(_) => return true,
            }
        }
        // Its end is collected whenever it comes; how it ends does not matter.
        thread::spawn(move || drop(browser.wait()));
        true
    }

    #[cfg(test)]
    mod tests {
        use super::*;

        fn tried(wanted: &str, has_display: bool) -> Vec<String> {
            let url = Url::parse("https://auth.example/a?b=%20c").unwrap();
            commands(wanted, has_display, &url).into_iter().map(|words| words.join(" ")).collect()
        }

        #[test]
        fn browsers_are_tried_as_the_environment_names_them_and_never_in_a_terminal() {
            let url = "https://auth.example/a?b=%20c";
            assert_eq!(tried("", false), Vec::<String>::new());
            assert_eq!(tried("lynx:/usr/bin/w3m %s:www-browser", false), Vec::<String>::new());
            assert_eq!(
                tried("lynx:firefox -new-tab %s:chromium", false),
                [format!("firefox -new-tab {url}"), format!("chromium {url}")]
            );
            let desktop = [format!("xdg-open {url}"), format!("gio open {url}"), format!("x-www-browser {url}")];
            assert_eq!(tried("elinks", true), desktop);
        }

        #[test]
        fn a_browser_that_fails_at_once_has_not_taken_the_address_and_one_that_stays_has() {
            let started = |script: &str| start(&["sh", "-c", script].map(ToOwned::to_owned));
            assert!(!started("exit 3") && started("exit 0"));
            let since = Instant::now();
            assert!(started("sleep 60") && since.elapsed() < Duration::from_secs(30), "nobody waits for a browser");
            assert!(!start(&["/nowhere/browser".to_owned()]) && !start(&[]));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_web_addresses_may_reach_a_browser() {
        for (text, web) in [
            ("https://auth.example/x", true),
            ("http://127.0.0.1:8080/", true),
            ("file:///etc/passwd", false),
            ("javascript:alert(1)", false),
            ("ms-settings:x", false),
        ] {
            assert_eq!(is_web(&Url::parse(text).unwrap()), web, "{text}");
        }
    }
}
