//! Quick fixes.

use std::collections::HashMap;

use cobnut_diagnostics::{Diagnostic, Fix, Safety};
use lsp_types::{
    CodeAction, CodeActionKind, CodeActionOrCommand, CodeActionParams, CodeActionResponse, TextEdit, Uri,
    WorkspaceEdit,
};

use super::convert::{self, offset, range};
use super::workspace::Workspace;

/// The fixes of the findings that touch the selection, and all safe ones of the file together.
pub(super) fn actions(workspace: &Workspace, parameters: &CodeActionParams) -> CodeActionResponse {
    let Some(source) = workspace.source(&parameters.text_document.uri) else { return Vec::new() };
    let wanted = |kind: &CodeActionKind| match &parameters.context.only {
        // A kind stands for all below it: `quickfix` for `quickfix.a`.
        Some(only) => only.iter().any(|asked| kind.as_str().starts_with(asked.as_str())),
        None => true,
    };
    let from = offset(source, parameters.range.start, workspace.encoding);
    let to = offset(source, parameters.range.end, workspace.encoding);
    let here: Vec<&Diagnostic> = workspace.found().iter().filter(|found| found.source() == source).collect();
    let mut actions = Vec::new();
    if wanted(&CodeActionKind::QUICKFIX) {
        let touched = here.iter().filter(|found| found.span().start <= to && from <= found.span().end);
        actions.extend(touched.filter_map(|found| quick_fix(workspace, found)));
    }
    let safe: Vec<&Fix> = here
        .iter()
        .filter_map(|found| found.suggested_fix())
        .filter(|fix| fix.safety == Safety::Safe)
        .collect();
    if wanted(&CodeActionKind::SOURCE_FIX_ALL) && !safe.is_empty() {
        actions.push(CodeAction {
            title: "Apply all safe fixes".to_owned(),
            kind: Some(CodeActionKind::SOURCE_FIX_ALL),
            edit: Some(edit(workspace, &safe)),
            ..CodeAction::default()
        });
    }
    actions.into_iter().map(CodeActionOrCommand::CodeAction).collect()
}

fn quick_fix(workspace: &Workspace, found: &Diagnostic) -> Option<CodeAction> {
    let fix = found.suggested_fix().filter(|fix| fix.safety != Safety::Display)?;
    let title = match fix.safety {
        Safety::Safe => fix.description.clone(),
        _ => format!("{} (look at it first)", fix.description),
    };
    Some(CodeAction {
        title,
        kind: Some(CodeActionKind::QUICKFIX),
        diagnostics: Some(vec![convert::diagnostic(found, workspace.encoding, |source| {
            workspace.uri(source)
        })]),
        edit: Some(edit(workspace, &[fix])),
        is_preferred: Some(fix.safety == Safety::Safe),
        ..CodeAction::default()
    })
}

/// The edits of fixes; one that overlaps an earlier one waits for the next time.
#[expect(clippy::mutable_key_type, reason = "the protocol's type; a URI does not change its hash")]
fn edit(workspace: &Workspace, fixes: &[&Fix]) -> WorkspaceEdit {
    let mut changes: HashMap<Uri, Vec<TextEdit>> = HashMap::new();
    for fix in fixes {
        let edits: Option<Vec<(Uri, TextEdit)>> = fix
            .edits
            .iter()
            .map(|edit| {
                let uri = workspace.uri(edit.location.source())?;
                let range = range(&edit.location, workspace.encoding);
                Some((uri, TextEdit { range, new_text: edit.replacement.clone() }))
            })
            .collect();
        let Some(edits) = edits else { continue };
        let overlaps = edits.iter().any(|(uri, edit)| {
            let earlier = changes.get(uri).into_iter().flatten();
            earlier
                .into_iter()
                .any(|earlier| earlier.range.start <= edit.range.end && edit.range.start <= earlier.range.end)
        });
        if !overlaps {
            for (uri, edit) in edits {
                changes.entry(uri).or_default().push(edit);
            }
        }
    }
    WorkspaceEdit { changes: Some(changes), ..WorkspaceEdit::default() }
}
