//! Which of our crates may use which: the table in `ARCHITECTURE.md` against Cargo's manifests.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;

use anyhow::{Context as _, Result, bail};
use cargo_metadata::{DependencyKind, Metadata};

use crate::workspace::Workspace;

/// Crates that take everything as arguments: no I/O library may be among their dependencies.
const PURE: [&str; 9] = [
    "cobnut-diagnostics",
    "cobnut-model",
    "cobnut-config",
    "cobnut-keystore",
    "cobnut-openfire",
    "cobnut-formation",
    "cobnut-lint",
    "cobnut-mesh-proto",
    "cobnut-xmpp-proto",
];

/// Libraries that do I/O.
const IO_LIBRARIES: [&str; 8] = ["axum", "hyper", "mio", "reqwest", "socket2", "sqlx", "tokio", "ureq"];

type Edges = BTreeMap<String, BTreeSet<String>>;

/// What is wrong, one line each; empty when all is well.
pub(crate) fn check(workspace: &Workspace) -> Result<Vec<String>> {
    let path = workspace.root().join("ARCHITECTURE.md");
    let page = fs::read_to_string(&path).with_context(|| format!("read {}", path.display()))?;
    let allowed = read_table(&page).with_context(|| format!("read the layer table of {}", path.display()))?;
    let metadata = workspace.metadata();
    let mut findings = compare(&allowed, &edges(metadata), &product_crates(metadata));
    findings.extend(impure(metadata));
    Ok(findings)
}

/// Reads the table below the heading `## Layers`: the first column names a crate, the second those it may use.
fn read_table(page: &str) -> Result<Edges> {
    let mut table = Edges::new();
    let section = page.lines().skip_while(|line| line.trim() != "## Layers").skip(1);
    for line in section.take_while(|line| !line.starts_with("## ")) {
        let Some(row) = line.trim().strip_prefix('|') else { continue };
        let mut cells = row.split('|');
        let (Some(name), Some(uses)) = (cells.next(), cells.next()) else { continue };
        let Some(name) = quoted_names(name).next() else { continue };
        if table.insert(name.to_owned(), quoted_names(uses).map(str::to_owned).collect()).is_some() {
            bail!("{name} has two rows");
        }
    }
    if table.is_empty() {
        bail!("there is no table below `## Layers`");
    }
    Ok(table)
}

/// The names in backquotes in a cell.
fn quoted_names(cell: &str) -> impl Iterator<Item = &str> {
    cell.split('`').skip(1).step_by(2)
}

/// Uses of our crates by our crates, as the manifests say; tests may use what they like.
fn edges(metadata: &Metadata) -> Edges {
    let packages = metadata.workspace_packages();
    let ours: BTreeSet<String> = packages.iter().map(|package| package.name.to_string()).collect();
    let uses = packages.iter().map(|package| {
        let used = package
            .dependencies
            .iter()
            .filter(|dependency| {
                dependency.kind != DependencyKind::Development && ours.contains(&dependency.name)
            })
            .map(|dependency| dependency.name.clone());
        (package.name.to_string(), used.collect())
    });
    uses.collect()
}

/// The crates of the product: the root package and those in `src/`. Tools and tests may use anything.
fn product_crates(metadata: &Metadata) -> BTreeSet<String> {
    let root = &metadata.workspace_root;
    let in_product = |manifest: &cargo_metadata::camino::Utf8Path| {
        manifest.strip_prefix(root).is_ok_and(|path| path == "Cargo.toml" || path.starts_with("src"))
    };
    let packages = metadata.workspace_packages().into_iter();
    packages
        .filter(|package| in_product(&package.manifest_path))
        .map(|package| package.name.to_string())
        .collect()
}

fn compare(allowed: &Edges, real: &Edges, product: &BTreeSet<String>) -> Vec<String> {
    let mut findings = Vec::new();
    for name in product.iter().filter(|name| !allowed.contains_key(*name)) {
        findings.push(format!("{name} has no row in the layer table of ARCHITECTURE.md"));
    }
    for (name, may_use) in allowed {
        let Some(uses) = real.get(name) else {
            findings.push(format!("the layer table names {name}, which is not a crate of the workspace"));
            continue;
        };
        for used in uses.difference(may_use) {
            findings
                .push(format!("{name} uses {used}, which the layer table of ARCHITECTURE.md does not allow"));
        }
        for unknown in may_use.iter().filter(|used| !real.contains_key(*used)) {
            findings.push(format!(
                "the layer table lets {name} use {unknown}, which is not a crate of the workspace"
            ));
        }
    }
    findings
}

fn impure(metadata: &Metadata) -> Vec<String> {
    let mut findings = Vec::new();
    for package in metadata.workspace_packages() {
        if !PURE.contains(&package.name.as_str()) {
            continue;
        }
        for dependency in &package.dependencies {
            if dependency.kind == DependencyKind::Normal && IO_LIBRARIES.contains(&dependency.name.as_str()) {
                findings.push(format!("{} is pure and may not use {}", package.name, dependency.name));
            }
        }
    }
    findings
}

#[cfg(test)]
mod tests {
    use super::*;

    const PAGE: &str = "# A\n## Layers\ntext\n| crate | may use |\n|---|---|\n| `a` | |\n| `b` | `a` |\n| `c` | `a` `b` |\n## More\n| `x` | `y` |\n";

    fn edges(list: &[(&str, &[&str])]) -> Edges {
        list.iter()
            .map(|(name, uses)| ((*name).to_owned(), uses.iter().map(|used| (*used).to_owned()).collect()))
            .collect()
    }

    #[test]
    fn the_table_ends_with_its_section() -> Result<()> {
        assert_eq!(read_table(PAGE)?, edges(&[("a", &[]), ("b", &["a"]), ("c", &["a", "b"])]));
        assert!(read_table("# A\n").is_err());
        Ok(())
    }

    #[test]
    fn every_other_edge_is_found() -> Result<()> {
        let allowed = read_table(PAGE)?;
        let product = ["a", "b", "c", "d"].map(str::to_owned).into();
        let real = edges(&[("a", &["b"]), ("b", &[]), ("c", &["b"]), ("d", &[]), ("tool", &["a"])]);
        assert_eq!(
            compare(&allowed, &real, &product),
            [
                "d has no row in the layer table of ARCHITECTURE.md",
                "a uses b, which the layer table of ARCHITECTURE.md does not allow",
            ]
        );
        Ok(())
    }

    #[test]
    fn rows_of_crates_that_are_gone_are_found() -> Result<()> {
        let allowed = read_table(PAGE)?;
        let findings = compare(&allowed, &edges(&[("a", &[]), ("c", &["a"])]), &BTreeSet::new());
        assert_eq!(findings.len(), 2, "{findings:?}");
        Ok(())
    }
}
