//! SCIM filters (RFC 7644 §3.4.2.2): the tree and the parser.
//!
//! Names and operators are read without case. Two habits beyond the grammar are understood because
//! identity providers have them: `emails[type eq "work"].value eq "x"`, and values without quotes.

use super::path::Path;
use crate::fault::{Fault, Faults};

/// Longest filter that is read, in bytes.
const MAX_LENGTH: usize = 16 * 1024;
/// Deepest nesting of parentheses, `not` and brackets.
const MAX_DEPTH: usize = 32;

/// A parsed filter.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Filter {
    /// `path operator literal`.
    Compare(Path, Operator, Literal),
    /// `path pr`, or a bare value path, which asks the same: is there such an element.
    Present(Path),
    /// Both hold.
    And(Box<Filter>, Box<Filter>),
    /// At least one holds.
    Or(Box<Filter>, Box<Filter>),
    /// It does not hold.
    Not(Box<Filter>),
}

/// A comparison.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Operator {
    /// Equal.
    Eq,
    /// Not equal.
    Ne,
    /// Contains.
    Co,
    /// Starts with.
    Sw,
    /// Ends with.
    Ew,
    /// Greater.
    Gt,
    /// Greater or equal.
    Ge,
    /// Less.
    Lt,
    /// Less or equal.
    Le,
}

/// What an attribute is compared with.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Literal {
    /// Text, quoted or bare.
    Text(String),
    /// A number.
    Number(f64),
    /// true or false.
    Flag(bool),
    /// null: unassigned.
    Null,
}

impl Filter {
    /// Reads a filter.
    ///
    /// # Errors
    /// A sentence that says what is wrong, for a 400 `invalidFilter`.
    pub(crate) fn parse(text: &str, faults: Faults) -> Result<Self, String> {
        let mut parser = Parser::new(text)?;
        parser.lower_case_only = faults.has(Fault::OperatorCaseMatters);
        let filter = if faults.has(Fault::AndOrLeftToRight) {
            parser.left_to_right()?
        } else {
            parser.or()?
        };
        parser.end()?;
        Ok(filter)
    }
}

impl Operator {
    fn parse(word: &str) -> Option<Self> {
        Some(match word.to_ascii_lowercase().as_str() {
            "eq" => Self::Eq,
            "ne" => Self::Ne,
            "co" => Self::Co,
            "sw" => Self::Sw,
            "ew" => Self::Ew,
            "gt" => Self::Gt,
            "ge" => Self::Ge,
            "lt" => Self::Lt,
            "le" => Self::Le,
            _ => return None,
        })
    }

    /// Whether the literal makes sense with this operator.
    fn accepts(self, literal: &Literal) -> bool {
        match self {
            Self::Eq | Self::Ne => true,
            Self::Co | Self::Sw | Self::Ew => matches!(literal, Literal::Text(_)),
            Self::Gt | Self::Ge | Self::Lt | Self::Le => {
                matches!(literal, Literal::Text(_) | Literal::Number(_))
            }
        }
    }
}

/// A recursive-descent parser over filters and paths.
pub(crate) struct Parser<'a> {
    text: &'a str,
    at: usize,
    depth: usize,
    /// A defect: operators in capitals are not known.
    lower_case_only: bool,
}

impl<'a> Parser<'a> {
    /// Starts at the beginning of `text`.
    pub(crate) fn new(text: &'a str) -> Result<Self, String> {
        if text.len() > MAX_LENGTH {
            return Err(format!("longer than {MAX_LENGTH} bytes"));
        }
        Ok(Self {
            text,
            at: 0,
            depth: 0,
            lower_case_only: false,
        })
    }

    /// Nothing but blanks may be left.
    pub(crate) fn end(&mut self) -> Result<(), String> {
        self.blanks();
        match self.rest() {
            "" => Ok(()),
            rest => Err(format!("cannot read {:?}", shorten(rest))),
        }
    }

    /// A path, up to a blank or a closing bracket.
    pub(crate) fn path(&mut self) -> Result<Path, String> {
        self.blanks();
        let name = self.word(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '$' | ':' | '.'));
        if name.is_empty() {
            return Err(self.expected("an attribute name"));
        }
        let mut path = Path::from_name(name)?;
        if self.eat('[') {
            if path.sub.is_some() {
                return Err(format!("{name:?} cannot have a filter"));
            }
            self.enter()?;
            path.filter = Some(Box::new(self.or()?));
            self.depth -= 1;
            self.blanks();
            if !self.eat(']') {
                return Err(self.expected("']'"));
            }
            if self.eat('.') {
                let sub = self.word(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '$'));
                if !super::path::is_name(sub) {
                    return Err(self.expected("a sub-attribute"));
                }
                path.sub = Some(sub.to_owned());
            }
        }
        Ok(path)
    }

    /// What a defect makes of a filter: `and` and `or` as they come.
    fn left_to_right(&mut self) -> Result<Filter, String> {
        let mut left = self.term()?;
        loop {
            left = if self.keyword("or") {
                Filter::Or(Box::new(left), Box::new(self.term()?))
            } else if self.keyword("and") {
                Filter::And(Box::new(left), Box::new(self.term()?))
            } else {
                return Ok(left);
            };
        }
    }

    fn or(&mut self) -> Result<Filter, String> {
        let mut left = self.and()?;
        while self.keyword("or") {
            left = Filter::Or(Box::new(left), Box::new(self.and()?));
        }
        Ok(left)
    }

    fn and(&mut self) -> Result<Filter, String> {
        let mut left = self.term()?;
        while self.keyword("and") {
            left = Filter::And(Box::new(left), Box::new(self.term()?));
        }
        Ok(left)
    }

    fn term(&mut self) -> Result<Filter, String> {
        self.enter()?;
        let negated = self.negation();
        self.blanks();
        let filter = if self.eat('(') {
            let inner = self.or()?;
            self.blanks();
            if !self.eat(')') {
                return Err(self.expected("')'"));
            }
            inner
        } else if negated {
            return Err(self.expected("'(' after not"));
        } else {
            self.comparison()?
        };
        self.depth -= 1;
        Ok(if negated { Filter::Not(Box::new(filter)) } else { filter })
    }

    fn comparison(&mut self) -> Result<Filter, String> {
        let path = self.path()?;
        if path.attribute.is_empty() {
            return Err(self.expected("an attribute of that schema"));
        }
        self.blanks();
        let start = self.at;
        let word = self.word(|c| c.is_ascii_alphabetic());
        if word.eq_ignore_ascii_case("pr") {
            return Ok(Filter::Present(path));
        }
        let known = !self.lower_case_only || word.chars().all(|c| c.is_ascii_lowercase());
        let Some(operator) = Operator::parse(word).filter(|_| known) else {
            self.at = start;
            if path.filter.is_some() && path.sub.is_none() {
                return Ok(Filter::Present(path));
            }
            return Err(self.expected("one of eq ne co sw ew gt ge lt le pr"));
        };
        let literal = self.literal()?;
        if !operator.accepts(&literal) {
            return Err(format!("{word} cannot compare with that value"));
        }
        Ok(Filter::Compare(path, operator, literal))
    }

    fn literal(&mut self) -> Result<Literal, String> {
        self.blanks();
        if self.rest().starts_with('"') {
            return self.quoted().map(Literal::Text);
        }
        let word = self.word(|c| !c.is_whitespace() && !matches!(c, '(' | ')' | '[' | ']' | '"'));
        Ok(match word {
            "" => return Err(self.expected("a value")),
            "null" => Literal::Null,
            _ if word.eq_ignore_ascii_case("true") => Literal::Flag(true),
            _ if word.eq_ignore_ascii_case("false") => Literal::Flag(false),
            _ if serde_json::from_str::<serde_json::Number>(word).is_ok() => word
                .parse()
                .map_or_else(|_| Literal::Text(word.to_owned()), Literal::Number),
            _ => Literal::Text(word.to_owned()),
        })
    }

    /// A JSON string.
    fn quoted(&mut self) -> Result<String, String> {
        let rest = self.rest();
        let mut escaped = false;
        let end = rest
            .char_indices()
            .skip(1)
            .find(|&(_, c)| {
                let closes = c == '"' && !escaped;
                escaped = c == '\\' && !escaped;
                closes
            })
            .map(|(at, _)| at)
            .ok_or("a quoted value does not end")?;
        let quoted = &rest[..=end];
        self.at += quoted.len();
        serde_json::from_str(quoted).map_err(|error| format!("{quoted} is not JSON text: {error}"))
    }

    /// `not`, when a parenthesis follows; otherwise `not…` may start a name.
    fn negation(&mut self) -> bool {
        let start = self.at;
        if self.keyword("not") {
            self.blanks();
            if self.rest().starts_with('(') {
                return true;
            }
            self.at = start;
        }
        false
    }

    /// Takes the whole word `word`, if it comes next.
    fn keyword(&mut self, word: &str) -> bool {
        let start = self.at;
        self.blanks();
        let next = self.word(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | ':' | '.'));
        if next.eq_ignore_ascii_case(word) {
            return true;
        }
        self.at = start;
        false
    }

    fn enter(&mut self) -> Result<(), String> {
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            return Err(format!("nested deeper than {MAX_DEPTH}"));
        }
        Ok(())
    }

    fn word(&mut self, belongs: impl Fn(char) -> bool) -> &'a str {
        let rest = self.rest();
        let end = rest.find(|c| !belongs(c)).unwrap_or(rest.len());
        self.at += end;
        &rest[..end]
    }

    fn eat(&mut self, c: char) -> bool {
        let found = self.rest().starts_with(c);
        if found {
            self.at += c.len_utf8();
        }
        found
    }

    fn blanks(&mut self) {
        self.word(char::is_whitespace);
    }

    fn rest(&self) -> &'a str {
        &self.text[self.at..]
    }

    fn expected(&self, what: &str) -> String {
        match self.rest() {
            "" => format!("expected {what} at the end"),
            rest => format!("expected {what} at {:?}", shorten(rest)),
        }
    }
}

/// The first characters of a long text.
fn shorten(text: &str) -> String {
    text.chars().take(40).collect()
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case("")]
    #[case("userName")]
    #[case("userName eq")]
    #[case("userName is \"a\"")]
    #[case("userName eq \"a")]
    #[case("userName eq \"a\" and")]
    #[case("(userName eq \"a\"")]
    #[case("userName eq \"a\")")]
    #[case("active gt true")]
    #[case("active co false")]
    #[case("age sw 7")]
    #[case("not userName eq \"a\"")]
    #[case("emails[type eq \"work\" eq \"x\"")]
    #[case("userName eq \"a\" userName eq \"b\"")]
    #[case("urn:x:User eq \"a\"")]
    fn nonsense(#[case] text: &str) {
        assert!(Filter::parse(text, Faults::NONE).is_err(), "{text} was accepted");
    }

    #[test]
    fn and_binds_tighter_than_or() {
        let filter = Filter::parse("a eq 1 or b eq 2 and c eq 3", Faults::NONE).unwrap();
        assert!(matches!(filter, Filter::Or(_, right) if matches!(*right, Filter::And(..))));
    }

    #[rstest]
    #[case(r#"id eq "a\"b""#, Literal::Text("a\"b".into()))]
    #[case("id eq 5d3a-7f", Literal::Text("5d3a-7f".into()))]
    #[case("id eq 42", Literal::Number(42.0))]
    #[case("id Eq TRUE", Literal::Flag(true))]
    #[case("id eq null", Literal::Null)]
    fn literals(#[case] text: &str, #[case] expected: Literal) {
        let filter = Filter::parse(text, Faults::NONE).unwrap();
        assert_eq!(filter, Filter::Compare(Path::plain("id"), Operator::Eq, expected));
    }

    #[test]
    fn nesting_has_a_limit() {
        let deep = format!("{}a pr{}", "(".repeat(5_000), ")".repeat(5_000));
        assert!(Filter::parse(&deep, Faults::NONE).is_err());
        let long = format!("a eq \"{}\"", "x".repeat(MAX_LENGTH));
        assert!(Filter::parse(&long, Faults::NONE).is_err());
    }
}
