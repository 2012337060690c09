//! The article's cluster in two network namespaces with the real addresses, a real MariaDB, and the two
//! configuration files byte for byte as printed.

mod announcements;
mod cable_pull;
mod conversation;
mod files;
mod kills;
mod other_ways;
mod start_orders;
mod walk;
