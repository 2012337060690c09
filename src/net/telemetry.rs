//! Where log lines go: stderr, as text for people or as JSON for collectors.

use tracing_subscriber::EnvFilter;
use tracing_subscriber::fmt::time::SystemTime;

/// Form of the log lines.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum LogFormat {
    /// One line of text per event, coloured on a terminal.
    #[default]
    Text,
    /// One JSON object per event.
    Json,
}

/// Installs the subscriber of this process. `COBNUT_LOG` holds a filter such as `info,cobnut_mesh=debug`
/// and overrides `default_filter`. A second call changes nothing.
pub fn init(format: LogFormat, default_filter: &str) {
    let filter = EnvFilter::try_from_env("COBNUT_LOG").unwrap_or_else(|_| EnvFilter::new(default_filter));
    let is_terminal = std::io::IsTerminal::is_terminal(&std::io::stderr());
    let builder = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_timer(SystemTime)
        .with_ansi(is_terminal && std::env::var_os("NO_COLOR").is_none())
        .with_writer(std::io::stderr);
    // An error means that a subscriber is installed already, which tests and embedders may do.
    let _installed = match format {
        LogFormat::Text => builder.try_init(),
        LogFormat::Json => builder.json().try_init(),
    };
}
