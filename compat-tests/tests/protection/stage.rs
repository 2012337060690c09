//! Files and certificates of the tests.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use cobnut_test_support::find_program;
use compat_tests::{Cluster, ClusterOptions, Need, Node};

/// What keytool comes with.
pub(crate) const KEYTOOL: Need = Need::Program("keytool", "default-jre-headless");
/// Password of every key store.
pub(crate) const PASSWORD: &str = "hazel-store";
/// How long nodes may take to become one cluster.
pub(crate) const JOIN_LIMIT: Duration = Duration::from_secs(20);
/// How long both sides have to say why they stay apart.
pub(crate) const SAY_LIMIT: Duration = Duration::from_secs(20);

/// A document whose node looks for members at these addresses, with further blocks of `<network>`.
pub(crate) fn document(members: &[&str], blocks: &str) -> String {
    let members: Vec<String> =
        members.iter().map(|member| format!("        <member>{member}</member>\n")).collect();
    let members = members.concat();
    format!(
        "<hazelcast>\n  <cluster-name>office</cluster-name>\n  <network>\n    <join>\n      \
         <multicast enabled=\"false\"/>\n      <tcp-ip enabled=\"true\">\n{members}      </tcp-ip>\n    \
         </join>\n{blocks}\n  </network>\n</hazelcast>\n"
    )
}

/// An `<ssl>` block; certificates are required of both sides.
pub(crate) fn ssl(key_store: &str, trust_store: &str, password: &str) -> String {
    let property =
        |name: &str, value: &str| format!("        <property name=\"{name}\">{value}</property>\n");
    let properties = [
        property("keyStore", key_store),
        property("keyStorePassword", password),
        property("trustStore", trust_store),
        property("trustStorePassword", PASSWORD),
        property("mutualAuthentication", "REQUIRED"),
    ]
    .concat();
    format!("    <ssl enabled=\"true\">\n      <properties>\n{properties}      </properties>\n    </ssl>")
}

/// A prepared cluster whose nodes read documents with these blocks and look for each other; nothing is started.
pub(crate) fn prepare(test: &str, blocks: [&str; 2]) -> Result<Cluster> {
    let mut cluster =
        Cluster::prepare(test, &ClusterOptions { clustering: Some(true), ..Default::default() })?;
    for (index, blocks) in blocks.into_iter().enumerate() {
        configure(&mut cluster, index, &document(&["192.168.5.1", "192.168.5.2"], blocks))?;
    }
    Ok(cluster)
}

/// A counter of a node's metrics; 0 before anything was counted.
pub(crate) fn counter(node: &Node, name: &str) -> Result<u64> {
    let text = node.view().metrics()?;
    let value = text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' '));
    value.map_or(Ok(0), |value| value.parse().with_context(|| format!("{name} is {value}")))
}

/// Gives a node its document; counts from its next start.
pub(crate) fn configure(cluster: &mut Cluster, index: usize, text: &str) -> Result<()> {
    let path = cluster.artifacts().path(&format!("node{}.xml", index + 1));
    fs::write(&path, text).with_context(|| format!("write {}", path.display()))?;
    cluster.nodes[index].options_mut().config = path;
    Ok(())
}

/// Starts both nodes and waits until each sees two members.
pub(crate) fn form(cluster: &mut Cluster) -> Result<()> {
    for node in &mut cluster.nodes {
        node.start()?;
    }
    for node in &mut cluster.nodes {
        node.wait_for_cluster_size(2, JOIN_LIMIT)?;
    }
    Ok(())
}

/// Logs a user in on each node and sends `text` both ways.
pub(crate) fn chat(cluster: &Cluster, text: &str) -> Result<()> {
    let mut one = cluster.login(0, "10023", "Spark")?;
    let mut two = cluster.login(1, "10024", "Spark")?;
    cluster.wait_for_sessions(&[one.jid(), two.jid()])?;
    one.message(two.jid(), text)?;
    two.wait_for_message(text, SAY_LIMIT)?;
    two.message(one.jid(), text)?;
    one.wait_for_message(text, SAY_LIMIT)?;
    one.close()?;
    two.close()
}

/// Both nodes run alone, and the log of each has a line with these words.
pub(crate) fn assert_apart(cluster: &mut Cluster, says: [&[&str]; 2]) -> Result<()> {
    for node in &mut cluster.nodes {
        node.start()?;
    }
    for (node, says) in cluster.nodes.iter_mut().zip(says) {
        node.process()?.wait_for_log(says, SAY_LIMIT)?;
        ensure!(node.cluster_size()? == 1, "{} has company", node.name());
    }
    Ok(())
}

/// A folder of key stores, made with the JDK's own tool.
pub(crate) struct Stores {
    folder: PathBuf,
}

impl Stores {
    /// With a certificate authority in it.
    pub(crate) fn new(folder: &Path) -> Result<Self> {
        let stores = Self { folder: folder.to_owned() };
        stores.pair("authority", "PKCS12", &["-ext", "bc:c", "-validity", "30"])?;
        Ok(stores)
    }

    /// Path of a store.
    pub(crate) fn path(&self, name: &str) -> String {
        self.folder.join(format!("{name}.store")).display().to_string()
    }

    /// A store with a new key and a certificate that nobody signed but itself.
    pub(crate) fn pair(&self, name: &str, kind: &str, further: &[&str]) -> Result<()> {
        let subject = format!("CN={name}");
        let mut arguments = vec!["-genkeypair", "-alias", name, "-keyalg", "RSA", "-keysize", "2048"];
        arguments.extend(["-dname", &subject, "-storetype", kind, "-keypass", PASSWORD]);
        arguments.extend(further);
        self.keytool(name, &arguments)?;
        self.keytool(name, &["-exportcert", "-alias", name, "-file", &self.certificate(name)])
    }

    /// A store with a key whose certificate the authority signed, with these further arguments for the signature.
    pub(crate) fn signed(&self, name: &str, kind: &str, signature: &[&str]) -> Result<()> {
        self.pair(name, kind, &[])?;
        let (request, reply) = (self.file(name, "csr"), self.file(name, "reply"));
        self.keytool(name, &["-certreq", "-alias", name, "-file", &request])?;
        let mut arguments = vec!["-gencert", "-alias", "authority", "-infile", &request, "-outfile", &reply];
        arguments.extend(signature);
        self.keytool("authority", &arguments)?;
        self.import(name, "authority")?;
        self.keytool(name, &["-importcert", "-noprompt", "-alias", name, "-file", &reply])
    }

    /// A store that trusts the certificates of these.
    pub(crate) fn trusting(&self, name: &str, kind: &str, trusted: &[&str]) -> Result<()> {
        for of in trusted {
            let file = self.certificate(of);
            let arguments = ["-importcert", "-noprompt", "-alias", of, "-file", &file, "-storetype", kind];
            self.keytool(name, &arguments)?;
        }
        Ok(())
    }

    fn import(&self, name: &str, of: &str) -> Result<()> {
        self.keytool(name, &["-importcert", "-noprompt", "-alias", of, "-file", &self.certificate(of)])
    }

    fn certificate(&self, name: &str) -> String {
        self.file(name, "cer")
    }

    fn file(&self, name: &str, extension: &str) -> String {
        self.folder.join(format!("{name}.{extension}")).display().to_string()
    }

    fn keytool(&self, store: &str, arguments: &[&str]) -> Result<()> {
        let program = find_program("keytool").context("keytool is not installed")?;
        let output = Command::new(program)
            .args(["-J-XX:TieredStopAtLevel=1", "-J-XX:+UseSerialGC"])
            .args(arguments)
            .args(["-keystore", &self.path(store), "-storepass", PASSWORD])
            .output()
            .context("run keytool")?;
        ensure!(
            output.status.success(),
            "keytool {arguments:?}: {}{}",
            String::from_utf8_lossy(&output.stdout),
            String::from_utf8_lossy(&output.stderr)
        );
        Ok(())
    }
}
