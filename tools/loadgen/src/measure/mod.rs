//! The measurements. Each takes a target and gives a row; all are bounded in count and in time.

mod churn;
mod flood;
mod idle;
mod logins;
mod pace;
mod ping_pong;
mod relay;
mod rooms;
mod stage;
mod storm;

pub(crate) use churn::{ChurnArgs, MemoryCourse, churn};
pub(crate) use flood::{FloodArgs, flood};
pub(crate) use idle::{IdleArgs, idle};
pub(crate) use logins::{LoginsArgs, logins};
pub(crate) use ping_pong::{PingPongArgs, ping_pong};
pub(crate) use relay::{relay, run_relay};
pub(crate) use rooms::{RoomFigures, RoomsArgs, rooms};
pub(crate) use stage::Stage;
pub(crate) use storm::{StormArgs, StormFigures, storm};
