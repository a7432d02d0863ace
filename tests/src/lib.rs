//! Black-box tests of Shouwen; everything is under `it/`.
