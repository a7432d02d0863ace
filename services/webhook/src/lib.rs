//! Any JSON service in and out by pointers.
