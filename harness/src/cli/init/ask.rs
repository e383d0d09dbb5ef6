//! Questions to the person at the terminal. An empty answer, and the end of input, is no answer.

use std::io::{self, BufRead, IsTerminal as _, Write};

/// How often an answer that cannot be meant is asked for again.
const TRIES: usize = 3;

/// Somebody who can be asked.
pub(super) struct Asker<'a> {
    answers: Box<dyn BufRead + 'a>,
    questions: Box<dyn Write + 'a>,
}

impl<'a> Asker<'a> {
    /// The person at the terminal, if there is one. Standard output may go elsewhere.
    pub(super) fn on_terminal() -> Option<Self> {
        let is_there = io::stdin().is_terminal() && io::stderr().is_terminal();
        is_there.then(|| Self::new(io::stdin().lock(), io::stderr()))
    }

    pub(super) fn new(answers: impl BufRead + 'a, questions: impl Write + 'a) -> Self {
        Self {
            answers: Box::new(answers),
            questions: Box::new(questions),
        }
    }

    /// A line of text.
    pub(super) fn text(&mut self, question: &str) -> io::Result<Option<String>> {
        write!(self.questions, "{question}\n> ")?;
        self.questions.flush()?;
        let mut line = String::new();
        self.answers.read_line(&mut line)?;
        let answer = line.trim();
        Ok((!answer.is_empty()).then(|| answer.to_owned()))
    }

    /// Yes, or else no.
    pub(super) fn yes(&mut self, question: &str) -> io::Result<bool> {
        let known = |answer: &str| match answer.to_ascii_lowercase().as_str() {
            "y" | "yes" => Some(true),
            "n" | "no" => Some(false),
            _ => None,
        };
        Ok(self
            .one_of(question, "yes or no; nothing is no", known)?
            .unwrap_or(false))
    }

    /// One of what is `known`, or none. What cannot be meant is asked for again.
    pub(super) fn one_of<T>(
        &mut self,
        question: &str,
        names: &str,
        known: impl Fn(&str) -> Option<T>,
    ) -> io::Result<Option<T>> {
        for _ in 0..TRIES {
            match self.text(&format!("{question} ({names})"))? {
                None => return Ok(None),
                Some(answer) => match known(&answer) {
                    Some(one) => return Ok(Some(one)),
                    None => writeln!(self.questions, "`{answer}` is none of these")?,
                },
            }
        }
        Err(io::Error::other(format!("no answer that can be meant: {names}")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn asks_again_and_takes_silence_for_no() {
        let mut questions = Vec::new();
        let mut asker = Asker::new("./bridge\nperhaps\nYES\n\n".as_bytes(), &mut questions);
        assert_eq!(asker.text("Which command?").unwrap().as_deref(), Some("./bridge"));
        assert!(asker.yes("Durable?").unwrap());
        assert!(!asker.yes("Sure?").unwrap());
        assert_eq!(asker.text("Which URL?").unwrap(), None);
        drop(asker);
        insta::assert_snapshot!(String::from_utf8(questions).unwrap(), @"
        Which command?
        > Durable? (yes or no; nothing is no)
        > `perhaps` is none of these
        Durable? (yes or no; nothing is no)
        > Sure? (yes or no; nothing is no)
        > Which URL?
        >
        ");
    }

    #[test]
    fn does_not_ask_for_ever() {
        let mut asker = Asker::new("a\nb\nc\nd\n".as_bytes(), io::sink());
        assert!(asker.yes("Durable?").is_err());
    }
}
