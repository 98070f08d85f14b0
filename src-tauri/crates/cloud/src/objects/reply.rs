//! Interprets responses of the store and of the edge in front of it.

use quick_xml::Reader;
use quick_xml::events::Event;
use waybill_model::{BodyKind, ObjectKey, Refusal, Reply};

use crate::net::{Answer, Miss};

/// Reads a response; `good` is the SDK's result.
///
/// A success status alone proves nothing: the body may contain an error (CompleteMultipartUpload, facts C3), and a
/// captive portal answers everything with 200 and a page.
pub(super) fn read<T>(answer: &Answer, good: Option<T>) -> Reply<T> {
    let kind = answer.kind();
    let error = if kind == BodyKind::Xml { XmlError::find(&answer.body) } else { None };
    // Either an error document in S3's form, or the expected content: a page from in between has neither.
    if error.as_ref().is_some_and(|error| error.code.is_some()) || (answer.status.is_success() && good.is_some()) {
        answer.is_the_services();
    }
    if !answer.status.is_success() || kind == BodyKind::Html || error.is_some() {
        return Err(refusal(answer, error).into());
    }
    Ok(good.ok_or_else(|| Miss::garbled("the store's answer lacks what was due"))?)
}

/// Returns the object's key from a response that names it: a string field of a JSON object.
pub(super) fn key_in(body: &[u8], field: &str) -> Option<ObjectKey> {
    let body: serde_json::Map<String, serde_json::Value> = serde_json::from_slice(body).ok()?;
    body.get(field)?.as_str().filter(|key| !key.is_empty()).map(ObjectKey::from)
}

fn refusal(answer: &Answer, error: Option<XmlError>) -> Refusal {
    let Some(XmlError { code, message, request_id }) = error else {
        return answer.refusal(None, answer.text());
    };
    Refusal { from_store: request_id.is_some(), ..answer.refusal(code, message) }
}

/// S3's error document (AWS, "Error responses").
#[derive(Debug, Default, PartialEq, Eq)]
struct XmlError {
    code: Option<String>,
    message: Option<String>,
    request_id: Option<String>,
}

impl XmlError {
    /// Returns `None` if the root is not `Error`, or if the part that was read is not XML.
    fn find(body: &[u8]) -> Option<Self> {
        let text = std::str::from_utf8(body.trim_ascii()).ok()?;
        let mut reader = Reader::from_str(text);
        let mut path: Vec<String> = Vec::new();
        let mut found = Self::default();
        loop {
            match reader.read_event().ok()? {
                Event::Start(tag) => {
                    path.push(tag.local_name().as_ref().to_owned());
                    if path.first().is_some_and(|root| root != "Error") {
                        return None;
                    }
                }
                Event::Empty(tag) if path.is_empty() => {
                    return (tag.local_name().as_ref() == "Error").then_some(found);
                }
                Event::End(_) => {
                    path.pop();
                    if path.is_empty() {
                        return Some(found);
                    }
                }
                Event::Text(text) => found.add(&path, &text),
                Event::GeneralRef(entity) => {
                    let plain = match entity.resolve_char_ref().ok()? {
                        Some(character) => character.to_string(),
                        None => quick_xml::escape::resolve_predefined_entity(&entity)?.to_owned(),
                    };
                    found.add(&path, &plain);
                }
                Event::Eof => return None,
                Event::Empty(_)
                | Event::CData(_)
                | Event::Comment(_)
                | Event::Decl(_)
                | Event::PI(_)
                | Event::DocType(_) => {}
            }
        }
    }

    fn add(&mut self, path: &[String], text: &str) {
        let [_, name] = path else { return };
        let place = match name.as_str() {
            "Code" => &mut self.code,
            "Message" => &mut self.message,
            "RequestId" => &mut self.request_id,
            _ => return,
        };
        place.get_or_insert_default().push_str(text);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_document_is_read_whoever_wrote_it() {
        let edge = b"<?xml version=\"1.0\" encoding=\"UTF-8\"?><Error><Code>MissingKey</Code><Message>Missing &quot;Key&quot;</Message></Error>";
        let found = XmlError::find(edge).unwrap();
        assert_eq!((found.code.as_deref(), found.message.as_deref()), (Some("MissingKey"), Some("Missing \"Key\"")));
        assert_eq!(found.request_id, None);
        let store = b"\n\n  <?xml version=\"1.0\"?>\n<Error xmlns=\"urn:x\"><Code>AccessDenied</Code>\n<RequestId>R1</RequestId></Error>\n";
        assert_eq!(XmlError::find(store).unwrap().request_id.as_deref(), Some("R1"));
        let between = b"<?xml version=\"1.0\"?>   \n\n   <Error><Code>InternalError</Code></Error>";
        assert_eq!(XmlError::find(between).unwrap().code.as_deref(), Some("InternalError"));
    }

    #[test]
    fn a_result_a_page_or_half_a_document_is_no_error_document() {
        for body in [
            "<CompleteMultipartUploadResult><Code>x</Code></CompleteMultipartUploadResult>",
            "<html><Error><Code>x</Code></Error></html>",
            "<Error><Code>Int",
            "",
            "nothing",
        ] {
            assert_eq!(XmlError::find(body.as_bytes()), None, "{body}");
        }
    }
}
