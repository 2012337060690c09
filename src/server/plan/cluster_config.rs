//! The Hazelcast configuration of a node: its file, what that imports, what the linter says, and what the mesh is told.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, Result, bail};
use cobnut_config::{Config, DialHost, Host, PickError, refusals};
use cobnut_console::EffectiveSetting;
use cobnut_diagnostics::{Diagnostic, Severity, Source, Span, render};
use cobnut_mesh::{Candidate, MeshSettings};

use crate::cli::RunArgs;

/// `hazelcast.heartbeat.interval.seconds` when the file does not say.
const HEARTBEAT_INTERVAL: Duration = Duration::from_secs(1);
/// Silence after which a member is suspected, when the file does not say when it is dead.
const SUSPECT_AFTER: Duration = Duration::from_secs(3);
/// Silence after which a member is dead, when the file does not say.
const DEAD_AFTER: Duration = Duration::from_secs(5);
/// Deepest chain of imports.
const IMPORTS_MAX: usize = 16;
/// What a node without a file is configured by: alone, on the standard port.
const NO_FILE: &str = "<hazelcast><network><join><multicast enabled=\"false\"/></join></network></hazelcast>";

/// A file, its imports in the order in which they are named, and the findings on all of them.
pub(crate) struct ClusterConfig {
    files: Vec<(PathBuf, Config)>,
    findings: Vec<Diagnostic>,
}

impl ClusterConfig {
    /// Reads `path` and what it imports; `None` means that there is no configuration and the node is alone.
    /// `home` stands for `${openfireHome}` in imports.
    pub(crate) fn read(path: Option<&Path>, home: Option<&Path>) -> Result<Self> {
        let mut files = Vec::new();
        match path {
            Some(path) => read_with_imports(path, home, &mut files)?,
            None => files.push((PathBuf::from("built in"), parse_or_stop(Source::new("built in", NO_FILE))?)),
        }
        // Each file by itself: an import is not another node.
        let findings =
            files.iter().flat_map(|(_, config)| cobnut_lint::lint_file(config.sources.main())).collect();
        Ok(Self { files, findings })
    }

    /// Texts by path, and the linter's findings on them.
    pub(crate) fn sources_and_findings(&self) -> (Vec<(PathBuf, Source)>, Vec<Diagnostic>) {
        let sources =
            self.files.iter().map(|(path, config)| (path.clone(), config.sources.main().clone())).collect();
        (sources, self.findings.clone())
    }

    /// Prints the findings on stderr, an error as a warning unless `is_strict`; then errors end the start.
    pub(crate) fn report(&self, is_strict: bool) -> Result<()> {
        if self.findings.is_empty() {
            return Ok(());
        }
        let errors = self.findings.iter().filter(|finding| finding.severity() == Severity::Error).count();
        if is_strict && errors > 0 {
            print_findings(&self.findings);
            bail!("--strict: the configuration has {errors} error{}", if errors == 1 { "" } else { "s" });
        }
        let lenient: Vec<Diagnostic> = self
            .findings
            .iter()
            .cloned()
            .map(|finding| match finding.severity() {
                Severity::Error => finding.with_severity(Severity::Warning),
                _ => finding,
            })
            .collect();
        print_findings(&lenient);
        Ok(())
    }

    /// What the mesh is told.
    pub(crate) fn mesh_settings(&self, args: &RunArgs, bind: IpAddr) -> Result<MeshSettings> {
        let config = self.network();
        let properties = &config.properties;
        let dead_after = properties.max_no_heartbeat();
        let (port, port_tries) = match args.mesh_port {
            Some(0) => (0, 1),
            given => (given.unwrap_or(*config.network.port.number), self.port_tries()),
        };
        Ok(MeshSettings {
            cluster_name: self.cluster_name().to_owned(),
            // Where no address fits, the one that the file names: binding it says what is wrong.
            bind_ip: match self.pick_address(bind)? {
                Ok(address) => address,
                Err(_) => self.exact_interface().unwrap_or(Ipv4Addr::UNSPECIFIED.into()),
            },
            port,
            port_tries,
            candidates: self.candidates(),
            heartbeat_interval: properties.heartbeat_interval().unwrap_or(HEARTBEAT_INTERVAL),
            // A file that gives members more time also means that suspicion comes later.
            suspect_after: dead_after.map_or(SUSPECT_AFTER, |dead_after| dead_after.mul_f32(0.6)),
            dead_after: dead_after.unwrap_or(DEAD_AFTER),
        })
    }

    /// Effective values of the mesh with their origins.
    pub(crate) fn effective(&self, mesh: &MeshSettings, args: &RunArgs) -> Vec<EffectiveSetting> {
        let config = self.network();
        let place = |span: Option<Span>| match span {
            Some(span) => {
                let position = config.sources.main().position(span.range().start);
                format!("{}:{}", config.sources.main().name(), position.line)
            }
            None => "default".to_owned(),
        };
        let row = |name: &str, value: String, origin: String| EffectiveSetting {
            name: name.to_owned(),
            value,
            origin,
        };
        let candidates: Vec<String> = mesh
            .candidates
            .iter()
            .map(|candidate| {
                let ports: Vec<String> = candidate.ports.iter().map(u16::to_string).collect();
                if ports.is_empty() {
                    candidate.host.clone()
                } else {
                    format!("{}:{}", candidate.host, ports.join(","))
                }
            })
            .collect();
        let property = |name: &str| place(config.properties.value(name).map(|value| value.span));
        vec![
            row("cluster-name", mesh.cluster_name.clone(), place(config.cluster_name.span)),
            row(
                "network/port",
                if mesh.port == 0 { "any".to_owned() } else { mesh.port.to_string() },
                if args.mesh_port.is_some() {
                    "--mesh-port".to_owned()
                } else {
                    place(config.network.port.number.span)
                },
            ),
            row(
                "network/port ports tried",
                mesh.port_tries.to_string(),
                place(config.network.port.auto_increment.span),
            ),
            row("network/interfaces", mesh.bind_ip.to_string(), place(config.network.interfaces.span)),
            row("network/join/tcp-ip", candidates.join(" "), place(config.network.join.tcp_ip.span)),
            row(
                "hazelcast.heartbeat.interval.seconds",
                mesh.heartbeat_interval.as_secs_f32().to_string(),
                property("hazelcast.heartbeat.interval.seconds"),
            ),
            row(
                "hazelcast.max.no.heartbeat.seconds",
                mesh.dead_after.as_secs_f32().to_string(),
                property("hazelcast.max.no.heartbeat.seconds"),
            ),
        ]
    }

    /// The file that says how members find each other: the first with a `<join>`, else the first.
    fn network(&self) -> &Config {
        let with_join = self.files.iter().find(|(_, config)| config.network.join.span.is_some());
        &with_join.unwrap_or(&self.files[0]).1
    }

    fn cluster_name(&self) -> &str {
        let written = self.files.iter().find(|(_, config)| config.cluster_name.span.is_some());
        &written.unwrap_or(&self.files[0]).1.cluster_name.value
    }

    fn port_tries(&self) -> u16 {
        let port = &self.network().network.port;
        if *port.auto_increment { u16::try_from(*port.port_count).unwrap_or(u16::MAX).max(1) } else { 1 }
    }

    fn candidates(&self) -> Vec<Candidate> {
        let config = self.network();
        let mut candidates: Vec<Candidate> = config
            .dial_targets()
            .into_iter()
            .map(|target| {
                let host = match target.host {
                    DialHost::Address(address) => address.to_string(),
                    DialHost::Name(name) => name,
                };
                Candidate { host, ports: target.ports }
            })
            .collect();
        // Hazelcast takes a mistyped entry for a host name. Nobody will answer to it, but the operator meant a member,
        // so the node must not be silent when it stays alone.
        if *config.network.join.tcp_ip.enabled {
            candidates.extend(config.network.join.tcp_ip.members().filter_map(|entry| match &entry.host {
                Host::Unresolvable(_) => Some(Candidate { host: entry.text.clone(), ports: Vec::new() }),
                _ => None,
            }));
        }
        candidates
    }

    /// The address of the mesh; the inner error is that no address of this machine fits.
    fn pick_address(&self, bind: IpAddr) -> Result<Result<IpAddr, PickError>> {
        let config = self.network();
        if !*config.network.interfaces.enabled && !bind.is_unspecified() {
            return Ok(Ok(bind));
        }
        Ok(config.pick_address_with(&local_addresses(self.exact_interface())?, resolve))
    }

    fn exact_interface(&self) -> Option<IpAddr> {
        self.network().network.interfaces.exact_address().map(|(address, _)| address)
    }

    /// Why a clustered node could not obey the configuration, if it could not.
    pub(crate) fn obstacle(&self, bind: IpAddr) -> Result<Option<Obstacle>> {
        let findings: Vec<Diagnostic> = self.files.iter().flat_map(|(_, config)| refusals(config)).collect();
        if let Some(first) = findings.first() {
            let reason = format!(
                "{}:{}:{}: {}; correct the file, or start with --clustering off",
                first.source().name(),
                first.line(),
                first.column(),
                first.message()
            );
            return Ok(Some(Obstacle { reason, findings }));
        }
        let Err(err) = self.pick_address(bind)? else { return Ok(None) };
        let config = self.network();
        let place = config.network.interfaces.span.map_or(String::new(), |span| {
            let position = config.sources.main().position(span.range().start);
            format!("{}:{}:{}: ", config.sources.main().name(), position.line, position.column)
        });
        let reason = format!(
            "{place}{err}; Hazelcast would not start either. Correct <interfaces>, or start with --clustering off"
        );
        Ok(Some(Obstacle { reason, findings }))
    }
}

/// What keeps a node from being clustered.
#[derive(Debug)]
pub(crate) struct Obstacle {
    /// Place and reason in one line.
    pub(crate) reason: String,
    /// The same with frames; empty when there is no element to point at.
    findings: Vec<Diagnostic>,
}

impl Obstacle {
    /// Ends the start: prints the frames and becomes the error.
    fn stop<T>(self) -> Result<T> {
        if !self.findings.is_empty() {
            print_findings(&self.findings);
        }
        bail!(self.reason)
    }

    /// Ends the start of a node that shall be clustered; any other node keeps it for the day somebody enables clustering.
    pub(crate) fn unless_clustered(self, is_wanted: bool) -> Result<Self> {
        if is_wanted { self.stop() } else { Ok(self) }
    }
}

/// The linter's report on several files of one folder as one cluster, with frames.
pub(crate) fn lint_report(folder: &Path, files: &[&str], is_colourful: bool) -> Result<String> {
    let read = |file: &&str| read_source_as(&folder.join(file), file).map(labelled);
    let sources = files.iter().map(read).collect::<Result<Vec<_>>>()?;
    Ok(render::full(&cobnut_lint::lint_cluster(&sources), colour(is_colourful)))
}

/// The linter calls a node by its file.
fn labelled(source: Source) -> (Source, String) {
    let label = source.name().to_owned();
    (source, label)
}

fn read_source(path: &Path) -> Result<Source> {
    read_source_as(path, &path.display().to_string())
}

/// Reads a file that messages call `name`.
fn read_source_as(path: &Path, name: &str) -> Result<Source> {
    let bytes = std::fs::read(path).with_context(|| format!("read the configuration {}", path.display()))?;
    Source::decode(name, bytes).with_context(|| format!("read the configuration {}", path.display()))
}

fn read_with_imports(path: &Path, home: Option<&Path>, files: &mut Vec<(PathBuf, Config)>) -> Result<()> {
    if files.len() >= IMPORTS_MAX {
        bail!("{} is imported by a chain of more than {IMPORTS_MAX} files", path.display());
    }
    if files.iter().any(|(known, _)| known == path) {
        bail!("{} imports itself", path.display());
    }
    let config = parse_or_stop(read_source(path)?)?;
    let imports: Vec<PathBuf> =
        config.imports.iter().map(|import| import_path(&import.value, path, home)).collect();
    files.push((path.to_owned(), config));
    for import in imports {
        read_with_imports(&import, home, files)
            .with_context(|| format!("follow an import of {}", path.display()))?;
    }
    Ok(())
}

/// Where an import points. Relative paths start at the importing file.
fn import_path(resource: &str, importer: &Path, home: Option<&Path>) -> PathBuf {
    let home = home.map(|home| home.display().to_string());
    let resource = match home {
        Some(home) => resource.replace("${openfireHome}", &home),
        None => resource.to_owned(),
    };
    let path = resource.strip_prefix("file:").unwrap_or(&resource);
    let path = if path.starts_with("//") { path.trim_start_matches("//") } else { path };
    importer.parent().unwrap_or(Path::new("")).join(path)
}

/// A file that is not a configuration at all ends the start, with frames; lesser findings are reported later.
fn parse_or_stop(source: Source) -> Result<Config> {
    let name = source.name().to_owned();
    let (config, findings) = cobnut_config::parse(&source);
    if let Some(config) = config {
        return Ok(config);
    }
    print_findings(&findings);
    let place = findings.first().map_or_else(
        || name.clone(),
        |finding| format!("{name}:{}:{}: {}", finding.line(), finding.column(), finding.message()),
    );
    bail!("{place}")
}

/// This machine's addresses. A loopback address that the file names belongs to the machine without being listed.
fn local_addresses(named: Option<IpAddr>) -> Result<Vec<IpAddr>> {
    let interfaces = if_addrs::get_if_addrs().context("list the addresses of this machine")?;
    let mut addresses: Vec<IpAddr> = interfaces.iter().map(if_addrs::Interface::ip).collect();
    addresses.extend(named.filter(IpAddr::is_loopback));
    Ok(addresses)
}

fn resolve(name: &str) -> Vec<IpAddr> {
    use std::net::ToSocketAddrs;
    (name, 0)
        .to_socket_addrs()
        .map(|found| found.map(|address: SocketAddr| address.ip()).collect())
        .unwrap_or_default()
}

#[expect(clippy::print_stderr, reason = "findings are for the operator who starts the node")]
fn print_findings(findings: &[Diagnostic]) {
    let is_terminal = std::io::IsTerminal::is_terminal(&std::io::stderr());
    eprint!("{}", render::full(findings, colour(is_terminal && std::env::var_os("NO_COLOR").is_none())));
}

fn colour(is_wanted: bool) -> render::Colour {
    if is_wanted { render::Colour::Always } else { render::Colour::Never }
}
