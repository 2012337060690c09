import com.hazelcast.config.Config;
import com.hazelcast.config.InMemoryFormat;
import com.hazelcast.config.JoinConfig;
import com.hazelcast.core.Hazelcast;
import com.hazelcast.core.HazelcastInstance;
import com.hazelcast.map.IMap;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;

/**
 * One member of a Hazelcast cluster that does what it is told on standard input, a line of JSON for each line:
 * the same commands as `mapbench member`.
 *
 * Arguments: replicated|imap, the own port, the ports of all members separated by commas, bytes of a value.
 */
public final class MapMember {
    private static final long POLL_NANOS = 50_000;
    private static final int BATCH = 10_000;

    private final HazelcastInstance member;
    private final Map<String, byte[]> map;
    private final int valueBytes;

    private MapMember(String kind, int port, String[] ports, int valueBytes) {
        Config config = new Config();
        config.setClusterName("mapbench");
        config.setProperty("hazelcast.logging.type", "none");
        config.setProperty("hazelcast.phone.home.enabled", "false");
        config.getNetworkConfig().setPort(port).setPortAutoIncrement(false);
        config.getNetworkConfig().getInterfaces().setEnabled(true).addInterface("127.0.0.1");
        JoinConfig join = config.getNetworkConfig().getJoin();
        join.getAutoDetectionConfig().setEnabled(false);
        join.getMulticastConfig().setEnabled(false);
        join.getTcpIpConfig().setEnabled(true);
        for (String other : ports) {
            join.getTcpIpConfig().addMember("127.0.0.1:" + other);
        }
        // What Openfire's plugin sets for its caches of sessions.
        config.getMapConfig("sessions").setBackupCount(1).setReadBackupData(true);
        config.getReplicatedMapConfig("sessions").setInMemoryFormat(InMemoryFormat.BINARY);
        this.member = Hazelcast.newHazelcastInstance(config);
        this.map = kind.equals("imap") ? member.getMap("sessions") : member.getReplicatedMap("sessions");
        this.valueBytes = valueBytes;
    }

    private static String key(long number) {
        return "user" + number + "@example.org/Spark";
    }

    private byte[] value(long stamp) {
        return ByteBuffer.allocate(valueBytes).putLong(stamp).array();
    }

    private static boolean isAtLeast(byte[] value, long stamp) {
        return value != null && ByteBuffer.wrap(value).getLong() >= stamp;
    }

    private static void until(BooleanSupplier done) {
        while (!done.getAsBoolean()) {
            LockSupport.parkNanos(POLL_NANOS);
        }
    }

    private boolean allAtLeast(long from, long count, long stamp) {
        if (!(map instanceof IMap)) {
            for (long number = from; number < from + count; number++) {
                if (!isAtLeast(map.get(key(number)), stamp)) {
                    return false;
                }
            }
            return true;
        }
        for (long start = from; start < from + count; start += BATCH) {
            Set<String> keys = new HashSet<>();
            for (long number = start; number < Math.min(start + BATCH, from + count); number++) {
                keys.add(key(number));
            }
            Map<String, byte[]> found = ((IMap<String, byte[]>) map).getAll(keys);
            if (found.size() < keys.size()) {
                return false;
            }
            for (byte[] value : found.values()) {
                if (!isAtLeast(value, stamp)) {
                    return false;
                }
            }
        }
        return true;
    }

    private static long cpuMicros() {
        var system = (com.sun.management.OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();
        return system.getProcessCpuTime() / 1000;
    }

    private static long usedHeap() {
        for (int round = 0; round < 3; round++) {
            System.gc();
        }
        Runtime runtime = Runtime.getRuntime();
        return runtime.totalMemory() - runtime.freeMemory();
    }

    private String answer(String[] words) {
        long one = words.length > 1 ? Long.parseLong(words[1]) : 0;
        long two = words.length > 2 ? Long.parseLong(words[2]) : 0;
        long three = words.length > 3 ? Long.parseLong(words[3]) : 0;
        switch (words[0]) {
            case "members" -> until(() -> member.getCluster().getMembers().size() == one);
            case "fill" -> {
                for (long number = one; number < one + two; number++) {
                    map.put(key(number), value(0));
                }
            }
            case "stamp" -> {
                for (long number = one; number < one + two; number++) {
                    map.put(key(number), value(three));
                }
            }
            case "size" -> until(() -> map.size() == one);
            case "all" -> until(() -> allAtLeast(one, two, three));
            case "await" -> until(() -> isAtLeast(map.get(key(one)), two));
            case "put" -> {
                long before = System.nanoTime();
                map.put(key(one), value(two));
                return "{\"at\":" + before + "}";
            }
            case "usage" -> {
                return "{\"cpu_us\":" + cpuMicros() + "}";
            }
            case "memory" -> {
                return "{\"bytes\":" + usedHeap() + "}";
            }
            default -> throw new IllegalArgumentException(words[0]);
        }
        return "{\"at\":" + System.nanoTime() + "}";
    }

    public static void main(String[] arguments) throws Exception {
        int port = Integer.parseInt(arguments[1]);
        int valueBytes = Integer.parseInt(arguments[3]);
        MapMember self = new MapMember(arguments[0], port, arguments[2].split(","), valueBytes);
        System.out.println("{\"at\":" + System.nanoTime() + "}");
        BufferedReader input = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        for (String line = input.readLine(); line != null; line = input.readLine()) {
            System.out.println(self.answer(line.split(" ")));
        }
        Runtime.getRuntime().halt(0);
    }
}
