import java.io.DataInputStream;
import java.io.File;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.security.MessageDigest;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Random;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.TimeUnit;
import org.jivesoftware.smack.tcp.XMPPTCPConnection;
import org.jivesoftware.smackx.bytestreams.BytestreamListener;
import org.jivesoftware.smackx.bytestreams.BytestreamRequest;
import org.jivesoftware.smackx.bytestreams.BytestreamSession;
import org.jivesoftware.smackx.bytestreams.socks5.Socks5BytestreamManager;
import org.jivesoftware.smackx.bytestreams.socks5.Socks5BytestreamSession;
import org.jivesoftware.smackx.bytestreams.socks5.Socks5Proxy;
import org.jivesoftware.smackx.filetransfer.FileTransfer;
import org.jivesoftware.smackx.filetransfer.FileTransferManager;
import org.jivesoftware.smackx.filetransfer.FileTransferNegotiator;
import org.jivesoftware.smackx.filetransfer.FileTransferRequest;
import org.jivesoftware.smackx.filetransfer.IncomingFileTransfer;
import org.jivesoftware.smackx.filetransfer.OutgoingFileTransfer;

/**
 * File transfer with Smack through the server's SOCKS5 proxy: A and B are on different nodes and offer no way of their own.
 *
 * <p>The arguments are those of Accounts. Prints one "ok NAME" or "not ok NAME:
 * reason" line for each step and exits 1 at the first failure.
 */
public final class Transfer {
    private static final long STEP_MS = 15_000;
    private static final int FILE_BYTES = 20_000_000;
    private static final int BACK_BYTES = 5_000_000;

    /** What somebody does while the other side waits; the first exception is the result. */
    private interface Work {
        void run() throws Exception;
    }

    private static XMPPTCPConnection login(XMPPTCPConnection connection) throws Exception {
        connection.setUseStreamManagement(false);
        connection.connect().login();
        return connection;
    }

    private static byte[] content(int length) {
        byte[] bytes = new byte[length];
        new Random(length).nextBytes(bytes);
        return bytes;
    }

    private static String hash(byte[] bytes) throws Exception {
        return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
    }

    private static void same(byte[] sent, byte[] received) throws Exception {
        if (!Arrays.equals(sent, received)) {
            throw new IllegalStateException("sent " + sent.length + " bytes with hash " + hash(sent) + ", received "
                + received.length + " with hash " + hash(received));
        }
    }

    private static Thread start(Work work, BlockingQueue<Object> results) {
        Thread thread = new Thread(() -> {
            try {
                work.run();
            } catch (Exception | Error err) {
                results.add(err);
            }
        });
        thread.setDaemon(true);
        thread.start();
        return thread;
    }

    private static <T> T take(BlockingQueue<Object> results, Class<T> kind) throws Exception {
        Object result = results.poll(STEP_MS, TimeUnit.MILLISECONDS);
        if (result == null) {
            throw new IllegalStateException("waited " + STEP_MS + " ms");
        }
        if (result instanceof Throwable) {
            throw new IllegalStateException((Throwable) result);
        }
        return kind.cast(result);
    }

    /** A stream without an offer of a file before it, with bytes in both directions. */
    private static void stream(XMPPTCPConnection from, XMPPTCPConnection to) throws Exception {
        byte[] there = content(FILE_BYTES);
        byte[] back = content(BACK_BYTES);
        BlockingQueue<Object> results = new ArrayBlockingQueue<>(4);
        BytestreamListener listener = new BytestreamListener() {
            @Override
            public void incomingBytestreamRequest(BytestreamRequest request) {
                start(() -> {
                    BytestreamSession session = request.accept();
                    byte[] received = new byte[FILE_BYTES];
                    new DataInputStream(session.getInputStream()).readFully(received);
                    session.getOutputStream().write(back);
                    results.add(received);
                    if (session.getInputStream().read() >= 0) {
                        throw new IllegalStateException("more than was sent");
                    }
                    session.close();
                }, results);
            }
        };
        Socks5BytestreamManager target = Socks5BytestreamManager.getBytestreamManager(to);
        target.addIncomingBytestreamListener(listener, from.getUser());
        Socks5BytestreamSession session =
            Socks5BytestreamManager.getBytestreamManager(from).establishSession(to.getUser());
        if (!session.isMediated()) {
            throw new IllegalStateException("the stream does not go through the proxy");
        }
        OutputStream out = session.getOutputStream();
        out.write(there);
        out.flush();
        byte[] received = new byte[BACK_BYTES];
        new DataInputStream(session.getInputStream()).readFully(received);
        session.close();
        target.removeIncomingBytestreamListener(from.getUser());
        same(there, take(results, byte[].class));
        same(back, received);
    }

    /** What Spark does: the offer of a file (XEP-0096), then the stream. */
    private static void file(XMPPTCPConnection from, XMPPTCPConnection to) throws Exception {
        byte[] content = content(FILE_BYTES);
        File file = File.createTempFile("transfer", ".bin");
        file.deleteOnExit();
        Files.write(file.toPath(), content);
        BlockingQueue<Object> results = new ArrayBlockingQueue<>(4);
        FileTransferManager.getInstanceFor(to).addFileTransferListener((FileTransferRequest request) -> start(() -> {
            IncomingFileTransfer transfer = request.accept();
            try (InputStream in = transfer.receiveFile()) {
                results.add(in.readAllBytes());
            }
        }, results));
        OutgoingFileTransfer transfer = FileTransferManager.getInstanceFor(from)
            .createOutgoingFileTransfer(to.getUser().asEntityFullJidIfPossible());
        transfer.sendFile(file, "a file");
        same(content, take(results, byte[].class));
        long deadline = System.currentTimeMillis() + STEP_MS;
        while (!transfer.isDone() && System.currentTimeMillis() < deadline) {
            Thread.sleep(10);
        }
        if (transfer.getStatus() != FileTransfer.Status.complete) {
            throw new IllegalStateException("the sender says " + transfer.getStatus() + " " + transfer.getException());
        }
    }

    public static void main(String[] arguments) {
        String step = "login";
        try {
            // Nothing but the server's proxy is left.
            Socks5Proxy.setLocalSocks5ProxyEnabled(false);
            FileTransferNegotiator.IBB_ONLY = false;
            XMPPTCPConnection a = login(Accounts.first(arguments));
            XMPPTCPConnection b = login(Accounts.second(arguments));
            System.out.println("ok login");
            for (XMPPTCPConnection client : new XMPPTCPConnection[] {a, b}) {
                Socks5BytestreamManager manager = Socks5BytestreamManager.getBytestreamManager(client);
                manager.setTargetResponseTimeout((int) STEP_MS);
                manager.setProxyConnectionTimeout((int) STEP_MS);
            }
            step = "found";
            String proxies = Socks5BytestreamManager.getBytestreamManager(a).determineProxies().toString();
            if (!proxies.equals("[proxy." + arguments[4] + "]")) {
                throw new IllegalStateException("found " + proxies);
            }
            System.out.println("ok found");
            step = "stream";
            stream(a, b);
            System.out.println("ok stream");
            step = "stream-back";
            stream(b, a);
            System.out.println("ok stream-back");
            step = "file";
            file(a, b);
            System.out.println("ok file");
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
