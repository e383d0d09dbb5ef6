//! A load result for people: on the terminal, as Markdown, as one HTML page. Programs read the result itself, as JSON.
//!
//! All three say the same, worded in `digest` once: the verdict first, then who was lost, then how long everything took.
//! They are functions of the [`LoadResult`] alone, so a file can be shown again, merged or compared, without its run.

mod chart;
mod digest;
mod html;
mod markdown;
mod terminal;

use std::io;

use super::compare::Comparison;
use super::result::LoadResult;

/// Everything that is known, for programs and for [`merge`](super::result::merge).
///
/// # Errors
/// When a histogram cannot be written, which is our fault.
pub fn json(result: &LoadResult) -> io::Result<String> {
    let mut text = serde_json::to_string_pretty(result)?;
    text.push('\n');
    Ok(text)
}

/// For the person at the terminal, with colours as escape codes.
pub fn terminal(result: &LoadResult, comparison: Option<&Comparison>) -> String {
    terminal::render(result, comparison)
}

/// For a comment or a wiki.
pub fn markdown(result: &LoadResult, comparison: Option<&Comparison>) -> String {
    markdown::render(result, comparison)
}

/// One page that needs nothing else: no script, no font, no other file.
pub fn html(result: &LoadResult, comparison: Option<&Comparison>) -> String {
    html::render(result, comparison)
}
