//! Short messages: in which alphabet a text travels, and in how many parts.
//!
//! In: a text. Out: its encoding, its length in that encoding's units, its parts. A part that
//! belongs to others is shorter, for it says to which. Never here: a provider's price.

/// The alphabet of GSM 03.38 beside its letters and digits.
const BASIC: &str = "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./:;<=>?¡ÄÖÑÜ§¿äöñüà";
/// What stands behind an escape there, and so counts twice.
const EXTENDED: &str = "^{}\\[~]|€\u{c}";
/// Units of one part alone, and of one of several: seven bits each.
const GSM7: (usize, usize) = (160, 153);
/// The same: sixteen bits each.
const UCS2: (usize, usize) = (70, 67);

/// How the texts of short messages are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Encoding {
    /// The default alphabet, seven bits a sign.
    Gsm7,
    /// Sixteen bits a sign; a sign outside of the basic plane takes two.
    Ucs2,
}

/// How a text goes out as short messages.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Parts {
    /// Its alphabet.
    pub encoding: Encoding,
    /// Its length in units of that alphabet.
    pub units: usize,
    /// How many parts it takes.
    pub parts: usize,
}

impl Encoding {
    /// Gives the word for it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Gsm7 => "gsm7",
            Self::Ucs2 => "ucs2",
        }
    }
}

/// Says how a text goes out. No sign is cut in two: one that does not fit begins the next part.
#[must_use]
pub fn parts(text: &str) -> Parts {
    let gsm7: Option<Vec<usize>> = text.chars().map(gsm7_units).collect();
    match gsm7 {
        Some(signs) => counted(Encoding::Gsm7, &signs, GSM7),
        None => counted(Encoding::Ucs2, &text.chars().map(char::len_utf16).collect::<Vec<_>>(), UCS2),
    }
}

fn gsm7_units(sign: char) -> Option<usize> {
    if sign.is_ascii_alphanumeric() || BASIC.contains(sign) { Some(1) } else { EXTENDED.contains(sign).then_some(2) }
}

fn counted(encoding: Encoding, signs: &[usize], (alone, of_several): (usize, usize)) -> Parts {
    let units = signs.iter().sum();
    if units <= alone {
        return Parts { encoding, units, parts: 1 };
    }
    let (mut parts, mut filled) = (1, 0);
    for sign in signs {
        if filled + sign > of_several {
            parts += 1;
            filled = 0;
        }
        filled += sign;
    }
    Parts { encoding, units, parts }
}

#[cfg(test)]
mod tests;
