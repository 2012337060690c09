"""The two-node walk with aioxmpp: A on the first node, B on the second.

Usage: scenario.py HOST1 PORT1 HOST2 PORT2 DOMAIN USER_A PASSWORD_A USER_B PASSWORD_B CA
CA is a PEM file, or "-" to accept any certificate. Prints one "ok NAME" or "not ok NAME: reason"
line for each step and exits 1 at the first failure.
"""

import asyncio
import logging
import socket
import sys

import aioxmpp
import aioxmpp.connector
import aioxmpp.dispatcher
import OpenSSL.SSL

STEP_SECONDS = 15
AWAY_TEXT = "zu Tisch <&> 🌰"
TEXT_TO_B = "Grüße von A <tag> & \"quotes\" 你好 🌰"
TEXT_TO_A = "Antwort von B ]]> ' 再见"


def security_layer(password, ca):
    """Trusts the certificates in `ca`, or with "-" whatever the server shows."""
    if ca == "-":
        return aioxmpp.make_security_layer(password, no_verify=True)

    def context():
        made = aioxmpp.security_layer.default_ssl_context()
        made.load_verify_locations(ca)
        return made

    return aioxmpp.make_security_layer(password, ssl_context_factory=context)


class Client:
    """One account on one node: an aioxmpp client, and what arrived there in order."""

    def __init__(self, jid, password, node, ca):
        self.jid = aioxmpp.JID.fromstr(jid)
        self.arrived = asyncio.Condition()
        self.chats = []
        self.requests = []
        self.unavailable = []
        self.established = 0
        self.resumed = 0
        self.failure = None
        host, port = node
        self.xmpp = aioxmpp.PresenceManagedClient(
            self.jid,
            security_layer(password, ca),
            override_peer=[(host, port, aioxmpp.connector.STARTTLSConnector())],
        )
        self.xmpp.on_stream_established.connect(self._on_established)
        self.xmpp.on_stream_resumed.connect(self._on_resumed)
        self.xmpp.on_failure.connect(self._on_failure)
        self.xmpp.on_stopped.connect(self._wake)
        self.roster = self.xmpp.summon(aioxmpp.RosterClient)
        self.roster.on_subscribe.connect(self._on_subscribe)
        self.roster.on_entry_subscription_state_changed.connect(self._wake)
        self.roster.on_entry_removed.connect(self._wake)
        self.presence = self.xmpp.summon(aioxmpp.PresenceClient)
        self.presence.on_available.connect(self._wake)
        self.presence.on_changed.connect(self._wake)
        self.presence.on_unavailable.connect(self._on_unavailable)
        messages = self.xmpp.summon(aioxmpp.dispatcher.SimpleMessageDispatcher)
        for kind in (aioxmpp.MessageType.CHAT, aioxmpp.MessageType.NORMAL):
            messages.register_callback(kind, None, self._on_message)

    # aioxmpp drops a signal handler that returns something true: these return None.
    def _wake(self, *_args, **_kwargs):
        async def notify():
            async with self.arrived:
                self.arrived.notify_all()

        asyncio.ensure_future(notify())

    def _on_established(self):
        self.established += 1
        self._wake()

    def _on_resumed(self):
        self.resumed += 1
        self._wake()

    def _on_failure(self, err):
        self.failure = err
        self._wake()

    def _on_subscribe(self, stanza):
        self.requests.append(stanza.from_.bare())
        self._wake()

    def _on_unavailable(self, full_jid, _stanza, **_kwargs):
        self.unavailable.append(full_jid)
        self._wake()

    def _on_message(self, stanza):
        if stanza.body:
            self.chats.append(stanza)
            self._wake()

    async def until(self, what, predicate):
        """Waits until `predicate()` holds; every arriving stanza wakes it."""

        async def wait():
            async with self.arrived:
                while not predicate():
                    if self.failure:
                        raise RuntimeError(repr(self.failure))
                    await self.arrived.wait()

        try:
            await asyncio.wait_for(wait(), STEP_SECONDS)
        except asyncio.TimeoutError:
            raise RuntimeError(f"{self.jid.bare()} waited {STEP_SECONDS} s for {what}") from None

    async def login(self):
        before = self.established
        self.chats.clear()
        self.xmpp.presence = aioxmpp.PresenceState(True)
        await self.until("a session", lambda: self.established > before)

    async def logout(self):
        self.xmpp.presence = aioxmpp.PresenceState(False)
        await self.until("the end of the stream", lambda: not self.xmpp.running)

    def sees(self, other):
        """Presence stanzas held for the resources of `other`, best first or none."""
        found = self.presence.get_most_available_stanza(other.jid.bare())
        return found if found is not None and found.type_ == aioxmpp.PresenceType.AVAILABLE else None

    def subscription(self, other):
        item = self.roster.items.get(other.jid.bare())
        return item.subscription if item is not None else "none"

    def got(self, sender, text):
        return [m for m in self.chats if m.from_.bare() == sender.jid.bare() and m.body.any() == text]

    async def chat(self, other, text):
        stanza = aioxmpp.Message(type_=aioxmpp.MessageType.CHAT, to=other.jid.bare())
        stanza.body[None] = text
        await self.xmpp.send(stanza)


async def clear_roster(a, b):
    """Lets the walk start from strangers, however often it ran before."""
    for one, other in ((a, b), (b, a)):
        if other.jid.bare() in one.roster.items:
            await one.roster.remove_entry(other.jid.bare())
    await a.until("an empty roster", lambda: a.subscription(b) == "none")
    await b.until("an empty roster", lambda: b.subscription(a) == "none")
    a.requests.clear()
    b.requests.clear()


async def subscribe_both(a, b):
    await a.roster.set_entry(b.jid.bare(), name="Kollege B", add_to_groups={"Büro"})
    a.roster.subscribe(b.jid.bare())
    await b.until("a subscription request", lambda: a.jid.bare() in b.requests)
    b.roster.approve(a.jid.bare())
    b.roster.subscribe(a.jid.bare())
    await a.until("the request back", lambda: b.jid.bare() in a.requests)
    a.roster.approve(b.jid.bare())
    await a.until("subscription both", lambda: a.subscription(b) == "both")
    await b.until("subscription both", lambda: b.subscription(a) == "both")
    item = a.roster.items[b.jid.bare()]
    if item.name != "Kollege B" or set(item.groups) != {"Büro"}:
        raise RuntimeError(f"roster item came back as {item.name!r} {item.groups!r}")


async def presence_both(a, b):
    await a.until("B available", lambda: a.sees(b))
    await b.until("A available", lambda: b.sees(a))
    a.xmpp.set_presence(
        aioxmpp.PresenceState(True, aioxmpp.PresenceShow.AWAY), {None: AWAY_TEXT}
    )
    await b.until(
        "A away",
        lambda: b.sees(a)
        and b.sees(a).show == aioxmpp.PresenceShow.AWAY
        and b.sees(a).status.any() == AWAY_TEXT,
    )


async def chat_both(a, b):
    await a.chat(b, TEXT_TO_B)
    await b.until("the message of A", lambda: b.got(a, TEXT_TO_B))
    await b.chat(a, TEXT_TO_A)
    await a.until("the message of B", lambda: a.got(b, TEXT_TO_A))


async def logout_seen(a, b):
    a.unavailable.clear()
    await b.logout()
    await a.until("B unavailable", lambda: any(j.bare() == b.jid.bare() for j in a.unavailable))


async def offline(a, b):
    await a.chat(b, "waits for you")
    # A round trip on the same stream: the message before it has been taken by the server.
    await aioxmpp.ping.ping(a.xmpp, a.jid.replace(localpart=None, resource=None))
    await b.login()
    await b.until("the offline message", lambda: b.got(a, "waits for you"))
    if not b.got(a, "waits for you")[0].xep0203_delay:
        raise RuntimeError("the offline message carries no delay stamp")
    await b.until("the presence of A after login", lambda: b.sees(a))


async def reconnect(a, b):
    """Cuts A's connection without a stream end; the library comes back by itself."""
    before = a.established + a.resumed
    # Not in the library's interface: nothing there cuts a connection this rudely.
    a.xmpp.stream._xmlstream.transport._rawsock.shutdown(socket.SHUT_RDWR)
    # A server with stream management resumes the old session, any other gives a new one.
    await a.until("a new stream", lambda: a.established + a.resumed > before)
    await b.until("A available again", lambda: b.sees(a))
    a.chats.clear()
    b.chats.clear()
    await chat_both(a, b)


async def run(arguments):
    host1, port1, host2, port2, domain, user_a, password_a, user_b, password_b, ca = arguments
    a = Client(f"{user_a}@{domain}/aioxmpp-a", password_a, (host1, int(port1)), ca)
    b = Client(f"{user_b}@{domain}/aioxmpp-b", password_b, (host2, int(port2)), ca)
    steps = (
        ("login-a", a.login),
        ("login-b", b.login),
        ("roster-clear", lambda: clear_roster(a, b)),
        ("roster-subscribe-both", lambda: subscribe_both(a, b)),
        ("presence-both", lambda: presence_both(a, b)),
        ("chat-both", lambda: chat_both(a, b)),
        ("logout-seen", lambda: logout_seen(a, b)),
        ("offline", lambda: offline(a, b)),
        ("reconnect", lambda: reconnect(a, b)),
        ("logout", lambda: logout_seen(a, b)),
    )
    for name, step in steps:
        try:
            await step()
        except Exception as err:  # whatever breaks is this step's failure
            print(f"not ok {name}: {err!r}", flush=True)
            return 1
        print(f"ok {name}", flush=True)
    await a.logout()
    return 0


if __name__ == "__main__":
    if len(sys.argv) != 11:
        sys.exit(__doc__)
    logging.basicConfig(level=logging.WARNING)
    sys.exit(asyncio.run(run(sys.argv[1:])))
