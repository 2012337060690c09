import java.util.ArrayList;
import java.util.List;
import java.util.function.BooleanSupplier;
import org.jivesoftware.smack.filter.StanzaTypeFilter;
import org.jivesoftware.smack.packet.Message;
import org.jivesoftware.smack.tcp.XMPPTCPConnection;
import org.jivesoftware.smackx.ping.PingManager;
import org.jxmpp.jid.Jid;
import org.jxmpp.jid.impl.JidCreate;

/**
 * Stream management with Smack: A's socket is closed under it, B on the other node writes meanwhile, A resumes.
 *
 * <p>The arguments are those of Accounts. Prints one "ok NAME" or "not ok NAME:
 * reason" line for each step and exits 1 at the first failure.
 */
public final class Resumption {
    private static final long STEP_MS = 15_000;
    private static final int ROUNDS = 3;
    private static final int MESSAGES = 20;
    /** Bodies in the order in which they arrived; waiters are woken through its monitor. */
    private static final List<String> AT_A = new ArrayList<>();

    private static XMPPTCPConnection resumable(XMPPTCPConnection connection) {
        connection.setUseStreamManagement(true);
        connection.setUseStreamManagementResumption(true);
        return connection;
    }

    private static void chat(XMPPTCPConnection from, Jid to, String text) throws Exception {
        from.sendStanza(from.getStanzaFactory().buildMessageStanza()
            .to(to).ofType(Message.Type.chat).setBody(text).build());
    }

    private static void until(String what, BooleanSupplier holds) throws Exception {
        long deadline = System.currentTimeMillis() + STEP_MS;
        synchronized (AT_A) {
            while (!holds.getAsBoolean()) {
                long left = deadline - System.currentTimeMillis();
                if (left <= 0) {
                    throw new IllegalStateException("waited " + STEP_MS + " ms for " + what + ", got " + AT_A);
                }
                AT_A.wait(left);
            }
        }
    }

    private static void cutAndResume(XMPPTCPConnection a, XMPPTCPConnection b) throws Exception {
        Jid toA = a.getUser();
        List<String> expected = new ArrayList<>();
        for (int round = 1; round <= ROUNDS; round++) {
            String first = round + "-0";
            for (int number = 0; number < MESSAGES / 2; number++) {
                expected.add(round + "-" + number);
                chat(b, toA, round + "-" + number);
            }
            until(first, () -> AT_A.contains(first));
            // Closes the socket without the end of the stream.
            a.instantShutdown();
            for (int number = MESSAGES / 2; number < MESSAGES; number++) {
                expected.add(round + "-" + number);
                chat(b, toA, round + "-" + number);
            }
            if (!PingManager.getInstanceFor(b).pingMyServer()) {
                throw new IllegalStateException("no answer to B's ping");
            }
            a.connect().login();
            if (!a.streamWasResumed()) {
                throw new IllegalStateException("round " + round + ": the stream was not resumed");
            }
            String last = round + "-" + (MESSAGES - 1);
            until(last, () -> AT_A.contains(last));
        }
        synchronized (AT_A) {
            if (!AT_A.equals(expected)) {
                throw new IllegalStateException("A got " + AT_A);
            }
        }
    }

    public static void main(String[] arguments) {
        String step = "login";
        try {
            XMPPTCPConnection a = resumable(Accounts.first(arguments));
            XMPPTCPConnection b = resumable(Accounts.second(arguments));
            a.addSyncStanzaListener(stanza -> {
                synchronized (AT_A) {
                    AT_A.add(((Message) stanza).getBody());
                    AT_A.notifyAll();
                }
            }, StanzaTypeFilter.MESSAGE);
            a.connect().login();
            b.connect().login();
            System.out.println("ok login");
            step = "enabled";
            if (!a.isSmEnabled() || !a.isSmResumptionPossible()) {
                throw new IllegalStateException("stream management is not enabled");
            }
            System.out.println("ok enabled");
            step = "resumed";
            cutAndResume(a, b);
            System.out.println("ok resumed");
            a.disconnect();
            b.disconnect();
        } catch (Exception | Error err) {
            System.out.println("not ok " + step + ": " + err);
            err.printStackTrace();
            System.exit(1);
        }
        System.exit(0);
    }
}
