//! `cobnut check`: what a node would use and what not, before anything is started.
//!
//! Nothing is written, neither to files nor to the database, and no port stays bound.

mod database;
mod report;

use std::io::{IsTerminal, Write};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Result;
use cobnut_diagnostics::Severity;
use cobnut_net::BindOptions;

use crate::cli::{CheckArgs, ReportFormat, RunArgs};
use crate::commands::user;
use crate::plan::{OpenfireHome, PROXY_NAME, Plan, Properties};
use crate::told;
use report::{Level, Report, Section};

/// Findings of the linter that are shown; the rest is counted.
const FINDINGS_MAX: usize = 15;

/// Carries out the command. Status 0 when the node would run.
pub(crate) async fn run(args: CheckArgs) -> Result<ExitCode> {
    let report = check(&args).await;
    let mut out = std::io::stdout().lock();
    match args.format {
        ReportFormat::Json => {
            serde_json::to_writer_pretty(&mut out, &report.json())?;
            writeln!(out)?;
        }
        ReportFormat::Text => {
            let is_colourful = std::io::stdout().is_terminal() && std::env::var_os("NO_COLOR").is_none();
            out.write_all(report.text(is_colourful).as_bytes())?;
        }
    }
    Ok(if report.reasons().is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

async fn check(args: &CheckArgs) -> Report {
    let mut files = Section::new("Files");
    look_at_home(&args.run, &mut files);
    let findings = lint(&args.run);
    let plan = match Plan::make(args.run.clone()) {
        Ok(plan) => plan,
        Err(err) => {
            let text = told::causes(&err);
            // Properties of the home that are refused have lines of their own.
            if !files.lines.iter().any(|line| line.level == Level::Stop && text.contains(&line.text)) {
                files.stop(text);
            }
            return Report { sections: vec![files, findings] };
        }
    };
    let cluster = cluster(&plan);
    let mut data = Section::new("Database");
    data.note(format!("named by {}", plan.database_url.origin));
    let survey = database::look(&plan.database_url.value, plan.encryption.clone(), &mut data).await;
    let (mut accounts, mut properties) = (Section::new("Accounts"), Section::new("System properties"));
    let rows = survey.as_ref().map(|survey| survey.properties.clone()).unwrap_or_default();
    if let Some(survey) = &survey {
        database::shape(survey, &mut data);
        database::accounts(survey, &mut accounts);
        database::properties(&rows, &mut properties);
    }
    let mut plan = plan;
    let stored = Properties::new(rows);
    let mut service = Section::new("Service");
    match plan.apply(&stored) {
        Ok(()) => service.ok(format!("domain {} ({})", plan.domain.value, plan.domain.origin)),
        Err(err) => service.stop(told::causes(&err)),
    }
    if survey.is_some() {
        service.note(format!("console: {}", plan.admins(&stored).join(", ")));
    }
    service.fact("domain", plan.domain.value.clone());
    certificate(&plan, &stored, &mut service);
    if !args.skip_ports {
        ports(&plan, &mut service);
    }
    Report { sections: vec![files, findings, cluster, data, accounts, properties, service] }
}

/// The files of a home.
fn look_at_home(args: &RunArgs, section: &mut Section) {
    if let Some(config) = &args.source.config {
        section.note(format!("{} (--config)", config.display()));
    }
    let Some(folder) = &args.source.home else { return };
    let home = match OpenfireHome::read(folder) {
        Ok(home) => home,
        Err(err) => return section.stop(told::causes(&err)),
    };
    section.ok(format!("{}", home.file().display()));
    let security = folder.join(cobnut_openfire::home::SECURITY_XML);
    if security.is_file() {
        let key = if home.encryption().has_own_key() { "a key of its own" } else { "Openfire's default key" };
        section.ok(format!("{}: {:?} with {key}", security.display(), home.encryption().algorithm()));
    } else {
        section.note("no conf/security.xml: values are encrypted with Openfire's default key, if at all");
    }
    match (home.plugin(), home.hazelcast_file()) {
        (Some(plugin), file) => {
            let version = |version: Option<cobnut_openfire::home::PluginVersion>| {
                version.map_or_else(|| "?".to_owned(), |version| version.to_string())
            };
            section.note(format!(
                "Hazelcast plugin {} with Hazelcast {}",
                version(plugin.version),
                version(plugin.hazelcast)
            ));
            hazelcast(file, section);
        }
        (None, file) => hazelcast(file, section),
    }
    for refusal in home.refusals() {
        section.stop(refusal);
    }
}

fn hazelcast(file: Option<PathBuf>, section: &mut Section) {
    match file {
        Some(file) => section.ok(format!("{}", file.display())),
        None => section.note("no Hazelcast file: members are found over the database alone"),
    }
}

/// What the linter says of the same files.
fn lint(args: &RunArgs) -> Section {
    let mut section = Section::new("Findings (cobnut lint tells more)");
    let Some(path) = args.source.home.as_ref().or(args.source.config.as_ref()) else { return section };
    let loaded = cobnut_lint_cli::load(std::slice::from_ref(path), &[], args.source.home.as_deref());
    for problem in &loaded.problems {
        section.warn(problem.clone());
    }
    let findings = cobnut_lint_cli::check(&loaded, &cobnut_lint_cli::Settings::default());
    let mut shown = 0;
    let mut hidden = 0;
    for finding in &findings {
        let level = match finding.severity() {
            Severity::Error if args.strict => Level::Stop,
            Severity::Error | Severity::Warning => Level::Warning,
            Severity::Info => {
                hidden += 1;
                continue;
            }
        };
        shown += 1;
        if shown > FINDINGS_MAX && level != Level::Stop {
            hidden += 1;
            continue;
        }
        let name = finding.source().name();
        let (line, column) = (finding.line(), finding.column());
        section.add(level, format!("{name}:{line}:{column}: {} [{}]", finding.message(), finding.rule()));
    }
    if findings.is_empty() && loaded.problems.is_empty() {
        section.ok("none");
    }
    if hidden > 0 {
        section.note(format!("and {hidden} more: cobnut lint {}", path.display()));
    }
    section.fact("findings", findings.len());
    section
}

/// Whether and how the node would be clustered.
fn cluster(plan: &Plan) -> Section {
    let mut section = Section::new("Cluster");
    let is_wanted = plan.is_clustering_wanted();
    let origin = if is_wanted == plan.clustering.value {
        plan.clustering.origin.clone()
    } else {
        format!("saved in the console, {}", plan.files.clustering_choice().display())
    };
    section.fact("clustering", is_wanted);
    section.ok(format!("clustering is {} ({origin})", if is_wanted { "on" } else { "off" }));
    match plan.obstacle_ahead() {
        Ok(Some(reason)) if is_wanted => section.stop(reason),
        Ok(Some(reason)) => section.warn(format!("it could not be enabled: {reason}")),
        Ok(None) => {}
        Err(err) => section.stop(told::causes(&err)),
    }
    for row in plan.cluster_effective() {
        section.note(format!("{} = {} ({})", row.name, row.value, row.origin));
    }
    section
}

fn certificate(plan: &Plan, properties: &Properties, section: &mut Section) {
    match plan.home_certificate(properties) {
        Some(Ok(found)) => {
            section.ok(format!(
                "certificate of {} ({}, {:?}, {}), valid until {}",
                found.path.display(),
                found.format,
                found.facts.key,
                found.origin,
                day(found.facts.not_after)
            ));
            for remark in found.remarks(&plan.domain.value, user::now()) {
                section.warn(remark);
            }
        }
        Some(Err(reason)) => section.warn(format!(
            "the key store cannot be used: {reason}; a certificate of the data folder is used instead, which clients do \
             not know"
        )),
        None => {
            let own = plan.files.folder().join("tls/cert.pem");
            if own.is_file() {
                section.ok(format!("certificate {}", own.display()));
            } else {
                section.note(format!("no certificate: a self-signed one is made in {}", own.display()));
            }
        }
    }
}

fn day(seconds: i64) -> String {
    jiff::Timestamp::from_second(seconds)
        .map_or_else(|_| "?".to_owned(), |at| at.strftime("%Y-%m-%d").to_string())
}

/// Whether the ports can be bound at this moment.
fn ports(plan: &Plan, section: &mut Section) {
    for (name, listener) in plan.listeners.named() {
        match listener.value {
            None => section.note(format!("{name}: off ({})", listener.origin)),
            Some(address) if address.port() == 0 => section.ok(format!("{name}: any free port")),
            Some(address) => match try_port(address) {
                Ok(()) => section.ok(format!("{name}: {address} is free ({})", listener.origin)),
                // A node starts without it, and says so.
                Err(err) if name == PROXY_NAME => section.warn(port_refusal(name, address, &err)),
                Err(err) => section.stop(port_refusal(name, address, &err)),
            },
        }
    }
    // An address that this machine does not have was told before.
    let has_obstacle = plan.obstacle_ahead().is_ok_and(|obstacle| obstacle.is_some());
    if !plan.is_clustering_wanted() || plan.mesh.port == 0 || has_obstacle {
        return;
    }
    let first = plan.mesh.port;
    let last = first.saturating_add(plan.mesh.port_tries.max(1) - 1);
    let mut refusal = None;
    for port in first..=last {
        let address = SocketAddr::new(plan.mesh.bind_ip, port);
        match try_port(address) {
            Ok(()) => {
                let taken = if port == first { "" } else { ", the ones before it are taken" };
                return section.ok(format!("mesh: {address} is free{taken}"));
            }
            Err(err) => refusal = refusal.or(Some((address, err))),
        }
    }
    if let Some((address, err)) = refusal {
        section.stop(port_refusal("mesh", address, &err));
    }
}

fn try_port(address: SocketAddr) -> std::io::Result<()> {
    cobnut_net::bind(address, BindOptions::default()).map(drop)
}

fn port_refusal(name: &str, address: SocketAddr, err: &std::io::Error) -> String {
    let help = match err.kind() {
        std::io::ErrorKind::AddrInUse => "; does Openfire still run? Stop it first, or use --skip-ports now",
        _ => "",
    };
    format!("{name}: {address} cannot be bound: {err}{help}")
}
