//! The files that both sides read: our own, those made of them here, and those that Hazelcast ships.

use std::fs;
use std::io::Read as _;
use std::path::Path;

use anyhow::{Context as _, Result, ensure};
use cobnut_diagnostics::Source;
use cobnut_lint::NodeInput;
use compat_tests::hazelcast::Release;
use compat_tests::{Artifacts, repository_root};

/// Values of variables: what the plugin sets, and some that our files ask for.
pub(crate) const VARIABLES: [(&str, &str); 5] = [
    ("openfireHome", "parts"),
    ("mesh.port", "5710"),
    ("mesh.peer", "10.0.0.2"),
    ("multicast.on", "false"),
    ("nested", "${mesh.peer}"),
];
/// What the names of files out of a jar start with.
pub(crate) const SHIPPED: &str = "shipped-";
/// The folder of files that others import.
const PARTS: &str = "parts";
/// What Hazelcast's full examples import: a stand-in, so that the rest of them can be read.
const STAND_INS: [(&str, &str); 2] = [
    ("your-configuration-XML-file", "<hazelcast xmlns=\"http://www.hazelcast.com/schema/config\"/>"),
    ("your-configuration-YAML-file", "hazelcast: {}\n"),
];
/// No file of a configuration is longer.
const LONGEST_FILE: u64 = 1 << 20;

/// All files of one release below one folder.
pub(crate) struct Corpus {
    /// Names of the files that are read, without those that are only imported.
    pub(crate) names: Vec<String>,
    /// What is around each of them.
    around: NodeInput,
    folder: std::path::PathBuf,
}

impl Corpus {
    /// Copies, makes and unpacks all files of a release.
    pub(crate) fn of(release: Release, artifacts: &Artifacts) -> Result<Self> {
        let folder = artifacts.path("corpus");
        let ours = repository_root().join("compat-tests/hazelcast/corpus");
        copy(&ours, &folder)?;
        copy(&ours.join(PARTS), &folder.join(PARTS))?;
        for (number, article) in [
            include_str!("../../../../conf/article/server1.xml"),
            include_str!("../../../../conf/article/server2.xml"),
        ]
        .iter()
        .enumerate()
        {
            let text = format!(
                "<hazelcast xmlns=\"http://www.hazelcast.com/schema/config\">\n<network>\n{article}\n</network>\n</hazelcast>\n"
            );
            fs::write(folder.join(format!("article-server{}.xml", number + 1)), text)?;
            fs::write(folder.join(format!("article-fragment{}.xml", number + 1)), article)?;
        }
        encodings(&folder)?;
        unpack(release, &folder)?;
        for (name, text) in STAND_INS {
            fs::write(folder.join(name), text)?;
        }
        Ok(Self { names: names(&folder)?, around: around(&folder)?, folder })
    }

    pub(crate) fn folder(&self) -> &Path {
        &self.folder
    }

    /// A file with everything around it, as the linter takes it.
    ///
    /// # Errors
    /// The outer one: it cannot be opened. The inner one: it is no text.
    pub(crate) fn node(&self, name: &str) -> Result<Result<NodeInput, String>> {
        let bytes = fs::read(self.folder.join(name)).with_context(|| name.to_owned())?;
        Ok(Source::decode(name, bytes)
            .map(|source| NodeInput {
                label: name.to_owned(),
                hazelcast: Some(source),
                ..self.around.clone()
            })
            .map_err(|error| error.to_string()))
    }
}

/// Copies the files of a folder.
fn copy(from: &Path, to: &Path) -> Result<()> {
    fs::create_dir_all(to).with_context(|| to.display().to_string())?;
    for entry in fs::read_dir(from).with_context(|| from.display().to_string())? {
        let entry = entry?;
        if entry.file_type()?.is_file() {
            fs::copy(entry.path(), to.join(entry.file_name()))?;
        }
    }
    Ok(())
}

/// One file in all encodings, right and wrong.
fn encodings(folder: &Path) -> Result<()> {
    let body = "<!-- Büro -->\n<hazelcast xmlns=\"http://www.hazelcast.com/schema/config\">\n<instance-name>Büro \
                1</instance-name>\n</hazelcast>\n";
    let declared = |encoding: &str| format!("<?xml version=\"1.0\" encoding=\"{encoding}\"?>\n{body}");
    let utf16 =
        |text: &str, order: fn(u16) -> [u8; 2]| -> Vec<u8> { text.encode_utf16().flat_map(order).collect() };
    let latin1 = |text: &str| -> Vec<u8> { text.chars().map(|c| u8::try_from(c).unwrap_or(b'?')).collect() };
    let cases: [(&str, Vec<u8>); 10] = [
        ("utf8-with-mark", [b"\xef\xbb\xbf".as_slice(), declared("UTF-8").as_bytes()].concat()),
        ("utf8-undeclared", body.as_bytes().to_vec()),
        ("utf16-little", [b"\xff\xfe".to_vec(), utf16(&declared("UTF-16"), u16::to_le_bytes)].concat()),
        ("utf16-big", [b"\xfe\xff".to_vec(), utf16(&declared("UTF-16"), u16::to_be_bytes)].concat()),
        ("utf16-declared-utf8", [b"\xff\xfe".to_vec(), utf16(&declared("UTF-8"), u16::to_le_bytes)].concat()),
        ("latin1-declared", latin1(&declared("ISO-8859-1"))),
        ("latin1-undeclared", latin1(body)),
        ("latin1-declared-utf8", latin1(&declared("UTF-8"))),
        ("blank-before-declaration", format!("\n{}", declared("UTF-8")).into_bytes()),
        ("empty", Vec::new()),
    ];
    for (name, bytes) in cases {
        fs::write(folder.join(format!("encoding-{name}.xml")), bytes)?;
    }
    Ok(())
}

/// The configuration files in the jar of a release.
fn unpack(release: Release, folder: &Path) -> Result<()> {
    let jar = release.folder().join("lib").join(format!("hazelcast-{}.jar", release.0));
    let file = fs::File::open(&jar).with_context(|| jar.display().to_string())?;
    let mut archive = zip::ZipArchive::new(file).with_context(|| jar.display().to_string())?;
    let mut count = 0;
    for at in 0..archive.len() {
        let entry = archive.by_index(at)?;
        let name = entry.name()?.into_owned();
        let is_config = Path::new(&name).extension().is_some_and(|end| end == "xml" || end == "yaml");
        if !is_config || name.contains('/') {
            continue;
        }
        let mut bytes = Vec::new();
        entry.take(LONGEST_FILE).read_to_end(&mut bytes)?;
        fs::write(folder.join(format!("{SHIPPED}{name}")), bytes)?;
        count += 1;
    }
    ensure!(count >= 4, "only {count} files in {}", jar.display());
    Ok(())
}

/// The files that are read, sorted.
fn names(folder: &Path) -> Result<Vec<String>> {
    let mut names = Vec::new();
    for entry in fs::read_dir(folder)? {
        let name = entry?.file_name().to_string_lossy().into_owned();
        if Path::new(&name).extension().is_some_and(|end| end == "xml" || end == "yaml") {
            names.push(name);
        }
    }
    names.sort();
    Ok(names)
}

fn around(folder: &Path) -> Result<NodeInput> {
    let mut imports = Vec::new();
    let parts = fs::read_dir(folder.join(PARTS))?
        .map(|entry| Ok(format!("{PARTS}/{}", entry?.file_name().to_string_lossy())));
    let stand_ins = STAND_INS.iter().map(|(name, _)| Ok((*name).to_owned()));
    for name in parts.chain(stand_ins) {
        let name: String = name.map_err(|error: std::io::Error| error)?;
        let source = Source::decode(name.as_str(), fs::read(folder.join(&name))?)?;
        imports.push((name, source));
    }
    let variables = VARIABLES.map(|(name, value)| (name.to_owned(), value.to_owned()));
    Ok(NodeInput {
        hazelcast: None,
        imports,
        variables: variables.to_vec(),
        ..NodeInput::of_file(Source::new("", ""), "")
    })
}
