"""The two-node walk with slixmpp: A on the first node, B on the second.

Usage: scenario.py HOST1 PORT1 HOST2 PORT2 DOMAIN USER_A PASSWORD_A USER_B PASSWORD_B CA
CA is a PEM file, or "-" to accept any certificate. Prints one "ok NAME" or "not ok NAME: reason"
line for each step and exits 1 at the first failure.
"""

import asyncio
import logging
import ssl
import sys

import slixmpp

STEP_SECONDS = 15
AWAY_TEXT = "zu Tisch <&> 🌰"
TEXT_TO_B = "Grüße von A <tag> & \"quotes\" 你好 🌰"
TEXT_TO_A = "Antwort von B ]]> ' 再见"


class Client(slixmpp.ClientXMPP):
    """One account on one node, with everything that arrived kept in order."""

    def __init__(self, jid, password, node, ca):
        super().__init__(jid, password)
        self.node = node
        self.arrived = asyncio.Condition()
        self.chats = []
        self.presences = []
        self.sessions = 0
        self.failure = None
        # The scenario itself answers subscription requests, so that the order is known.
        self.auto_authorize = None
        self.auto_subscribe = False
        for plugin in ("xep_0030", "xep_0199", "xep_0203"):
            self.register_plugin(plugin)
        if ca == "-":
            self.ssl_context.check_hostname = False
            self.ssl_context.verify_mode = ssl.CERT_NONE
        else:
            self.ca_certs = ca
        self.add_event_handler("session_start", self._on_session)
        self.add_event_handler("message", self._on_message)
        self.add_event_handler("presence", self._on_presence)
        self.add_event_handler("failed_all_auth", lambda _: self._fail("authentication failed"))
        self.add_event_handler("roster_update", lambda _: self._wake())
        self.add_event_handler("disconnected", lambda _: self._wake())

    def _wake(self):
        async def notify():
            async with self.arrived:
                self.arrived.notify_all()

        asyncio.ensure_future(notify())

    def _fail(self, reason):
        self.failure = reason
        self._wake()

    async def _on_session(self, _):
        await self.get_roster()
        self.send_presence()
        self.sessions += 1
        self._wake()

    def _on_message(self, stanza):
        if stanza["body"]:
            self.chats.append(stanza)
            self._wake()

    def _on_presence(self, stanza):
        self.presences.append(stanza)
        self._wake()

    async def until(self, what, predicate):
        """Waits until `predicate()` holds; every arriving stanza wakes it."""

        async def wait():
            async with self.arrived:
                while not predicate():
                    if self.failure:
                        raise RuntimeError(self.failure)
                    await self.arrived.wait()

        try:
            await asyncio.wait_for(wait(), STEP_SECONDS)
        except asyncio.TimeoutError:
            raise RuntimeError(f"{self.boundjid.bare} waited {STEP_SECONDS} s for {what}") from None

    async def login(self):
        before = self.sessions
        self.chats.clear()
        self.presences.clear()
        self.connect(*self.node)
        await self.until("a session", lambda: self.sessions > before)

    async def logout(self):
        self.send_presence(ptype="unavailable")
        await self.disconnect()

    def saw(self, sender, kind, text=None):
        """Whether a presence of `kind` arrived from any resource of `sender`."""
        return any(
            p["from"].bare == sender.boundjid.bare
            and p["type"] == kind
            and (text is None or p["status"] == text)
            for p in self.presences
        )

    def subscription(self, other):
        item = self.client_roster[other.boundjid.bare]
        return item["subscription"]

    def got(self, sender, text):
        return [m for m in self.chats if m["from"].bare == sender.boundjid.bare and m["body"] == text]

    def chat(self, other, text):
        self.send_message(mto=other.boundjid.bare, mbody=text, mtype="chat")


async def clear_roster(a, b):
    """Lets the walk start from strangers, however often it ran before."""
    for one, other in ((a, b), (b, a)):
        if other.boundjid.bare in one.client_roster.keys() and one.subscription(other) != "none":
            await one.update_roster(other.boundjid.bare, subscription="remove")
    await asyncio.sleep(0)
    await a.get_roster()
    await b.get_roster()
    a.presences.clear()
    b.presences.clear()


async def subscribe_both(a, b):
    await a.update_roster(b.boundjid.bare, name="Kollege B", groups=["Büro"])
    a.send_presence_subscription(b.boundjid.bare, ptype="subscribe")
    await b.until("a subscription request", lambda: b.saw(a, "subscribe"))
    b.send_presence_subscription(a.boundjid.bare, ptype="subscribed")
    b.send_presence_subscription(a.boundjid.bare, ptype="subscribe")
    await a.until("the request back", lambda: a.saw(b, "subscribe"))
    a.send_presence_subscription(b.boundjid.bare, ptype="subscribed")
    await a.until("subscription both", lambda: a.subscription(b) == "both")
    await b.until("subscription both", lambda: b.subscription(a) == "both")
    item = a.client_roster[b.boundjid.bare]
    if item["name"] != "Kollege B" or list(item["groups"]) != ["Büro"]:
        raise RuntimeError(f"roster item came back as {item['name']!r} {item['groups']!r}")


async def presence_both(a, b):
    await a.until("B available", lambda: a.saw(b, "available"))
    await b.until("A available", lambda: b.saw(a, "available"))
    a.send_presence(pshow="away", pstatus=AWAY_TEXT)
    await b.until("A away", lambda: b.saw(a, "away", AWAY_TEXT))


async def chat_both(a, b):
    a.chat(b, TEXT_TO_B)
    await b.until("the message of A", lambda: b.got(a, TEXT_TO_B))
    b.chat(a, TEXT_TO_A)
    await a.until("the message of B", lambda: a.got(b, TEXT_TO_A))


async def logout_seen(a, b):
    a.presences.clear()
    await b.logout()
    await a.until("B unavailable", lambda: a.saw(b, "unavailable"))


async def offline(a, b):
    a.chat(b, "waits for you")
    # A round trip on the same stream: the message before it has been taken by the server.
    await a["xep_0199"].ping(a.boundjid.domain)
    await b.login()
    await b.until("the offline message", lambda: b.got(a, "waits for you"))
    stamp = b.got(a, "waits for you")[0]["delay"]["stamp"]
    if not stamp:
        raise RuntimeError("the offline message carries no delay stamp")
    await b.until("the presence of A after login", lambda: b.saw(a, "away", AWAY_TEXT))


async def reconnect(a, b):
    """Cuts A's connection without a stream end, and comes back."""
    b.presences.clear()
    a.abort()
    await a.login()
    await b.until("A available again", lambda: b.saw(a, "available"))
    a.chats.clear()
    b.chats.clear()
    await chat_both(a, b)


async def run(arguments):
    host1, port1, host2, port2, domain, user_a, password_a, user_b, password_b, ca = arguments
    a = Client(f"{user_a}@{domain}/slixmpp-a", password_a, (host1, int(port1)), ca)
    b = Client(f"{user_b}@{domain}/slixmpp-b", password_b, (host2, int(port2)), ca)
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
