//! What a file is, judged by what is in it: names are a habit, contents are not.

use cobnut_diagnostics::Source;

/// Bytes in which the kind of a text must show.
const HEAD_BYTES: usize = 64 << 10;

/// What a file is for us.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A member configuration of Hazelcast or a piece of one, in XML or YAML.
    Hazelcast,
    /// Openfire's `openfire.xml`.
    Openfire,
    /// Openfire's `security.xml`.
    Security,
    /// HAProxy or nginx.
    Balancer,
    /// XML that is something else.
    OtherXml,
    /// None of these.
    Other,
}

/// Outermost elements of member configurations and of pieces of them.
const HAZELCAST: [&str; 24] = [
    "hazelcast",
    "hazelcast-client",
    "hazelcast-client-failover",
    "network",
    "join",
    "interfaces",
    "tcp-ip",
    "multicast",
    "member",
    "members",
    "member-list",
    "interface",
    "group",
    "cluster-name",
    "properties",
    "port",
    "outbound-ports",
    "public-address",
    "map",
    "import",
    "aws",
    "ssl",
    "symmetric-encryption",
    "failure-detector",
];

/// Whether the bytes are a key store: JKS, JCEKS or PKCS#12.
pub fn is_keystore(bytes: &[u8]) -> bool {
    matches!(
        bytes.get(..4),
        Some([0xFE, 0xED, 0xFE, 0xED] | [0xCE, 0xCE, 0xCE, 0xCE] | [0x30, 0x80..=0x84, ..])
    )
}

/// Whether the bytes are a packed archive: zip, gzip, or tar.
pub fn is_archive(name: &str, bytes: &[u8]) -> bool {
    let is_packed = matches!(bytes.get(..4), Some([b'P', b'K', 3 | 5, 4 | 6] | [0x1F, 0x8B, 8, _]));
    let is_tar = bytes.get(257..262) == Some(b"ustar".as_slice());
    (is_packed && !name.to_lowercase().ends_with(".jar")) || is_tar
}

/// The kind of a text.
pub fn kind(source: &Source) -> Kind {
    let text = source.text().trim_start_matches('\u{feff}').trim_start();
    let end = text.floor_char_boundary(HEAD_BYTES);
    let head = &text[..end];
    let extension = source.name().rsplit_once('.').map(|(_, extension)| extension.to_lowercase());
    if head.starts_with('<') {
        return match root(head) {
            Some("jive") => Kind::Openfire,
            // Hazelcast has an element of this name, too.
            Some("security") if head.contains("<encrypt") => Kind::Security,
            Some(name) if HAZELCAST.contains(&name) || name.ends_with(":hazelcast") => Kind::Hazelcast,
            // What is broken from its first character on is judged by its name.
            None if extension.as_deref() == Some("xml") => Kind::Hazelcast,
            _ => Kind::OtherXml,
        };
    }
    if is_balancer(head) {
        return Kind::Balancer;
    }
    match extension.as_deref() {
        Some("xml" | "yaml" | "yml") => Kind::Hazelcast,
        _ if head.lines().any(|line| line.trim_end() == "hazelcast:") => Kind::Hazelcast,
        _ => Kind::Other,
    }
}

/// The name of the first element, behind declaration, comments and document type.
fn root(text: &str) -> Option<&str> {
    let mut rest = text;
    loop {
        rest = rest.get(rest.find('<')?..)?;
        let close = if rest.starts_with("<!--") {
            "-->"
        } else if rest.starts_with("<?") {
            "?>"
        } else if rest.starts_with("<!") {
            ">"
        } else {
            break;
        };
        rest = rest.get(rest.find(close)? + close.len()..)?;
    }
    let name = rest.get(1..)?;
    let end = name.find(|c: char| c.is_whitespace() || matches!(c, '>' | '/')).unwrap_or(name.len());
    (end > 0).then(|| &name[..end])
}

/// HAProxy's sections stand at the start of a line; nginx opens blocks with braces.
fn is_balancer(text: &str) -> bool {
    let lines = || text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#'));
    let is_section = |line: &str| {
        let mut words = line.split_whitespace();
        match words.next() {
            Some("frontend" | "backend" | "listen") => {
                words.next().is_some() && !line.contains('{') && !line.ends_with(';')
            }
            _ => false,
        }
    };
    let is_block = |line: &str| {
        let line = line.trim_end_matches('{').trim();
        matches!(line, "stream" | "http" | "server")
            || line.strip_prefix("upstream ").is_some_and(|name| !name.contains(' '))
    };
    lines().any(is_section)
        || (text.contains('{') && lines().any(|line| line.ends_with('{') && is_block(line)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn contents_tell_the_kind() {
        let cases = [
            ("a.xml", "<?xml version=\"1.0\"?>\n<!-- <jive> -->\n<hazelcast xmlns=\"x\">", Kind::Hazelcast),
            ("a.xml", "<join><tcp-ip/></join>", Kind::Hazelcast),
            ("a.txt", "\u{feff}\n<network>", Kind::Hazelcast),
            ("a.xml", "<hz:hazelcast>", Kind::Hazelcast),
            ("a.xml", "", Kind::Hazelcast),
            ("a.xml", "< broken", Kind::Hazelcast),
            ("x.xml", "<jive><setup>true</setup></jive>", Kind::Openfire),
            ("x.xml", "<security><encrypt/></security>", Kind::Security),
            ("x.xml", "<security enabled=\"true\"/>", Kind::OtherXml),
            ("pom.xml", "<project/>", Kind::OtherXml),
            ("h.yaml", "hazelcast:\n  network:", Kind::Hazelcast),
            ("h", "# c\nhazelcast:\n", Kind::Hazelcast),
            ("haproxy.cfg", "global\n  log x\nfrontend xmpp\n  bind :5222", Kind::Balancer),
            ("nginx.conf", "stream {\n  upstream xmpp {\n", Kind::Balancer),
            ("site", "server {\n listen 80;\n}", Kind::Balancer),
            ("notes.txt", "the backend is slow", Kind::Other),
            ("readme.md", "# listen\n", Kind::Other),
            ("main.rs", "fn main() {\n}", Kind::Other),
        ];
        for (name, text, expected) in cases {
            assert_eq!(kind(&Source::new(name, text)), expected, "{name}: {text}");
        }
    }

    #[test]
    fn binary_files_are_known_by_their_first_bytes() {
        assert!(is_keystore(&[0xFE, 0xED, 0xFE, 0xED, 0]) && is_keystore(&[0x30, 0x82, 1, 2]));
        assert!(!is_keystore(b"<a/>") && !is_keystore(&[]));
        assert!(
            is_archive("a.zip", b"PK\x03\x04")
                && !is_archive("a.jar", b"PK\x03\x04")
                && !is_archive("a", b"")
        );
    }
}
