//! The languages that this computer's user wants.

/// Returns them as tags such as `cy-GB`, the most wanted first: on Linux from the environment, elsewhere from the system.
#[must_use]
pub fn languages() -> Vec<String> {
    if cfg!(all(unix, not(target_vendor = "apple"))) {
        waybill_words::wanted_in(|name| std::env::var(name).ok())
    } else {
        sys_locale::get_locales().collect()
    }
}
