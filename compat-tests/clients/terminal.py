"""What the walks of clients in terminals share: a tmux of their own, somebody who types, and steps."""

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


class Terminal:
    """One client in one tmux session, with a home of its own."""

    def __init__(self, tmux, home, name, jid):
        self.tmux = tmux
        self.session = name
        self.jid = jid
        self.home = home / name

    def open(self, command):
        """A fresh process, which finds an empty screen."""
        environment = (
            f"HOME={self.home} XDG_CONFIG_HOME={self.home}/config XDG_DATA_HOME={self.home}/data "
            "LANG=C.UTF-8 LC_ALL=C.UTF-8 TERM=screen-256color"
        )
        size = ("-x", "220", "-y", "50")
        self.tmux("new-session", "-d", "-s", self.session, *size, f"env {environment} {command}")

    def kill(self):
        """Ends the process without a word to the server."""
        pid = self.tmux("display-message", "-p", "-t", self.session, "#{pane_pid}").strip()
        os.kill(int(pid), 9)
        deadline = time.monotonic() + STEP_SECONDS
        while self.session in self.tmux("list-sessions", "-F", "#{session_name}").split():
            if time.monotonic() > deadline:
                raise RuntimeError("the killed client keeps its terminal")
            time.sleep(POLL_SECONDS)

    def type(self, *lines):
        for line in lines:
            self.tmux("send-keys", "-t", self.session, "-l", "--", line)
            self.tmux("send-keys", "-t", self.session, "Enter")

    def screen(self):
        return self.tmux("capture-pane", "-p", "-J", "-t", self.session)

    def until(self, pattern, again=()):
        """Waits until `pattern` is on the screen, typing the lines of `again` once a second."""
        deadline = time.monotonic() + STEP_SECONDS
        next_try = time.monotonic()
        while not re.search(pattern, self.screen()):
            now = time.monotonic()
            if now > deadline:
                raise RuntimeError(f"{self.jid} waited {STEP_SECONDS} s for {pattern!r}")
            if again and now >= next_try:
                self.type(*again)
                next_try = now + 1
            time.sleep(POLL_SECONDS)


def walk(people, steps):
    """Takes the steps, name and function, until one fails."""
    for name, step in steps:
        try:
            step()
        except Exception as err:  # whatever breaks is this step's failure
            print(f"not ok {name}: {err}", flush=True)
            for one in people:
                print(f"--- screen of {one.jid}\n{one.screen()}", file=sys.stderr)
            return 1
        print(f"ok {name}", flush=True)
    return 0


def main(usage, arguments, run):
    """Calls `run` with the arguments, a tmux and a folder that are gone afterwards."""
    if len(arguments) != 10:
        sys.exit(usage)
    # A test that runs out of patience terminates us: tmux must go with us.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    with tempfile.TemporaryDirectory(prefix="client-") as home:
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
