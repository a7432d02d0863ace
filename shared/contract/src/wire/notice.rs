//! `notice.proto`: what an alert says.

use super::{envelopes, messages, pairs};
use crate::notice::Words;

messages! {
    Words => NoticeWords { title, texts, vars, signature, cancel }
}

pairs! {
    (String, String) => Named { name, text }
}

envelopes!(Words => NoticeWords);
