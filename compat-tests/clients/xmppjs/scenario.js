/**
 * The two-node walk with @xmpp/client: A on the first node, B on the second.
 *
 * Arguments: HOST1 PORT1 HOST2 PORT2 DOMAIN USER_A PASSWORD_A USER_B PASSWORD_B CA, where CA is a
 * PEM file, or "-" to accept any certificate. Prints one "ok NAME" or "not ok NAME: reason" line
 * for each step and exits 1 at the first failure.
 */

import { EventEmitter } from "node:events";
import { client, xml } from "@xmpp/client";

const STEP_MS = 15_000;
const AWAY_TEXT = "zu Tisch <&> 🌰";
const TEXT_TO_B = "Grüße von A <tag> & \"quotes\" 你好 🌰";
const TEXT_TO_A = "Antwort von B ]]> ' 再见";
const NS_ROSTER = "jabber:iq:roster";

/** One account on one node, with everything that arrived kept in order. */
class Client {
  constructor(host, port, domain, username, password, resource) {
    this.options = { service: `xmpp://${host}:${port}`, domain, resource, username, password };
    this.bare = `${username}@${domain}`;
    this.arrived = new EventEmitter();
    this.messages = [];
    this.presences = [];
    this.roster = new Map();
  }

  async login() {
    this.messages = [];
    this.presences = [];
    this.xmpp = client(this.options);
    this.failure = null;
    this.sessions = 0;
    this.xmpp.on("error", (err) => {
      // A cut socket is what "reconnect" is about; the library reports it and comes back.
      if (err.code !== "ECONNRESET") this.failure = err;
      this.arrived.emit("event");
    });
    this.xmpp.on("stanza", (stanza) => this.record(stanza));
    this.xmpp.on("online", (address) => this.greet(address).catch((err) => (this.failure = err)));
    this.xmpp.iqCallee.set(NS_ROSTER, "query", ({ element }) => {
      this.applyRoster(element);
      return true;
    });
    this.xmpp.start().catch((err) => (this.failure = err));
    await this.until("a session", () => this.sessions > 0);
  }

  /** What a client does with each new session: roster first, then presence. */
  async greet(address) {
    this.address = address;
    const query = await this.xmpp.iqCaller.get(xml("query", NS_ROSTER));
    this.roster.clear();
    this.applyRoster(query);
    await this.xmpp.send(this.presence ?? xml("presence"));
    this.sessions += 1;
    this.arrived.emit("event");
  }

  applyRoster(query) {
    for (const item of query.getChildren("item")) {
      if (item.attrs.subscription === "remove") this.roster.delete(item.attrs.jid);
      else this.roster.set(item.attrs.jid, item);
    }
    this.arrived.emit("event");
  }

  record(stanza) {
    if (stanza.is("message") && stanza.getChildText("body")) this.messages.push(stanza);
    if (stanza.is("presence")) this.presences.push(stanza);
    this.arrived.emit("event");
  }

  async logout() {
    await this.xmpp.send(xml("presence", { type: "unavailable" }));
    await this.xmpp.stop();
  }

  /** Waits until `holds()` is true; every arriving stanza asks it again. */
  until(what, holds) {
    return new Promise((resolve, reject) => {
      const check = () => {
        if (this.failure) finish(reject, this.failure);
        else if (holds()) finish(resolve);
      };
      const finish = (settle, value) => {
        clearTimeout(timer);
        this.arrived.off("event", check);
        settle(value);
      };
      const timer = setTimeout(
        () => finish(reject, new Error(`${this.bare} waited ${STEP_MS} ms for ${what}`)),
        STEP_MS,
      );
      this.arrived.on("event", check);
      check();
    });
  }

  saw(other, type, holds = () => true) {
    return this.presences.some(
      (p) => p.attrs.from.split("/")[0] === other.bare && p.attrs.type === type && holds(p),
    );
  }

  got(other, text) {
    return this.messages.find(
      (m) => m.attrs.from.split("/")[0] === other.bare && m.getChildText("body") === text,
    );
  }

  subscription(other) {
    return this.roster.get(other.bare)?.attrs.subscription ?? "none";
  }

  chat(other, text) {
    return this.xmpp.send(xml("message", { to: other.bare, type: "chat" }, xml("body", {}, text)));
  }

  directed(other, type) {
    return this.xmpp.send(xml("presence", { to: other.bare, type }));
  }

  setRoster(attributes, ...children) {
    return this.xmpp.iqCaller.set(
      xml("query", NS_ROSTER, xml("item", attributes, ...children)),
    );
  }
}

/** Lets the walk start from strangers, however often it ran before. */
async function clearRoster(a, b) {
  for (const [one, other] of [[a, b], [b, a]]) {
    if (one.roster.has(other.bare)) {
      await one.setRoster({ jid: other.bare, subscription: "remove" });
    }
  }
  await a.until("an empty roster", () => !a.roster.has(b.bare));
  await b.until("an empty roster", () => b.subscription(a) === "none");
  a.presences = [];
  b.presences = [];
}

async function subscribeBoth(a, b) {
  await a.setRoster({ jid: b.bare, name: "Kollege B" }, xml("group", {}, "Büro"));
  await a.directed(b, "subscribe");
  await b.until("a subscription request", () => b.saw(a, "subscribe"));
  await b.directed(a, "subscribed");
  await b.directed(a, "subscribe");
  await a.until("the request back", () => a.saw(b, "subscribe"));
  await a.directed(b, "subscribed");
  await a.until("subscription both", () => a.subscription(b) === "both");
  await b.until("subscription both", () => b.subscription(a) === "both");
  const item = a.roster.get(b.bare);
  if (item.attrs.name !== "Kollege B" || item.getChildText("group") !== "Büro") {
    throw new Error(`roster item came back as ${item}`);
  }
}

async function presenceBoth(a, b) {
  await a.until("B available", () => a.saw(b, undefined));
  await b.until("A available", () => b.saw(a, undefined));
  a.presence = xml("presence", {}, xml("show", {}, "away"), xml("status", {}, AWAY_TEXT));
  await a.xmpp.send(a.presence);
  await b.until("A away", () => b.saw(a, undefined, isAway));
}

function isAway(presence) {
  return presence.getChildText("show") === "away" && presence.getChildText("status") === AWAY_TEXT;
}

async function chatBoth(a, b) {
  await a.chat(b, TEXT_TO_B);
  await b.until("the message of A", () => b.got(a, TEXT_TO_B));
  await b.chat(a, TEXT_TO_A);
  await a.until("the message of B", () => a.got(b, TEXT_TO_A));
}

async function logoutSeen(a, b) {
  a.presences = [];
  await b.logout();
  await a.until("B unavailable", () => a.saw(b, "unavailable"));
}

async function offline(a, b) {
  await a.chat(b, "waits for you");
  // A round trip on the same stream: the message before it has been taken by the server.
  await a.xmpp.iqCaller.get(xml("ping", "urn:xmpp:ping"), a.options.domain);
  await b.login();
  await b.until("the offline message", () => b.got(a, "waits for you"));
  if (!b.got(a, "waits for you").getChild("delay", "urn:xmpp:delay")?.attrs.stamp) {
    throw new Error("the offline message carries no delay stamp");
  }
  await b.until("the presence of A after login", () => b.saw(a, undefined, isAway));
}

/** Cuts A's socket without a stream end; the library comes back by itself. */
async function reconnect(a, b) {
  let back = false;
  const came = () => {
    back = true;
    a.arrived.emit("event");
  };
  // A server with stream management resumes the old session, any other gives a new one.
  a.xmpp.streamManagement.on("resumed", came);
  a.sessions = 0;
  a.xmpp.socket.socket.destroy();
  await a.until("a new stream", () => back || a.sessions > 0);
  await b.until("A available again", () => b.saw(a, undefined, isAway));
  a.messages = [];
  b.messages = [];
  await chatBoth(a, b);
}

async function main(args) {
  const [host1, port1, host2, port2, domain, userA, passwordA, userB, passwordB] = args;
  const a = new Client(host1, port1, domain, userA, passwordA, "xmppjs-a");
  const b = new Client(host2, port2, domain, userB, passwordB, "xmppjs-b");
  const steps = {
    "login-a": () => a.login(),
    "login-b": () => b.login(),
    "roster-clear": () => clearRoster(a, b),
    "roster-subscribe-both": () => subscribeBoth(a, b),
    "presence-both": () => presenceBoth(a, b),
    "chat-both": () => chatBoth(a, b),
    "logout-seen": () => logoutSeen(a, b),
    offline: () => offline(a, b),
    reconnect: () => reconnect(a, b),
    logout: () => logoutSeen(a, b),
  };
  for (const [name, step] of Object.entries(steps)) {
    try {
      await step();
    } catch (err) {
      console.log(`not ok ${name}: ${err}`);
      return 1;
    }
    console.log(`ok ${name}`);
  }
  await a.logout();
  return 0;
}

if (process.argv.length !== 12) {
  console.error("usage: HOST1 PORT1 HOST2 PORT2 DOMAIN USER_A PASSWORD_A USER_B PASSWORD_B CA");
  process.exit(2);
}
process.exit(await main(process.argv.slice(2)));
