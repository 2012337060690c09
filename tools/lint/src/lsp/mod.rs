//! A language server (LSP 3.17): findings while one types, quick fixes, and what an element or a finding means on hover.
//!
//! The folders of the editor's workspace are one cluster, as on the command line, with the open texts in place of the files.

mod actions;
mod convert;
mod hover;
mod workspace;

use anyhow::{Context as _, Result};
use lsp_server::{Connection, ErrorCode, ExtractError, Message, Notification, Request, Response};
use lsp_types::notification::{
    DidChangeTextDocument, DidChangeWatchedFiles, DidCloseTextDocument, DidOpenTextDocument,
    DidSaveTextDocument, Notification as _, PublishDiagnostics,
};
use lsp_types::request::{CodeActionRequest, HoverRequest, Request as _};
use lsp_types::{
    CodeActionKind, CodeActionOptions, CodeActionProviderCapability, HoverProviderCapability,
    InitializeParams, InitializeResult, PositionEncodingKind, ServerCapabilities, ServerInfo,
    TextDocumentSyncCapability, TextDocumentSyncKind, TextDocumentSyncOptions, TextDocumentSyncSaveOptions,
};

use convert::Encoding;
use workspace::Workspace;

/// Serves an editor on the process's own streams until it says goodbye.
///
/// # Errors
/// The editor does not speak the protocol, or its streams break.
pub fn serve_stdio() -> Result<()> {
    let (connection, threads) = Connection::stdio();
    serve(connection)?;
    threads.join().context("end the streams of the editor")
}

/// Serves an editor on a connection.
fn serve(connection: Connection) -> Result<()> {
    let (id, parameters) = connection.initialize_start().context("begin to talk to the editor")?;
    let parameters: InitializeParams =
        serde_json::from_value(parameters).context("read what the editor can do")?;
    let encoding = negotiated(&parameters);
    let result = InitializeResult {
        capabilities: capabilities(encoding),
        server_info: Some(ServerInfo {
            name: "cobnut-lint".to_owned(),
            version: Some(env!("CARGO_PKG_VERSION").to_owned()),
        }),
    };
    connection.initialize_finish(id, serde_json::to_value(result)?).context("greet the editor")?;
    let mut server = Server { workspace: Workspace::new(&parameters, encoding), connection: &connection };
    server.publish()?;
    for message in &connection.receiver {
        match message {
            Message::Request(request) => {
                if connection.handle_shutdown(&request)? {
                    break;
                }
                server.request(request)?;
            }
            Message::Notification(notification) => server.notification(notification)?,
            Message::Response(_) => {}
        }
    }
    Ok(())
}

/// UTF-8 when the editor offers it; UTF-16 is what every editor can.
fn negotiated(parameters: &InitializeParams) -> Encoding {
    let general = parameters.capabilities.general.as_ref();
    let offered = general.and_then(|general| general.position_encodings.as_ref());
    match offered {
        Some(offered) if offered.contains(&PositionEncodingKind::UTF8) => Encoding::Utf8,
        _ => Encoding::Utf16,
    }
}

fn capabilities(encoding: Encoding) -> ServerCapabilities {
    ServerCapabilities {
        position_encoding: Some(match encoding {
            Encoding::Utf8 => PositionEncodingKind::UTF8,
            Encoding::Utf16 => PositionEncodingKind::UTF16,
        }),
        text_document_sync: Some(TextDocumentSyncCapability::Options(TextDocumentSyncOptions {
            open_close: Some(true),
            change: Some(TextDocumentSyncKind::FULL),
            save: Some(TextDocumentSyncSaveOptions::Supported(true)),
            ..TextDocumentSyncOptions::default()
        })),
        hover_provider: Some(HoverProviderCapability::Simple(true)),
        code_action_provider: Some(CodeActionProviderCapability::Options(CodeActionOptions {
            code_action_kinds: Some(vec![CodeActionKind::QUICKFIX, CodeActionKind::SOURCE_FIX_ALL]),
            ..CodeActionOptions::default()
        })),
        ..ServerCapabilities::default()
    }
}

/// The conversation with one editor.
struct Server<'a> {
    workspace: Workspace,
    connection: &'a Connection,
}

impl Server<'_> {
    fn request(&mut self, request: Request) -> Result<()> {
        let response = match request.method.as_str() {
            HoverRequest::METHOD => answer::<HoverRequest>(request, |parameters| {
                hover::hover(&self.workspace, &parameters.text_document_position_params)
            }),
            CodeActionRequest::METHOD => answer::<CodeActionRequest>(request, |parameters| {
                Some(actions::actions(&self.workspace, &parameters))
            }),
            _ => {
                let text = format!("{} is not supported", request.method);
                Response::new_err(request.id, ErrorCode::MethodNotFound as i32, text)
            }
        };
        self.send(Message::Response(response))
    }

    /// An editor that sends a notification wrongly gets no answer to it, as the protocol wants.
    fn notification(&mut self, notification: Notification) -> Result<()> {
        let is_text = match notification.method.as_str() {
            DidOpenTextDocument::METHOD => read::<DidOpenTextDocument>(notification)
                .map(|opened| self.workspace.open(&opened.text_document.uri, opened.text_document.text)),
            DidChangeTextDocument::METHOD => {
                read::<DidChangeTextDocument>(notification).map(|mut changed| {
                    // With full synchronisation the last change is the whole text.
                    if let Some(last) = changed.content_changes.pop() {
                        self.workspace.open(&changed.text_document.uri, last.text);
                    }
                })
            }
            DidCloseTextDocument::METHOD => read::<DidCloseTextDocument>(notification)
                .map(|closed| self.workspace.close(&closed.text_document.uri)),
            DidSaveTextDocument::METHOD | DidChangeWatchedFiles::METHOD => Some(()),
            _ => None,
        };
        if is_text.is_some() { self.publish() } else { Ok(()) }
    }

    /// Checks everything again and tells the editor what each file has.
    fn publish(&mut self) -> Result<()> {
        for published in self.workspace.check() {
            let parameters = serde_json::to_value(published)?;
            self.send(Message::Notification(Notification::new(
                PublishDiagnostics::METHOD.to_owned(),
                parameters,
            )))?;
        }
        Ok(())
    }

    fn send(&self, message: Message) -> Result<()> {
        self.connection.sender.send(message).context("write to the editor")
    }
}

fn answer<R: lsp_types::request::Request>(
    request: Request,
    handle: impl FnOnce(R::Params) -> R::Result,
) -> Response {
    let id = request.id.clone();
    match request.extract::<R::Params>(R::METHOD) {
        Ok((id, parameters)) => match serde_json::to_value(handle(parameters)) {
            Ok(value) => Response::new_ok(id, value),
            Err(error) => Response::new_err(id, ErrorCode::InternalError as i32, error.to_string()),
        },
        Err(ExtractError::JsonError { error, .. }) => {
            Response::new_err(id, ErrorCode::InvalidParams as i32, error.to_string())
        }
        Err(ExtractError::MethodMismatch(request)) => {
            Response::new_err(id, ErrorCode::MethodNotFound as i32, request.method)
        }
    }
}

fn read<N: lsp_types::notification::Notification>(notification: Notification) -> Option<N::Params> {
    notification.extract(N::METHOD).ok()
}

#[cfg(test)]
mod tests;
