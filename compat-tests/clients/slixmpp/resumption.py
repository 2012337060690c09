"""Stream management with slixmpp: A's connection is cut under it, B writes meanwhile, A resumes.

Usage: resumption.py HOST1 PORT1 HOST2 PORT2 DOMAIN USER_A PASSWORD_A USER_B PASSWORD_B CA
A reaches the first node through a relay in this process, B is on the second node. The arguments and the
lines that are printed are those of scenario.py.
"""

import asyncio
import logging
import sys

from scenario import Client, clear_roster, subscribe_both

ROUNDS = 3
MESSAGES = 20


class Relay:
    """Passes bytes on until it is told to cut every connection."""

    def __init__(self, node):
        self.node = node
        self.writers = []
        self.is_open = True

    async def start(self):
        self.server = await asyncio.start_server(self._accept, "127.0.0.1", 0)
        return self.server.sockets[0].getsockname()

    async def _accept(self, reader, writer):
        if not self.is_open:
            return writer.transport.abort()
        far_reader, far_writer = await asyncio.open_connection(*self.node)
        self.writers += [writer, far_writer]
        await asyncio.gather(self._pass(reader, far_writer), self._pass(far_reader, writer))

    async def _pass(self, reader, writer):
        try:
            while chunk := await reader.read(65536):
                writer.write(chunk)
                await writer.drain()
        except ConnectionError:
            pass
        writer.transport.abort()

    def cut(self):
        self.is_open = False
        for writer in self.writers:
            writer.transport.abort()
        self.writers.clear()

    def mend(self):
        self.is_open = True


class Resuming(Client):
    """A client that keeps count of the sessions that it resumed, and comes back only when it is told to."""

    def __init__(self, *arguments):
        super().__init__(*arguments)
        self.register_plugin("xep_0198")
        self.enabled = 0
        self.resumed = 0
        self.is_connected_here = False
        self.add_event_handler("sm_enabled", lambda _: self._count("enabled"))
        self.add_event_handler("session_resumed", lambda _: self._count("resumed"))
        self.add_event_handler("sm_failed", lambda _: self._fail("resumption refused"))
        self.add_event_handler("disconnected", lambda _: self._set_connected(False))
        self.add_event_handler("connected", lambda _: self._set_connected(True))

    def _count(self, name):
        setattr(self, name, getattr(self, name) + 1)
        self._wake()

    def _set_connected(self, value):
        self.is_connected_here = value
        self._wake()


def numbered(client, sender):
    return [m["body"] for m in client.chats if m["from"].bare == sender.boundjid.bare]


async def cut_and_resume(a, b, relay, sessions):
    expected, answers = [], []
    for round_number in range(1, ROUNDS + 1):
        texts = [f"{round_number}-{number}" for number in range(MESSAGES)]
        # Some are on their way while the connection is cut, some are written while there is none.
        for text in texts[: MESSAGES // 2]:
            b.chat(a, text)
        await a.until("a message of the round", lambda: texts[0] in numbered(a, b))
        relay.cut()
        await a.until("the cut", lambda: not a.is_connected_here)
        for text in texts[MESSAGES // 2 :]:
            b.chat(a, text)
        await b["xep_0199"].ping(b.boundjid.domain)
        relay.mend()
        a.connect(*a.node)
        await a.until("resumption", lambda: a.resumed == round_number)
        expected += texts
        await a.until("the last message", lambda: texts[-1] in numbered(a, b))
        answers.append(f"answer {round_number}")
        a.chat(b, answers[-1])
        await b.until("the answer", lambda: answers[-1] in numbered(b, a))
    if numbered(a, b) != expected:
        raise RuntimeError(f"A got {numbered(a, b)}")
    if numbered(b, a) != answers:
        raise RuntimeError(f"B got {numbered(b, a)}")
    if a.sessions != sessions or b.saw(a, "unavailable"):
        raise RuntimeError("the session was not the same all the time")


async def run(arguments):
    host1, port1, host2, port2, domain, user_a, password_a, user_b, password_b, ca = arguments
    relay = Relay((host1, int(port1)))
    a = Resuming(f"{user_a}@{domain}/slixmpp-a", password_a, await relay.start(), ca)
    b = Client(f"{user_b}@{domain}/slixmpp-b", password_b, (host2, int(port2)), ca)

    async def enable():
        await a.login()
        await a.until("stream management", lambda: a.enabled == 1)

    async def befriend():
        await clear_roster(a, b)
        await subscribe_both(a, b)
        await b.until("A available", lambda: b.saw(a, "available"))

    steps = (
        ("enabled", enable),
        ("login-b", b.login),
        ("roster", befriend),
        ("resumed", lambda: cut_and_resume(a, b, relay, 1)),
    )
    for name, step in steps:
        try:
            await step()
        except Exception as err:  # whatever breaks is this step's failure
            print(f"not ok {name}: {err!r}", flush=True)
            return 1
        print(f"ok {name}", flush=True)
    await a.logout()
    await b.logout()
    return 0


if __name__ == "__main__":
    if len(sys.argv) != 11:
        sys.exit(__doc__)
    logging.basicConfig(level=logging.WARNING)
    sys.exit(asyncio.run(run(sys.argv[1:])))
