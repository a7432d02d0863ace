//! Queues and lanes of Shouwen: durable publish, consume, acknowledge; embedded on SQLite.
