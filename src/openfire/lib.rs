//! An Openfire installation as text: `openfire.xml`, `security.xml`, encrypted values, system properties and the script of
//! the embedded database.
//!
//! Invariant: pure functions of text; who calls reads the files and asks the database.
