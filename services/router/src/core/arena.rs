//! Dense numbers for what has ids, and the tables they index.
//!
//! In: ids once. Out: small numbers, so that a decision touches arrays. Never here: an order
//! that a decision could depend on; hash tables are only ever asked for one key.

use std::{
    collections::HashMap,
    hash::{BuildHasherDefault, Hash, Hasher},
    marker::PhantomData,
    ops::{Index, IndexMut},
};

macro_rules! numbers {
    ($($(#[$doc:meta])* $name:ident;)*) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub(crate) struct $name(u32);

        impl Number for $name {
            fn new(at: usize) -> Self { Self(u32::try_from(at).expect("tables stay far below 4 billion rows")) }
            fn at(self) -> usize { self.0 as usize }
        }
    )*};
}

/// A row number of one kind of table.
pub(crate) trait Number: Copy {
    /// Makes the number of a row.
    fn new(at: usize) -> Self;
    /// Gives the row.
    fn at(self) -> usize;
}

numbers! {
    /// Numbers a case in the State.
    CaseNo;
    /// Numbers an agent's desk.
    DeskNo;
    /// Numbers a queue.
    QueueNo;
    /// Numbers a skill.
    SkillNo;
    /// Numbers a set of waiting cases that ask for the same.
    WantNo;
    /// Numbers a group of a queue's agents with the same skills, as far as they are asked for.
    ClassNo;
}

/// Rows that are only ever added.
#[derive(Debug, Clone)]
pub(crate) struct Table<N, T> {
    rows: Vec<T>,
    numbers: PhantomData<N>,
}

impl<N: Number, T> Table<N, T> {
    pub(crate) const fn new() -> Self {
        Self { rows: Vec::new(), numbers: PhantomData }
    }
    pub(crate) fn push(&mut self, row: T) -> N {
        self.rows.push(row);
        N::new(self.rows.len() - 1)
    }
    pub(crate) fn len(&self) -> usize {
        self.rows.len()
    }
    pub(crate) fn numbers(&self) -> impl Iterator<Item = N> + use<N, T> {
        (0..self.rows.len()).map(N::new)
    }
    pub(crate) fn iter(&self) -> impl Iterator<Item = (N, &T)> {
        self.rows.iter().enumerate().map(|(at, row)| (N::new(at), row))
    }
}

impl<N: Number, T> Index<N> for Table<N, T> {
    type Output = T;
    fn index(&self, number: N) -> &T {
        self.rows.get(number.at()).expect("numbers come from the table itself")
    }
}

impl<N: Number, T> IndexMut<N> for Table<N, T> {
    fn index_mut(&mut self, number: N) -> &mut T {
        self.rows.get_mut(number.at()).expect("numbers come from the table itself")
    }
}

/// Rows that come and go; numbers are used again.
#[derive(Debug, Clone)]
pub(crate) struct Slab<N, T> {
    rows: Vec<Option<T>>,
    free: Vec<N>,
}

impl<N: Number, T> Slab<N, T> {
    pub(crate) const fn new() -> Self {
        Self { rows: Vec::new(), free: Vec::new() }
    }
    pub(crate) fn insert(&mut self, row: T) -> N {
        if let Some(number) = self.free.pop() {
            *self.rows.get_mut(number.at()).expect("freed numbers stay in range") = Some(row);
            return number;
        }
        self.rows.push(Some(row));
        N::new(self.rows.len() - 1)
    }
    pub(crate) fn remove(&mut self, number: N) -> Option<T> {
        let row = self.rows.get_mut(number.at()).and_then(Option::take);
        if row.is_some() {
            self.free.push(number);
        }
        row
    }
    pub(crate) fn len(&self) -> usize {
        self.rows.len() - self.free.len()
    }
    pub(crate) fn live(&self, number: N) -> Option<&T> {
        self.rows.get(number.at()).and_then(Option::as_ref)
    }
    pub(crate) fn iter(&self) -> impl Iterator<Item = (N, &T)> {
        self.rows.iter().enumerate().filter_map(|(at, row)| row.as_ref().map(|row| (N::new(at), row)))
    }
}

impl<N: Number, T> Index<N> for Slab<N, T> {
    type Output = T;
    fn index(&self, number: N) -> &T {
        self.live(number).expect("numbers of live rows only")
    }
}

impl<N: Number, T> IndexMut<N> for Slab<N, T> {
    fn index_mut(&mut self, number: N) -> &mut T {
        self.rows.get_mut(number.at()).and_then(Option::as_mut).expect("numbers of live rows only")
    }
}

/// Finds a row by its id.
#[derive(Debug, Clone)]
pub(crate) struct Finder<K, N>(HashMap<K, N, BuildHasherDefault<FoldHasher>>);

impl<K: Hash + Eq, N: Copy> Finder<K, N> {
    pub(crate) fn new() -> Self {
        Self(HashMap::default())
    }
    pub(crate) fn get(&self, key: &K) -> Option<N> {
        self.0.get(key).copied()
    }
    pub(crate) fn insert(&mut self, key: K, number: N) -> Option<N> {
        self.0.insert(key, number)
    }
    pub(crate) fn remove(&mut self, key: &K) -> Option<N> {
        self.0.remove(key)
    }
}

/// A fixed hash for ids, which are random or digests already.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct FoldHasher(u64);

/// The odd number that a word is multiplied by, from the golden ratio.
const SPREAD: u64 = 0x9e37_79b9_7f4a_7c15;

impl FoldHasher {
    const fn fold(&mut self, word: u64) {
        self.0 = (self.0.rotate_left(26) ^ word).wrapping_mul(SPREAD);
    }
}

impl Hasher for FoldHasher {
    fn write(&mut self, bytes: &[u8]) {
        let mut words = bytes.chunks_exact(8);
        for word in &mut words {
            self.fold(u64::from_le_bytes(word.try_into().expect("chunks of eight")));
        }
        for byte in words.remainder() {
            self.fold(u64::from(*byte));
        }
    }
    fn write_u8(&mut self, byte: u8) {
        self.fold(u64::from(byte));
    }
    #[expect(clippy::cast_possible_truncation, reason = "both halves are folded")]
    fn write_u128(&mut self, bits: u128) {
        self.fold((bits >> 64) as u64);
        self.fold(bits as u64);
    }
    fn finish(&self) -> u64 {
        self.0 ^ (self.0 >> 32)
    }
}
