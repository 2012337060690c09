import java.io.FileInputStream;
import java.net.InetAddress;
import java.security.KeyStore;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BooleanSupplier;
import java.util.function.Predicate;
import javax.net.ssl.TrustManagerFactory;
import javax.net.ssl.X509TrustManager;
import org.jivesoftware.smack.ConnectionConfiguration.SecurityMode;
import org.jivesoftware.smack.filter.StanzaTypeFilter;
import org.jivesoftware.smack.packet.Message;
import org.jivesoftware.smack.packet.Presence;
import org.jivesoftware.smack.roster.Roster;
import org.jivesoftware.smack.roster.RosterEntry;
import org.jivesoftware.smack.roster.packet.RosterPacket.ItemType;
import org.jivesoftware.smack.tcp.XMPPTCPConnection;
import org.jivesoftware.smack.tcp.XMPPTCPConnectionConfiguration;
import org.jivesoftware.smackx.delay.packet.DelayInformation;
import org.jivesoftware.smackx.ping.PingManager;
import org.jxmpp.jid.BareJid;
import org.jxmpp.jid.Jid;
import org.jxmpp.jid.impl.JidCreate;

/**
 * The two-node walk with Smack, the library inside Spark: A on the first node, B on the second.
 *
 * <p>Arguments: HOST1 PORT1 HOST2 PORT2 DOMAIN USER_A PASSWORD_A USER_B PASSWORD_B CA, where CA is
 * a PEM file or "-" to accept any certificate. Prints one "ok NAME" or "not ok NAME: reason" line
 * for each step and exits 1 at the first failure.
 */
public final class Scenario {
    private static final long STEP_MS = 15_000;
    private static final String AWAY_TEXT = "zu Tisch <&> 🌰";
    private static final String TEXT_TO_B = "Grüße von A <tag> & \"quotes\" 你好 🌰";
    /** No "]]" followed by ">": Smack 4.4 writes that unescaped, which no XML parser may accept. */
    private static final String TEXT_TO_A = "Antwort von B ]] ' 再见";

    /** Everything that arrived anywhere; waiters are woken through this monitor. */
    private static final Object ARRIVED = new Object();

    private interface Step {
        void run() throws Exception;
    }

    /** One account on one node. Spark switches stream management off, and so do we. */
    private static final class Client {
        private final XMPPTCPConnectionConfiguration configuration;
        private final String resource;
        final BareJid bare;
        final List<Message> chats = new ArrayList<>();
        final List<Presence> presences = new ArrayList<>();
        XMPPTCPConnection connection;
        Roster roster;

        Client(String host, int port, String domain, String user, String password, String resource,
                X509TrustManager trust) throws Exception {
            this.resource = resource;
            this.bare = JidCreate.bareFrom(user + "@" + domain);
            XMPPTCPConnectionConfiguration.Builder builder = XMPPTCPConnectionConfiguration.builder()
                .setXmppDomain(domain)
                .setHostAddress(InetAddress.getByName(host))
                .setPort(port)
                .setUsernameAndPassword(user, password)
                .setResource(resource)
                .setSecurityMode(SecurityMode.required);
            if (trust != null) {
                builder.setCustomX509TrustManager(trust).setHostnameVerifier((name, session) -> true);
            }
            this.configuration = builder.build();
        }

        void login() throws Exception {
            connection = new XMPPTCPConnection(configuration);
            connection.setUseStreamManagement(false);
            synchronized (ARRIVED) {
                chats.clear();
                presences.clear();
            }
            connection.addAsyncStanzaListener(stanza -> record(chats, (Message) stanza), StanzaTypeFilter.MESSAGE);
            connection.addAsyncStanzaListener(stanza -> record(presences, (Presence) stanza), StanzaTypeFilter.PRESENCE);
            roster = Roster.getInstanceFor(connection);
            roster.setSubscriptionMode(Roster.SubscriptionMode.manual);
            roster.addRosterListener(new Waker());
            connection.connect().login();
            if (!connection.getUser().getResourcepart().toString().equals(resource)) {
                throw new IllegalStateException("bound " + connection.getUser());
            }
            roster.reloadAndWait();
        }

        private <T> void record(List<T> list, T stanza) {
            synchronized (ARRIVED) {
                list.add(stanza);
                ARRIVED.notifyAll();
            }
        }

        void chat(Client other, String text) throws Exception {
            connection.sendStanza(connection.getStanzaFactory().buildMessageStanza()
                .to(other.bare).ofType(Message.Type.chat).setBody(text).build());
        }

        void presence(Jid to, Presence.Type type) throws Exception {
            connection.sendStanza(connection.getStanzaFactory().buildPresenceStanza().to(to).ofType(type).build());
        }

        boolean saw(Client sender, Predicate<Presence> wanted) {
            return presences.stream().anyMatch(p -> sender.bare.equals(p.getFrom().asBareJid()) && wanted.test(p));
        }

        boolean saw(Client sender, Presence.Type type) {
            return saw(sender, p -> p.getType() == type);
        }

        Message got(Client sender, String text) {
            return chats.stream()
                .filter(m -> text.equals(m.getBody()) && sender.bare.equals(m.getFrom().asBareJid()))
                .findFirst().orElse(null);
        }

        ItemType subscription(Client other) {
            RosterEntry entry = roster.getEntry(other.bare);
            return entry == null ? ItemType.none : entry.getType();
        }
    }

    /** Wakes the waiter whenever a roster changes. */
    private static final class Waker extends org.jivesoftware.smack.roster.AbstractRosterListener {
        @Override public void entriesAdded(java.util.Collection<Jid> addresses) { wake(); }
        @Override public void entriesUpdated(java.util.Collection<Jid> addresses) { wake(); }
        @Override public void entriesDeleted(java.util.Collection<Jid> addresses) { wake(); }
        @Override public void presenceChanged(Presence presence) { wake(); }

        private static void wake() {
            synchronized (ARRIVED) {
                ARRIVED.notifyAll();
            }
        }
    }

    private final Client a;
    private final Client b;

    private Scenario(String[] args) throws Exception {
        X509TrustManager trust = trust(args[9]);
        a = new Client(args[0], Integer.parseInt(args[1]), args[4], args[5], args[6], "smack-a", trust);
        b = new Client(args[2], Integer.parseInt(args[3]), args[4], args[7], args[8], "smack-b", trust);
    }

    private static X509TrustManager trust(String ca) throws Exception {
        if (ca.equals("-")) {
            return new X509TrustManager() {
                @Override public void checkClientTrusted(X509Certificate[] chain, String type) { }
                @Override public void checkServerTrusted(X509Certificate[] chain, String type) { }
                @Override public X509Certificate[] getAcceptedIssuers() { return new X509Certificate[0]; }
            };
        }
        KeyStore store = KeyStore.getInstance(KeyStore.getDefaultType());
        store.load(null, null);
        try (FileInputStream in = new FileInputStream(ca)) {
            store.setCertificateEntry("ca", CertificateFactory.getInstance("X.509").generateCertificate(in));
        }
        TrustManagerFactory factory = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
        factory.init(store);
        return (X509TrustManager) factory.getTrustManagers()[0];
    }

    private static void until(String what, BooleanSupplier holds) throws InterruptedException {
        long deadline = System.nanoTime() + STEP_MS * 1_000_000;
        synchronized (ARRIVED) {
            while (!holds.getAsBoolean()) {
                long leftMs = (deadline - System.nanoTime()) / 1_000_000;
                if (leftMs <= 0) {
                    throw new IllegalStateException("waited " + STEP_MS + " ms for " + what);
                }
                // Smack updates a roster after its listeners ran: look again a little later.
                ARRIVED.wait(Math.min(leftMs, 100));
            }
        }
    }

    /** Lets the walk start from strangers, however often it ran before. */
    private void clearRoster() throws Exception {
        for (Client[] pair : new Client[][] {{a, b}, {b, a}}) {
            RosterEntry entry = pair[0].roster.getEntry(pair[1].bare);
            if (entry != null) {
                pair[0].roster.removeEntry(entry);
            }
        }
        until("empty rosters", () -> !a.roster.contains(b.bare) && b.subscription(a) == ItemType.none);
        synchronized (ARRIVED) {
            a.presences.clear();
            b.presences.clear();
        }
    }

    private void subscribeBoth() throws Exception {
        a.roster.createItemAndRequestSubscription(b.bare, "Kollege B", new String[] {"Büro"});
        until("a subscription request at B", () -> b.saw(a, Presence.Type.subscribe));
        b.presence(a.bare, Presence.Type.subscribed);
        b.presence(a.bare, Presence.Type.subscribe);
        until("the request back at A", () -> a.saw(b, Presence.Type.subscribe));
        a.presence(b.bare, Presence.Type.subscribed);
        until("subscription both at A", () -> a.subscription(b) == ItemType.both);
        until("subscription both at B", () -> b.subscription(a) == ItemType.both);
        RosterEntry entry = a.roster.getEntry(b.bare);
        if (!"Kollege B".equals(entry.getName()) || !entry.getGroups().get(0).getName().equals("Büro")) {
            throw new IllegalStateException("roster item came back as " + entry);
        }
    }

    private void presenceBoth() throws Exception {
        until("B available at A", () -> a.saw(b, Presence.Type.available));
        until("A available at B", () -> b.saw(a, Presence.Type.available));
        a.connection.sendStanza(a.connection.getStanzaFactory().buildPresenceStanza()
            .setMode(Presence.Mode.away).setStatus(AWAY_TEXT).build());
        until("A away at B", () -> b.saw(a, p -> p.getMode() == Presence.Mode.away && AWAY_TEXT.equals(p.getStatus())));
    }

    private void chatBoth() throws Exception {
        a.chat(b, TEXT_TO_B);
        until("the message of A", () -> b.got(a, TEXT_TO_B) != null);
        b.chat(a, TEXT_TO_A);
        until("the message of B", () -> a.got(b, TEXT_TO_A) != null);
    }

    private void logoutSeen() throws Exception {
        synchronized (ARRIVED) {
            a.presences.clear();
        }
        b.connection.disconnect();
        until("B unavailable", () -> a.saw(b, Presence.Type.unavailable));
    }

    private void offline() throws Exception {
        a.chat(b, "waits for you");
        // A round trip on the same stream: the message before it has been taken by the server.
        if (!PingManager.getInstanceFor(a.connection).pingMyServer()) {
            throw new IllegalStateException("the server did not answer a ping");
        }
        b.login();
        until("the offline message", () -> b.got(a, "waits for you") != null);
        if (DelayInformation.from(b.got(a, "waits for you")) == null) {
            throw new IllegalStateException("the offline message carries no delay stamp");
        }
        until("the presence of A after login", () -> b.saw(a, p -> p.getMode() == Presence.Mode.away));
    }

    /** Cuts A's connection without a stream end, and comes back. */
    private void reconnect() throws Exception {
        synchronized (ARRIVED) {
            b.presences.clear();
        }
        a.connection.instantShutdown();
        a.login();
        until("A available again", () -> b.saw(a, Presence.Type.available));
        synchronized (ARRIVED) {
            a.chats.clear();
            b.chats.clear();
        }
        chatBoth();
    }

    private static void step(String name, Step step) {
        try {
            step.run();
            System.out.println("ok " + name);
        } catch (Exception err) {
            System.out.println("not ok " + name + ": " + err);
            System.exit(1);
        }
    }

    /** Walks; exits the process with the result. */
    public static void main(String[] args) throws Exception {
        if (args.length != 10) {
            System.err.println("usage: HOST1 PORT1 HOST2 PORT2 DOMAIN USER_A PASSWORD_A USER_B PASSWORD_B CA");
            System.exit(2);
        }
        Scenario walk = new Scenario(args);
        step("login-a", walk.a::login);
        step("login-b", walk.b::login);
        step("roster-clear", walk::clearRoster);
        step("roster-subscribe-both", walk::subscribeBoth);
        step("presence-both", walk::presenceBoth);
        step("chat-both", walk::chatBoth);
        step("logout-seen", walk::logoutSeen);
        step("offline", walk::offline);
        step("reconnect", walk::reconnect);
        step("logout", walk::logoutSeen);
        walk.a.connection.disconnect();
        System.exit(0);
    }
}
