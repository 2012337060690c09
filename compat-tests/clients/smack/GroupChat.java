import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.BooleanSupplier;
import org.jivesoftware.smack.packet.Presence;
import org.jivesoftware.smack.tcp.XMPPTCPConnection;
import org.jivesoftware.smackx.muc.MultiUserChat;
import org.jivesoftware.smackx.muc.MultiUserChatManager;
import org.jxmpp.jid.EntityFullJid;
import org.jxmpp.jid.impl.JidCreate;
import org.jxmpp.jid.parts.Resourcepart;

/**
 * Group chat with Smack: A on the first node and B on the second share rooms, of which each node hosts some, until the
 * second node is killed.
 *
 * <p>The arguments are those of Accounts. Prints one "ok NAME" or "not ok NAME: reason" line for each step and exits 1 at
 * the first failure. The second node is to be killed after "ok chat".
 */
public final class GroupChat {
    private static final long STEP_MS = 20_000;
    /** Enough for each of two nodes to host some: all on one would happen once in five hundred runs. */
    private static final int ROOMS = 10;
    /** Everything said, as "who hears: room: speaker: text"; also the monitor that wakes who waits. */
    private static final Set<String> HEARD = ConcurrentHashMap.newKeySet();

    /** One person and the rooms in which they are. */
    private static final class Person {
        private final String nick;
        private final List<MultiUserChat> rooms = new ArrayList<>();

        private Person(String nick, XMPPTCPConnection connection) throws Exception {
            this.nick = nick;
            connection.connect().login();
            String domain = connection.getXMPPServiceDomain().toString();
            MultiUserChatManager manager = MultiUserChatManager.getInstanceFor(connection);
            for (int number = 0; number < ROOMS; number++) {
                String room = "room" + number;
                MultiUserChat chat = manager.getMultiUserChat(
                    JidCreate.entityBareFrom(room + "@conference." + domain));
                chat.addMessageListener(message -> {
                    if (message.getBody() != null) {
                        heard(room + ": " + message.getFrom().getResourceOrEmpty() + ": " + message.getBody());
                    }
                });
                chat.addParticipantListener(presence -> {
                    String what = presence.getType() == Presence.Type.unavailable ? "left" : "is here";
                    heard(room + ": " + presence.getFrom().getResourceOrEmpty() + " " + what);
                });
                rooms.add(chat);
            }
        }

        private void heard(String what) {
            synchronized (HEARD) {
                HEARD.add(nick + ": " + what);
                HEARD.notifyAll();
            }
        }

        private void say(String text) throws Exception {
            for (MultiUserChat room : rooms) {
                room.sendMessage(text);
            }
        }

        private void hears(String what) throws Exception {
            for (MultiUserChat room : rooms) {
                String line = nick + ": " + room.getRoom().getLocalpart() + ": " + what;
                until(line, () -> HEARD.contains(line));
            }
        }

        private void sees(String... nicks) throws Exception {
            for (MultiUserChat room : rooms) {
                Set<String> present = new TreeSet<>();
                for (EntityFullJid occupant : room.getOccupants()) {
                    present.add(occupant.getResourcepart().toString());
                }
                if (!present.equals(new TreeSet<>(List.of(nicks)))) {
                    throw new IllegalStateException(nick + " sees " + present + " in " + room.getRoom());
                }
            }
        }

        private void enter() throws Exception {
            for (MultiUserChat room : rooms) {
                room.join(Resourcepart.from(nick));
            }
        }
    }

    private static void until(String what, BooleanSupplier holds) throws Exception {
        long deadline = System.currentTimeMillis() + STEP_MS;
        synchronized (HEARD) {
            while (!holds.getAsBoolean()) {
                long left = deadline - System.currentTimeMillis();
                if (left <= 0) {
                    throw new IllegalStateException("waited " + STEP_MS + " ms for " + what);
                }
                HEARD.wait(left);
            }
        }
    }

    public static void main(String[] arguments) {
        String step = "login";
        try {
            Person a = new Person("ann", Accounts.first(arguments));
            Person b = new Person("bob", Accounts.second(arguments));
            System.out.println("ok login");

            step = "rooms";
            for (MultiUserChat room : a.rooms) {
                room.create(Resourcepart.from(a.nick)).makeInstant();
            }
            b.enter();
            a.hears("bob is here");
            a.sees("ann", "bob");
            b.sees("ann", "bob");
            System.out.println("ok rooms");

            step = "chat";
            a.say("hello");
            b.hears("ann: hello");
            b.say("hi");
            a.hears("bob: hi");
            b.hears("bob: hi");
            System.out.println("ok chat");

            // Now the second node is killed, and the rooms that it hosted go on.
            step = "survived";
            a.hears("bob left");
            a.sees("ann");
            a.say("still here");
            a.hears("ann: still here");
            System.out.println("ok survived");

            step = "back";
            Person again = new Person("bert", Accounts.secondAtFirst(arguments));
            again.enter();
            a.hears("bert is here");
            a.sees("ann", "bert");
            again.sees("ann", "bert");
            again.say("back");
            a.hears("bert: back");
            System.out.println("ok back");
        } catch (Exception | Error err) {
            System.out.println("not ok " + step + ": " + err);
            err.printStackTrace();
            System.exit(1);
        }
        System.exit(0);
    }
}
