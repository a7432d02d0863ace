//! Stories of the full house alone: processes and servers that fail under a steady load, each
//! with a full account at the end.
//!
//! In: servers of the whole run, or own ones where they are hurt. Out: the account, recovery
//! times printed. Never here: a server that is not private.

mod check;
mod consoles;
mod disk;
mod killed;
mod loss;
mod producers;
mod servers_fail;
mod start;
mod town;
mod waiting;
