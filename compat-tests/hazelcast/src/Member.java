import com.hazelcast.config.Config;
import com.hazelcast.config.XmlConfigBuilder;
import com.hazelcast.core.Hazelcast;
import com.hazelcast.core.HazelcastInstance;
import java.util.ArrayList;
import java.util.List;

/**
 * A Hazelcast member that prints a line whenever its list of members changes: {@code MEMBERS address:port …}, the master first.
 *
 * What moved between 3.x and 5.x is called by name.
 */
public final class Member {
    private static final long POLL_MILLIS = 100;

    public static void main(String[] arguments) throws Exception {
        Config config = new XmlConfigBuilder(arguments[0]).build();
        HazelcastInstance instance;
        try {
            instance = Hazelcast.newHazelcastInstance(config);
        } catch (Throwable reason) {
            System.out.println("STOPPED " + reason.getMessage());
            System.exit(1);
            return;
        }
        String before = "";
        while (instance.getLifecycleService().isRunning()) {
            String now = members(instance);
            if (!now.equals(before)) {
                System.out.println(now);
                before = now;
            }
            Thread.sleep(POLL_MILLIS);
        }
        System.out.println("STOPPED");
        System.exit(1);
    }

    private static String members(HazelcastInstance instance) throws Exception {
        Object cluster = call(instance, HazelcastInstance.class, "getCluster");
        List<String> seen = new ArrayList<>();
        for (Object member : (Iterable<?>) call(cluster, type("Cluster"), "getMembers")) {
            Object address = call(member, type("Member"), "getAddress");
            seen.add(call(address, address.getClass(), "getHost") + ":" + call(address, address.getClass(), "getPort"));
        }
        return "MEMBERS " + String.join(" ", seen);
    }

    private static Class<?> type(String name) throws ClassNotFoundException {
        try {
            return Class.forName("com.hazelcast.cluster." + name);
        } catch (ClassNotFoundException old) {
            return Class.forName("com.hazelcast.core." + name);
        }
    }

    private static Object call(Object on, Class<?> type, String method) throws Exception {
        return type.getMethod(method).invoke(on);
    }
}
