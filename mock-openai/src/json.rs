//! Bodies of answers as JSON text.
//!
//! Most bodies are written by serde. Those that are asked for by the thousand (lists, users, new invites) are
//! put together from prepared text instead, in which only what came from outside is looked at: serde would
//! look at every byte of every key for something to escape.

use serde::Serialize;

use crate::scan::every;

/// What can be the body of an answer, or a part of one.
pub(crate) trait ToJson {
    /// Appends itself.
    fn write(&self, json: &mut Json);
}

impl<T: Serialize> ToJson for T {
    fn write(&self, json: &mut Json) {
        // Our own types: string keys and no failing serializers, so this cannot fail.
        let _ = serde_json::to_writer(&mut json.0, self);
    }
}

/// JSON text in the making. Whoever writes it sees to it that it becomes JSON.
#[derive(Debug, Default)]
pub(crate) struct Json(Vec<u8>);

impl Json {
    /// With room for so many bytes.
    pub(crate) fn with_capacity(bytes: usize) -> Self {
        Self(Vec::with_capacity(bytes))
    }

    /// The text so far.
    pub(crate) fn into_bytes(self) -> Vec<u8> {
        self.0
    }

    /// Text that is JSON already.
    pub(crate) fn paste(&mut self, json: &'static str) -> &mut Self {
        self.0.extend_from_slice(json.as_bytes());
        self
    }

    /// A string.
    pub(crate) fn text(&mut self, text: &str) -> &mut Self {
        if every(text.as_bytes(), is_plain) {
            self.0.reserve(text.len() + 2);
            self.0.push(b'"');
            self.0.extend_from_slice(text.as_bytes());
            self.0.push(b'"');
        } else {
            text.write(self);
        }
        self
    }

    /// A string or null.
    pub(crate) fn text_or_null(&mut self, text: Option<&str>) -> &mut Self {
        match text {
            Some(text) => self.text(text),
            None => self.paste("null"),
        }
    }

    /// A string behind its key, or nothing at all.
    pub(crate) fn text_if_any(&mut self, key: &'static str, text: Option<&str>) -> &mut Self {
        match text {
            Some(text) => self.paste(key).text(text),
            None => self,
        }
    }

    /// Anything else.
    pub(crate) fn value(&mut self, value: &impl ToJson) -> &mut Self {
        value.write(self);
        self
    }

    /// An array.
    pub(crate) fn array(&mut self, items: impl Iterator<Item = impl ToJson>) -> &mut Self {
        self.paste("[");
        for (place, item) in items.enumerate() {
            if place > 0 {
                self.paste(",");
            }
            item.write(self);
        }
        self.paste("]")
    }
}

/// Whether a byte stands in a string of JSON as it is (RFC 8259 §7).
const fn is_plain(byte: u8) -> bool {
    byte >= 0x20 && byte != b'"' && byte != b'\\'
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every character that may be special, at every place of a text of every length up to three pieces.
    #[test]
    fn strings_are_written_as_serde_writes_them() {
        let specials = (0..=0x7f).map(|byte| char::from(byte).to_string());
        for special in specials.chain(["é".to_owned(), "\u{2028}".to_owned(), "😀".to_owned()]) {
            for (before, after) in (0..48).flat_map(|length| (0..=length).map(move |place| (place, length - place))) {
                let text = format!("{}{special}{}", "a".repeat(before), "z".repeat(after));
                let mut json = Json::default();
                json.text(&text);
                assert_eq!(json.into_bytes(), serde_json::to_vec(&text).unwrap(), "{text:?}");
            }
        }
    }

    #[test]
    fn parts_make_a_whole() {
        let mut json = Json::with_capacity(64);
        json.paste(r#"{"a":"#).text_or_null(None).paste(r#","b":"#);
        json.array([1, 2].into_iter()).text_if_any(r#","c":"#, None);
        json.text_if_any(r#","d":"#, Some("\n"))
            .paste(r#","e":"#)
            .value(&Some(true));
        json.paste("}");
        let expected = br#"{"a":null,"b":[1,2],"d":"\n","e":true}"#;
        assert_eq!(json.into_bytes(), expected);
    }
}
