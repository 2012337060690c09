//! A conversation with an editor, in memory.

use std::fs;
use std::path::Path;

use lsp_server::RequestId;
use serde_json::{Value, json};

use super::*;

/// The other end.
struct Editor {
    connection: Connection,
    server: std::thread::JoinHandle<Result<()>>,
    next: i32,
    /// Notifications that came while an answer was waited for.
    published: Vec<Value>,
}

impl Editor {
    fn start(folder: &Path, encodings: &Value) -> Self {
        let (connection, server) = Connection::memory();
        let server = std::thread::spawn(move || serve(server));
        let mut editor = Self { connection, server, next: 0, published: Vec::new() };
        let uri = convert::uri_of(folder).unwrap();
        let answer = editor.ask(
            "initialize",
            json!({
                "capabilities": {"general": {"positionEncodings": encodings}},
                "workspaceFolders": [{"uri": uri.as_str(), "name": "nodes"}],
            }),
        );
        assert_eq!(answer["capabilities"]["hoverProvider"], true);
        editor.tell("initialized", json!({}));
        editor
    }

    fn tell(&self, method: &str, parameters: Value) {
        self.connection
            .sender
            .send(Message::Notification(Notification::new(method.to_owned(), parameters)))
            .unwrap();
    }

    fn ask(&mut self, method: &str, parameters: Value) -> Value {
        self.next += 1;
        let id = RequestId::from(self.next);
        let request = Request::new(id.clone(), method.to_owned(), parameters);
        self.connection.sender.send(Message::Request(request)).unwrap();
        loop {
            match self.connection.receiver.recv().unwrap() {
                Message::Response(response) => {
                    assert_eq!(response.id, id);
                    return response.response_result.unwrap_or_else(|error| json!(error.message));
                }
                Message::Notification(notification) => self.published.push(notification.params),
                Message::Request(_) => {}
            }
        }
    }

    /// What is shown for a file now.
    fn shown(&mut self, uri: &str) -> Vec<Value> {
        // Everything that was sent before this request has been worked on when its answer comes.
        self.ask("nonsense", json!({}));
        let last = self.published.iter().rev().find(|published| published["uri"] == uri);
        last.and_then(|last| last["diagnostics"].as_array().cloned()).unwrap_or_default()
    }

    fn end(mut self) {
        self.ask("shutdown", Value::Null);
        self.tell("exit", Value::Null);
        self.server.join().unwrap().unwrap();
    }
}

fn article() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for name in ["server1.xml", "server2.xml"] {
        let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../conf/article").join(name);
        fs::copy(source, folder.path().join(name)).unwrap();
    }
    folder
}

fn uri(folder: &Path, name: &str) -> String {
    convert::uri_of(&folder.join(name)).unwrap().as_str().to_owned()
}

fn typo(shown: &[Value]) -> Option<&Value> {
    shown.iter().find(|found| found["message"].as_str().is_some_and(|text| text.contains("192.168.5:1:5701")))
}

#[test]
fn the_typo_is_shown_mended_and_explained() {
    let folder = article();
    let server2 = uri(folder.path(), "server2.xml");
    let mut editor = Editor::start(folder.path(), &json!(["utf-16"]));
    let shown = editor.shown(&server2);
    let found = typo(&shown).expect("the typo").clone();
    assert_eq!(found["source"], "cobnut-lint");
    let labels = found["relatedInformation"].as_array().unwrap();
    assert!(
        labels.iter().any(|label| label["location"]["uri"] == uri(folder.path(), "server1.xml")),
        "{labels:?}"
    );

    let actions = editor.ask(
        "textDocument/codeAction",
        json!({"textDocument": {"uri": server2}, "range": found["range"], "context": {"diagnostics": []}}),
    );
    let fix = actions.as_array().unwrap().iter().find(|action| action["kind"] == "quickfix").unwrap();
    assert_eq!(fix["title"], "write `192.168.5.1:5701`");
    let edits = fix["edit"]["changes"][&server2].as_array().unwrap();
    assert_eq!(
        edits.iter().map(|edit| &edit["newText"]).collect::<Vec<_>>(),
        ["."],
        "one wrong separator: {fix}"
    );

    let text = fs::read_to_string(folder.path().join("server2.xml")).unwrap();
    let mended = text.replace("192.168.5:1:5701", "192.168.5.1:5701");
    editor.tell(
        "textDocument/didOpen",
        json!({"textDocument": {"uri": server2, "languageId": "xml", "version": 1, "text": mended}}),
    );
    let shown = editor.shown(&server2);
    assert!(typo(&shown).is_none(), "{shown:?}");

    let place = convert::position(
        &Source::new("", mended.as_str()),
        mended.find("tcp-ip").unwrap() + 2,
        Encoding::Utf16,
    );
    let hover =
        editor.ask("textDocument/hover", json!({"textDocument": {"uri": server2}, "position": place}));
    assert!(hover["contents"]["value"].as_str().unwrap().contains("`<tcp-ip>`"), "{hover}");

    editor.tell("textDocument/didClose", json!({"textDocument": {"uri": server2}}));
    assert!(typo(&editor.shown(&server2)).is_some(), "the file on the disk still has it");
    let page = editor.ask(
        "textDocument/hover",
        json!({"textDocument": {"uri": server2}, "position": found["range"]["start"]}),
    );
    assert!(page["contents"]["value"].as_str().unwrap().starts_with("# "), "{page}");
    editor.end();
}

#[test]
fn texts_that_are_nowhere_on_the_disk_and_broken_messages_do_no_harm() {
    let folder = tempfile::tempdir().unwrap();
    let mut editor = Editor::start(folder.path(), &json!(["utf-8", "utf-16"]));
    let new = uri(folder.path(), "nöw file.xml");
    assert!(new.contains("%20") && new.contains("%C3%B6"), "{new}");
    editor.tell(
        "textDocument/didOpen",
        json!({"textDocument": {"uri": new, "languageId": "xml", "version": 1,
               "text": "<hazelcast><!-- ü --><network><join><tcp-ip enabled='true'><member>1O.0.0.1</member></tcp-ip></join></network>"}}),
    );
    assert!(!editor.shown(&new).is_empty(), "an unfinished document has a finding");
    editor.tell("textDocument/didChange", json!({"textDocument": 5}));
    editor.tell(
        "textDocument/didOpen",
        json!({"textDocument": {"uri": "untitled:1", "languageId": "x", "version": 1, "text": ""}}),
    );
    let answer = editor.ask("textDocument/hover", json!({"position": "here"}));
    assert!(answer.is_string(), "{answer}");
    editor.tell("textDocument/didClose", json!({"textDocument": {"uri": new}}));
    assert!(editor.shown(&new).is_empty());
    editor.end();
}

#[test]
fn places_count_in_the_negotiated_unit() {
    let source = Source::new("a", "a\r\nü𝄞x\n");
    let x = source.text().find('x').unwrap();
    assert_eq!(convert::position(&source, x, Encoding::Utf16), lsp_types::Position::new(1, 3));
    assert_eq!(convert::position(&source, x, Encoding::Utf8), lsp_types::Position::new(1, 6));
    for encoding in [Encoding::Utf8, Encoding::Utf16] {
        for (at, _) in source.text().char_indices().filter(|(_, c)| *c != '\n' && *c != '\r') {
            assert_eq!(convert::offset(&source, convert::position(&source, at, encoding), encoding), at);
        }
    }
    assert_eq!(convert::offset(&source, lsp_types::Position::new(0, 99), Encoding::Utf16), 1);
    assert_eq!(
        convert::offset(&source, lsp_types::Position::new(99, 0), Encoding::Utf16),
        source.text().len()
    );
}

use cobnut_diagnostics::Source;
