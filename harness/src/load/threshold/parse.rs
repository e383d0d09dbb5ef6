//! Reads a threshold, and points at what is wrong with it.

use std::fmt;
use std::str::FromStr;

use super::metric::{Metric, Unit};
use super::{Op, Threshold};

/// A text is no threshold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ThresholdError {
    text: String,
    /// Characters before what is wrong, and how many are.
    at: (usize, usize),
    message: String,
}

impl fmt::Display for ThresholdError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (before, long) = self.at;
        writeln!(f, "threshold: {}", self.message)?;
        writeln!(f, "  {}", self.text)?;
        write!(f, "  {}{}", " ".repeat(before), "^".repeat(long.max(1)))
    }
}

impl std::error::Error for ThresholdError {}

/// A piece of the text, with its place in it.
#[derive(Clone, Copy)]
struct Piece<'a> {
    whole: &'a str,
    start: usize,
    end: usize,
}

impl<'a> Piece<'a> {
    fn text(self) -> &'a str {
        &self.whole[self.start..self.end]
    }

    fn trimmed(self) -> Self {
        let text = self.text();
        let start = self.start + (text.len() - text.trim_start().len());
        Self {
            start,
            end: start + text.trim().len(),
            ..self
        }
    }

    /// The piece before a place in it, and the piece from there on.
    fn cut(self, at: usize) -> (Self, Self) {
        let at = self.start + at;
        (Self { end: at, ..self }, Self { start: at, ..self })
    }

    fn wrong(self, message: impl Into<String>) -> ThresholdError {
        ThresholdError {
            text: self.whole.to_owned(),
            at: (self.whole[..self.start].chars().count(), self.text().chars().count()),
            message: message.into(),
        }
    }
}

impl FromStr for Threshold {
    type Err = ThresholdError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let whole = Piece {
            whole: text,
            start: 0,
            end: text.len(),
        };
        let Some(place) = text.find(['<', '=', '>', '!']) else {
            return Err(whole.wrong("there is no comparison in it; write METRIC<VALUE, with one of < <= == >= >"));
        };
        let (name, rest) = whole.cut(place);
        let metric = metric(name.trimmed())?;
        let Some((sign, op)) = Op::ALL.into_iter().find(|(sign, _)| rest.text().starts_with(sign)) else {
            return Err(rest
                .cut(1)
                .0
                .wrong("there is no such comparison; known are < <= == >= >"));
        };
        let (_, rest) = rest.cut(sign.len());
        let (value, step) = match rest.text().find(" for ") {
            None => (rest, None),
            Some(place) => {
                let (value, rest) = rest.cut(place);
                (value, Some(rest.cut(" for ".len()).1.trimmed()))
            }
        };
        if let Some(step) = step.filter(|_| !metric.is_of_steps()) {
            return Err(step.wrong("this metric is of the whole run, not of a step"));
        }
        if let Some(step) = step.filter(|step| step.text().is_empty()) {
            return Err(step.wrong("here belongs the name of a step, such as create POST /Users"));
        }
        Ok(Self {
            text: text.trim().to_owned(),
            metric,
            op,
            value: self::value(value.trimmed(), metric.unit())?,
            step: step.map(|step| step.text().to_owned()),
        })
    }
}

fn metric(name: Piece<'_>) -> Result<Metric, ThresholdError> {
    Metric::named(name.text()).ok_or_else(|| {
        let near = Metric::names()
            .into_iter()
            .map(|known| (strsim::damerau_levenshtein(known, name.text()), known))
            .min()
            .filter(|(distance, _)| *distance <= 2 && !name.text().is_empty());
        let hint = near
            .map(|(_, known)| format!("did you mean `{known}`? "))
            .unwrap_or_default();
        let known = Metric::names().join(", ");
        name.wrong(format!("there is no such metric; {hint}known are {known}"))
    })
}

/// In the metric's own unit: microseconds, shares of 1, plain numbers.
fn value(piece: Piece<'_>, unit: Unit) -> Result<f64, ThresholdError> {
    let digits = piece.text().find(|c: char| !c.is_ascii_digit() && c != '.');
    let (number, written) = piece.cut(digits.unwrap_or(piece.text().len()));
    let written = written.trimmed();
    let Ok(value) = number.text().parse::<f64>() else {
        return Err(piece.wrong("here belongs a number, such as 800ms or 0.7"));
    };
    let factor = match (unit, written.text()) {
        (Unit::Time, "us") | (Unit::Share | Unit::Number, "") => 1.0,
        (Unit::Time, "ms") => 1e3,
        (Unit::Time, "s") => 1e6,
        (Unit::Time, "m") => 60e6,
        (Unit::Share, "%") => 0.01,
        (Unit::Time, "") => return Err(number.wrong("a time needs a unit: us, ms, s or m")),
        (Unit::Time, _) => return Err(written.wrong("there is no such unit of time; known are us, ms, s and m")),
        (Unit::Share, _) => return Err(written.wrong("this is a share: write 0.7 or 70%")),
        (Unit::Number, _) => return Err(written.wrong("this is a plain number and has no unit")),
    };
    Ok(value * factor)
}
