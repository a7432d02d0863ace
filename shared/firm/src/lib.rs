//! The firm file: read, check, compare; and the names it gives.
