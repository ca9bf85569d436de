//! Draws counts as a table whose columns line up, whatever the words are.

/// One row: a word and how often it occurred.
pub type Row<'a> = (&'a str, u64);

/// Where the numbers of a column stand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Align {
    Left,
    Right,
}

/// Formats `rows` below a heading that names the `unit`, with the numbers in a column of their own.
///
/// The result ends in a line break. An empty list of rows gives the heading alone.
pub fn draw(rows: &[Row<'_>], unit: &str, align: Align) -> String {
    let width = rows.iter().map(|(word, _)| word.chars().count()).max().unwrap_or(0).max(unit.len());
    let mut out = format!("{unit:width$}  count\n");
    for (word, count) in rows {
        match align {
            Align::Left => out.push_str(&format!("{word:width$}  {count:<5}\n")),
            Align::Right => out.push_str(&format!("{word:width$}  {count:>5}\n")),
        }
    }
    out
}

/// Cuts a `word` to at most `width` characters, and puts an ellipsis where something was cut.
///
/// # Panics
///
/// Panics when `width` is zero: an ellipsis alone needs one character.
pub fn shorten(word: &str, width: usize) -> String {
    assert!(width > 0, "no room for an ellipsis");
    if word.chars().count() <= width {
        return word.to_owned();
    }
    word.chars().take(width - 1).chain(['…']).collect()
}

/// Reads a number that was written with the separators of [`group`].
///
/// # Errors
///
/// Returns the position of the first byte that is neither a digit nor a separator.
pub fn parse_grouped(text: &str) -> Result<u64, usize> {
    let mut value = 0_u64;
    for (place, byte) in text.bytes().enumerate() {
        match byte {
            b'0'..=b'9' => value = value * 10 + u64::from(byte - b'0'),
            b',' => {}
            _ => return Err(place),
        }
    }
    Ok(value)
}

/// Writes a `count` with a comma between groups of three digits.
///
/// # Examples
///
/// ```
/// assert_eq!(tally::table::group(1234567), "1,234,567");
/// ```
pub fn group(count: u64) -> String {
    let digits = count.to_string();
    let mut out = String::new();
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place) % 3 == 0 {
            out.push(',');
        }
        out.push(digit);
    }
    out
}
