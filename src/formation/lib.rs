//! Which clusters the nodes of a set of files form, by Hazelcast's rules and by ours, for every order of starting them.
//!
//! Invariant: a deterministic simulation of the joining rules; no sockets and no clock, time is a number.
