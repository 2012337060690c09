import com.hazelcast.config.Config;
import com.hazelcast.config.MapConfig;
import com.hazelcast.config.XmlConfigBuilder;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * Loads the configuration files whose names stand on standard input, one a line, and prints for each what Hazelcast
 * understood: {@code RESULT {"file": …, "refused": … , "understood": {…}}}.
 *
 * The arguments are {@code name=value} pairs: what {@code ${name}} stands for. A file is refused when the builder fails, or
 * the check of the joiners that each node makes first when it starts.
 */
public final class Understood {
    public static void main(String[] arguments) throws Exception {
        Properties variables = new Properties();
        for (String argument : arguments) {
            int equals = argument.indexOf('=');
            variables.setProperty(argument.substring(0, equals), argument.substring(equals + 1));
        }
        BufferedReader names = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        Map<String, Object> defaults = new LinkedHashMap<>();
        defaults.put("file", "");
        defaults.put("understood", map(new MapConfig()));
        System.out.println("RESULT " + Values.json(defaults));
        for (String name = names.readLine(); name != null; name = names.readLine()) {
            Map<String, Object> result = new LinkedHashMap<>();
            result.put("file", name);
            try {
                Config config = load(name, variables);
                Values.get(config, "getNetworkConfig.getJoin.verify");
                result.put("understood", understood(config));
            } catch (InvocationTargetException wrapped) {
                result.put("refused", String.valueOf(wrapped.getCause()));
            } catch (Throwable reason) {
                result.put("refused", String.valueOf(reason));
            }
            System.out.println("RESULT " + Values.json(result));
        }
    }

    private static Config load(String name, Properties variables) throws Exception {
        if (name.endsWith(".xml")) {
            return new XmlConfigBuilder(name).setProperties(variables).build();
        }
        // 3.12 is the first release that has it, all of ours do.
        Class<?> type = Class.forName("com.hazelcast.config.YamlConfigBuilder");
        Object builder = type.getConstructor(String.class).newInstance(name);
        type.getMethod("setProperties", Properties.class).invoke(builder, variables);
        return (Config) type.getMethod("build").invoke(builder);
    }

    private static Map<String, Object> understood(Config config) throws Exception {
        Map<String, Object> said = new TreeMap<>();
        Object name = Values.get(config, "getGroupConfig.getName");
        said.put("cluster-name", name == null ? Values.get(config, "getClusterName") : name);
        said.put("instance-name", config.getInstanceName());
        said.put("lite-member", config.isLiteMember());
        said.put("properties", new TreeMap<>(config.getProperties()));
        Object network = config.getNetworkConfig();
        network(network, said);
        join(Values.get(network, "getJoin"), said);
        blocks(network, said);
        groups(config.getPartitionGroupConfig(), said);
        Map<String, Object> maps = new TreeMap<>();
        for (MapConfig map : config.getMapConfigs().values()) {
            maps.put(map.getName(), map(map));
        }
        said.put("maps", maps);
        return said;
    }

    private static void network(Object network, Map<String, Object> said) throws Exception {
        said.put("port", Values.get(network, "getPort"));
        said.put("port.auto-increment", Values.get(network, "isPortAutoIncrement"));
        said.put("port.port-count", Values.get(network, "getPortCount"));
        said.put("reuse-address", Values.get(network, "isReuseAddress"));
        said.put("public-address", Values.get(network, "getPublicAddress"));
        said.put("outbound-ports", outbound(network));
        said.put("interfaces.enabled", Values.get(network, "getInterfaces.isEnabled"));
        said.put("interfaces", Values.texts(Values.get(network, "getInterfaces.getInterfaces")));
        said.put("memcache-protocol", Boolean.TRUE.equals(Values.get(network, "getMemcacheProtocolConfig.isEnabled")));
        said.put("rest-api", Boolean.TRUE.equals(Values.get(network, "getRestApiConfig.isEnabled")));
        said.put("rest-api.groups", new TreeSet<>(Values.texts(Values.get(network, "getRestApiConfig.getEnabledGroups"))));
    }

    /** The ports that Hazelcast itself works out when it makes its first connection. */
    private static Object outbound(Object network) throws Exception {
        Class<?> tools = Values.type("com.hazelcast.internal.util.AddressUtil", "com.hazelcast.util.AddressUtil");
        Method method = tools.getMethod("getOutboundPorts", Collection.class, Collection.class);
        try {
            Object ports = method.invoke(null, Values.get(network, "getOutboundPorts"), Values.get(network, "getOutboundPortDefinitions"));
            TreeSet<Integer> sorted = new TreeSet<>();
            for (Object port : (Collection<?>) ports) {
                sorted.add((Integer) port);
            }
            return sorted;
        } catch (InvocationTargetException wrapped) {
            return "fails";
        }
    }

    private static void join(Object join, Map<String, Object> said) throws Exception {
        Object multicast = Values.get(join, "getMulticastConfig");
        said.put("multicast.enabled", Values.get(multicast, "isEnabled"));
        said.put("multicast.group", Values.get(multicast, "getMulticastGroup"));
        said.put("multicast.port", Values.get(multicast, "getMulticastPort"));
        said.put("multicast.time-to-live", Values.get(multicast, "getMulticastTimeToLive"));
        said.put("multicast.timeout-seconds", Values.get(multicast, "getMulticastTimeoutSeconds"));
        said.put("multicast.loopback-mode", Values.get(multicast, "isLoopbackModeEnabled"));
        said.put("multicast.trusted-interfaces", new TreeSet<>(Values.texts(Values.get(multicast, "getTrustedInterfaces"))));
        Object list = Values.get(join, "getTcpIpConfig");
        said.put("tcp-ip.enabled", Values.get(list, "isEnabled"));
        said.put("tcp-ip.connection-timeout-seconds", Values.get(list, "getConnectionTimeoutSeconds"));
        said.put("tcp-ip.required-member", Values.get(list, "getRequiredMember"));
        said.put("tcp-ip.members", Values.texts(Values.get(list, "getMembers")));
        for (String cloud : new String[] {"Aws", "Gcp", "Azure", "Kubernetes", "Eureka"}) {
            said.put(cloud.toLowerCase() + ".enabled", Values.get(join, "get" + cloud + "Config.isEnabled"));
        }
    }

    private static void blocks(Object network, Map<String, Object> said) throws Exception {
        String[] names = {"ssl", "socket-interceptor", "member-address-provider"};
        String[] methods = {"getSSLConfig", "getSocketInterceptorConfig", "getMemberAddressProviderConfig"};
        for (int i = 0; i < names.length; i++) {
            Object block = Values.get(network, methods[i]);
            Object enabled = Values.get(block, "isEnabled");
            said.put(names[i] + ".enabled", enabled == null ? Boolean.FALSE : enabled);
            Object factory = Values.get(block, "getFactoryClassName");
            said.put(names[i] + ".class", factory == null ? Values.get(block, "getClassName") : factory);
            Object properties = Values.get(block, "getProperties");
            said.put(names[i] + ".properties", properties == null ? new TreeMap<>() : new TreeMap<>((Properties) properties));
        }
        Object cipher = Values.get(network, "getSymmetricEncryptionConfig");
        if (cipher != null) {
            String start = "symmetric-encryption.";
            said.put(start + "enabled", Values.get(cipher, "isEnabled"));
            said.put(start + "algorithm", Values.get(cipher, "getAlgorithm"));
            said.put(start + "salt", Values.get(cipher, "getSalt"));
            said.put(start + "password", Values.get(cipher, "getPassword"));
            said.put(start + "iteration-count", Values.get(cipher, "getIterationCount"));
            byte[] key = (byte[]) Values.get(cipher, "getKey");
            said.put(start + "key", key == null ? null : Base64.getEncoder().encodeToString(key));
        }
        Object icmp = Values.get(network, "getIcmpFailureDetectorConfig");
        if (icmp != null) {
            String start = "icmp.";
            said.put(start + "enabled", Values.get(icmp, "isEnabled"));
            said.put(start + "timeout-milliseconds", Values.get(icmp, "getTimeoutMilliseconds"));
            said.put(start + "interval-milliseconds", Values.get(icmp, "getIntervalMilliseconds"));
            said.put(start + "ttl", Values.get(icmp, "getTtl"));
            said.put(start + "max-attempts", Values.get(icmp, "getMaxAttempts"));
            said.put(start + "parallel-mode", Values.get(icmp, "isParallelMode"));
            said.put(start + "fail-fast-on-startup", Values.get(icmp, "isFailFastOnStartup"));
        }
    }

    private static void groups(Object groups, Map<String, Object> said) throws Exception {
        said.put("partition-group.enabled", Values.get(groups, "isEnabled"));
        said.put("partition-group.type", Values.get(groups, "getGroupType"));
        List<Object> interfaces = new ArrayList<>();
        for (Object group : (Collection<?>) Values.get(groups, "getMemberGroupConfigs")) {
            interfaces.add(new TreeSet<>(Values.texts(Values.get(group, "getInterfaces"))));
        }
        said.put("partition-group.groups", interfaces);
    }

    private static Map<String, Object> map(MapConfig map) throws Exception {
        Map<String, Object> said = new TreeMap<>();
        said.put("in-memory-format", map.getInMemoryFormat());
        said.put("statistics-enabled", map.isStatisticsEnabled());
        said.put("read-backup-data", map.isReadBackupData());
        said.put("backup-count", map.getBackupCount());
        said.put("async-backup-count", map.getAsyncBackupCount());
        said.put("time-to-live-seconds", map.getTimeToLiveSeconds());
        said.put("max-idle-seconds", map.getMaxIdleSeconds());
        // 3.x keeps the parts of the eviction apart.
        Object eviction = Values.get(map, "getEvictionConfig");
        boolean isOld = eviction == null;
        said.put("eviction.policy", isOld ? Values.get(map, "getEvictionPolicy") : Values.get(eviction, "getEvictionPolicy"));
        said.put("eviction.size", isOld ? Values.get(map, "getMaxSizeConfig.getSize") : Values.get(eviction, "getSize"));
        said.put("eviction.max-size-policy",
            isOld ? Values.get(map, "getMaxSizeConfig.getMaxSizePolicy") : Values.get(eviction, "getMaxSizePolicy"));
        said.put("merge-policy", Values.get(map, "getMergePolicyConfig.getPolicy"));
        said.put("merge-policy.batch-size", Values.get(map, "getMergePolicyConfig.getBatchSize"));
        return said;
    }
}
