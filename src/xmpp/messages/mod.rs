//! Messages (RFC 6121 §5, §8.5): from a client to sessions, copies, or the offline store.

mod route;
