//! From the Hazelcast configuration to what the mesh is told, and the list of effective values with their origins.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use cobnut_config::elements::Effect;
use cobnut_config::{
    DialHost, FailureDetector, Host, Interface, MemberEntry, Spanned, SplitBrainProtection, property_effect,
};
use cobnut_console::EffectiveSetting;
use cobnut_diagnostics::Span;
use cobnut_mesh::{Candidate, Detection, MembershipSettings, MeshSettings, MulticastSettings, PhiAccrual};

use super::cluster_config::{ClusterConfig, resolve};
use super::protection::protection;
use crate::cli::RunArgs;

/// `hazelcast.heartbeat.interval.seconds` when the file does not say.
const HEARTBEAT_INTERVAL: Duration = Duration::from_secs(1);
/// Silence after which a member is suspected, when the file does not say when it is dead.
const SUSPECT_AFTER: Duration = Duration::from_secs(3);
/// Silence after which a member is dead, when the file does not say.
const DEAD_AFTER: Duration = Duration::from_secs(5);
/// Longest `connection-timeout-seconds` that has an effect: no system waits longer for a connection.
const CONNECT_TIMEOUT_MAX_S: u64 = 300;

impl ClusterConfig {
    /// What the mesh is told.
    pub(crate) fn mesh_settings(&self, args: &RunArgs, bind: IpAddr) -> Result<MeshSettings> {
        let (network, properties) = (&self.config.network, &self.config.properties);
        let dead_after = properties.max_no_heartbeat();
        let (port, port_tries) = match args.mesh_port {
            Some(0) => (0, 1),
            given => (given.unwrap_or(*network.port.number), self.port_tries()),
        };
        let ranges = network.outbound_ports.restriction().unwrap_or_default();
        Ok(MeshSettings {
            cluster_name: self.config.cluster_name.value.clone(),
            // Where no address fits, the one that the file names: binding it says what is wrong.
            bind_ip: match self.pick_address(bind)? {
                Ok(address) => address,
                Err(_) => self.exact_interface().unwrap_or(Ipv4Addr::UNSPECIFIED.into()),
            },
            port,
            port_tries,
            public_address: self.public_address()?,
            outbound_ports: ranges.iter().map(|range| (range.first, range.last)).collect(),
            candidates: self.candidates(),
            heartbeat_interval: properties.heartbeat_interval().unwrap_or(HEARTBEAT_INTERVAL),
            // A file that gives members more time also means that suspicion comes later.
            suspect_after: dead_after.map_or(SUSPECT_AFTER, |dead_after| dead_after.mul_f32(0.6)),
            dead_after: dead_after.unwrap_or(DEAD_AFTER),
            membership: self.membership(args),
            multicast: self.multicast()?,
            protection: protection(self, args.source.home.as_deref(), args.mesh_clear)?,
        })
    }

    fn membership(&self, args: &RunArgs) -> MembershipSettings {
        let properties = &self.config.properties;
        let detection = match properties.failure_detector() {
            Some(FailureDetector::PhiAccrual) => {
                let phi = properties.phi_accrual();
                Detection::PhiAccrual(PhiAccrual {
                    threshold: phi.threshold,
                    sample_size: usize::try_from(phi.sample_size).unwrap_or(usize::MAX),
                    deviation_min_ms: u64::try_from(phi.min_std_dev.as_millis()).unwrap_or(u64::MAX),
                })
            }
            Some(FailureDetector::Deadline) | None => Detection::Deadline,
        };
        let sizes = self.protections().filter_map(|protection| protection.minimum_cluster_size.as_ref());
        MembershipSettings {
            connect_timeout: self.connect_timeout(),
            newest_wire: args.mesh_wire,
            detection,
            members_min: sizes.filter_map(|size| usize::try_from(size.value?).ok()).max().unwrap_or(0),
            id_remedy: String::new(),
            settings: self.compared_settings(),
            minority_refuses_logins: false,
            is_lite: *self.config.lite_member,
        }
    }

    /// What Hazelcast compares when a member joins: the text of the partition count, the partition group and the kind of
    /// joiner. A node with several joiners, or none, finds members of every kind.
    fn compared_settings(&self) -> Vec<(String, String)> {
        let (config, join) = (&self.config, &self.config.network.join);
        let group = &config.partition_group;
        let text = |value: &Option<Spanned<String>>| value.as_ref().map_or("", |text| &text.value).to_owned();
        let groups = if *group.enabled {
            let members = group.groups.iter().map(|interfaces| {
                interfaces.iter().map(|interface| interface.value.as_str()).collect::<Vec<_>>().join(" ")
            });
            let members: Vec<String> = members.collect();
            format!("{} {}", text(&group.group_type), members.join("; ")).trim().to_owned()
        } else {
            String::new()
        };
        let mut settings = vec![
            ("partition count".to_owned(), config.properties.partition_count().unwrap_or_default()),
            ("partition group".to_owned(), groups),
        ];
        match (*join.tcp_ip.enabled, *join.multicast.enabled) {
            (true, false) => settings.push(("kind of joiner".to_owned(), "tcp-ip".to_owned())),
            (false, true) => settings.push(("kind of joiner".to_owned(), "multicast".to_owned())),
            _ => {}
        }
        settings
    }

    /// The split-brain protections that are switched on.
    fn protections(&self) -> impl Iterator<Item = &SplitBrainProtection> {
        self.config.split_brain_protections.iter().filter(|protection| *protection.enabled)
    }

    fn port_tries(&self) -> u16 {
        let port = &self.config.network.port;
        if *port.auto_increment { u16::try_from(*port.port_count).unwrap_or(u16::MAX).max(1) } else { 1 }
    }

    /// `hazelcast.local.publicAddress`, else `<public-address>`.
    fn public_address(&self) -> Result<Option<SocketAddr>> {
        let (text, at) = match (self.config.properties.public_address(), &self.config.network.public_address)
        {
            (Some(text), _) => (text, "hazelcast.local.publicAddress".to_owned()),
            (None, Some(element)) if !element.value.is_empty() => {
                (element.value.clone(), format!("{} (<public-address>)", self.place(element.span)))
            }
            _ => return Ok(None),
        };
        let entry = MemberEntry::from_text(&text);
        let port = entry.written_port().unwrap_or(0);
        let address = match &entry.host {
            Host::Name(name) => resolve(name).into_iter().next(),
            _ => entry.single_address(),
        };
        let address = address.with_context(|| {
            format!(
                "{at}: `{text}` is no address of this node; write an address or a host name that resolves"
            )
        })?;
        Ok(Some(SocketAddr::new(address, port)))
    }

    /// `connection-timeout-seconds`, where the file names it: Hazelcast's own 5 s are the length of a round of joining, which
    /// the mesh has none of. Nobody connects in no time, so that 0 is one second.
    fn connect_timeout(&self) -> Option<Duration> {
        let written = &self.config.network.join.tcp_ip.connection_timeout_seconds;
        written.span.map(|_| Duration::from_secs(u64::from(**written).clamp(1, CONNECT_TIMEOUT_MAX_S)))
    }

    fn candidates(&self) -> Vec<Candidate> {
        let config = &self.config;
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

    fn multicast(&self) -> Result<Option<MulticastSettings>> {
        let join = &self.config.network.join;
        let multicast = &join.multicast;
        if !join.uses_multicast() {
            return Ok(None);
        }
        let written = self.config.properties.multicast_group();
        let group = written.as_deref().unwrap_or(&multicast.group.value);
        let Some(group) = group.parse::<IpAddr>().ok().filter(IpAddr::is_multicast) else {
            // As Hazelcast does with a group that only its search would have used.
            if !*multicast.enabled {
                return Ok(None);
            }
            let at = multicast.group.span.or(multicast.enabled.span);
            let at = at.map_or(String::new(), |span| format!("{}: ", self.place(span)));
            bail!("{at}`{group}` is no multicast group; write an address from 224.0.0.0 to 239.255.255.255");
        };
        let trusted: Vec<Interface> = multicast.trusted_interfaces.clone();
        let trusts = move |sender: IpAddr| {
            trusted.is_empty()
                || trusted
                    .iter()
                    .any(|interface| interface.pattern.as_ref().is_ok_and(|pattern| pattern.matches(sender)))
        };
        Ok(Some(MulticastSettings {
            group,
            port: *multicast.port,
            time_to_live: *multicast.time_to_live,
            // Nodes that share a machine hear each other unless the file forbids it.
            loopback: multicast.loopback_mode.is_none_or(|mode| mode.value),
            is_optional: !*multicast.enabled,
            trusts: Arc::new(trusts),
        }))
    }

    /// Effective values of the mesh with their origins.
    pub(crate) fn effective(&self, mesh: &MeshSettings, args: &RunArgs) -> Vec<EffectiveSetting> {
        let (config, network) = (&self.config, &self.config.network);
        let row = |name: &str, value: String, span: Option<Span>| EffectiveSetting {
            name: name.to_owned(),
            value,
            origin: self.origin(span),
        };
        let property = |name: &str| config.properties.value(name).map(|value| value.span);
        let mut port = row(
            "network/port",
            if mesh.port == 0 { "any".to_owned() } else { mesh.port.to_string() },
            network.port.number.span,
        );
        if args.mesh_port.is_some() {
            "--mesh-port".clone_into(&mut port.origin);
        }
        let mut rows = vec![
            row("cluster-name", mesh.cluster_name.clone(), config.cluster_name.span),
            port,
            row("network/port ports tried", mesh.port_tries.to_string(), network.port.auto_increment.span),
            row("network/interfaces", mesh.bind_ip.to_string(), network.interfaces.span),
            row("network/join/tcp-ip", listed(&mesh.candidates), network.join.tcp_ip.span),
        ];
        if let Some(public) = mesh.public_address {
            let shown = if public.port() == 0 { public.ip().to_string() } else { public.to_string() };
            let span = network.public_address.as_ref().map(|element| element.span);
            rows.push(row(
                "network/public-address",
                shown,
                property("hazelcast.local.publicAddress").or(span),
            ));
        }
        if !mesh.outbound_ports.is_empty() {
            let ranges: Vec<String> =
                mesh.outbound_ports.iter().map(|(first, last)| format!("{first}-{last}")).collect();
            rows.push(row("network/outbound-ports", ranges.join(" "), network.outbound_ports.span));
        }
        if let Some(multicast) = &mesh.multicast {
            let shown = SocketAddr::new(multicast.group, multicast.port).to_string();
            let by_detection = network.join.auto_detection.as_ref().and_then(|enabled| enabled.span);
            let span = if multicast.is_optional { by_detection } else { network.join.multicast.span };
            rows.push(row("network/join/multicast", shown, span));
        }
        if *network.ssl.enabled {
            rows.push(row("network/ssl", "on, with key stores".to_owned(), network.ssl.span));
        }
        if *network.symmetric_encryption.enabled {
            let shown = "on, as TLS with the password as a further secret".to_owned();
            rows.push(row("network/symmetric-encryption", shown, network.symmetric_encryption.span));
        }
        rows.extend(self.membership_rows(mesh));
        for (name, value) in [
            ("hazelcast.heartbeat.interval.seconds", mesh.heartbeat_interval),
            ("hazelcast.max.no.heartbeat.seconds", mesh.dead_after),
        ] {
            rows.push(row(name, value.as_secs_f32().to_string(), property(name)));
        }
        rows
    }

    /// The rules of membership that the file names.
    fn membership_rows(&self, mesh: &MeshSettings) -> Vec<EffectiveSetting> {
        let mut rows = Vec::new();
        let mut add = |name: &str, value: String, span: Option<Span>| {
            rows.push(EffectiveSetting { name: name.to_owned(), value, origin: self.origin(span) });
        };
        let property = |name: &str| self.config.properties.value(name).map(|value| value.span);
        if let Detection::PhiAccrual(phi) = mesh.membership.detection {
            let kind = "hazelcast.heartbeat.failuredetector.type";
            add(kind, "phi-accrual".to_owned(), property(kind));
            for (last, value) in [
                ("threshold", phi.threshold.to_string()),
                ("sample.size", phi.sample_size.to_string()),
                ("min.std.dev.millis", phi.deviation_min_ms.to_string()),
            ] {
                let name = format!("hazelcast.heartbeat.phiaccrual.failuredetector.{last}");
                add(&name, value, property(&name));
            }
        }
        if let Some(limit) = mesh.membership.connect_timeout {
            let span = self.config.network.join.tcp_ip.connection_timeout_seconds.span;
            let shown = format!("{} s for each connection", limit.as_secs());
            add("network/join/tcp-ip@connection-timeout-seconds", shown, span);
        }
        if mesh.membership.is_lite {
            add("lite-member", "true: carries no sessions".to_owned(), self.config.lite_member.span);
        }
        if mesh.membership.members_min > 0 {
            let shown = format!("{}: logins are refused with fewer members", mesh.membership.members_min);
            let span = self.protections().map(|protection| protection.span).next();
            add("split-brain-protection/minimum-cluster-size", shown, span);
        }
        rows
    }

    /// Properties about members that the file sets and that change nothing, each with the reason.
    pub(super) fn without_effect(&self) -> Vec<(EffectiveSetting, &'static str)> {
        let set = self.config.properties.iter().filter_map(|(name, value)| {
            let Some(Effect::NoEffect(why)) = property_effect(&name.value) else { return None };
            let (name, origin) = (name.value.clone(), self.origin(Some(value.span)));
            Some((EffectiveSetting { name, value: value.value.trim().to_owned(), origin }, why))
        });
        set.collect()
    }

    fn origin(&self, span: Option<Span>) -> String {
        let Some(span) = span else { return "default".to_owned() };
        let location = self.config.sources.location(span);
        format!("{}:{}", location.source().name(), location.start().line)
    }
}

fn listed(candidates: &[Candidate]) -> String {
    let shown = candidates.iter().map(|candidate| {
        let ports: Vec<String> = candidate.ports.iter().map(u16::to_string).collect();
        if ports.is_empty() {
            candidate.host.clone()
        } else {
            format!("{}:{}", candidate.host, ports.join(","))
        }
    });
    shown.collect::<Vec<String>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn join_timers_of_hazelcast_are_named_with_the_reason_why_they_change_nothing() {
        let folder = tempfile::tempdir().expect("folder");
        let path = folder.path().join("hazelcast.xml");
        let text = "<hazelcast><properties>\n<property name=\"hazelcast.max.join.seconds\">30</property>\n\
                    <property name=\"hazelcast.max.no.heartbeat.seconds\">20</property>\n\
                    <property name=\"hazelcast.io.thread.count\">3</property>\n</properties></hazelcast>";
        std::fs::write(&path, text).expect("write");
        let config = ClusterConfig::read(Some(&path), None).expect("configuration");
        let rows = config.without_effect();
        let [(row, why)] = rows.as_slice() else { panic!("{rows:?}") };
        assert_eq!((row.name.as_str(), row.value.as_str()), ("hazelcast.max.join.seconds", "30"));
        assert!(row.origin.contains("hazelcast.xml:2"), "{row:?}");
        assert!(why.contains("serves meanwhile"), "{why}");
    }
}
