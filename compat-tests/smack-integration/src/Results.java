import java.io.IOException;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.lang.reflect.Method;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;

import org.igniterealtime.smack.inttest.AbstractSmackIntTest;
import org.igniterealtime.smack.inttest.SmackIntegrationTestFramework;
import org.igniterealtime.smack.inttest.SmackIntegrationTestFramework.ConcreteTest;
import org.igniterealtime.smack.inttest.annotations.SmackIntegrationTest;
import org.igniterealtime.smack.inttest.annotations.SpecificationReference;

/**
 * Writes one line for each test into the file that the property {@code results} names: result, specification, test and
 * reason, with tabs between.
 */
public final class Results implements SmackIntegrationTestFramework.TestRunResultProcessor {
    @Override
    public void process(SmackIntegrationTestFramework.TestRunResult results) {
        Path file = Path.of(System.getProperty("results"));
        try (PrintWriter out = new PrintWriter(Files.newBufferedWriter(file, StandardCharsets.UTF_8))) {
            results.getSuccessfulTests().forEach(test -> line(out, "passed", test.concreteTest, null));
            results.getFailedTests().forEach(test -> line(out, "failed", test.concreteTest, test.failureReason));
            results.getNotPossibleTests().forEach(
                test -> line(out, "impossible", test.concreteTest, test.testNotPossibleException));
            // A class that cannot be made takes its tests along; they are counted all the same.
            for (Map.Entry<Class<? extends AbstractSmackIntTest>, Throwable> entry
                    : results.getImpossibleTestClasses().entrySet()) {
                for (Method method : entry.getKey().getMethods()) {
                    if (method.isAnnotationPresent(SmackIntegrationTest.class)) {
                        line(out, "impossible", entry.getKey(), method, entry.getValue());
                    }
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void line(PrintWriter out, String result, ConcreteTest test, Throwable reason) {
        line(out, result, test.getMethod().getDeclaringClass(), test.getMethod(), reason);
    }

    private static void line(PrintWriter out, String result, Class<?> holder, Method method, Throwable reason) {
        SpecificationReference reference = holder.getAnnotation(SpecificationReference.class);
        String specification = reference == null ? "-" : reference.document();
        String text = reason == null ? "" : reason.toString().replaceAll("\\s+", " ");
        out.println(String.join("\t", result, specification, holder.getSimpleName() + "." + method.getName(), text));
    }
}
