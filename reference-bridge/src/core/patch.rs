//! The PATCH message (RFC 7644 §3.5.2): reads it, and refuses what cannot be meant.
//!
//! What the operations do to a resource is in [`change`](super::change).

use serde_json::Value;

use super::error::{ScimError, ScimType};
use super::json::{self, Object};
use super::path::Path;
use crate::fault::{Fault, Faults};

/// Schema of every PATCH body.
pub(crate) const PATCH_URN: &str = "urn:ietf:params:scim:api:messages:2.0:PatchOp";

/// The most operations one message may hold.
const MAX_OPERATIONS: usize = 1_000;

/// One operation.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Operation {
    /// What to do.
    pub(crate) op: Op,
    /// With what part. `None` only for add and replace.
    pub(crate) path: Option<Path>,
    /// Always there for add and replace.
    pub(crate) value: Option<Value>,
}

/// The three verbs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Op {
    /// Adds to lists, sets the rest.
    Add,
    /// Sets.
    Replace,
    /// Unassigns.
    Remove,
}

/// Reads a PATCH body.
///
/// # Errors
/// 400 `invalidSyntax`, `invalidPath`, `invalidValue` or `noTarget`.
pub(crate) fn read(body: &Object, faults: Faults) -> Result<Vec<Operation>, ScimError> {
    if json::get(body, "Operations").is_none() && faults.has(Fault::OperationsMissingIsDone) {
        return Ok(Vec::new());
    }
    let declared = json::get(body, "schemas")
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
        .any(|urn| urn.eq_ignore_ascii_case(PATCH_URN));
    if !declared {
        return Err(ScimError::syntax(format!("schemas must hold {PATCH_URN}")));
    }
    let operations = json::get(body, "Operations")
        .and_then(Value::as_array)
        .filter(|operations| !operations.is_empty())
        .ok_or_else(|| ScimError::syntax("Operations must be a list with at least one operation"))?;
    if operations.len() > MAX_OPERATIONS {
        return Err(ScimError::value(format!("more than {MAX_OPERATIONS} operations")));
    }
    let read = operations.iter().map(|operation| read_operation(operation, faults));
    if faults.has(Fault::UnknownOperationsSkipped) {
        return Ok(read.filter_map(Result::ok).collect());
    }
    read.collect()
}

fn read_operation(operation: &Value, faults: Faults) -> Result<Operation, ScimError> {
    let Value::Object(operation) = operation else {
        return Err(ScimError::syntax("an operation is not an object"));
    };
    let word = json::get_str(operation, "op").unwrap_or_default();
    let op = match word.to_ascii_lowercase().as_str() {
        lower if faults.has(Fault::CapitalOpsRefused) && lower != word => None,
        "add" => Some(Op::Add),
        "replace" => Some(Op::Replace),
        "remove" => Some(Op::Remove),
        _ => None,
    }
    .ok_or_else(|| ScimError::syntax(format!("op is {word:?}; allowed: add, replace, remove")))?;
    let path = match json::get(operation, "path") {
        None | Some(Value::Null) => None,
        Some(Value::String(path)) => Some(
            Path::parse(path)
                .map_err(|reason| ScimError::bad(ScimType::InvalidPath, format!("path {path:?}: {reason}")))?,
        ),
        Some(other) => {
            let detail = format!("path is {other}, not text");
            return Err(ScimError::bad(ScimType::InvalidPath, detail));
        }
    };
    let value = json::get(operation, "value").cloned();
    match (op, &path, &value) {
        (Op::Remove, None, _) => Err(ScimError::bad(ScimType::NoTarget, "remove needs a path")),
        (Op::Add | Op::Replace, _, None) => Err(ScimError::value(format!("{word} needs a value"))),
        (Op::Add | Op::Replace, None, Some(value)) if !value.is_object() => Err(ScimError::value(format!(
            "{word} without a path needs an object as its value"
        ))),
        _ => Ok(Operation { op, path, value }),
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;
    use serde_json::json;

    use super::*;

    #[rstest]
    #[case(json!({"Operations": [{"op": "add", "path": "title", "value": "x"}]}), "invalidSyntax")]
    #[case(json!({"schemas": [PATCH_URN]}), "invalidSyntax")]
    #[case(json!({"schemas": [PATCH_URN], "Operations": []}), "invalidSyntax")]
    #[case(json!({"schemas": [PATCH_URN], "Operations": [{"op": "move", "path": "title"}]}), "invalidSyntax")]
    #[case(json!({"schemas": [PATCH_URN], "Operations": [{"op": "remove"}]}), "noTarget")]
    #[case(json!({"schemas": [PATCH_URN], "Operations": [{"op": "add", "path": "title"}]}), "invalidValue")]
    #[case(json!({"schemas": [PATCH_URN], "Operations": [{"op": "replace", "value": "x"}]}), "invalidValue")]
    #[case(json!({"schemas": [PATCH_URN], "Operations": [{"op": "remove", "path": "emails["}]}), "invalidPath")]
    #[case(json!({"schemas": [PATCH_URN], "Operations": [{"op": "remove", "path": 5}]}), "invalidPath")]
    #[case(json!({"schemas": [PATCH_URN], "Operations": ["remove"]}), "invalidSyntax")]
    fn nonsense_is_named(#[case] body: Value, #[case] expected: &str) {
        let body = body.as_object().unwrap();
        let error = read(body, Faults::NONE).unwrap_err();
        assert_eq!(error.status, 400);
        assert_eq!(error.scim_type.map(ScimType::as_str), Some(expected));
    }

    #[test]
    fn capitals_and_lower_case_are_read() {
        let body = json!({"schemas": [PATCH_URN], "operations": [
            {"op": "Replace", "path": "active", "value": "False"}, {"OP": "add", "value": {}}
        ]});
        let operations = read(body.as_object().unwrap(), Faults::NONE).unwrap();
        assert_eq!(operations[0].op, Op::Replace);
        assert_eq!(operations[1].op, Op::Add);
    }
}
