//! All phrases of a firm in one automaton, so that a text is walked through once.
//!
//! In: the phrases of the rules and the names of agents. Out: which rules' phrases stand in
//! a text, and which agents are named. Never here: what follows from it.

use std::{collections::BTreeMap, fmt};

use contract::{
    AgentId,
    firm::{Conditions, Rule},
    text::normalise,
};
use daachorse::CharwiseDoubleArrayAhoCorasick;

/// A Chinese name of at least so many characters is looked for: surname and given name.
const NAME_CHARS_MIN: usize = 2;
/// Names in other scripts need more, or they would stand inside ordinary words.
const FOREIGN_NAME_CHARS_MIN: usize = 4;

/// The automaton, and what each of its phrases means.
pub(super) struct Phrases {
    automaton: Option<CharwiseDoubleArrayAhoCorasick<u32>>,
    meanings: Vec<Vec<Meaning>>,
    rules: usize,
}

/// What a phrase in the text says.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Meaning {
    /// A phrase of this rule's `words` is there.
    Wanted(usize),
    /// A phrase of this rule's `not` is there.
    Unwanted(usize),
    /// This agent's name is there.
    Named(AgentId),
}

/// What was found in a text.
#[derive(Debug, Default)]
pub(super) struct Hits {
    wanted: Vec<bool>,
    unwanted: Vec<bool>,
    pub(super) named: Vec<AgentId>,
}

impl Phrases {
    pub(super) fn new(rules: &[Rule], names: &[(AgentId, String)]) -> Self {
        let mut phrases: BTreeMap<String, Vec<Meaning>> = BTreeMap::new();
        for (place, rule) in rules.iter().enumerate() {
            for word in &rule.when.words {
                phrases.entry(normalise(word)).or_default().push(Meaning::Wanted(place));
            }
            for word in &rule.when.not {
                phrases.entry(normalise(word)).or_default().push(Meaning::Unwanted(place));
            }
        }
        // Surnames alone, with 某 or with a title, fit half the house: only full names count.
        for (agent, name) in names {
            let name = normalise(name.trim());
            if is_telling(&name) {
                phrases.entry(name).or_default().push(Meaning::Named(agent.clone()));
            }
        }
        phrases.remove("");
        let (words, meanings): (Vec<_>, Vec<_>) = phrases.into_iter().unzip();
        Self { automaton: automaton(&words), meanings, rules: rules.len() }
    }

    /// Finds every phrase of an already normalised text.
    pub(super) fn find(&self, text: &str) -> Hits {
        let mut hits = Hits { wanted: vec![false; self.rules], unwanted: vec![false; self.rules], named: Vec::new() };
        for found in self.automaton.iter().flat_map(|automaton| automaton.find_overlapping_iter(text)) {
            let at = usize::try_from(found.value()).unwrap_or(usize::MAX);
            for meaning in self.meanings.get(at).into_iter().flatten() {
                hits.note(meaning);
            }
        }
        hits.named.sort();
        hits.named.dedup();
        hits
    }
}

impl Hits {
    fn note(&mut self, meaning: &Meaning) {
        let (list, place) = match meaning {
            Meaning::Wanted(place) => (&mut self.wanted, *place),
            Meaning::Unwanted(place) => (&mut self.unwanted, *place),
            Meaning::Named(agent) => return self.named.push(agent.clone()),
        };
        if let Some(hit) = list.get_mut(place) {
            *hit = true;
        }
    }

    /// Says whether the text satisfies the phrases of the rule at that place.
    pub(super) fn allow(&self, place: usize, when: &Conditions) -> bool {
        let hit = |list: &[bool]| list.get(place).copied().unwrap_or(false);
        (when.words.is_empty() || hit(&self.wanted)) && !hit(&self.unwanted)
    }
}

impl fmt::Debug for Phrases {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Phrases({})", self.meanings.len())
    }
}

fn is_telling(name: &str) -> bool {
    let least = if name.chars().all(|c| c >= '\u{2e80}') { NAME_CHARS_MIN } else { FOREIGN_NAME_CHARS_MIN };
    name.chars().count() >= least
}

fn automaton(words: &[String]) -> Option<CharwiseDoubleArrayAhoCorasick<u32>> {
    if words.is_empty() {
        return None;
    }
    let automaton = CharwiseDoubleArrayAhoCorasick::new(words);
    Some(automaton.expect("phrases are distinct, not empty, and fit a firm file"))
}
