//! Faults of servers that are started for them.

mod behind_sentinels;
mod connections;
mod in_a_cluster;
mod presence;
mod quotas;
