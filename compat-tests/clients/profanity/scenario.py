"""The two-node walk with profanity, driven in tmux: A on the first node, B on the second.

Usage: scenario.py HOST1 PORT1 HOST2 PORT2 DOMAIN USER_A PASSWORD_A USER_B PASSWORD_B CA
CA is ignored: profanity runs with `tls.policy=trust`. Prints one "ok NAME" or "not ok NAME:
reason" line for each step and exits 1 at the first failure, after showing both screens on stderr.
"""

import pathlib
import re
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).parent.parent))
from terminal import STEP_SECONDS, Terminal, main, walk

AWAY_TEXT = "zu Tisch <&> 🌰"
TEXT_TO_B = "Grüße von A <tag> & 你好 🌰"
TEXT_TO_A = "Antwort von B ]]> ' 再见"

SETTINGS = """[ui]
splash=false
intype=true
statuses.console=all
statuses.chat=all
roster=false
[notifications]
message=off
invite=false
sub=false
[logging]
chlog=false
[presence]
autoaway.mode=off
[connection]
reconnect=0
"""

ACCOUNT = """[walk]
enabled=true
jid={jid}
password={password}
resource={resource}
server={host}
port={port}
tls.policy=trust
presence.last=online
presence.login=online
"""


class Client(Terminal):
    """One profanity in one tmux session, with a home of its own."""

    def __init__(self, tmux, home, name, node, jid, password):
        super().__init__(tmux, home, name, jid)
        self.marks = 0
        host, port = node
        config = self.home / "config" / "profanity"
        data = self.home / "data" / "profanity"
        config.mkdir(parents=True)
        data.mkdir(parents=True)
        (config / "profrc").write_text(SETTINGS)
        account = ACCOUNT.format(
            jid=jid, password=password, resource=f"profanity-{name}", host=host, port=port
        )
        (data / "accounts").write_text(account)

    def start(self):
        """A fresh process that logs in by itself."""
        self.open("profanity -a walk")
        self.until("logged in successfully")

    def console(self):
        """Shows an empty console window; nothing that was there before can be taken for news."""
        self.marks += 1
        self.type("/win console", "/clear", f"/mark{self.marks}")
        self.until(f"Unknown command: /mark{self.marks}\\b")


def clear_roster(a, b):
    """Lets the walk start from strangers, however often it ran before."""
    for one, other in ((a, b), (b, a)):
        one.console()
        one.type(f"/roster remove {other.jid}", "/roster")
        one.until(r"Roster: |roster is empty|No .*roster|not in .*roster|Roster item removed")
    for one, other in ((a, b), (b, a)):
        one.console()
        deadline = time.monotonic() + STEP_SECONDS
        while True:
            one.type("/clear", "/roster")
            time.sleep(0.5)
            if other.jid not in one.screen():
                break
            if time.monotonic() > deadline:
                raise RuntimeError(f"{other.jid} stays in the roster of {one.jid}")


def subscribe_both(a, b):
    a.console()
    b.console()
    a.type(f'/roster add {b.jid} "Kollege B"')
    a.until("Roster item added: " + re.escape(b.jid))
    a.type(f"/sub request {b.jid}")
    b.until("authorization request from " + re.escape(a.jid))
    b.type(f"/sub allow {a.jid}", f"/sub request {a.jid}")
    a.until("authorization request from " + re.escape(b.jid))
    a.type(f"/sub allow {b.jid}")
    b.until("Subscription received from " + re.escape(a.jid))
    a.type(f'/roster group add "Büro" {b.jid}')
    a.until(re.escape(b.jid) + r" \(Kollege B\) - both - Büro", again=("/clear", "/roster"))
    b.until(re.escape(a.jid) + " .*- both", again=("/clear", "/roster"))


def presence_both(a, b):
    b.console()
    a.type(f'/status set away "{AWAY_TEXT}"')
    b.until(re.escape(a.jid) + r".* is away, \"" + re.escape(AWAY_TEXT))
    a.console()
    b.type("/status set dnd")
    a.until("Kollege B .* is dnd")
    b.type("/status set online")
    a.until("Kollege B .* is online")


def chat_both(a, b, when):
    a.console()
    b.console()
    a.type(f"/msg {b.jid} {when} {TEXT_TO_B}")
    b.until("chat message: " + re.escape(a.jid))
    b.type(f"/win {a.jid}")
    b.until(re.escape(f"profanity-a: {when} {TEXT_TO_B}"))
    b.type(f"/msg {a.jid} {when} {TEXT_TO_A}")
    a.until(re.escape(f": {when} {TEXT_TO_A}"))


def logout_seen(a, b):
    a.console()
    b.console()
    b.type("/disconnect")
    b.until("logged out successfully")
    a.until("Kollege B .*is offline")


def offline(a, b):
    a.type(f"/msg {b.jid} waits for you")
    a.until("me: waits for you")
    # The answer to a question asked later on the same stream: the message has been taken.
    a.console()
    a.type("/ping")
    a.until("Ping response|Ping error|pong|not supported")
    b.type("/xmlconsole", "/connect walk")
    b.until("waits for you")
    b.until("urn:xmpp:delay")
    b.console()
    b.type(f"/win {a.jid}")
    b.until("profanity-a: waits for you")


def reconnect(a, b):
    """Kills A's process, and starts it anew on the same node."""
    b.console()
    a.kill()
    a.start()
    b.until(re.escape(a.jid) + ".* is online")
    chat_both(a, b, "later")


def run(arguments, tmux, home):
    host1, port1, host2, port2, domain, user_a, password_a, user_b, password_b, _ca = arguments
    a = Client(tmux, home, "a", (host1, port1), f"{user_a}@{domain}", password_a)
    b = Client(tmux, home, "b", (host2, port2), f"{user_b}@{domain}", password_b)
    steps = (
        ("login-a", a.start),
        ("login-b", b.start),
        ("roster-clear", lambda: clear_roster(a, b)),
        ("roster-subscribe-both", lambda: subscribe_both(a, b)),
        ("presence-both", lambda: presence_both(a, b)),
        ("chat-both", lambda: chat_both(a, b, "now")),
        ("logout-seen", lambda: logout_seen(a, b)),
        ("offline", lambda: offline(a, b)),
        ("reconnect", lambda: reconnect(a, b)),
        ("logout", lambda: logout_seen(a, b)),
    )
    if walk((a, b), steps) != 0:
        return 1
    a.type("/quit")
    b.type("/quit")
    return 0


if __name__ == "__main__":
    sys.exit(main(__doc__, sys.argv[1:], run))
