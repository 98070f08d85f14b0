//! What is always in British English, in a program that speaks another language: a program chooses its language once.

use waybill_model::Code;
use waybill_words::{choose_language, in_english, what};

#[test]
fn text_for_those_who_support_the_program_is_english_in_every_language() {
    assert_eq!(choose_language(["en-XA"]), "en-XA");
    let english = "The folder cannot be found.";
    assert_ne!(what(Code::FolderMissing), english);
    assert_eq!(in_english(|| in_english(|| what(Code::FolderMissing))), english);
    assert_ne!(what(Code::FolderMissing), english, "it ends with the text");
    let failed = std::panic::catch_unwind(|| in_english(|| std::panic::resume_unwind(Box::new(()))));
    assert!(failed.is_err());
    assert_ne!(what(Code::FolderMissing), english, "also after a panic");
}
