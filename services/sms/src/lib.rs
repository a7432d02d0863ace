//! Short messages in, out and receipts.
