//! Bad input of every kind: a clear error for whoever sent it, nothing at all for everybody else.

mod broken_files;
mod bystanders;
mod garbage;
mod slow_clients;
mod strangers;
