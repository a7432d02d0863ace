//! Records of Shouwen: journal, projections, directory, deliveries, blobs, on SQLite.
