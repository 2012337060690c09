//! Transcripts: what people send to a room, and what everybody gets.

mod admin;
mod archive;
mod enter;
mod obstacles;
mod owner;
mod properties;
mod service;
mod support;
