//! What PATCH operations do to a resource (RFC 7644 §§3.5.2.1–3), one after the other, on a copy.
//!
//! Beyond the RFC, because Entra ID expects it: a filtered path that matches no element creates
//! one, and a remove that lists elements in its value removes only those.

use std::collections::HashSet;

use serde_json::Value;

use super::draft;
use super::error::{ScimError, ScimType};
use super::evaluate::Evaluator;
use super::filter::Filter;
use super::json::{self, Object};
use super::patch::{Op, Operation};
use super::path::Path;
use super::reach;
use super::role;
use super::schema::{self, ENTERPRISE_URN, Kind};
use crate::fault::{Fault, Faults};

/// Changes resources of one kind.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Changer {
    /// What the resources are.
    pub(crate) kind: Kind,
    /// Switched-on defects.
    pub(crate) faults: Faults,
}

impl Changer {
    /// Applies `operations` in order.
    ///
    /// # Errors
    /// 400 `mutability`, `noTarget` or `invalidValue`; `resource` is then to be thrown away.
    pub(crate) fn apply(self, resource: &mut Object, operations: &[Operation]) -> Result<(), ScimError> {
        for operation in operations {
            if self.faults.has(Fault::UnknownAttributeEndsPatch) && !self.knows(operation) {
                return Ok(());
            }
            match (&operation.path, &operation.value) {
                (Some(path), _) if path.is_core("active") && self.faults.has(Fault::PathActiveIgnored) => {}
                (Some(path), value) => {
                    self.check_writable(operation.op, path)?;
                    self.at(resource, operation.op, path, value.clone())?;
                }
                (None, Some(Value::Object(values))) => {
                    for (key, value) in values {
                        self.keyed(resource, operation.op, key, value.clone())?;
                    }
                }
                // Refused when the message was read.
                (None, _) => {}
            }
        }
        Ok(())
    }

    /// Whether the path of an operation, if it has one, leads to an attribute of a known schema.
    fn knows(self, operation: &Operation) -> bool {
        operation.path.as_ref().is_none_or(|path| match path.schema.as_deref() {
            Some(schema) => [self.kind.urn(), ENTERPRISE_URN, schema::OPENAI_URN]
                .into_iter()
                .any(|known| known.eq_ignore_ascii_case(schema)),
            None => {
                self.kind.attribute(&path.attribute).is_some()
                    || self.kind.is_enterprise(&path.attribute)
                    || [role::ATTRIBUTE, "externalId"]
                        .into_iter()
                        .any(|known| path.is_core(known))
            }
        })
    }

    /// A member of the value of an operation without path. Its name is a path of its own.
    fn keyed(self, resource: &mut Object, op: Op, key: &str, value: Value) -> Result<(), ScimError> {
        if self.kind == Kind::Group && (key == "id" && self.faults.has(Fault::IdInGroupPatchRefused)) {
            return Err(read_only("id"));
        }
        let ignored = self.kind == Kind::Group && key == "displayName" && self.faults.has(Fault::PathlessRenameIgnored);
        if ignored || self.kind.is_read_only(key) {
            return Ok(());
        }
        let flat = self.faults.has(Fault::DottedKeysStoredFlat) && key.contains('.');
        match Path::parse(key) {
            Ok(path) if !flat => self.at(resource, op, &path, Some(value)),
            _ => {
                resource.insert(key.to_owned(), value);
                Ok(())
            }
        }
    }

    fn check_writable(self, op: Op, path: &Path) -> Result<(), ScimError> {
        let core = path.is_core(&path.attribute);
        let required = op == Op::Remove && path.is_core(self.kind.required());
        if core && self.kind.is_read_only(&path.attribute) || required {
            return Err(read_only(&path.attribute));
        }
        Ok(())
    }

    /// Finds the object that holds the attribute and changes it there.
    fn at(self, resource: &mut Object, op: Op, path: &Path, value: Option<Value>) -> Result<(), ScimError> {
        let is = |name: &str| path.is_core(name);
        if is("active") && op == Op::Remove {
            // Without a value it would say neither in nor out; whoever means one of them says so.
            return Err(ScimError::value("active is true or false and cannot be removed"));
        }
        let ignored = op == Op::Remove && self.kind == Kind::User && self.faults.has(Fault::AttributeRemovalIgnored);
        if is("schemas") || is("password") || ignored {
            return Ok(());
        }
        let Some(urn) = self.extension(path) else {
            return self.within(resource, op, path, value);
        };
        let urn = json::spelling(resource, urn);
        if path.attribute.is_empty() && op == Op::Remove {
            resource.shift_remove(&urn);
            return Ok(());
        }
        let slot = resource.entry(urn).or_insert_with(|| Value::Object(Object::new()));
        let Value::Object(extension) = slot else {
            return Err(ScimError::value("an extension is not an object"));
        };
        if !path.attribute.is_empty() {
            return self.within(extension, op, path, value);
        }
        let Some(Value::Object(values)) = value else {
            return Err(ScimError::value("an extension needs an object"));
        };
        for (key, value) in values {
            let path = Path::parse(&key)
                .map_err(|reason| ScimError::bad(ScimType::InvalidPath, format!("{key:?}: {reason}")))?;
            self.within(extension, op, &path, Some(value))?;
        }
        Ok(())
    }

    /// The URN of the extension the path is about, if it is about one.
    fn extension(self, path: &Path) -> Option<&str> {
        match path.schema.as_deref() {
            Some(schema) if schema.eq_ignore_ascii_case(self.kind.urn()) => None,
            Some(schema) if schema.eq_ignore_ascii_case(ENTERPRISE_URN) => Some(ENTERPRISE_URN),
            Some(schema) => Some(schema),
            None if self.kind.is_enterprise(&path.attribute) => Some(ENTERPRISE_URN),
            None => None,
        }
    }

    /// Changes an attribute of `container`.
    fn within(self, container: &mut Object, op: Op, path: &Path, value: Option<Value>) -> Result<(), ScimError> {
        let known = self.kind.attribute(&path.attribute);
        let key = json::spelling(container, known.map_or(path.attribute.as_str(), |k| k.name));
        let many = known.is_some_and(|known| known.many)
            || container.get(&key).is_some_and(Value::is_array)
            || path.filter.is_some();
        let target = Target {
            changer: self,
            key,
            path,
            many,
        };
        match (op, value) {
            (Op::Remove, value) => {
                target.remove(container, value);
                Ok(())
            }
            (Op::Replace, Some(value)) if is_unassigned(&value) => {
                target.remove(container, None);
                Ok(())
            }
            (Op::Add, Some(value)) if is_unassigned(&value) => Ok(()),
            (Op::Add | Op::Replace, Some(value)) => target.put(container, op, value),
            (Op::Add | Op::Replace, None) => Ok(()),
        }
    }
}

/// One attribute of one object, about to be changed.
struct Target<'a> {
    changer: Changer,
    /// The attribute as the object spells it.
    key: String,
    path: &'a Path,
    /// Whether it is a list.
    many: bool,
}

impl Target<'_> {
    fn put(&self, container: &mut Object, op: Op, value: Value) -> Result<(), ScimError> {
        if let Some(filter) = self.path.filter.as_deref() {
            return self.put_matching(container, filter, &value);
        }
        if let Some(sub) = self.path.sub.as_deref() {
            self.put_sub(container, sub, value);
            return Ok(());
        }
        if self.key.eq_ignore_ascii_case("manager") {
            match draft::read_manager(value, self.changer.faults)? {
                Some(manager) => container.insert(self.key.clone(), manager),
                None => container.shift_remove(&self.key),
            };
            return Ok(());
        }
        if self.many || value.is_array() {
            self.put_many(container, op, value);
            return Ok(());
        }
        match (container.get_mut(&self.key), value) {
            // Sub-attributes that are not mentioned stay as they are (§3.5.2.3).
            (Some(Value::Object(parts)), Value::Object(new)) => {
                if self.changer.faults.has(Fault::NameSiblingsLost) {
                    parts.clear();
                }
                merge(parts, new);
            }
            (_, value) => {
                container.insert(self.key.clone(), value);
            }
        }
        Ok(())
    }

    /// `emails[type eq "work"].value`: every matching element, or a new one that would match.
    fn put_matching(&self, container: &mut Object, filter: &Filter, value: &Value) -> Result<(), ScimError> {
        let evaluator = Evaluator {
            kind: self.changer.kind,
            faults: Faults::NONE,
        };
        let slot = container
            .entry(self.key.clone())
            .or_insert_with(|| Value::Array(Vec::new()));
        if !slot.is_array() {
            *slot = Value::Array(vec![slot.take()]);
        }
        let Value::Array(items) = slot else {
            return Ok(());
        };
        let mut matching: Vec<usize> = (0..items.len())
            .filter(|&at| evaluator.matches_element(filter, &items[at]))
            .collect();
        if matching.is_empty() {
            let creatable = self.changer.kind == Kind::User && !self.changer.faults.has(Fault::FilteredPathRefused);
            let Some(element) = reach::described(filter).filter(|_| creatable) else {
                return Err(ScimError::bad(
                    ScimType::NoTarget,
                    format!("no element of {} matches the path", self.key),
                ));
            };
            matching.push(items.len());
            items.push(Value::Object(element));
        }
        for &at in &matching {
            match (&mut items[at], self.path.sub.as_deref(), value) {
                (Value::Object(parts), Some(sub), value) => json::set(parts, sub, value.clone()),
                (Value::Object(parts), None, Value::Object(new)) => merge(parts, new.clone()),
                (item, _, value) => *item = value.clone(),
            }
        }
        single_primary(items, &matching);
        Ok(())
    }

    /// `name.givenName`, and for lists `emails.value` of every element.
    fn put_sub(&self, container: &mut Object, sub: &str, value: Value) {
        match container.get_mut(&self.key) {
            Some(Value::Array(items)) if !items.is_empty() => {
                for item in items.iter_mut().filter_map(Value::as_object_mut) {
                    json::set(item, sub, value.clone());
                }
            }
            Some(Value::Object(parts)) => {
                if self.changer.faults.has(Fault::NameSiblingsLost) {
                    parts.clear();
                }
                json::set(parts, sub, value);
            }
            _ => {
                let element = Value::Object(Object::from_iter([(sub.to_owned(), value)]));
                let value = if self.many {
                    Value::Array(vec![element])
                } else {
                    element
                };
                container.insert(self.key.clone(), value);
            }
        }
    }

    fn put_many(&self, container: &mut Object, op: Op, value: Value) {
        let mut new = match value {
            Value::Array(items) => items,
            single => vec![single],
        };
        let members = self.changer.kind == Kind::Group && self.path.is_core("members");
        let faults = self.changer.faults;
        if members && op == Op::Add && faults.has(Fault::MembersBeyond100Lost) {
            new.truncate(100);
        }
        let slot = container
            .entry(self.key.clone())
            .or_insert_with(|| Value::Array(Vec::new()));
        if !slot.is_array() {
            *slot = Value::Array(vec![slot.take()]);
        }
        let Value::Array(items) = slot else {
            return;
        };
        if op == Op::Replace && !(members && faults.has(Fault::FullPushAppends)) {
            items.clear();
        }
        let mut seen: HashSet<String> = items.iter().map(|item| identity(item, members)).collect();
        let first_new = items.len();
        items.extend(new.into_iter().filter(|item| seen.insert(identity(item, members))));
        let added: Vec<usize> = (first_new..items.len()).collect();
        if !faults.has(Fault::PrimariesPileUp) {
            single_primary(items, &added);
        }
    }

    fn remove(&self, container: &mut Object, value: Option<Value>) {
        let Some(slot) = container.get_mut(&self.key) else {
            return;
        };
        let emptied = match (slot, self.path.filter.as_deref(), self.path.sub.as_deref()) {
            (Value::Array(items), Some(filter), sub) => {
                self.remove_matching(items, filter, sub);
                items.is_empty()
            }
            (Value::Array(items), None, Some(sub)) => {
                for item in items.iter_mut().filter_map(Value::as_object_mut) {
                    json::remove(item, sub);
                }
                false
            }
            (Value::Object(parts), None, Some(sub)) => {
                json::remove(parts, sub);
                parts.is_empty()
            }
            // Entra's legacy dialect lists what is to go: never everything.
            (Value::Array(items), None, None) if value.as_ref().is_some_and(|v| !v.is_null()) => {
                if self.changer.faults.has(Fault::ValueArrayRemoveEmptiesGroup) {
                    items.clear();
                }
                remove_listed(items, value.unwrap_or_default());
                items.is_empty()
            }
            (_, Some(_), _) => false,
            (_, None, _) => !(self.key == "members" && self.changer.faults.has(Fault::RemoveAllIgnored)),
        };
        if emptied {
            container.shift_remove(&self.key);
        }
    }

    fn remove_matching(&self, items: &mut Vec<Value>, filter: &Filter, sub: Option<&str>) {
        let evaluator = Evaluator {
            kind: self.changer.kind,
            faults: Faults::NONE,
        };
        let matches = |item: &Value| evaluator.matches_element(filter, item);
        let faults = self.changer.faults;
        if self.changer.kind == Kind::Group && faults.has(Fault::PathRemoveIgnored) {
            return;
        }
        if self.changer.kind == Kind::Group && faults.has(Fault::PathRemoveRemovesWrongOne) {
            if let Some(wrong) = items.iter().position(|item| !matches(item)) {
                items.remove(wrong);
            }
            return;
        }
        let Some(sub) = sub else {
            items.retain(|item| !matches(item));
            return;
        };
        for item in items.iter_mut().filter(|item| matches(item)) {
            if let Value::Object(parts) = item {
                json::remove(parts, sub);
            }
        }
    }
}

/// Null, an empty list or empty text: as good as unassigned (RFC 7643 §2.5).
fn is_unassigned(value: &Value) -> bool {
    value == "" || json::assigned(value.clone()).is_none()
}

fn merge(parts: &mut Object, new: Object) {
    for (key, value) in new {
        if value.is_null() {
            json::remove(parts, &key);
        } else {
            json::set(parts, &key, value);
        }
    }
}

/// What makes two list elements the same: the value of members, everything of others.
fn identity(item: &Value, by_value: bool) -> String {
    match item {
        Value::Object(parts) if by_value => json::get_str(parts, "value").unwrap_or_default().to_owned(),
        Value::String(value) if by_value => value.clone(),
        other => other.to_string(),
    }
}

fn remove_listed(items: &mut Vec<Value>, listed: Value) {
    let listed = match listed {
        Value::Array(items) => items,
        single => vec![single],
    };
    let gone: HashSet<String> = listed.iter().map(|item| identity(item, true)).collect();
    items.retain(|item| !gone.contains(&identity(item, true)));
}

/// A new primary element takes the mark from the others (§3.5.2).
fn single_primary(items: &mut [Value], new: &[usize]) {
    let is_primary = |item: &Value| {
        item.as_object()
            .and_then(|parts| json::get(parts, "primary"))
            .is_some_and(|flag| {
                flag == &Value::Bool(true) || flag.as_str().is_some_and(|word| word.eq_ignore_ascii_case("true"))
            })
    };
    let Some(chosen) = new.iter().rev().copied().find(|&at| is_primary(&items[at])) else {
        return;
    };
    for (at, item) in items.iter_mut().enumerate() {
        if at != chosen
            && is_primary(item)
            && let Value::Object(parts) = item
        {
            json::set(parts, "primary", Value::Bool(false));
        }
    }
}

fn read_only(attribute: &str) -> ScimError {
    ScimError::bad(
        ScimType::Mutability,
        format!("{attribute} cannot be changed by a client"),
    )
}

#[cfg(test)]
#[path = "change_tests.rs"]
mod tests;
