import java.net.InetAddress;
import java.security.cert.X509Certificate;
import javax.net.ssl.X509TrustManager;
import org.jivesoftware.smack.ConnectionConfiguration.SecurityMode;
import org.jivesoftware.smack.tcp.XMPPTCPConnection;
import org.jivesoftware.smack.tcp.XMPPTCPConnectionConfiguration;

/** The two accounts of a walk: HOST1 PORT1 HOST2 PORT2 DOMAIN USER_A PASSWORD_A USER_B PASSWORD_B, as Scenario has them. */
public final class Accounts {
    /** A busy machine pauses for seconds. */
    private static final long REPLY_MS = 15_000;

    private Accounts() {
    }

    private static final class AnyCertificate implements X509TrustManager {
        @Override
        public void checkClientTrusted(X509Certificate[] chain, String type) {
        }

        @Override
        public void checkServerTrusted(X509Certificate[] chain, String type) {
        }

        @Override
        public X509Certificate[] getAcceptedIssuers() {
            return new X509Certificate[0];
        }
    }

    /** A connection for A to the first node, not yet connected. */
    public static XMPPTCPConnection first(String[] arguments) throws Exception {
        return connection(arguments[0], arguments[1], arguments[4], arguments[5], arguments[6]);
    }

    /** A connection for B to the second node, not yet connected. */
    public static XMPPTCPConnection second(String[] arguments) throws Exception {
        return connection(arguments[2], arguments[3], arguments[4], arguments[7], arguments[8]);
    }

    /** A connection for B to the first node, not yet connected. */
    public static XMPPTCPConnection secondAtFirst(String[] arguments) throws Exception {
        return connection(arguments[0], arguments[1], arguments[4], arguments[7], arguments[8]);
    }

    private static XMPPTCPConnection connection(String host, String port, String domain, String user, String password)
            throws Exception {
        XMPPTCPConnection connection = new XMPPTCPConnection(XMPPTCPConnectionConfiguration.builder()
            .setXmppDomain(domain)
            .setHostAddress(InetAddress.getByName(host))
            .setPort(Integer.parseInt(port))
            .setUsernameAndPassword(user, password)
            .setResource("smack")
            .setSecurityMode(SecurityMode.required)
            // The nodes made their certificates themselves.
            .setCustomX509TrustManager(new AnyCertificate())
            .setHostnameVerifier((name, session) -> true)
            .build());
        connection.setReplyTimeout(REPLY_MS);
        return connection;
    }
}
