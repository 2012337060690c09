"""Streams with slixmpp through the server's SOCKS5 proxy: A on the first node, B on the second.

Usage: transfer.py HOST1 PORT1 HOST2 PORT2 DOMAIN USER_A PASSWORD_A USER_B PASSWORD_B CA
The arguments and the lines that are printed are those of scenario.py.
"""

import asyncio
import hashlib
import logging
import random
import sys

from scenario import STEP_SECONDS, Client

THERE = random.Random(1).randbytes(20_000_000)
BACK = random.Random(2).randbytes(5_000_000)
CHUNK = 64 << 10


class Transferring(Client):
    """A client that keeps what comes through streams."""

    def __init__(self, *arguments):
        super().__init__(*arguments)
        self.register_plugin("xep_0065", {"auto_accept": True})
        self.received = bytearray()
        self.streams = asyncio.Queue()
        self.add_event_handler("socks5_data", self._on_data)
        self.add_event_handler("socks5_stream", self.streams.put_nowait)

    def _on_data(self, data):
        self.received += data
        self._wake()

    async def expect(self, content):
        await self.until(f"{len(content)} bytes", lambda: len(self.received) >= len(content))
        sent, received = hashlib.sha256(content).hexdigest(), hashlib.sha256(self.received).hexdigest()
        if sent != received:
            raise RuntimeError(f"{len(self.received)} bytes came with hash {received} instead of {sent}")


async def send(stream, content):
    for start in range(0, len(content), CHUNK):
        await stream.write(content[start : start + CHUNK])


async def exchange(requester, target):
    requester.received.clear()
    target.received.clear()
    one = await asyncio.wait_for(requester["xep_0065"].handshake(target.boundjid), STEP_SECONDS)
    other = await asyncio.wait_for(target.streams.get(), STEP_SECONDS)
    if one is None:
        raise RuntimeError("no connection to the proxy")
    await asyncio.gather(send(one, THERE), send(other, BACK), target.expect(THERE), requester.expect(BACK))
    one.transport.close()
    other.transport.close()


async def walk(a, b, domain):
    await a.login()
    await b.login()
    print("ok login", flush=True)
    proxies = await asyncio.wait_for(a["xep_0065"].discover_proxies(), STEP_SECONDS)
    if [str(proxy) for proxy in proxies] != [f"proxy.{domain}"]:
        raise RuntimeError(f"found {proxies}")
    print("ok found", flush=True)
    await exchange(a, b)
    print("ok stream", flush=True)
    await exchange(b, a)
    print("ok stream-back", flush=True)
    await a.logout()
    await b.logout()


async def main(host1, port1, host2, port2, domain, user_a, password_a, user_b, password_b, ca):
    a = Transferring(f"{user_a}@{domain}/slix", password_a, (host1, int(port1)), ca)
    b = Transferring(f"{user_b}@{domain}/slix", password_b, (host2, int(port2)), ca)
    try:
        await walk(a, b, domain)
    except Exception as err:
        print(f"not ok: {type(err).__name__}: {err}", flush=True)
        return 1
    return 0


if __name__ == "__main__":
    logging.basicConfig(level=logging.ERROR)
    sys.exit(asyncio.get_event_loop_policy().get_event_loop().run_until_complete(main(*sys.argv[1:])))
