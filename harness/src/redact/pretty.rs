//! JSON as people read it: what fits on a line stands on one, what does not has a line for each part.

use std::fmt::Write as _;

use serde_json::Value;

/// Columns of an object or array that stands on one line, without what it is indented by.
const WIDTH: usize = 76;

/// The value as text, without a line break at its end.
pub(crate) fn pretty(value: &Value) -> String {
    let mut text = String::new();
    push(&mut text, value, 0);
    text
}

fn push(text: &mut String, value: &Value, depth: usize) {
    let mut line = String::new();
    if push_line(&mut line, value) {
        text.push_str(&line);
        return;
    }
    let parts: Vec<(String, &Value)> = match value {
        Value::Object(members) => members.iter().map(|(name, value)| (key(name), value)).collect(),
        Value::Array(elements) => elements.iter().map(|value| (String::new(), value)).collect(),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {
            text.push_str(&value.to_string());
            return;
        }
    };
    let (open, close) = if value.is_object() { ('{', '}') } else { ('[', ']') };
    text.push(open);
    for (n, (name, part)) in parts.into_iter().enumerate() {
        text.push_str(if n == 0 { "\n" } else { ",\n" });
        _ = write!(text, "{:indent$}{name}", "", indent = 2 * (depth + 1));
        push(text, part, depth + 1);
    }
    _ = write!(text, "\n{:indent$}{close}", "", indent = 2 * depth);
}

/// Writes the value on one line. Gives up, and says so, as soon as the line is too long: a hostile body is not written
/// out once for each level it is nested.
fn push_line(line: &mut String, value: &Value) -> bool {
    match value {
        Value::Object(members) if !members.is_empty() => {
            for (n, (name, value)) in members.iter().enumerate() {
                line.push_str(if n == 0 { "{ " } else { ", " });
                line.push_str(&key(name));
                if !push_line(line, value) {
                    return false;
                }
            }
            line.push_str(" }");
        }
        Value::Array(elements) if !elements.is_empty() => {
            for (n, value) in elements.iter().enumerate() {
                line.push_str(if n == 0 { "[" } else { ", " });
                if !push_line(line, value) {
                    return false;
                }
            }
            line.push(']');
        }
        Value::String(text) if text.len() > 4 * WIDTH => return false,
        Value::Object(_) | Value::Array(_) | Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {
            line.push_str(&value.to_string());
        }
    }
    line.chars().count() <= WIDTH
}

fn key(name: &str) -> String {
    format!("{}: ", Value::from(name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_fits_on_a_line_stands_on_one() {
        let patch = r#"{"schemas":["urn:ietf:params:scim:api:messages:2.0:PatchOp"],"Operations":[{"op":"Replace","path":"active","value":"False"},{}],"x":[]}"#;
        insta::assert_snapshot!(pretty(&serde_json::from_str(patch).unwrap()), @r#"
        {
          "schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"],
          "Operations": [{ "op": "Replace", "path": "active", "value": "False" }, {}],
          "x": []
        }
        "#);
    }

    #[test]
    fn it_stays_the_same_json() {
        let value: Value = serde_json::from_str(&format!(
            r#"{{"a\"b":[[{:?},1.50,null],{{"c":{{}}}}]}}"#,
            "x".repeat(90)
        ))
        .unwrap();
        assert_eq!(serde_json::from_str::<Value>(&pretty(&value)).unwrap(), value);
    }
}
