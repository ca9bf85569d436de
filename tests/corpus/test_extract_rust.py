"""Rust items: every kind, at any depth, as written."""

from __future__ import annotations

from tutor.corpus.extract_clap import flags
from tutor.corpus.extract_rust import extract
from tutor.corpus.items import Item
from tutor.corpus.syntax import first_fault

SOURCE = """\
//! The crate.
//!
//! More of it.
#![allow(dead_code)]

/// A thing.
#[derive(Debug)]
pub struct Thing<'a, T: Clone>
where
    T: Copy,
{
    /// Not in the signature.
    pub a: &'a T, // nor this
    b: u8,
}

/** Block
 *  with stars.
 */
pub(crate) enum Kind { One, Two(u8) }

#[doc = "Said by attribute,"]
#[doc = " twice."]
pub unsafe trait Doer: Send {
    /// Does it.
    fn doing(&self, times: usize) -> Result<u8, Error>;
    /// With a default.
    fn by_default(&self) -> u8 { 1 }
}

impl<'a, T: Copy> Thing<'a, T> {
    /// First.
    #[inline]
    pub async unsafe fn first<U>(x: U, y: &'a T) -> Option<Self> where U: Into<T>, {
        x.into().unwrap() // why
    }

    /// Second.
    pub const fn second(&self) -> u8 { self.b }
    pub fn undocumented(&self) {}
    #[doc(hidden)]
    /// Hidden.
    pub fn hidden(&self) {}
}

/// A table too long to show.
pub static TABLE: [u8; 3] = [1000000001, 1000000002, 1000000003, 1000000004, 1000000005, 1000000006, 1000000007, 8];

/// Three.
pub const THREE: usize = 3;

/// Makes one.
#[macro_export]
macro_rules! make { ($a:expr) => { $a }; ($a:expr, $b:ident) => { $b }; }

//// no documentation
/*** nor this ***/
fn bare() {}

pub mod inner {
    //! Inside.
    /// Deep.
    pub mod deeper { /// Deepest.
        pub fn down() {} }
}

#[cfg(test)]
mod tests {
    /// A test.
    #[test]
    fn works() {}
}
"""


def _items() -> dict[str, Item]:
    return {item.symbol: item for item in extract(SOURCE.encode(), "src/thing.rs").items}


def test_finds_every_documented_item_and_nothing_else() -> None:
    found = [(item.kind, item.symbol, item.line) for item in extract(SOURCE.encode(), "src/thing.rs").items]
    assert found == [
        ("module", "thing", 1),
        ("struct", "Thing", 8),
        ("enum", "Kind", 20),
        ("trait", "Doer", 24),
        ("method", "Doer::doing", 26),
        ("method", "Doer::by_default", 28),
        ("method", "Thing::first", 34),
        ("method", "Thing::second", 39),
        ("static", "TABLE", 47),
        ("const", "THREE", 50),
        ("macro", "make", 54),
        ("module", "inner", 60),
        ("module", "inner::deeper", 63),
        ("function", "inner::deeper::down", 64),
    ]


def test_signatures_are_as_written_and_parse() -> None:
    items = _items()
    assert items["Thing::first"].signature == (
        "impl<'a, T: Copy> Thing<'a, T> {\n"
        "    pub async unsafe fn first<U>(x: U, y: &'a T) -> Option<Self> where U: Into<T>;\n}"
    )
    assert (
        items["Thing"].signature
        == "pub struct Thing<'a, T: Clone>\nwhere\n    T: Copy,\n{\n    pub a: &'a T,\n    b: u8,\n}"
    )
    assert items["Doer::doing"].signature.startswith("pub unsafe trait Doer: Send {")
    assert items["TABLE"].signature == "pub static TABLE: [u8; 3];"
    assert items["THREE"].signature == "pub const THREE: usize = 3;"
    assert items["make"].signature == "macro_rules! make {\n    ($a:expr) => {};\n    ($a:expr, $b:ident) => {};\n}"
    assert items["thing"].signature.startswith("mod thing {\n    pub struct Thing<'a, T: Clone>")
    assert [item.symbol for item in items.values() if first_fault("rust", item.signature)] == []


def test_documentation_comes_from_every_form() -> None:
    items = _items()
    assert items["thing"].doc == "The crate.\n\nMore of it."
    assert items["thing"].inner
    assert items["Kind"].doc == "Block\n with stars."
    assert items["Doer"].doc == "Said by attribute,\n twice."
    assert items["inner"].doc == "Inside."


def test_bodies_keep_their_code() -> None:
    assert _items()["Thing::first"].body == "{\n    x.into().unwrap() // why\n}"
    assert _items()["Thing"].body == ""


def test_counts_what_it_passes_over() -> None:
    found = extract(SOURCE.encode(), "src/thing.rs")
    assert found.tests == 1
    assert found.undocumented == 2  # `undocumented` and `bare`
    assert found.faults == []


def test_an_error_costs_only_its_own_item() -> None:
    found = extract(
        b"/// Good.\npub fn good() {}\n/// Bad.\npub fn bad( -> u8 {}\n/// Fine.\npub fn fine() {}\n", "a.rs"
    )
    assert {"good", "fine"} <= {item.symbol for item in found.items} <= {"good", "fine", "bad"}
    assert found.faults
    assert all(not first_fault("rust", item.signature) for item in found.items)


def test_crlf_gives_the_same_items() -> None:
    crlf = extract(SOURCE.replace("\n", "\r\n").encode(), "src/thing.rs").items
    assert [(item.symbol, item.doc, item.signature) for item in crlf] == [
        (item.symbol, item.doc, item.signature) for item in extract(SOURCE.encode(), "src/thing.rs").items
    ]


def test_clap_flags_with_their_attributes() -> None:
    source = b"""
#[derive(Debug, clap::Parser)]
struct Cli {
    /// Be loud
    #[arg(short, long)]
    loud: bool,
    silent: bool,
    #[command(subcommand)]
    /// What to do
    what: What,
}
#[derive(Subcommand)]
enum What {
    /// Compare
    Diff {
        /// The first
        one: PathBuf,
    },
}
#[derive(Debug)]
struct Other {
    /// No flag
    field: u8,
}
"""
    assert [(flag.owner, flag.name, flag.help) for flag in flags(source)] == [
        ("Cli", "loud", "Be loud"),
        ("Cli", "what", "What to do"),
        ("What", "Diff", "Compare"),
        ("What", "one", "The first"),
    ]
    assert flags(source)[0].declaration == "#[arg(short, long)]\nloud: bool"
    assert "///" not in flags(source)[2].declaration
