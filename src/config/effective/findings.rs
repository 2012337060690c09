//! What is said about imports, references and replacers.

use cobnut_diagnostics::{Diagnostic, Edit, Fix, Location, Severity, visible};

use crate::ImportError;

/// What no parser of ours reads to the end.
const TOO_LARGE: &str = "malformed-xml";

fn error(rule: &'static str, place: Location, message: impl Into<String>) -> Diagnostic {
    Diagnostic::new(rule, Severity::Error, place, message)
}

pub(super) fn import_without_resource(place: Location) -> Diagnostic {
    error("import-not-found", place, "an import names no resource")
        .note("Hazelcast does not start on it")
        .help("write the path of the file: `<import resource=\"/path/to/file.xml\"/>`, or remove the element")
}

pub(super) fn import_not_found(place: Location, resource: &str, why: &ImportError) -> Diagnostic {
    let resource = visible(resource);
    let found = match why {
        ImportError::NotFound { tried } => {
            let found = error("import-not-found", place, format!("the import `{resource}` is not found"));
            let tried: Vec<String> = tried.iter().map(|path| format!("`{path}`")).collect();
            if tried.is_empty() { found } else { found.note(format!("looked for {}", tried.join(", "))) }
        }
        other => error("import-not-found", place, format!("the import `{resource}` cannot be read: {other}")),
    };
    found.note("Hazelcast does not start: Failed to load resource").help(
        "write a path that is absolute, or relative to the folder that the server is started in: \
         not to the file that holds the import",
    )
}

/// A file that is imported although it has been already; without `first` it is being read right now.
pub(super) fn import_again(
    element: Location,
    place: Location,
    resource: &str,
    first: Option<&Location>,
) -> Diagnostic {
    let resource = visible(resource);
    let message = match first {
        Some(_) => format!("`{resource}` is imported a second time"),
        None => format!("`{resource}` is imported by a file that it imports itself"),
    };
    let found = error("repeated-import", place, message).note(format!(
        "Hazelcast does not start: Resource '{resource}' is already loaded! This can be due to duplicate or cyclic imports."
    ));
    let delete = Edit::delete(element);
    match first {
        Some(first) => found
            .label(first.clone(), "the first time")
            .fix(Fix::safe("remove the second `<import>`", delete)),
        None => found.fix(Fix::suggestion("remove the `<import>` that leads back", delete)),
    }
}

/// A value of an imported YAML file that the importing one sets otherwise.
pub(super) fn ambiguous_import(place: Location, first: Location, path: &str) -> Diagnostic {
    let path = visible(path);
    error(
        "ambiguous-import",
        place,
        format!("`{path}` is set to something else by the file that imports this one"),
    )
    .label(first, "set here")
    .note("Hazelcast does not start: Ambiguous configuration, current and imported values differ")
    .help("keep the value in one of the two files")
}

pub(super) fn nested_import(place: Location, parent: &str) -> Diagnostic {
    error("nested-import", place, format!("`<import>` inside `<{parent}>` imports nothing"))
        .note("Hazelcast does not start: <import> element can appear only in the top level of the XML")
        .help(
            "move it directly below `<hazelcast>`; the imported file then has to bring the elements around its settings itself",
        )
}

pub(super) fn imported_fragment(place: Location, name: &str) -> Diagnostic {
    let message = format!("the file begins with `<{name}>` instead of `<hazelcast>`");
    Diagnostic::new("fragment", Severity::Info, place, message)
        .note("cobnut reads it as it is; Hazelcast itself would not load the file")
}

pub(super) fn too_many_imports(place: Location, limit: usize) -> Diagnostic {
    error(TOO_LARGE, place, format!("more than {limit} files are imported"))
        .help("put the settings into fewer files")
}

pub(super) fn too_deep_imports(place: Location, limit: usize) -> Diagnostic {
    error(TOO_LARGE, place, format!("imports lead to further imports more than {limit} times"))
        .help("put the settings into fewer files")
}

pub(super) fn too_large(place: Location) -> Diagnostic {
    error(TOO_LARGE, place, "imports and variables make the configuration larger than any can be")
        .help("shorten the value of the variable, or import less")
}

pub(super) fn unresolved(place: Location, name: &str, is_fatal: bool) -> Diagnostic {
    let severity = if is_fatal { Severity::Error } else { Severity::Warning };
    let shown = visible(name);
    let found = Diagnostic::new(
        "variable-without-value",
        severity,
        place,
        format!("the variable `${{{shown}}}` has no value here"),
    );
    let found = if is_fatal {
        found.note("with `<config-replacers>` in the file, Hazelcast does not start on it")
    } else {
        found.note("Hazelcast takes variables from Java's system properties and leaves the text as it is without one")
    };
    if name.contains("${") {
        found.help(
            "the first `}` ends a variable, so that one cannot stand inside another: write a single name",
        )
    } else if let Some((plain, _)) = name.split_once(':') {
        let plain = visible(plain);
        found.help(format!("there is no way to write a default: all of `{shown}` is the name; write `${{{plain}}}` or the value"))
    } else {
        found.help("write the value itself; environment variables are not used for this")
    }
}

pub(super) fn too_indirect(place: Location, name: &str) -> Diagnostic {
    let message = format!(
        "the value holds a further variable `${{{}}}`, which is not replaced any more",
        visible(name)
    );
    Diagnostic::new("variable-without-value", Severity::Warning, place, message)
        .note("Hazelcast goes over the values twice, and older versions once; the text stays as it is")
        .help("give the first variable the final value")
}

pub(super) fn unclosed(place: Location) -> Diagnostic {
    Diagnostic::new("malformed-variable", Severity::Warning, place, "`${` begins a variable that never ends")
        .note("Hazelcast leaves the text as it is; the value then holds `${`")
        .help("write `}` behind the name")
}

pub(super) fn undecryptable(place: Location, reason: &str, is_fatal: bool) -> Diagnostic {
    let severity = if is_fatal { Severity::Error } else { Severity::Warning };
    let consequence = if is_fatal {
        "Hazelcast does not start when it cannot decrypt a value, unless `fail-if-value-missing` is false"
    } else {
        "the encrypted text stays and is taken for the value"
    };
    Diagnostic::new(
        "undecryptable-value",
        severity,
        place,
        format!("the value cannot be decrypted: {reason}"),
    )
    .note(consequence)
    .help("encrypt the value again with this replacer's properties and password, or write it in plain")
}

pub(super) fn unsupported_replacer(place: Location, class: &str) -> Diagnostic {
    let class = visible(class);
    error("unsupported-replacer", place, format!("cobnut cannot run the replacer `{class}`"))
        .note("it is a Java class; what it would put into the file is not known here")
        .help("write the values into the file, or use Hazelcast's own EncryptionReplacer with `$ENC{…}`")
}

pub(super) fn replacer_without_class(place: Location) -> Diagnostic {
    error("unsupported-replacer", place, "a replacer names no class")
        .note("Hazelcast does not start on it")
        .help("write `class-name`, or remove the element")
}

pub(super) fn foreign_reference(place: Location) -> Diagnostic {
    error("unsupported-replacer", place, "this value comes from a replacer that cobnut cannot run")
        .note("the text would be taken for the value")
        .help("write the value itself")
}
