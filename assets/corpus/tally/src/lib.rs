//! Counts how often words occur, and shows the counts as a table.
//!
//! A [`Tally`] takes text piece by piece, so that a file never has to be in memory at once. What counts as a word is
//! decided by a [`Splitter`]; what is shown, by the options of the command line in [`cli`].

pub mod cli;
pub mod table;

use std::collections::HashMap;
use std::fmt;
use std::io::{self, BufRead};

/// Words longer than this are cut before they are counted, so that a binary file cannot fill the memory.
pub const LONGEST_WORD: usize = 256;

/// Decides where words begin and end.
///
/// Implement it to count something else than words: syllables, lines, or the names of colours.
pub trait Splitter {
    /// Calls `found` with every word of `line`, in the order in which they stand.
    fn split<'a>(&self, line: &'a str, found: &mut dyn FnMut(&'a str));

    /// Says in a word or two what is counted, for the heading of a table.
    fn unit(&self) -> &str {
        "words"
    }
}

/// Splits at everything that is neither a letter nor a digit.
///
/// Words are not folded: `The` and `the` are two words unless the text is in lower case.
#[derive(Clone, Copy, Debug, Default)]
pub struct Alphanumeric;

impl Splitter for Alphanumeric {
    fn split<'a>(&self, line: &'a str, found: &mut dyn FnMut(&'a str)) {
        for word in line.split(|letter: char| !letter.is_alphanumeric()) {
            if !word.is_empty() {
                found(word);
            }
        }
    }
}

/// The reason why text could not be counted.
#[derive(Debug)]
#[non_exhaustive]
pub enum TallyError {
    /// The text ended in the middle of a character, or was no UTF-8 at all.
    NotText { line: usize },
    /// The underlying reader failed.
    Read(io::Error),
}

impl fmt::Display for TallyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            TallyError::NotText { line } => write!(f, "line {line} is not text"),
            TallyError::Read(error) => write!(f, "cannot read: {error}"),
        }
    }
}

/// How often each word occurred in the text that was added so far.
///
/// # Examples
///
/// ```
/// use tally::{Alphanumeric, Tally};
///
/// let mut tally = Tally::new(Alphanumeric);
/// tally.add_line("to be or not to be");
/// assert_eq!(tally.count("be"), 2);
/// ```
#[derive(Clone, Debug)]
pub struct Tally<S: Splitter> {
    splitter: S,
    counts: HashMap<String, u64>,
    lines: usize,
}

impl<S: Splitter> Tally<S> {
    /// Makes an empty tally that takes its words from `splitter`.
    pub fn new(splitter: S) -> Self {
        Tally { splitter, counts: HashMap::new(), lines: 0 }
    }

    /// Adds the words of one `line`, without its line break.
    pub fn add_line(&mut self, line: &str) {
        let counts = &mut self.counts;
        self.splitter.split(line, &mut |word| {
            let end = word.char_indices().nth(LONGEST_WORD).map_or(word.len(), |(end, _)| end);
            *counts.entry(word[..end].to_owned()).or_insert(0) += 1;
        });
        self.lines += 1;
    }

    /// Adds everything that `reader` has to give, line by line.
    ///
    /// Returns how many lines were read.
    ///
    /// # Errors
    ///
    /// Fails with [`TallyError::Read`] when the reader does, and with [`TallyError::NotText`] at the first line that is
    /// not UTF-8. Lines before it have been counted.
    pub fn add_reader<R: BufRead>(&mut self, reader: R) -> Result<usize, TallyError> {
        let before = self.lines;
        for line in reader.lines() {
            match line {
                Ok(line) => self.add_line(&line),
                Err(error) if error.kind() == io::ErrorKind::InvalidData => {
                    return Err(TallyError::NotText { line: self.lines + 1 });
                }
                Err(error) => return Err(TallyError::Read(error)),
            }
        }
        Ok(self.lines - before)
    }

    /// How often `word` occurred; zero for a word that never did.
    pub fn count(&self, word: &str) -> u64 {
        self.counts.get(word).copied().unwrap_or(0)
    }

    /// The share of all words that are `word`, between 0 and 1.
    ///
    /// # Panics
    ///
    /// Panics when nothing has been counted yet, because there is no share of nothing.
    pub fn share(&self, word: &str) -> f64 {
        let total: u64 = self.counts.values().sum();
        assert!(total > 0, "nothing has been counted");
        self.count(word) as f64 / total as f64
    }

    /// The `most` commonest words with their counts, the commonest first and equally common ones in alphabetical order.
    ///
    /// # Examples
    ///
    /// ```
    /// # use tally::{Alphanumeric, Tally};
    /// # let mut tally = Tally::new(Alphanumeric);
    /// tally.add_line("a rose is a rose");
    /// assert_eq!(tally.commonest(2), [("a", 2), ("rose", 2)]);
    /// ```
    pub fn commonest(&self, most: usize) -> Vec<(&str, u64)> {
        let mut rows: Vec<_> = self.counts.iter().map(|(word, count)| (word.as_str(), *count)).collect();
        rows.sort_by(|a, b| b.1.cmp(&a.1).then(a.0.cmp(b.0)));
        rows.truncate(most);
        rows
    }

    /// Joins the counts of `other` to this tally, as if its lines had been added here.
    pub fn merge(&mut self, other: Tally<S>) {
        for (word, count) in other.counts {
            *self.counts.entry(word).or_insert(0) += count;
        }
        self.lines += other.lines;
    }
}

/// Counts the words of a literal, for tests and examples.
///
/// ```
/// let tally = tally::tally!("one two two");
/// assert_eq!(tally.count("two"), 2);
/// ```
#[macro_export]
macro_rules! tally {
    ($text:expr) => {{
        let mut tally = $crate::Tally::new($crate::Alphanumeric);
        $text.lines().for_each(|line| tally.add_line(line));
        tally
    }};
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A test with documentation is still a test.
    #[test]
    fn counts_nothing_at_first() {
        assert_eq!(Tally::new(Alphanumeric).count("word"), 0);
    }
}
