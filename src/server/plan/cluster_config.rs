//! The Hazelcast configuration of a node as the linter reads it: its file, what that imports, what is found in them, and what
//! a clustered node could not obey.

use std::net::{IpAddr, SocketAddr};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use cobnut_config::{
    Config, IneffectiveOverride, PickError, SchemaLocation, ineffective_overrides, refusals,
};
use cobnut_diagnostics::{Diagnostic, Location, Severity, Source, Span, render};
use cobnut_lint_cli::{Loaded, Place, Settings, load};
use cobnut_mesh::ProbeForm;

/// What a node without a file is configured by: alone, on the standard port.
const NO_FILE: &str = "<hazelcast><network><join><multicast enabled=\"false\"/></join></network></hazelcast>";

/// A file with what it imports, and the findings on all of it.
pub(crate) struct ClusterConfig {
    pub(super) config: Config,
    sources: Vec<(PathBuf, Source)>,
    findings: Vec<Diagnostic>,
}

impl ClusterConfig {
    /// Reads `path` and what it imports, exactly as the linter does; `None` means that there is no configuration and the node
    /// is alone. `home` stands for `${openfireHome}`.
    pub(crate) fn read(path: Option<&Path>, home: Option<&Path>) -> Result<Self> {
        let Some(path) = path else {
            let source = Source::new("built in", NO_FILE);
            let (config, _) = cobnut_config::parse(&source);
            let config = config.context("read the built-in configuration")?;
            return Ok(Self {
                config,
                sources: vec![(PathBuf::from("built in"), source)],
                findings: Vec::new(),
            });
        };
        let mut loaded = load(&[path.to_owned()], &[], home);
        if let Some(problem) = loaded.problems.first() {
            bail!("read the configuration {problem}");
        }
        // The other files of an Openfire home have their own reader.
        for node in &mut loaded.input.nodes {
            (node.openfire_xml, node.security_xml) = (None, None);
            node.keystores.clear();
        }
        let node = loaded.input.nodes.first().with_context(|| {
            format!("read the configuration {}: it is no Hazelcast configuration", path.display())
        })?;
        let (config, errors) = cobnut_lint::read(node);
        let Some(config) = config else { return Err(unreadable(path, &errors)) };
        let findings = cobnut_lint::lint(&loaded.input, &Settings::default().options);
        Ok(Self { config, sources: named_sources(&loaded), findings })
    }

    /// Texts by path, and the linter's findings on them.
    pub(crate) fn sources_and_findings(&self) -> (Vec<(PathBuf, Source)>, Vec<Diagnostic>) {
        (self.sources.clone(), self.findings.clone())
    }

    /// Prints the findings on stderr, an error as a warning unless `is_strict`; then errors are not accepted.
    pub(crate) fn report(&self, is_strict: bool) -> Result<()> {
        if self.findings.is_empty() {
            return Ok(());
        }
        let errors = self.errors().count();
        if is_strict && errors > 0 {
            print_findings(&self.findings);
            bail!("the configuration has {}", counted(errors));
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

    /// Refuses a file with errors, and names them.
    pub(crate) fn refuse_errors(&self) -> Result<()> {
        let errors: Vec<Diagnostic> = self.errors().cloned().collect();
        if !errors.is_empty() {
            bail!(
                "the configuration has {}:\n{}",
                counted(errors.len()),
                render::concise(&errors).trim_end()
            );
        }
        Ok(())
    }

    fn errors(&self) -> impl Iterator<Item = &Diagnostic> {
        self.findings.iter().filter(|finding| finding.severity() == Severity::Error)
    }

    /// How probes on the member port are answered: as Hazelcast of the generation that the file is written for does.
    pub(crate) fn probe_form(&self) -> ProbeForm {
        let named = self.config.schema_location.as_ref().and_then(SchemaLocation::version);
        match named {
            Some((major, _)) if major < 4 => ProbeForm::Text,
            // Only files of 3.x have the element `group`.
            None if self.config.group_password.is_some() => ProbeForm::Text,
            _ => ProbeForm::Json,
        }
    }

    /// The address of the mesh; the inner error is that no address of this machine fits.
    pub(super) fn pick_address(&self, bind: IpAddr) -> Result<Result<IpAddr, PickError>> {
        let config = &self.config;
        if !*config.network.interfaces.enabled && !bind.is_unspecified() {
            return Ok(Ok(bind));
        }
        Ok(config.pick_address_with(&local_addresses(self.exact_interface())?, resolve))
    }

    pub(super) fn exact_interface(&self) -> Option<IpAddr> {
        self.config.network.interfaces.exact_address().map(|(address, _)| address)
    }

    /// Why a clustered node could not obey the configuration, if it could not.
    pub(crate) fn obstacle(&self, bind: IpAddr) -> Result<Option<Obstacle>> {
        let findings = refusals(&self.config);
        if let Some(first) = findings.first() {
            let reason = format!(
                "{}: {}; correct the file, or start with --clustering off",
                place(first.location()),
                first.message()
            );
            return Ok(Some(Obstacle { reason, findings }));
        }
        let Err(err) = self.pick_address(bind)? else { return Ok(None) };
        let at = self.config.network.interfaces.span;
        let at = at.map_or(String::new(), |span| format!("{}: ", self.place(span)));
        let reason = format!(
            "{at}{err}; Hazelcast would not start either. Correct <interfaces>, or start with --clustering off"
        );
        Ok(Some(Obstacle { reason, findings }))
    }

    /// Where a span begins, for messages: file, line and column.
    pub(super) fn place(&self, span: Span) -> String {
        place(&self.config.sources.location(span))
    }
}

fn place(location: &Location) -> String {
    let start = location.start();
    format!("{}:{}:{}", location.source().name(), start.line, start.column)
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

fn counted(errors: usize) -> String {
    format!("{errors} error{}", if errors == 1 { "" } else { "s" })
}

/// The linter calls a node by its file.
fn labelled(source: Source) -> (Source, String) {
    let label = source.name().to_owned();
    (source, label)
}

/// Reads a file that messages call `name`.
fn read_source_as(path: &Path, name: &str) -> Result<Source> {
    let bytes = std::fs::read(path).with_context(|| format!("read the configuration {}", path.display()))?;
    Source::decode(name, bytes).with_context(|| format!("read the configuration {}", path.display()))
}

/// The files on the disk that were read.
fn named_sources(loaded: &Loaded) -> Vec<(PathBuf, Source)> {
    let named = loaded.files.iter().filter_map(|file| match &file.place {
        Place::Disk(path) => Some((path.clone(), file.source.clone())),
        Place::Memory | Place::Archive => None,
    });
    named.collect()
}

/// A file that is not a configuration at all ends the start, with frames; lesser findings are reported later.
fn unreadable(path: &Path, findings: &[Diagnostic]) -> anyhow::Error {
    print_findings(findings);
    match findings.first() {
        Some(first) => anyhow::anyhow!("{}: {}", place(first.location()), first.message()),
        None => anyhow::anyhow!("{}: it is no Hazelcast configuration", path.display()),
    }
}

/// Overrides that this process was started with, and that have no effect: Openfire's Java options count as well.
pub(crate) fn overrides() -> Vec<IneffectiveOverride> {
    let names: Vec<String> = std::env::vars_os().filter_map(|(name, _)| name.into_string().ok()).collect();
    let options = ["OPENFIRE_OPTS", "JAVA_OPTS", "JAVA_TOOL_OPTIONS"]
        .map(|name| std::env::var(name).unwrap_or_default());
    let options = options.iter().flat_map(|options| options.split_whitespace());
    ineffective_overrides(names.iter().map(String::as_str).chain(options))
}

/// This machine's addresses. A loopback address that the file names belongs to the machine without being listed.
fn local_addresses(named: Option<IpAddr>) -> Result<Vec<IpAddr>> {
    let interfaces = if_addrs::get_if_addrs().context("list the addresses of this machine")?;
    let mut addresses: Vec<IpAddr> = interfaces.iter().map(if_addrs::Interface::ip).collect();
    addresses.extend(named.filter(IpAddr::is_loopback));
    Ok(addresses)
}

pub(super) fn resolve(name: &str) -> Vec<IpAddr> {
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
