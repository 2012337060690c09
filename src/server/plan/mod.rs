//! From command line, files and database properties to one plan that says what a node will do and why.
//!
//! Precedence, highest first: command line, files of the node, properties in the database, defaults. Every value keeps
//! its origin, so that `cobnut config show` and the console can name it.

mod certificate;
mod client_trust;
mod cluster_config;
mod listeners;
mod mesh_settings;
mod minority;
mod node_id;
mod openfire_home;
mod probes;
mod properties;
mod protection;

use std::net::{IpAddr, Ipv4Addr};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::{Context, Result, bail};
use cobnut_console::{ConfigView, EffectiveSetting};
use cobnut_mesh::{Cluster, MeshSettings};
use cobnut_net::ClientCertificates;
use cobnut_openfire::Encryption;
use cobnut_openfire::system_properties::{self, Effect, Kind};
use cobnut_xmpp::XmppSettings;
use jid::BareJid;
use tracing::warn;

pub(crate) use certificate::HomeCertificate;
pub(crate) use cluster_config::lint_report;
pub(crate) use listeners::PROXY_NAME;
pub(crate) use openfire_home::{OpenfireHome, encryption_below};
pub(crate) use properties::Properties;

use crate::cli::{RunArgs, SourceArgs, Switch};
use crate::node_files::NodeFiles;
use cluster_config::{ClusterConfig, Obstacle};
use listeners::Listeners;
use probes::Probes;

/// The configuration of a bare `cobnut`, if it is there.
const DEFAULT_CONFIG: &str = "conf/hazelcast.xml";
/// The data folder of a bare `cobnut`.
const DEFAULT_DATA: &str = "data";

/// A value and where it came from.
#[derive(Debug, Clone)]
pub(crate) struct Setting<T> {
    /// The value.
    pub(crate) value: T,
    /// For example `--bind`, `conf/openfire.xml:12` or `default`.
    pub(crate) origin: String,
}

impl<T> Setting<T> {
    pub(crate) fn new(value: T, origin: impl Into<String>) -> Self {
        Self { value, origin: origin.into() }
    }
}

/// What a node will do.
pub(crate) struct Plan {
    /// The node's own files.
    pub(crate) files: NodeFiles,
    /// sqlx URL.
    pub(crate) database_url: Setting<String>,
    /// How Openfire encrypted what is in that database.
    pub(crate) encryption: Encryption,
    /// Served domain.
    pub(crate) domain: Setting<String>,
    /// What file and command line say; a choice saved in the console may differ.
    pub(crate) clustering: Setting<bool>,
    /// What the mesh is told.
    pub(crate) mesh: MeshSettings,
    /// Sockets for clients and browsers.
    pub(crate) listeners: Listeners,
    home: Option<OpenfireHome>,
    cluster_config: ClusterConfig,
    xmpp: XmppSettings,
    args: RunArgs,
    bind: IpAddr,
    obstacle: Option<Obstacle>,
    effective: Vec<EffectiveSetting>,
}

impl Plan {
    /// Reads everything that can be read without the database. Refuses what could not be obeyed.
    pub(crate) fn make(args: RunArgs) -> Result<Self> {
        let files = node_files(&args.source)?;
        let home = args.source.home.as_deref().map(OpenfireHome::read).transpose()?;
        if let Some(home) = &home {
            refuse(&home.refusals())?;
        }
        let database_url = database_url_of(&args.source, home.as_ref(), &files)?;
        let clustering = clustering(&args, home.as_ref());
        let bind = bind_address(&args, home.as_ref())?;
        let listeners = Listeners::new(&args, home.as_ref(), bind.value)?;
        let cluster_config =
            ClusterConfig::read(config_path(&args, home.as_ref()).as_deref(), args.source.home.as_deref())?;
        let mesh = cluster_config.mesh_settings(&args, bind.value)?;
        let domain = match (
            &args.domain,
            home.as_ref().and_then(|home| home.property("xmpp.domain").map(|p| (home, p))),
        ) {
            (Some(domain), _) => Setting::new(domain.trim().to_lowercase(), "--domain"),
            (None, Some((home, property))) => {
                Setting::new(property.value.to_lowercase(), home.origin(property))
            }
            (None, None) => Setting::new(host_name(), "host name"),
        };
        let xmpp = XmppSettings::new(domain.value.clone());
        // A host name that is no domain matters only if the database holds no better one.
        if names_domain(&args, home.as_ref()) {
            check_domain(&domain)?;
        }
        let mut plan = Self {
            files,
            database_url,
            encryption: encryption_of(home.as_ref()),
            domain,
            clustering,
            mesh,
            listeners,
            home,
            cluster_config,
            xmpp,
            args,
            bind: bind.value,
            obstacle: None,
            effective: Vec::new(),
        };
        plan.effective.push(effective("bind", &Setting::new(bind.value.to_string(), bind.origin)));
        plan.effective.extend(plan.node_id_row());
        Ok(plan)
    }

    /// Takes from the database what neither command line nor files said. An error when nobody named a domain that
    /// can be served.
    pub(crate) fn apply(&mut self, properties: &Properties) -> Result<()> {
        let stored = properties.get("xmpp.domain").map(str::to_lowercase);
        match stored {
            Some(stored) if self.args.domain.is_none() => {
                self.domain = Setting::new(stored, "property xmpp.domain");
            }
            Some(stored) if stored != self.domain.value => warn!(
                stored,
                used = self.domain.value,
                origin = self.domain.origin,
                "the database belongs to another domain; its contact lists name addresses of that one"
            ),
            _ => {}
        }
        check_domain(&self.domain)?;
        self.xmpp.domain.clone_from(&self.domain.value);
        self.effective.extend(properties.effective());
        // Behind a balancer clients may not reach the members themselves.
        self.xmpp.policy.redirects_clients = properties.get("cobnut.drain.clients") != Some("reconnect");
        let Probes { may, groups, rows } = probes::probes(&self.cluster_config, properties)?;
        self.mesh.protection.probes = may;
        self.mesh.protection.probe_groups = groups;
        self.effective.extend(rows);
        let (refuses_logins, row) = minority::minority(properties)?;
        self.mesh.membership.minority_refuses_logins = refuses_logins;
        self.effective.push(row);
        properties.apply_to_clients(&mut self.xmpp, &mut self.listeners, self.args.c2s_port.is_some());
        Ok(())
    }

    /// What is set in `openfire.xml`, in the cluster's file and in the database and changes nothing, each with the reason.
    pub(crate) fn without_effect(&self, properties: &Properties) -> Vec<(EffectiveSetting, &'static str)> {
        let mut found = Vec::new();
        if let Some(home) = &self.home {
            for property in home.properties() {
                let Some(known) = system_properties::find_in_openfire_xml(&property.name) else { continue };
                if let Effect::NoEffect(reason) = known.effect {
                    let value = shown(known, &property.value);
                    found.push((
                        effective(&property.name, &Setting::new(value, home.origin(property))),
                        reason,
                    ));
                }
            }
        }
        found.extend(self.cluster_config.without_effect());
        found.extend(properties.without_effect());
        found
    }

    /// How clients are served, and by whom the server is administered.
    pub(crate) fn xmpp_settings(&self, admins: &[String]) -> XmppSettings {
        let mut settings = XmppSettings {
            c2s: self.listeners.c2s.value,
            c2s_tls: self.listeners.c2s_tls.value,
            proxy: self.listeners.proxy.value,
            ..self.xmpp.clone()
        };
        settings.policy.admins = admins.to_vec();
        settings
    }

    /// Accounts that may use the console.
    pub(crate) fn admins(&self, properties: &Properties) -> Vec<String> {
        properties.admins(&self.domain.value)
    }

    /// What the console shows of the configuration.
    pub(crate) fn view(&self) -> ConfigView {
        let (sources, findings) = self.cluster_config.sources_and_findings();
        let sources = sources.into_iter().map(|(path, source)| (path, Arc::new(source))).collect();
        ConfigView { sources, findings, effective: self.effective() }
    }

    /// Prints the findings on stderr. An error when `--strict` forbids to go on, or when the node would have to obey a
    /// file differently from what it says.
    pub(crate) fn check_findings(&mut self) -> Result<()> {
        for ineffective in cluster_config::overrides() {
            warn!("{ineffective}");
        }
        self.cluster_config.report(self.args.strict).context("--strict")?;
        let obstacle = self.cluster_config.obstacle(self.bind)?;
        self.obstacle =
            obstacle.map(|obstacle| obstacle.unless_clustered(self.is_clustering_wanted())).transpose()?;
        Ok(())
    }

    /// The certificate of the home that clients see, if the home has a key store. The inner error says why a store that
    /// is there cannot be used.
    pub(crate) fn home_certificate(
        &self,
        properties: &Properties,
    ) -> Option<std::result::Result<HomeCertificate, String>> {
        let home = self.home.as_ref()?;
        HomeCertificate::find(
            home.folder(),
            |name| properties.get(name).map(str::to_owned),
            &self.domain.value,
        )
    }

    /// Which certificates clients may log in with, if they are asked for any.
    pub(crate) fn client_certificates(&self, properties: &Properties) -> Result<Option<ClientCertificates>> {
        let home = self.home.as_ref().map(OpenfireHome::folder);
        client_trust::client_certificates(home, self.files.folder(), properties)
    }

    /// How probes on the member port are answered.
    pub(crate) fn probe_form(&self) -> cobnut_mesh::ProbeForm {
        self.cluster_config.probe_form()
    }

    /// What is needed to read the configuration of the mesh again while the node runs.
    pub(crate) fn mesh_source(&self) -> MeshSource {
        MeshSource {
            path: config_path(&self.args, self.home.as_ref()),
            args: self.args.clone(),
            bind: self.bind,
        }
    }

    /// Whether an Openfire home is read.
    pub(crate) fn has_home(&self) -> bool {
        self.home.is_some()
    }

    /// Effective values of the mesh.
    pub(crate) fn cluster_effective(&self) -> Vec<EffectiveSetting> {
        self.cluster_config.effective(&self.mesh, &self.args)
    }

    /// Why a node with this configuration could not be clustered, if it could not.
    pub(crate) fn obstacle_ahead(&self) -> Result<Option<String>> {
        Ok(self.cluster_config.obstacle(self.bind)?.map(|obstacle| obstacle.reason))
    }

    /// Why clustering must not be enabled while the node runs, if it must not.
    pub(crate) fn obstacle(&self) -> Option<&str> {
        self.obstacle.as_ref().map(|obstacle| obstacle.reason.as_str())
    }

    /// Whether to cluster: an operator's saved choice wins over file and command line, so that a restart does not undo it.
    pub(crate) fn is_clustering_wanted(&self) -> bool {
        Cluster::saved_choice(&self.files.clustering_choice()).unwrap_or(self.clustering.value)
    }

    /// Every effective value with its origin, in the order of the documentation.
    pub(crate) fn effective(&self) -> Vec<EffectiveSetting> {
        let mut all = vec![
            effective("domain", &self.domain),
            effective(
                "database",
                &Setting::new(without_password(&self.database_url.value), self.database_url.origin.clone()),
            ),
            effective(
                "clustering",
                &Setting::new(on_off(self.clustering.value), self.clustering.origin.clone()),
            ),
        ];
        all.extend(self.effective.iter().cloned());
        for (name, listener) in self.listeners.named() {
            let address = listener.value.map_or_else(|| "off".to_owned(), |address| address.to_string());
            all.push(effective(name, &Setting::new(address, listener.origin.clone())));
        }
        all.extend(self.cluster_effective());
        all
    }
}

/// Where the configuration of the mesh comes from.
pub(crate) struct MeshSource {
    path: Option<PathBuf>,
    args: RunArgs,
    bind: IpAddr,
}

impl MeshSource {
    /// Reads the configuration and its key stores again.
    ///
    /// # Errors
    /// When the file or a key store cannot be read.
    pub(crate) fn read_again(&self) -> Result<ReadAgain> {
        let config = ClusterConfig::read(self.path.as_deref(), self.args.source.home.as_deref())?;
        // What the linter finds says more than what could not be obeyed because of it.
        let settings = config
            .mesh_settings(&self.args, self.bind)
            .or_else(|err| config.refuse_errors().and(Err(err)))?;
        Ok(ReadAgain { config, settings, bind: self.bind })
    }
}

/// A configuration that was read while the node runs.
pub(crate) struct ReadAgain {
    config: ClusterConfig,
    /// What it says, whatever else is wrong with it.
    pub(crate) settings: MeshSettings,
    bind: IpAddr,
}

impl ReadAgain {
    /// Prints what the linter finds.
    ///
    /// # Errors
    /// When the linter finds errors, or when a clustered node could not obey the file.
    pub(crate) fn check(&self) -> Result<()> {
        self.config.refuse_errors()?;
        self.config.report(false)?;
        match self.config.obstacle(self.bind)? {
            Some(obstacle) => bail!("{}", obstacle.reason),
            None => Ok(()),
        }
    }
}

/// The data folder that these arguments mean; it need not exist.
pub(crate) fn node_files(source: &SourceArgs) -> Result<NodeFiles> {
    let folder = match (&source.data, &source.home) {
        (Some(data), _) => data.clone(),
        (None, Some(home)) => home.join("cobnut"),
        (None, None) => PathBuf::from(DEFAULT_DATA),
    };
    NodeFiles::at(&folder)
}

/// The database that these arguments mean.
pub(crate) fn database_url(source: &SourceArgs) -> Result<Setting<String>> {
    let home = match &source.database {
        Some(_) => None,
        None => source.home.as_deref().map(OpenfireHome::read).transpose()?,
    };
    database_url_of(source, home.as_ref(), &node_files(source)?)
}

/// How values in the database that these arguments mean are encrypted.
pub(crate) fn encryption(source: &SourceArgs) -> Result<Encryption> {
    let home = source.home.as_deref().map(OpenfireHome::read).transpose()?;
    Ok(encryption_of(home.as_ref()))
}

/// Ends the start because of properties that cannot be obeyed.
pub(crate) fn refuse(refusals: &[String]) -> Result<()> {
    if refusals.is_empty() {
        return Ok(());
    }
    bail!("{}", refusals.join("; "))
}

fn encryption_of(home: Option<&OpenfireHome>) -> Encryption {
    home.map(|home| home.encryption().clone()).unwrap_or_default()
}

/// The file of the embedded database, if these arguments mean it and it does not exist.
pub(crate) fn missing_embedded_database(source: &SourceArgs) -> Result<Option<PathBuf>> {
    let files = node_files(source)?;
    let is_meant = database_url(source)?.value == files.embedded_database_url();
    Ok(Some(files.embedded_database()).filter(|file| is_meant && !file.exists()))
}

/// The file that opening a SQLite database would make, if it does not exist.
pub(crate) fn missing_sqlite_file(url: &str) -> Option<PathBuf> {
    let rest = url.strip_prefix("sqlite:")?;
    let rest = rest.strip_prefix("//").unwrap_or(rest);
    let path = rest.split_once('?').map_or(rest, |(path, _)| path);
    let path = PathBuf::from(percent_encoding::percent_decode_str(path).decode_utf8_lossy().into_owned());
    (!path.as_os_str().is_empty() && path.as_os_str() != ":memory:" && !path.exists()).then_some(path)
}

/// The host name of this machine in lower case, or `localhost`.
pub(crate) fn host_name() -> String {
    let name = hostname::get().ok().and_then(|name| name.into_string().ok()).unwrap_or_default();
    if name.is_empty() { "localhost".to_owned() } else { name.to_lowercase() }
}

/// A database URL for people: without its password.
pub(crate) fn without_password(url: &str) -> String {
    let Some((scheme, rest)) = url.split_once("://") else { return url.to_owned() };
    let authority_end = rest.find(['/', '?']).unwrap_or(rest.len());
    let (authority, path) = rest.split_at(authority_end);
    match authority.rsplit_once('@') {
        Some((user_info, host)) => {
            let user = user_info.split(':').next().unwrap_or_default();
            format!("{scheme}://{user}@{host}{path}")
        }
        None => url.to_owned(),
    }
}

/// A value for people: secrets are hidden.
fn shown(property: &system_properties::SystemProperty, value: &str) -> String {
    if property.kind == Kind::Secret { "(hidden)".to_owned() } else { value.to_owned() }
}

fn effective(name: &str, setting: &Setting<String>) -> EffectiveSetting {
    EffectiveSetting { name: name.to_owned(), value: setting.value.clone(), origin: setting.origin.clone() }
}

fn names_domain(args: &RunArgs, home: Option<&OpenfireHome>) -> bool {
    args.domain.is_some() || home.is_some_and(|home| home.property("xmpp.domain").is_some())
}

/// The same test as that of the XMPP service, but before anything is written.
fn check_domain(domain: &Setting<String>) -> Result<()> {
    match BareJid::new(&domain.value) {
        Ok(jid) if jid.node().is_none() => Ok(()),
        _ => bail!(
            "`{}` ({}) is no XMPP domain; --domain names one, for example example.net",
            domain.value,
            domain.origin
        ),
    }
}

fn on_off(value: bool) -> String {
    if value { "on" } else { "off" }.to_owned()
}

fn database_url_of(
    source: &SourceArgs,
    home: Option<&OpenfireHome>,
    files: &NodeFiles,
) -> Result<Setting<String>> {
    if let Some(url) = &source.database {
        return Ok(Setting::new(url.clone(), "--database"));
    }
    if let Some(home) = home
        && let Some(url) = home.database_url()?
    {
        return Ok(url);
    }
    Ok(Setting::new(files.embedded_database_url(), "default"))
}

/// The contract: a home obeys its file, a bare configuration means on, nothing at all means a single node.
fn clustering(args: &RunArgs, home: Option<&OpenfireHome>) -> Setting<bool> {
    if let Some(switch) = args.clustering {
        return Setting::new(switch == Switch::On, "--clustering");
    }
    if let Some(home) = home {
        let origin = home
            .property("clustering.enabled")
            .map_or_else(|| "default".to_owned(), |property| home.origin(property));
        return Setting::new(home.is_clustering_enabled(), origin);
    }
    if args.source.config.is_some() {
        return Setting::new(true, "--config");
    }
    Setting::new(false, "default")
}

fn config_path(args: &RunArgs, home: Option<&OpenfireHome>) -> Option<PathBuf> {
    if let Some(config) = &args.source.config {
        return Some(config.clone());
    }
    if let Some(home) = home {
        return home.hazelcast_file();
    }
    let default = Path::new(DEFAULT_CONFIG);
    default.is_file().then(|| default.to_owned())
}

fn bind_address(args: &RunArgs, home: Option<&OpenfireHome>) -> Result<Setting<IpAddr>> {
    if let Some(bind) = args.bind {
        return Ok(Setting::new(bind, "--bind"));
    }
    if let Some(home) = home
        && let Some(property) = home.property("network.interface")
    {
        return Ok(Setting::new(home.address(property)?, home.origin(property)));
    }
    Ok(Setting::new(Ipv4Addr::UNSPECIFIED.into(), "default"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn passwords_are_left_out_of_urls() {
        for (url, shown) in [
            ("mysql://of:se:cr@t@db:3306/openfire", "mysql://of@db:3306/openfire"),
            ("mysql://db/openfire?x=a@b", "mysql://db/openfire?x=a@b"),
            ("sqlite:///data/a.db?mode=rwc", "sqlite:///data/a.db?mode=rwc"),
        ] {
            assert_eq!(without_password(url), shown);
        }
    }

    #[test]
    fn only_the_embedded_database_can_be_missing() {
        let folder = tempfile::tempdir().expect("folder");
        let embedded = SourceArgs { data: Some(folder.path().to_owned()), ..SourceArgs::default() };
        let file = folder.path().join("cobnut.db");
        assert_eq!(missing_embedded_database(&embedded).expect("named"), Some(file.clone()));
        std::fs::write(&file, "").expect("write");
        assert_eq!(missing_embedded_database(&embedded).expect("named"), None);
        let named = SourceArgs { database: Some("mysql://h/d".to_owned()), ..SourceArgs::default() };
        assert_eq!(missing_embedded_database(&named).expect("named"), None);
    }

    #[test]
    fn a_domain_that_cannot_be_served_is_refused_with_its_origin() {
        for (domain, is_fine) in [
            ("example.net", true),
            ("vm", true),
            ("10.0.0.1", true),
            ("", false),
            ("bad domain", false),
            ("a@b", false),
        ] {
            let checked = check_domain(&Setting::new(domain.to_owned(), "--domain"));
            assert_eq!(checked.is_ok(), is_fine, "{domain}: {checked:?}");
        }
    }

    #[test]
    fn a_bare_configuration_means_clustering() {
        let check = |args: RunArgs, expected: bool| assert_eq!(clustering(&args, None).value, expected);
        check(RunArgs::default(), false);
        let config = SourceArgs { config: Some("x.xml".into()), ..SourceArgs::default() };
        check(RunArgs { source: config.clone(), ..RunArgs::default() }, true);
        check(RunArgs { source: config, clustering: Some(Switch::Off), ..RunArgs::default() }, false);
    }
}
