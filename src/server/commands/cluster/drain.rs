//! `cobnut cluster drain`: gives the order and waits until the member is out.

use std::process::ExitCode;
use std::time::{Duration, Instant};

use anyhow::Result;
use serde_json::{Value, json};

use super::LocalNode;

/// Time between two looks.
const LOOK: Duration = Duration::from_millis(500);
/// Time beyond that of the clients for stanzas to settle and the cluster to be left.
const AFTERWARDS: Duration = Duration::from_secs(30);

/// How to drain.
pub(super) struct Wanted {
    /// Seconds for the clients to go.
    pub(super) timeout: u64,
    /// Whether the process ends afterwards.
    pub(super) stop: bool,
    /// Whether the command waits for the end.
    pub(super) waits: bool,
}

/// Where a drain stands, as the asked node sees it.
#[derive(Debug, PartialEq, Eq)]
enum Progress {
    Going(u64),
    Over,
}

pub(super) fn run(node: &LocalNode, member: Option<&str>, wanted: &Wanted) -> Result<ExitCode> {
    let before = node.api.get("cluster")?;
    let id = id_of(&before, member);
    let patience_ms = wanted.timeout.saturating_mul(1000);
    node.order(member, json!({ "order": "drain", "patience_ms": patience_ms, "stops": wanted.stop }))?;
    if !wanted.waits {
        return Ok(ExitCode::SUCCESS);
    }
    let deadline = Instant::now() + Duration::from_secs(wanted.timeout) + AFTERWARDS;
    let mut shown = None;
    while Instant::now() < deadline {
        std::thread::sleep(LOOK);
        // A node that does not answer any more has ended, which is what it was told.
        let Ok(answer) = node.api.get("cluster") else {
            if wanted.stop {
                return finished();
            }
            continue;
        };
        match progress(&answer, id.as_deref(), wanted.stop) {
            Progress::Over => return finished(),
            Progress::Going(sessions) if shown != Some(sessions) => {
                shown = Some(sessions);
                say(&format!("{sessions} sessions left"));
            }
            Progress::Going(_) => {}
        }
    }
    say("the drain did not end in time; `cobnut cluster diagnose` says more");
    Ok(ExitCode::FAILURE)
}

fn finished() -> Result<ExitCode> {
    super::print("its clients are elsewhere and it has left the cluster\n")?;
    Ok(ExitCode::SUCCESS)
}

/// The id of the member that is meant, if it is not the asked node.
fn id_of(answer: &Value, member: Option<&str>) -> Option<String> {
    let named = member?;
    let members = answer["members"].as_array().map(Vec::as_slice).unwrap_or_default();
    let found = members.iter().find(|member| {
        let text = |key: &str| member[key].as_str().unwrap_or_default();
        let host = text("address").rsplit_once(':').map_or("", |(host, _)| host);
        text("id") == named
            || text("address") == named
            || host == named
            || text("name").eq_ignore_ascii_case(named)
    })?;
    let is_self = found["self"].as_bool() == Some(true);
    found["id"].as_str().filter(|_| !is_self).map(str::to_owned)
}

fn progress(answer: &Value, id: Option<&str>, stops: bool) -> Progress {
    let members = answer["members"].as_array().map(Vec::as_slice).unwrap_or_default();
    let Some(id) = id else {
        let own = members.iter().find(|member| member["self"].as_bool() == Some(true));
        let sessions = own.and_then(|member| member["sessions"].as_u64()).unwrap_or_default();
        let is_out = answer["state"] == "drained" && answer["enabled"] == Value::Bool(false) && !stops;
        return if is_out { Progress::Over } else { Progress::Going(sessions) };
    };
    match members.iter().find(|member| member["id"].as_str() == Some(id)) {
        Some(member) => Progress::Going(member["sessions"].as_u64().unwrap_or_default()),
        None => Progress::Over,
    }
}

#[expect(clippy::print_stderr, reason = "progress, for whoever waits")]
fn say(text: &str) {
    eprintln!("{text}");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_drain_is_over_when_the_member_is_gone_or_this_node_is_out() {
        let answer = json!({
            "enabled": true, "state": "draining",
            "members": [
                { "id": "a", "name": "one", "address": "10.0.0.1:5701", "self": true, "sessions": 3 },
                { "id": "b", "name": "two", "address": "10.0.0.2:5701", "self": false, "sessions": 5 },
            ],
        });
        for (member, expected) in
            [(None, None), (Some("one"), None), (Some("TWO"), Some("b")), (Some("10.0.0.2"), Some("b"))]
        {
            assert_eq!(id_of(&answer, member).as_deref(), expected, "{member:?}");
        }
        assert_eq!(progress(&answer, None, false), Progress::Going(3));
        assert_eq!(progress(&answer, Some("b"), false), Progress::Going(5));
        assert_eq!(progress(&answer, Some("c"), false), Progress::Over);
        let out = json!({ "enabled": false, "state": "drained", "members": [] });
        assert_eq!(progress(&out, None, false), Progress::Over);
        assert_eq!(progress(&out, None, true), Progress::Going(0), "the process has not ended yet");
    }
}
