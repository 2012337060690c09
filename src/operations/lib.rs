//! What an operator asks of a node: how it is, to send its clients away, to leave the cluster, to come back.
//!
//! Any node carries an order out itself or passes it to the member that it is for, over the link that proves who asks. So one
//! console, or one command line, is enough for the whole cluster. Reports and orders travel as JSON, whose fields a node of
//! another version may lack or not know.

mod advice;
mod operations;
mod order;
mod report;

pub use advice::{Advice, Severity, advise};
pub use operations::{Operations, OperationsParts};
pub use order::{Order, OrderError};
pub use report::{
    ClusterReport, ConfigFinding, Database, Files, Happening, Heard, MemberReport, NodeReport, Port, Refused,
    Side,
};
