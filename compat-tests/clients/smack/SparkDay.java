import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import org.jivesoftware.smack.chat2.Chat;
import org.jivesoftware.smack.chat2.ChatManager;
import org.jivesoftware.smack.filter.StanzaTypeFilter;
import org.jivesoftware.smack.packet.Message;
import org.jivesoftware.smack.packet.MessageBuilder;
import org.jivesoftware.smack.packet.Presence;
import org.jivesoftware.smack.packet.PresenceBuilder;
import org.jivesoftware.smack.packet.StandardExtensionElement;
import org.jivesoftware.smack.roster.Roster;
import org.jivesoftware.smack.roster.packet.RosterPacket.ItemType;
import org.jivesoftware.smack.tcp.XMPPTCPConnection;
import org.jivesoftware.smackx.bookmarks.BookmarkManager;
import org.jivesoftware.smackx.bookmarks.BookmarkedConference;
import org.jivesoftware.smackx.bytestreams.socks5.Socks5BytestreamManager;
import org.jivesoftware.smackx.bytestreams.socks5.Socks5Proxy;
import org.jivesoftware.smackx.chatstates.ChatState;
import org.jivesoftware.smackx.chatstates.packet.ChatStateExtension;
import org.jivesoftware.smackx.disco.ServiceDiscoveryManager;
import org.jivesoftware.smackx.filetransfer.FileTransfer;
import org.jivesoftware.smackx.filetransfer.FileTransferListener;
import org.jivesoftware.smackx.filetransfer.FileTransferManager;
import org.jivesoftware.smackx.filetransfer.FileTransferNegotiator;
import org.jivesoftware.smackx.filetransfer.OutgoingFileTransfer;
import org.jivesoftware.smackx.iqregister.AccountManager;
import org.jivesoftware.smackx.muc.MultiUserChat;
import org.jivesoftware.smackx.muc.MultiUserChatManager;
import org.jivesoftware.smackx.privacy.PrivacyListManager;
import org.jivesoftware.smackx.privacy.packet.PrivacyItem;
import org.jivesoftware.smackx.receipts.DeliveryReceiptManager;
import org.jivesoftware.smackx.receipts.DeliveryReceiptRequest;
import org.jivesoftware.smackx.search.ReportedData;
import org.jivesoftware.smackx.search.UserSearchManager;
import org.jivesoftware.smackx.vcardtemp.VCardManager;
import org.jivesoftware.smackx.vcardtemp.packet.VCard;
import org.jivesoftware.smackx.xdata.form.FillableForm;
import org.jxmpp.jid.BareJid;
import org.jxmpp.jid.DomainBareJid;
import org.jxmpp.jid.EntityBareJid;
import org.jxmpp.jid.Jid;
import org.jxmpp.jid.impl.JidCreate;
import org.jxmpp.jid.parts.Resourcepart;

/**
 * A day at Spark, with the library inside it: what its windows and menus do, between ann on the first node and bob on the second.
 * Cyd is on a third node, which is killed at noon; then everything goes on.
 *
 * <p>The arguments are those of Accounts, then HOST3 PORT3 USER_C PASSWORD_C. Prints one "ok NAME" or "not ok NAME: reason" line for
 * each step and exits 1 at the first failure. The third node is to be killed after "ok noon".
 */
public final class SparkDay {
    private static final long STEP_MS = 40_000;
    /** Some of them are on the node that is killed, in all but one of twenty-five runs. */
    private static final int ROOMS = 8;
    /** More than one block of an in-band stream. */
    private static final int FILE_BYTES = 300_000;
    /** What was heard and seen, as "who: what"; also the monitor that wakes who waits. */
    private static final Set<String> HEARD = ConcurrentHashMap.newKeySet();

    private interface Work {
        void run() throws Exception;
    }

    /** Somebody at a Spark. */
    private static final class Person {
        private final String name;
        private final XMPPTCPConnection connection;
        private final Roster roster;
        private final List<MultiUserChat> rooms = new ArrayList<>();

        private Person(String name, XMPPTCPConnection connection) throws Exception {
            this.name = name;
            this.connection = connection;
            // As Spark does.
            connection.setUseStreamManagement(false);
            roster = Roster.getInstanceFor(connection);
            roster.setSubscriptionMode(Roster.SubscriptionMode.manual);
            DeliveryReceiptManager receipts = DeliveryReceiptManager.getInstanceFor(connection);
            receipts.setAutoReceiptMode(DeliveryReceiptManager.AutoReceiptMode.always);
            receipts.addReceiptReceivedListener((from, to, id, receipt) -> heard("receipt " + id));
            connection.addAsyncStanzaListener(stanza -> hear((Message) stanza), StanzaTypeFilter.MESSAGE);
            connection.addAsyncStanzaListener(stanza -> see((Presence) stanza), StanzaTypeFilter.PRESENCE);
            MultiUserChatManager chats = MultiUserChatManager.getInstanceFor(connection);
            chats.addInvitationListener((session, room, inviter, reason, password, message, invitation) ->
                heard("invited to " + room.getRoom().getLocalpart() + ": " + reason));
            connection.connect().login();
            roster.reloadAndWait();
            DomainBareJid domain = connection.getXMPPServiceDomain();
            for (int number = 0; number < ROOMS; number++) {
                rooms.add(chats.getMultiUserChat(JidCreate.entityBareFrom("day" + number + "@conference." + domain)));
            }
        }

        private EntityBareJid jid() {
            return connection.getUser().asEntityBareJid();
        }

        private void heard(String what) {
            synchronized (HEARD) {
                HEARD.add(name + ": " + what);
                HEARD.notifyAll();
            }
        }

        private void hear(Message message) {
            String from = message.getFrom().toString();
            if (message.getType() == Message.Type.error) {
                heard("error " + message.getStanzaId());
            } else if (message.getBody() != null) {
                String who = message.getType() == Message.Type.groupchat ? from : message.getFrom().asBareJid().toString();
                heard(who + " says " + message.getBody());
            } else if (message.hasExtension(ChatStateExtension.NAMESPACE)) {
                ChatStateExtension state = (ChatStateExtension) message.getExtension(ChatStateExtension.NAMESPACE);
                heard(from + " is " + state.getChatState());
            }
        }

        private void see(Presence presence) {
            Jid from = presence.getFrom();
            heard(from + " " + presence.getType() + " " + presence.getStatus());
            Object photo = presence.getExtension("x", "vcard-temp:x:update");
            if (photo instanceof StandardExtensionElement) {
                heard(from + " looks like " + ((StandardExtensionElement) photo).getFirstElement("photo").getText());
            }
        }

        private void waitFor(String what) throws Exception {
            until(name + ": " + what, () -> HEARD.contains(name + ": " + what));
        }

        private PresenceBuilder presence() {
            return connection.getStanzaFactory().buildPresenceStanza();
        }

        private void show(String status) throws Exception {
            connection.sendStanza(presence().ofType(Presence.Type.available).setPriority(1).setStatus(status).build());
        }

        private void subscription(Jid to, Presence.Type type) throws Exception {
            connection.sendStanza(presence().ofType(type).to(to).build());
        }
    }

    private final String[] arguments;
    private Person ann;
    private Person bob;

    private SparkDay(String[] arguments) {
        this.arguments = arguments;
    }

    private static void until(String what, BooleanSupplier holds) throws Exception {
        long deadline = System.currentTimeMillis() + STEP_MS;
        synchronized (HEARD) {
            while (!holds.getAsBoolean()) {
                long left = deadline - System.currentTimeMillis();
                if (left <= 0) {
                    throw new IllegalStateException("waited " + STEP_MS + " ms for " + what + "; heard " + HEARD);
                }
                // Not everything that is waited for is heard.
                HEARD.wait(Math.min(left, 100));
            }
        }
    }

    private static void check(boolean holds, String what) {
        if (!holds) {
            throw new IllegalStateException(what);
        }
    }

    private static void step(String name, Work work) {
        try {
            work.run();
            System.out.println("ok " + name);
        } catch (Exception | Error err) {
            System.out.println("not ok " + name + ": " + err);
            err.printStackTrace();
            System.exit(1);
        }
    }

    private void login() throws Exception {
        ann = new Person("ann", Accounts.first(arguments));
        bob = new Person("bob", Accounts.second(arguments));
    }

    private void befriend() throws Exception {
        ann.roster.createItemAndRequestSubscription(bob.jid(), "Bob", new String[] {"Friends"});
        bob.waitFor(ann.jid() + " subscribe null");
        bob.subscription(ann.jid(), Presence.Type.subscribed);
        bob.roster.createItemAndRequestSubscription(ann.jid(), "Ann", new String[] {"Friends"});
        ann.waitFor(bob.jid() + " subscribe null");
        ann.subscription(bob.jid(), Presence.Type.subscribed);
        until("contacts", () -> isContact(ann, bob.jid()) && isContact(bob, ann.jid()));
    }

    private static boolean isContact(Person person, BareJid other) {
        return person.roster.getEntry(other) != null && person.roster.getEntry(other).getType() == ItemType.both;
    }

    /** The picture is in the card; its hash tells that it is new. */
    private void avatar() throws Exception {
        byte[] picture = new byte[20_000];
        new Random(1).nextBytes(picture);
        VCardManager cards = VCardManager.getInstanceFor(ann.connection);
        VCard card = cards.loadVCard();
        card.setFirstName("Ann");
        card.setAvatar(picture, "image/png");
        cards.saveVCard(card);
        String hash = card.getAvatarHash();
        StandardExtensionElement update =
            StandardExtensionElement.builder("x", "vcard-temp:x:update").addElement("photo", hash).build();
        ann.connection.sendStanza(ann.presence().setStatus("new picture").addExtension(update).build());
        bob.waitFor(ann.connection.getUser() + " looks like " + hash);
        VCard seen = VCardManager.getInstanceFor(bob.connection).loadVCard(ann.jid());
        check(Arrays.equals(seen.getAvatar(), picture), "another picture");
        check("Ann".equals(seen.getFirstName()), "another name: " + seen.getFirstName());
    }

    private void chat(String when) throws Exception {
        ann.show("working " + when);
        bob.waitFor(ann.connection.getUser() + " available working " + when);
        write(ann, bob, "to bob " + when);
        write(bob, ann, "to ann " + when);
    }

    private static void write(Person from, Person to, String text) throws Exception {
        Chat chat = ChatManager.getInstanceFor(from.connection).chatWith(to.jid());
        MessageBuilder typing = from.connection.getStanzaFactory().buildMessageStanza();
        typing.to(to.connection.getUser()).ofType(Message.Type.chat).addExtension(new ChatStateExtension(ChatState.composing));
        from.connection.sendStanza(typing.build());
        to.waitFor(from.connection.getUser() + " is composing");
        HEARD.remove(to.name + ": " + from.connection.getUser() + " is composing");
        MessageBuilder message = from.connection.getStanzaFactory().buildMessageStanza();
        message.ofType(Message.Type.chat).setBody(text).addExtension(new ChatStateExtension(ChatState.active));
        DeliveryReceiptRequest.addTo(message);
        Message sent = message.to(to.jid()).build();
        chat.send(sent);
        to.waitFor(from.jid() + " says " + text);
        from.waitFor("receipt " + sent.getStanzaId());
    }

    private void rooms(Person cyd) throws Exception {
        for (MultiUserChat room : ann.rooms) {
            room.create(Resourcepart.from("ann"));
            FillableForm form = room.getConfigurationForm().getFillableForm();
            form.setAnswer("muc#roomconfig_roomname", "Day " + room.getRoom().getLocalpart());
            form.setAnswer("muc#roomconfig_persistentroom", true);
            room.sendConfigurationForm(form);
        }
        ann.rooms.get(0).invite(bob.jid(), "come in");
        bob.waitFor("invited to day0: come in");
        for (Person person : List.of(bob, cyd)) {
            for (MultiUserChat room : person.rooms) {
                room.join(Resourcepart.from(person.name));
            }
        }
    }

    private void talk(String when) throws Exception {
        for (int number = 0; number < ROOMS; number++) {
            EntityBareJid room = ann.rooms.get(number).getRoom();
            ann.rooms.get(number).sendMessage("hello " + when);
            bob.waitFor(room + "/ann says hello " + when);
            bob.rooms.get(number).sendMessage("hi " + when);
            ann.waitFor(room + "/bob says hi " + when);
        }
    }

    private void bookmark() throws Exception {
        BookmarkManager.getBookmarkManager(ann.connection)
            .addBookmarkedConference("Day", ann.rooms.get(0).getRoom(), true, Resourcepart.from("ann"), null);
    }

    private void search() throws Exception {
        UserSearchManager search = new UserSearchManager(bob.connection);
        ServiceDiscoveryManager discovery = ServiceDiscoveryManager.getInstanceFor(bob.connection);
        List<DomainBareJid> services = new ArrayList<>();
        // Rooms can be searched for, too.
        for (DomainBareJid service : search.getSearchServices()) {
            if (discovery.discoverInfo(service).hasIdentity("directory", "user")) {
                services.add(service);
            }
        }
        check(services.size() == 1, "services " + services);
        FillableForm form = new FillableForm(search.getSearchForm(services.get(0)));
        form.setAnswer("search", arguments[5]);
        form.setAnswer("Username", true);
        ReportedData found = search.getSearchResults(form.getDataFormToSubmit(), services.get(0));
        List<String> jids = new ArrayList<>();
        for (ReportedData.Row row : found.getRows()) {
            jids.add(row.getValues("jid").get(0).toString());
        }
        check(jids.equals(List.of(ann.jid().toString())), "found " + jids);
        check("jid".equals(found.getColumns().get(0).getVariable()), "the address is not the first column");
    }

    /** An offer, and the way that is chosen for it. */
    private void file(Person from, Person to, boolean isInBand) throws Exception {
        byte[] content = new byte[FILE_BYTES];
        new Random(2).nextBytes(content);
        Path file = Files.createTempFile("day", ".bin");
        Files.write(file, content);
        BlockingQueue<byte[]> received = new ArrayBlockingQueue<>(1);
        FileTransferManager receiver = FileTransferManager.getInstanceFor(to.connection);
        FileTransferListener listener = request -> {
            Thread thread = new Thread(() -> {
                try (InputStream in = request.accept().receiveFile()) {
                    received.add(in.readAllBytes());
                } catch (Exception err) {
                    err.printStackTrace();
                }
            });
            thread.setDaemon(true);
            thread.start();
        };
        receiver.addFileTransferListener(listener);
        try {
            FileTransferNegotiator.IBB_ONLY = isInBand;
            OutgoingFileTransfer transfer = FileTransferManager.getInstanceFor(from.connection)
                .createOutgoingFileTransfer(to.connection.getUser().asEntityFullJidIfPossible());
            transfer.sendFile(file.toFile(), "a file");
            byte[] there = received.poll(STEP_MS, TimeUnit.MILLISECONDS);
            check(Arrays.equals(there, content), "the file did not arrive: " + transfer.getStatus() + " " + transfer.getException());
            until("the end of the transfer", transfer::isDone);
            check(transfer.getStatus() == FileTransfer.Status.complete, "the sender says " + transfer.getStatus());
        } finally {
            receiver.removeFileTransferListener(listener);
            Files.delete(file);
        }
    }

    /** Bob blocks Ann as Spark's menu does, and takes it back. */
    private void block() throws Exception {
        PrivacyListManager lists = PrivacyListManager.getInstanceFor(bob.connection);
        PrivacyItem item = new PrivacyItem(PrivacyItem.Type.jid, ann.jid().toString(), false, 1);
        item.setFilterMessage(true);
        item.setFilterPresenceOut(true);
        lists.createPrivacyList("blocked", new ArrayList<>(List.of(item)));
        HEARD.removeIf(heard -> heard.startsWith("ann: " + bob.connection.getUser()));
        lists.setActiveListName("blocked");
        ann.waitFor(bob.connection.getUser() + " unavailable null");
        Message refused = ann.connection.getStanzaFactory().buildMessageStanza()
            .to(bob.jid()).ofType(Message.Type.chat).setBody("are you there?").build();
        ann.connection.sendStanza(refused);
        ann.waitFor("error " + refused.getStanzaId());
        lists.declineActiveList();
        lists.deletePrivacyList("blocked");
        bob.show("unblocked");
        write(ann, bob, "friends again");
        check(!HEARD.contains("bob: " + ann.jid() + " says are you there?"), "a blocked message arrived");
    }

    /** Spark's status "invisible": unavailable for all, and still there. */
    private void invisible() throws Exception {
        PrivacyListManager lists = PrivacyListManager.getInstanceFor(bob.connection);
        PrivacyItem item = new PrivacyItem(false, 1);
        item.setFilterPresenceOut(true);
        lists.createPrivacyList("invisible", new ArrayList<>(List.of(item)));
        HEARD.removeIf(heard -> heard.startsWith("ann: " + bob.connection.getUser()));
        lists.setActiveListName("invisible");
        ann.waitFor(bob.connection.getUser() + " unavailable null");
        bob.show("nobody sees this");
        // What was sent later has arrived: the presence before it does not come any more.
        write(ann, bob, "in secret");
        write(bob, ann, "here I am");
        check(HEARD.stream().noneMatch(heard -> heard.matches("ann: .* nobody sees this")), "what is invisible was seen");
        lists.declineActiveList();
        bob.show("visible again");
        ann.waitFor(bob.connection.getUser() + " available visible again");
    }

    /** Ann changes her password and goes to Bob's node with it, where everything of hers is. */
    private void password() throws Exception {
        AccountManager.getInstance(ann.connection).changePassword("another-" + arguments[6]);
        ann.connection.disconnect();
        String[] there = arguments.clone();
        there[0] = arguments[2];
        there[1] = arguments[3];
        there[6] = "another-" + arguments[6];
        ann = new Person("ann", Accounts.first(there));
        List<BookmarkedConference> bookmarks =
            BookmarkManager.getBookmarkManager(ann.connection).getBookmarkedConferences();
        check(bookmarks.size() == 1 && bookmarks.get(0).isAutoJoin(), "bookmarks " + bookmarks);
        check(bookmarks.get(0).getJid().equals(ann.rooms.get(0).getRoom()), "another room " + bookmarks);
        check(isContact(ann, bob.jid()), "Bob is no contact any more");
        ann.rooms.get(0).join(Resourcepart.from("ann"));
        ann.waitFor(ann.rooms.get(0).getRoom() + "/ann says hello afternoon");
    }

    public static void main(String[] arguments) throws Exception {
        SparkDay day = new SparkDay(arguments);
        // Nothing but the server's proxy is left.
        Socks5Proxy.setLocalSocks5ProxyEnabled(false);
        step("login", day::login);
        String[] third = arguments.clone();
        System.arraycopy(arguments, 10, third, 0, 2);
        System.arraycopy(arguments, 12, third, 5, 2);
        Person cyd = new Person("cyd", Accounts.first(third));
        step("contacts", day::befriend);
        step("avatar", day::avatar);
        step("rooms", () -> day.rooms(cyd));
        step("bookmark", day::bookmark);
        work(day, "morning");
        System.out.println("ok noon");
        step("third-lost", () -> {
            for (MultiUserChat room : day.ann.rooms) {
                day.ann.waitFor(room.getRoom() + "/cyd unavailable null");
            }
        });
        work(day, "afternoon");
        step("block", day::block);
        step("invisible", day::invisible);
        step("password", day::password);
        step("logout", () -> {
            HEARD.clear();
            day.ann.connection.disconnect();
            until("Ann's leaving", () -> HEARD.stream().anyMatch(heard -> heard.matches("bob: .*/smack unavailable .*")));
            day.bob.connection.disconnect();
        });
        System.exit(0);
    }

    /** What is done before and after noon. */
    private static void work(SparkDay day, String when) {
        step("chat-" + when, () -> day.chat(when));
        step("talk-" + when, () -> day.talk(when));
        step("search-" + when, day::search);
        step("file-in-band-" + when, () -> day.file(day.ann, day.bob, true));
        step("file-proxy-" + when, () -> {
            Socks5BytestreamManager proxies = Socks5BytestreamManager.getBytestreamManager(day.bob.connection);
            check(!proxies.determineProxies().isEmpty(), "no proxy");
            day.file(day.bob, day.ann, false);
        });
    }
}
