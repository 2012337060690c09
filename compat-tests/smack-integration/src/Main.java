import org.igniterealtime.smack.inttest.SmackIntegrationTestFramework;
import org.jivesoftware.smackx.iqregister.AccountManager;

/** Starts the tests. */
public final class Main {
    private Main() {
    }

    public static void main(String[] arguments) throws Exception {
        // Each node has a certificate that it made itself, so the tests run without TLS. The framework allows passwords in
        // clear only after it has made the connection that registers accounts.
        AccountManager.sensitiveOperationOverInsecureConnectionDefault(true);
        SmackIntegrationTestFramework.main(arguments);
    }
}
