//! Changes single values of a JSON text and leaves every other byte as it is: white space, order, doubled keys, escapes.
//!
//! A recording is worth its exact bytes, so its bodies are never parsed and written anew. What is not JSON is told by `None`.

use serde::de::IgnoredAny;
use serde_json::Value;

/// One step of the way to a value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Segment {
    /// Member of an object.
    Key(String),
    /// Element of a list, from 0.
    Index(usize),
}

/// What can be changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Piece<'a> {
    /// The name of a member; the way leads to its object.
    Key(&'a str),
    /// A text, without quotes and escapes.
    Text(&'a str),
    /// A number, `true` or `false`, as it is written. `null` is never asked about: it says nothing.
    Other(&'a str),
}

/// Deepest nesting that is read; as deep as `serde_json` reads.
const DEPTH_MAX: usize = 128;

/// A text as a JSON string, with its quotes.
pub(super) fn quoted(text: &str) -> String {
    Value::from(text).to_string()
}

/// Asks `change` about every name and every value that holds no others; what it gives is written instead, as JSON.
/// `None` when the text is not JSON.
pub(super) fn rewrite(text: &str, change: &mut dyn FnMut(&[Segment], Piece<'_>) -> Option<String>) -> Option<String> {
    // Whatever follows may rely on this: it is JSON, and its nesting fits the stack.
    if depth(text) > DEPTH_MAX {
        return None;
    }
    serde_json::from_str::<IgnoredAny>(text).ok()?;
    let mut writer = Writer {
        text,
        at: 0,
        out: String::with_capacity(text.len()),
        way: Vec::new(),
        change,
    };
    writer.value();
    writer.out.push_str(&text[writer.at..]);
    Some(writer.out)
}

fn depth(text: &str) -> usize {
    let (mut now, mut most, mut in_string, mut escaped) = (0_usize, 0, false, false);
    for byte in text.bytes() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if in_string => escaped = true,
            b'"' => in_string = !in_string,
            b'{' | b'[' if !in_string => {
                now += 1;
                most = most.max(now);
            }
            b'}' | b']' if !in_string => now = now.saturating_sub(1),
            _ => {}
        }
    }
    most
}

struct Writer<'t, 'c> {
    text: &'t str,
    at: usize,
    out: String,
    way: Vec<Segment>,
    change: &'c mut dyn FnMut(&[Segment], Piece<'_>) -> Option<String>,
}

impl Writer<'_, '_> {
    fn next(&self) -> u8 {
        self.text.as_bytes().get(self.at).copied().unwrap_or_default()
    }

    /// Copies up to `end`.
    fn copy(&mut self, end: usize) {
        self.out.push_str(&self.text[self.at..end]);
        self.at = end;
    }

    fn copy_white(&mut self) {
        let rest = &self.text.as_bytes()[self.at..];
        let length = rest.iter().take_while(|byte| byte.is_ascii_whitespace()).count();
        self.copy(self.at + length);
    }

    fn value(&mut self) {
        self.copy_white();
        match self.next() {
            b'{' => self.object(),
            b'[' => self.list(),
            b'"' => {
                let end = self.string_end();
                let decoded = self.decoded(end);
                let changed = (self.change)(&self.way, Piece::Text(&decoded));
                self.put(changed, end);
            }
            _ => {
                let rest = &self.text.as_bytes()[self.at..];
                let ends = |byte: &u8| byte.is_ascii_whitespace() || b",]}".contains(byte);
                let end = rest
                    .iter()
                    .position(ends)
                    .map_or(self.text.len(), |length| self.at + length);
                let written = &self.text[self.at..end];
                let changed = (written != "null")
                    .then(|| (self.change)(&self.way, Piece::Other(written)))
                    .flatten();
                self.put(changed, end);
            }
        }
        self.copy_white();
    }

    fn object(&mut self) {
        self.copy(self.at + 1);
        self.copy_white();
        while self.next() == b'"' {
            let end = self.string_end();
            let key = self.decoded(end);
            let changed = (self.change)(&self.way, Piece::Key(&key));
            self.put(changed, end);
            self.copy_white();
            self.copy(self.at + 1); // the colon
            self.way.push(Segment::Key(key));
            self.value();
            self.way.pop();
            if self.next() == b',' {
                self.copy(self.at + 1);
                self.copy_white();
            }
        }
        self.copy(self.at + 1);
    }

    fn list(&mut self) {
        self.copy(self.at + 1);
        self.copy_white();
        let mut index = 0;
        while self.next() != b']' {
            self.way.push(Segment::Index(index));
            self.value();
            self.way.pop();
            index += 1;
            if self.next() == b',' {
                self.copy(self.at + 1);
            }
        }
        self.copy(self.at + 1);
    }

    /// Just after the closing quote of the string that begins here.
    fn string_end(&self) -> usize {
        let mut escaped = false;
        let rest = self.text.as_bytes().iter().enumerate().skip(self.at + 1);
        for (at, byte) in rest {
            match byte {
                b'"' if !escaped => return at + 1,
                b'\\' => escaped = !escaped,
                _ => escaped = false,
            }
        }
        self.text.len()
    }

    fn decoded(&self, end: usize) -> String {
        let written = &self.text[self.at..end];
        serde_json::from_str(written).unwrap_or_else(|_| written.to_owned())
    }

    fn put(&mut self, changed: Option<String>, end: usize) {
        match changed {
            Some(changed) => {
                self.out.push_str(&changed);
                self.at = end;
            }
            None => self.copy(end),
        }
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case::white_space(" { \"a\" : [ 1 , \"x\" ] ,\r\n\t\"b\":{ } , \"c\":[ ] } ")]
    #[case::escapes(r#"{"a\u0062":"\u00e9\/\"\\","z":"\\"}"#)]
    #[case::doubled(r#"{"a":1,"a":2e5}"#)]
    #[case::scalar(" true ")]
    #[case::text("\"a\"")]
    fn leaves_every_byte(#[case] text: &str) {
        assert_eq!(rewrite(text, &mut |_, _| None).as_deref(), Some(text));
    }

    #[rstest]
    #[case::cut("{\"a\":")]
    #[case::no_json("a=b")]
    #[case::two("{} {}")]
    #[case::empty("")]
    fn what_is_no_json_is_said(#[case] text: &str) {
        assert_eq!(rewrite(text, &mut |_, _| None), None);
    }

    #[test]
    fn nesting_has_a_limit() {
        let deep = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
        assert_eq!(rewrite(&deep, &mut |_, _| None), None);
    }

    #[test]
    fn asks_with_the_way_and_writes_what_it_gets() {
        let mut asked = Vec::new();
        let changed = rewrite(r#"{"a": [null, {"b": "c\"d"}, 7]}"#, &mut |way, piece| {
            asked.push(format!("{way:?} {piece:?}"));
            matches!(piece, Piece::Text(_)).then(|| quoted("x\ny"))
        });
        assert_eq!(changed.as_deref(), Some(r#"{"a": [null, {"b": "x\ny"}, 7]}"#));
        insta::assert_snapshot!(asked.join("\n"), @r#"
        [] Key("a")
        [Key("a"), Index(1)] Key("b")
        [Key("a"), Index(1), Key("b")] Text("c\"d")
        [Key("a"), Index(2)] Other("7")
        "#);
    }
}
