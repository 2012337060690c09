"""The two-node walk with profanity, driven in tmux: A on the first node, B on the second.

Usage: scenario.py HOST1 PORT1 HOST2 PORT2 DOMAIN USER_A PASSWORD_A USER_B PASSWORD_B CA
CA is ignored: profanity runs with `tls.policy=trust`. Prints one "ok NAME" or "not ok NAME:
reason" line for each step and exits 1 at the first failure, after showing both screens on stderr.
"""

import os
import pathlib
import re
import signal
import subprocess
import sys
import tempfile
import time

STEP_SECONDS = 15
POLL_SECONDS = 0.05
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


class Client:
    """One profanity in one tmux session, with a home of its own."""

    def __init__(self, tmux, home, name, node, jid, password):
        self.tmux = tmux
        self.session = name
        self.jid = jid
        self.home = home / name
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
        environment = (
            f"HOME={self.home} XDG_CONFIG_HOME={self.home}/config XDG_DATA_HOME={self.home}/data "
            "LANG=C.UTF-8 LC_ALL=C.UTF-8 TERM=screen-256color"
        )
        size = ("-x", "220", "-y", "50")
        self.tmux("new-session", "-d", "-s", self.session, *size, f"env {environment} profanity -a walk")
        self.until("logged in successfully")

    def kill(self):
        """Ends the process without a word to the server."""
        pid = self.tmux("display-message", "-p", "-t", self.session, "#{pane_pid}").strip()
        os.kill(int(pid), 9)
        deadline = time.monotonic() + STEP_SECONDS
        while self.session in self.tmux("list-sessions", "-F", "#{session_name}").split():
            if time.monotonic() > deadline:
                raise RuntimeError("the killed profanity keeps its terminal")
            time.sleep(POLL_SECONDS)

    def type(self, *lines):
        for line in lines:
            self.tmux("send-keys", "-t", self.session, "-l", "--", line)
            self.tmux("send-keys", "-t", self.session, "Enter")

    def screen(self):
        return self.tmux("capture-pane", "-p", "-J", "-t", self.session)

    def until(self, pattern, again=None):
        """Waits until `pattern` is on the screen, typing `again` once a second if given."""
        deadline = time.monotonic() + STEP_SECONDS
        next_try = time.monotonic()
        while not re.search(pattern, self.screen()):
            now = time.monotonic()
            if now > deadline:
                raise RuntimeError(f"{self.jid} waited {STEP_SECONDS} s for {pattern!r}")
            if again and now >= next_try:
                self.type("/clear", again)
                next_try = now + 1
            time.sleep(POLL_SECONDS)

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
    a.until(re.escape(b.jid) + r" \(Kollege B\) - both - Büro", again="/roster")
    b.until(re.escape(a.jid) + " .*- both", again="/roster")


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
    for name, step in steps:
        try:
            step()
        except Exception as err:  # whatever breaks is this step's failure
            print(f"not ok {name}: {err}", flush=True)
            for one in (a, b):
                print(f"--- screen of {one.jid}\n{one.screen()}", file=sys.stderr)
            return 1
        print(f"ok {name}", flush=True)
    a.type("/quit")
    b.type("/quit")
    return 0


def main(arguments):
    # A test that runs out of patience terminates us: tmux must go with us.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    with tempfile.TemporaryDirectory(prefix="profanity-") as home:
        # A tmux server of our own, whose socket lies in the same folder.
        socket = str(pathlib.Path(home) / "tmux")

        def tmux(*words):
            command = ("tmux", "-u", "-S", socket, "-f", "/dev/null", *words)
            done = subprocess.run(command, capture_output=True, text=True, timeout=STEP_SECONDS)
            return done.stdout

        # Keeps the server up while a session is replaced.
        tmux("new-session", "-d", "-s", "holder", "cat")
        try:
            return run(arguments, tmux, pathlib.Path(home))
        finally:
            tmux("kill-server")


if __name__ == "__main__":
    if len(sys.argv) != 11:
        sys.exit(__doc__)
    sys.exit(main(sys.argv[1:]))
