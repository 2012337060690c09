import com.hazelcast.config.Config;
import com.hazelcast.config.TcpIpConfig;
import com.hazelcast.core.Hazelcast;
import com.hazelcast.core.HazelcastInstance;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.TreeSet;

/**
 * Asks the joiner of a running member whom it would dial for member lists of one text each, one a line of standard input
 * with {@code \} escapes for tab and newline: {@code RESULT {"text": …, "dialled": […]}} or {@code "refused"}.
 */
public final class Candidates {
    /** Where the member listens; the lists are for one that is configured for Hazelcast's own port. */
    private static final int OWN_PORT = 15790;
    private static final int CONFIGURED_PORT = 5701;

    public static void main(String[] arguments) throws Exception {
        Config config = new Config();
        config.setProperty("hazelcast.local.localAddress", "127.0.0.1");
        config.setProperty("hazelcast.socket.bind.any", "false");
        config.setProperty("hazelcast.phone.home.enabled", "false");
        config.setProperty("hazelcast.wait.seconds.before.join", "0");
        config.getNetworkConfig().setPort(OWN_PORT);
        config.getNetworkConfig().getJoin().getMulticastConfig().setEnabled(false);
        TcpIpConfig list = config.getNetworkConfig().getJoin().getTcpIpConfig();
        list.setEnabled(true);
        HazelcastInstance instance = Hazelcast.newHazelcastInstance(config);
        config.getNetworkConfig().setPort(CONFIGURED_PORT);

        // The instance is a proxy around the one that has the node, or that one itself.
        Object original = Values.get(instance, "getOriginal");
        Object implementation = original == null ? instance : original;
        Object node = implementation.getClass().getField("node").get(implementation);
        Object joiner = Values.get(node, "getJoiner");
        Method possible = declared(joiner.getClass(), "getPossibleAddresses");
        BufferedReader texts = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        for (String line = texts.readLine(); line != null; line = texts.readLine()) {
            Map<String, Object> result = new LinkedHashMap<>();
            result.put("text", line);
            try {
                list.setMembers(new ArrayList<>());
                // The builder trims the text of the element.
                list.addMember(line.replace("\\t", "\t").replace("\\n", "\n").trim());
                TreeSet<String> dialled = new TreeSet<>();
                for (Object address : (Collection<?>) possible.invoke(joiner)) {
                    dialled.add(Values.get(address, "getInetAddress.getHostAddress") + " " + Values.get(address, "getPort"));
                }
                result.put("dialled", dialled);
            } catch (InvocationTargetException wrapped) {
                result.put("refused", String.valueOf(wrapped.getCause()));
            } catch (RuntimeException reason) {
                result.put("refused", String.valueOf(reason));
            }
            System.out.println("RESULT " + Values.json(result));
        }
        instance.getLifecycleService().terminate();
        System.exit(0);
    }

    private static Method declared(Class<?> type, String name) throws NoSuchMethodException {
        for (Class<?> at = type; at != null; at = at.getSuperclass()) {
            for (Method method : at.getDeclaredMethods()) {
                if (method.getName().equals(name) && method.getParameterCount() == 0) {
                    method.setAccessible(true);
                    return method;
                }
            }
        }
        throw new NoSuchMethodException(name);
    }
}
