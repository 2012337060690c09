"""The two-node walk with mcabber, driven in tmux: A on the first node, B on the second.

Usage: scenario.py HOST1 PORT1 HOST2 PORT2 DOMAIN USER_A PASSWORD_A USER_B PASSWORD_B CA
CA is ignored: mcabber runs with `ssl_ignore_checks`. Prints one "ok NAME" or "not ok NAME:
reason" line for each step and exits 1 at the first failure, after showing both screens on stderr.
"""

import pathlib
import re
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).parent.parent))
from terminal import POLL_SECONDS, STEP_SECONDS, Terminal, main, walk

AWAY_TEXT = "zu Tisch <&> 🌰"
TEXT_TO_B = "Grüße von A <tag> & 你好 🌰"
TEXT_TO_A = "Antwort von B ]]> ' 再见"

# The log of what happens fills most of the screen.
SETTINGS = """set jid = {jid}
set password = {password}
set server = {host}
set port = {port}
set resource = mcabber-{name}
set tls = 1
set ssl_ignore_checks = 1
set autoaway = 0
set logging = 1
set logging_dir = {log}
set log_win_height = 25
set roster_width = 12
set log_display_presence = 1
set beep_on_message = 0
set spell_enable = 0
"""


class Client(Terminal):
    """One mcabber in one tmux session, with a home of its own."""

    def __init__(self, tmux, home, name, node, jid, password):
        super().__init__(tmux, home, name, jid)
        host, port = node
        self.history = self.home / "histo"
        self.history.mkdir(parents=True)
        self.rc = self.home / "mcabberrc"
        self.marks = 0
        self.rc.write_text(
            SETTINGS.format(
                jid=jid, password=password, host=host, port=port, name=name, log=self.history
            )
        )
        self.rc.chmod(0o600)
        self.home.chmod(0o700)

    def start(self):
        """A fresh process that logs in by itself."""
        self.open(f"mcabber -f {self.rc}")
        self.until("Your status has been set: .*>o")

    def mark(self):
        """A line in the log, after which news begin; what was there before is not looked at."""
        self.marks += 1
        self.type(f"/echo mark-{self.marks}")
        self.until(f"mark-{self.marks}\\b")

    def logs(self, pattern):
        """Waits for something in the log after the last mark."""
        self.until(f"(?s)mark-{self.marks}\\b.*(?:{pattern})")

    def select(self, other):
        """Opens what was written with the other one."""
        self.type("/roster show_offline", f"/roster search {other.jid}")

    def knows(self, other, *facts):
        """Waits until what is known of the other one has these facts."""
        self.select(other)
        for fact in facts:
            self.until(fact, again=(f"/roster search {other.jid}", "/info"))

    def messages(self, other):
        """What was received from the other one, line by line; mcabber writes it down at once."""
        try:
            lines = (self.history / other.jid).read_text(encoding="utf-8").splitlines()
        except FileNotFoundError:
            return []
        return [line.split(" ", 3)[3] for line in lines if line.startswith("MR ")]

    def until_received(self, other, text):
        deadline = time.monotonic() + STEP_SECONDS
        while text not in self.messages(other):
            if time.monotonic() > deadline:
                raise RuntimeError(f"{self.jid} has {self.messages(other)} and not {text!r}")
            time.sleep(POLL_SECONDS)


def clear_roster(a, b):
    """Lets the walk start from strangers, however often it ran before."""
    for one, other in ((a, b), (b, a)):
        one.select(other)
        one.mark()
        if f"Buddy: {other.jid}" in one.screen():
            one.type("/del")


def subscribe_both(a, b):
    a.mark()
    b.mark()
    a.type(f'/add {b.jid} "Kollege B"')
    b.logs(re.escape(a.jid) + "> wants to subscribe")
    b.type("/event * accept", f"/add {a.jid}")
    a.logs(re.escape(b.jid) + "> wants to subscribe")
    a.type("/event * accept")
    a.select(b)
    a.type('/move "Büro"')
    a.knows(b, "Subscription: both", "Name: Kollege B", "--- Büro")
    b.knows(a, "Subscription: both")


def presence_both(a, b):
    a.mark()
    b.mark()
    a.type(f"/status away {AWAY_TEXT}")
    b.logs(r"\[.>a\] .*" + re.escape(a.jid) + ".*" + re.escape(AWAY_TEXT))
    b.type("/status dnd")
    a.logs(r"\[.>d\] .*" + re.escape(b.jid))
    b.type("/status avail")
    a.logs(r"\[d>o\] .*" + re.escape(b.jid))


def chat_both(a, b, when):
    a.type(f"/say_to -q {b.jid} {when} {TEXT_TO_B}")
    b.until_received(a, f"{when} {TEXT_TO_B}")
    b.type(f"/say_to -q {a.jid} {when} {TEXT_TO_A}")
    a.until_received(b, f"{when} {TEXT_TO_A}")


def logout_seen(a, b):
    a.mark()
    b.type("/disconnect")
    a.logs(r"\[.>_\] .*" + re.escape(b.jid))


def offline(a, b):
    a.mark()
    a.type(f"/say_to -q {b.jid} waits for you")
    # The answer, an error, to a question asked later on the same stream: the message has been taken.
    a.type(f"/request version {a.jid}/mcabber-a")
    a.logs("Received error")
    b.type("/connect")
    b.until_received(a, "waits for you")
    a.logs(r"\[_>o\] .*" + re.escape(b.jid))


def reconnect(a, b):
    """Kills A's process, and starts it anew on the same node."""
    b.mark()
    a.kill()
    a.marks = 0
    a.start()
    b.logs(r"\[.>o\] .*" + re.escape(a.jid))
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
