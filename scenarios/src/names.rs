//! What the names in the sentences of one scenario mean: people and groups that its file declares.

/// What names mean in one scenario.
pub(crate) struct Names<'a> {
    pub(crate) is_person: &'a dyn Fn(&str) -> bool,
    pub(crate) is_group: &'a dyn Fn(&str) -> bool,
}

/// A name that must be in this table of the file.
pub(crate) fn declared(name: &str, is: &impl Fn(&str) -> bool, table: &str) -> Result<String, String> {
    let name = name.trim();
    if is(name) {
        Ok(name.to_owned())
    } else {
        Err(format!("`{name}` is not in [{table}]"))
    }
}

/// Names with commas between them; all must be people of the file.
pub(crate) fn declared_people(names: &str, is_person: &impl Fn(&str) -> bool) -> Result<Vec<String>, String> {
    names
        .split(',')
        .map(|name| declared(name, is_person, "people"))
        .collect()
}

/// The sentences there are, as a message lists them.
pub(crate) fn quoted(sentences: &[&str]) -> String {
    let quoted: Vec<String> = sentences.iter().map(|sentence| format!("`{sentence}`")).collect();
    quoted.join(", ")
}
