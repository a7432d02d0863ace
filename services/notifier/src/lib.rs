//! Brings answers and notices to addresses, with retries and an end state.
