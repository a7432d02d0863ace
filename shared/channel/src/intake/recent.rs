//! What was taken lately, so that a repeat is answered without the bus.
//!
//! In: ids of inputs with marks of their content. Out: the mark of an id. It holds the last
//! `max` at least and twice as many at most; what it forgets the router still knows.
//! Never here: what is not durable yet.

use std::{collections::HashMap, mem};

use contract::InputId;

/// A mark of a content, see `Body::mark`.
type Mark = [u8; 32];

/// The last inputs, in two generations.
#[derive(Debug)]
pub(super) struct Recent {
    max: usize,
    young: HashMap<InputId, Mark>,
    old: HashMap<InputId, Mark>,
}

impl Recent {
    pub(super) fn new(max: usize) -> Self {
        Self { max, young: HashMap::new(), old: HashMap::new() }
    }

    pub(super) fn get(&self, input: InputId) -> Option<Mark> {
        self.young.get(&input).or_else(|| self.old.get(&input)).copied()
    }

    pub(super) fn put(&mut self, input: InputId, mark: Mark) {
        if self.young.len() >= self.max {
            self.old = mem::take(&mut self.young);
        }
        self.young.insert(input, mark);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_are_known_and_the_first_forgotten() {
        let mut recent = Recent::new(10);
        for bits in 0..35_u128 {
            recent.put(InputId::new(bits), [u8::try_from(bits).unwrap(); 32]);
        }
        assert_eq!(recent.get(InputId::new(34)), Some([34; 32]));
        assert_eq!(recent.get(InputId::new(25)), Some([25; 32]));
        assert_eq!(recent.get(InputId::new(19)), None);
        assert!(recent.young.len() + recent.old.len() <= 20);
    }
}
