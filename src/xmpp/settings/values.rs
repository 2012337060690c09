//! Values of properties.

use std::time::Duration;

/// The value of a property that cannot be obeyed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("expected {expected}")]
pub struct BadProperty {
    /// What the value should be.
    pub expected: &'static str,
}

/// A duration beyond which nothing is ever waited for.
pub(super) const NEVER: Duration = Duration::from_hours(24 * 365);

/// A whole number of units of so many seconds.
pub(super) fn times(value: &str, seconds: u64) -> Result<Duration, BadProperty> {
    let count: u32 = positive(value)?;
    Ok(Duration::from_secs(u64::from(count) * seconds))
}

/// A number of days; none for 0.
pub(super) fn days(value: &str) -> Result<Option<Duration>, BadProperty> {
    let days: u32 = value.trim().parse().map_err(|_| BadProperty { expected: "a number of days, or 0" })?;
    Ok((days > 0).then(|| Duration::from_secs(u64::from(days) * 24 * 3600)))
}

pub(super) fn positive_or_zero<N: std::str::FromStr>(value: &str) -> Result<N, BadProperty> {
    value.trim().parse().map_err(|_| BadProperty { expected: "a number from 0 upwards" })
}

pub(super) fn positive<N: std::str::FromStr + PartialOrd + From<u8>>(value: &str) -> Result<N, BadProperty> {
    let number = value.trim().parse().ok().filter(|number| *number >= N::from(1));
    number.ok_or(BadProperty { expected: "a number from 1 upwards" })
}

pub(super) fn milliseconds(value: &str) -> Result<Duration, BadProperty> {
    match value.trim().parse::<i64>().map(u64::try_from) {
        Ok(Ok(number)) if number > 0 => Ok(Duration::from_millis(number).min(NEVER)),
        Ok(Err(_)) => Ok(NEVER),
        _ => Err(BadProperty { expected: "a number of milliseconds, or -1" }),
    }
}

/// The first label of a sub-domain.
pub(super) fn service_name(value: &str) -> Result<String, BadProperty> {
    let name = value.trim().to_ascii_lowercase();
    let is_label = !name.is_empty()
        && name.len() <= 63
        && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
        && !name.starts_with('-')
        && !name.ends_with('-');
    if is_label { Ok(name) } else { Err(BadProperty { expected: "one label of a host name" }) }
}

/// An address, or a name of which clients find the address; nothing if it is empty.
pub(super) fn external_host(value: &str) -> Result<Option<String>, BadProperty> {
    let host = value.trim();
    let is_name = host.len() <= 253
        && host.split('.').all(|label| {
            !label.is_empty() && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
        });
    if host.is_empty() {
        return Ok(None);
    }
    if is_name || host.parse::<std::net::IpAddr>().is_ok() {
        return Ok(Some(host.to_owned()));
    }
    Err(BadProperty { expected: "one address or host name, without a port" })
}

/// Openfire reads booleans with Java's parser: everything but "true" is false.
pub(super) fn truth(value: &str) -> bool {
    value.trim().eq_ignore_ascii_case("true")
}
