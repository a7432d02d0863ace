//! Call records of telephone exchanges become contacts.
