import java.lang.reflect.Method;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;

/** Reading of configuration objects by name, as their types moved between 3.x and 5.x, and writing of what was read as JSON. */
final class Values {
    private Values() {
    }

    /** What a chain of methods without arguments returns; null where one of them returns null or does not exist in this release. */
    static Object get(Object on, String path) throws Exception {
        Object value = on;
        for (String name : path.split("\\.")) {
            if (value == null) {
                return null;
            }
            Method method;
            try {
                method = value.getClass().getMethod(name);
            } catch (NoSuchMethodException other) {
                return null;
            }
            method.setAccessible(true);
            value = method.invoke(value);
        }
        return value;
    }

    /** The class of the first name that this release has. */
    static Class<?> type(String... names) throws ClassNotFoundException {
        for (String name : names) {
            try {
                return Class.forName(name);
            } catch (ClassNotFoundException other) {
                // The next name is that of another release.
            }
        }
        throw new ClassNotFoundException(String.join(", ", names));
    }

    static List<String> texts(Object collection) {
        List<String> texts = new ArrayList<>();
        if (collection != null) {
            for (Object item : (Collection<?>) collection) {
                texts.add(String.valueOf(item));
            }
        }
        return texts;
    }

    /** Maps, lists, null, and the text of everything else. */
    static String json(Object value) {
        if (value == null) {
            return "null";
        }
        StringBuilder out = new StringBuilder();
        if (value instanceof Map) {
            for (Map.Entry<?, ?> entry : ((Map<?, ?>) value).entrySet()) {
                out.append(out.length() == 0 ? "{" : ",").append(quoted(String.valueOf(entry.getKey())));
                out.append(':').append(json(entry.getValue()));
            }
            return out.length() == 0 ? "{}" : out.append('}').toString();
        }
        if (value instanceof Collection) {
            for (Object item : (Collection<?>) value) {
                out.append(out.length() == 0 ? "[" : ",").append(json(item));
            }
            return out.length() == 0 ? "[]" : out.append(']').toString();
        }
        return quoted(String.valueOf(value));
    }

    private static String quoted(String text) {
        StringBuilder out = new StringBuilder("\"");
        for (char c : text.toCharArray()) {
            if (c == '"' || c == '\\') {
                out.append('\\').append(c);
            } else if (c < ' ' || c > '~') {
                out.append(String.format("\\u%04x", (int) c));
            } else {
                out.append(c);
            }
        }
        return out.append('"').toString();
    }
}
