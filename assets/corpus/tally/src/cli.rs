//! The options of the `tally` command, declared once: parser, help text and completion all come from here.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};

/// Counts words in files and shows the commonest.
#[derive(Debug, Parser)]
#[command(name = "tally", version)]
pub struct Cli {
    /// Files to read; standard input when there is none
    pub files: Vec<PathBuf>,

    /// Show only the N commonest words
    #[arg(short = 'n', long, value_name = "N", default_value_t = 10)]
    pub most: usize,

    /// Fold upper and lower case before counting
    #[arg(short, long)]
    pub ignore_case: bool,

    /// How numbers are written
    #[arg(long, value_enum, default_value_t = Style::Plain)]
    pub style: Style,

    #[command(flatten)]
    pub filter: Filter,

    #[command(subcommand)]
    pub command: Option<Command>,
}

/// Leaves words out before they are counted.
#[derive(Debug, Args)]
pub struct Filter {
    /// Leave out words with fewer than this many letters
    #[arg(long, value_name = "LETTERS", default_value_t = 1)]
    pub shortest: usize,

    /// Leave out the words in this file, one a line
    #[arg(long, value_name = "FILE")]
    pub stop_words: Option<PathBuf>,
}

/// What to do instead of counting.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Compare the counts of two files
    Diff {
        /// The file that came first
        before: PathBuf,
        /// The file that came later
        after: PathBuf,
    },
    /// Print the words that occur exactly once
    Rare,
}

/// How numbers are written.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub enum Style {
    /// Digits only: 1234
    Plain,
    /// Groups of three digits: 1,234
    Grouped,
}
