"""An editor's walk through the language server: scenario.py SERVER FOLDER

SERVER is cobnut-lint; FOLDER holds the article's server1.xml and server2.xml. Prints `ok NAME` for each step that passed
and ends with status 1 at the first that failed.
"""

import asyncio
import sys
from pathlib import Path

from lsprotocol import types
from pygls.lsp.client import LanguageClient

STEP_LIMIT_S = 20
TYPO = "192.168.5:1:5701"
MENDED = "192.168.5.1:5701"
RULE = "misplaced-separator"


class Editor:
    """A client that keeps what the server shows, and can wait for it."""

    def __init__(self):
        self.client = LanguageClient("walk", "1")
        self.shown = {}
        self.news = asyncio.Condition()

        @self.client.feature(types.TEXT_DOCUMENT_PUBLISH_DIAGNOSTICS)
        async def published(parameters):
            async with self.news:
                self.shown[parameters.uri] = parameters.diagnostics
                self.news.notify_all()

    async def wait_for(self, uri, is_it, what):
        """The diagnostics of a file as soon as they fit."""

        async def wait():
            async with self.news:
                await self.news.wait_for(lambda: is_it(self.shown.get(uri, [])))
                return self.shown.get(uri, [])

        try:
            return await asyncio.wait_for(wait(), STEP_LIMIT_S)
        except TimeoutError:
            raise AssertionError(f"{what}; the server shows {self.shown.get(uri)}") from None


def of_rule(diagnostics, rule=RULE):
    return [found for found in diagnostics if found.code == rule]


def marked(text, span):
    """The text of a range within one line, counted in UTF-16 units as the protocol does."""
    assert span.start.line == span.end.line, span
    line = text.splitlines()[span.start.line].encode("utf-16-le")
    return line[2 * span.start.character : 2 * span.end.character].decode("utf-16-le")


def edited(text, edits):
    """The text after edits that lie within lines."""
    lines = text.splitlines(keepends=True)
    for edit in sorted(edits, key=lambda edit: (edit.range.start.line, edit.range.start.character), reverse=True):
        assert edit.range.start.line == edit.range.end.line, edit
        line = lines[edit.range.start.line].encode("utf-16-le")
        start, end = 2 * edit.range.start.character, 2 * edit.range.end.character
        line = line[:start] + edit.new_text.encode("utf-16-le") + line[end:]
        lines[edit.range.start.line] = line.decode("utf-16-le")
    return "".join(lines)


def done(step):
    print(f"ok {step}", flush=True)


async def walk(server, folder):
    editor = Editor()
    client = editor.client
    await client.start_io(server, "lsp")
    answer = await client.initialize_async(
        types.InitializeParams(
            capabilities=types.ClientCapabilities(
                general=types.GeneralClientCapabilities(position_encodings=[types.PositionEncodingKind.Utf16])
            ),
            workspace_folders=[types.WorkspaceFolder(uri=folder.as_uri(), name="nodes")],
        )
    )
    assert answer.capabilities.position_encoding == types.PositionEncodingKind.Utf16, answer.capabilities
    client.initialized(types.InitializedParams())
    done("initialize")

    path = folder / "server2.xml"
    uri, text = path.as_uri(), path.read_text()
    document = types.TextDocumentIdentifier(uri=uri)
    found = await editor.wait_for(uri, of_rule, "the typo is not shown")
    typo = of_rule(found)[0]
    assert marked(text, typo.range) == TYPO, typo
    assert typo.severity == types.DiagnosticSeverity.Error, typo
    related = {info.location.uri for info in typo.related_information or []}
    assert (folder / "server1.xml").as_uri() in related, related
    other = await editor.wait_for(
        (folder / "server1.xml").as_uri(), lambda shown: of_rule(shown, "member-not-listed"), "the other file shows nothing"
    )
    assert other, other
    done("diagnostics")

    # An emoji before the typo in the same line: two units, one character, four bytes.
    astral = text.replace(f"<member>{TYPO}", f"<!-- \U0001f600 --><member>{TYPO}")
    assert astral != text
    client.text_document_did_open(
        types.DidOpenTextDocumentParams(
            text_document=types.TextDocumentItem(uri=uri, language_id="xml", version=1, text=astral)
        )
    )
    column = typo.range.start.character + len("<!-- -->") + 3
    found = await editor.wait_for(
        uri,
        lambda shown: any(one.range.start.character == column for one in of_rule(shown)),
        f"the typo is not shown at UTF-16 column {column}",
    )
    typo = of_rule(found)[0]
    assert marked(astral, typo.range) == TYPO, typo
    done("utf-16")

    hover = await client.text_document_hover_async(
        types.HoverParams(text_document=document, position=typo.range.start)
    )
    assert RULE in hover.contents.value, hover
    line = astral.splitlines().index(next(line for line in astral.splitlines() if "<tcp-ip" in line))
    column = astral.splitlines()[line].index("tcp-ip") + 1
    hover = await client.text_document_hover_async(
        types.HoverParams(text_document=document, position=types.Position(line=line, character=column))
    )
    assert "`<tcp-ip>`" in hover.contents.value, hover
    done("hover")

    actions = await client.text_document_code_action_async(
        types.CodeActionParams(
            text_document=document, range=typo.range, context=types.CodeActionContext(diagnostics=[typo])
        )
    )
    fix = next(action for action in actions if action.kind == types.CodeActionKind.QuickFix)
    assert MENDED in fix.title and fix.is_preferred, fix
    mended = edited(astral, fix.edit.changes[uri])
    assert mended == astral.replace(TYPO, MENDED), mended
    done("quick-fix")

    client.text_document_did_change(
        types.DidChangeTextDocumentParams(
            text_document=types.VersionedTextDocumentIdentifier(uri=uri, version=2),
            content_changes=[types.TextDocumentContentChangeWholeDocument(text=mended)],
        )
    )
    await editor.wait_for(uri, lambda shown: not of_rule(shown), "the typo is still shown")
    await editor.wait_for(
        (folder / "server1.xml").as_uri(),
        lambda shown: not of_rule(shown, "member-not-listed"),
        "the finding in the other file is still shown",
    )
    done("did-change")

    client.text_document_did_close(types.DidCloseTextDocumentParams(text_document=document))
    await editor.wait_for(uri, of_rule, "the file on the disk still has the typo")
    done("did-close")

    process = client._server
    await client.shutdown_async(None)
    client.exit(None)
    status = await asyncio.wait_for(process.wait(), STEP_LIMIT_S)
    assert status == 0, f"the server ended with status {status}"
    done("shutdown")


def main():
    server, folder = sys.argv[1], Path(sys.argv[2]).resolve()
    try:
        asyncio.run(walk(server, folder))
    except Exception as error:  # whatever it is, it is the reason
        print(f"not ok {type(error).__name__}: {error}", flush=True)
        raise SystemExit(1) from error


main()
