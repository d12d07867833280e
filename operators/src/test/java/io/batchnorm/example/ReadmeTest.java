package io.batchnorm.example;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Collectors;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;

/** The code in the README is the code that is compiled and run here. */
class ReadmeTest {
  private static final Path SOURCES = Path.of("src/test/java/io/batchnorm/example");

  @Test
  void showsTheExampleThatIsCompiled() throws IOException {
    assertThat(readme()).contains(snippet("TenLines.java", "    "));
  }

  @Test
  void showsTheTestThatIsRun() throws IOException {
    assertThat(readme()).contains(snippet("MyPipelineTest.java", "  "));
  }

  @Test
  void showsTheExampleOfTheTableApi() throws IOException {
    assertThat(readme()).contains(snippet("TableApi.java", "    "));
    assertThat(snippet("TableApi.java", "    ").lines()).hasSizeLessThanOrEqualTo(10);
  }

  @Test
  void showsTheOutputOfTheExample() throws Exception {
    String output = output(() -> TenLines.main(new String[0]));

    assertThat(output.lines()).hasSize(4);
    assertThat(readme()).contains(output);
  }

  @Test
  void showsTheOutputOfTheTableApi() throws Exception {
    String output = output(() -> TableApi.main(new String[0]));

    assertThat(output.lines()).hasSize(7);
    assertThat(readme()).contains(output);
  }

  private static String output(ThrowingCallable example) {
    PrintStream stdout = System.out;
    ByteArrayOutputStream captured = new ByteArrayOutputStream();
    System.setOut(new PrintStream(captured, true, StandardCharsets.UTF_8));
    try {
      example.call();
    } catch (Throwable e) {
      throw new AssertionError("the example fails", e);
    } finally {
      System.setOut(stdout);
    }
    return captured.toString(StandardCharsets.UTF_8);
  }

  private static String readme() throws IOException {
    return Files.readString(Path.of("../README.md"));
  }

  private static String snippet(String file, String indent) throws IOException {
    return Files.readAllLines(SOURCES.resolve(file)).stream()
        .dropWhile(line -> !line.contains("// README: "))
        .skip(1)
        .takeWhile(line -> !line.contains("// README: end"))
        .map(line -> line.startsWith(indent) ? line.substring(indent.length()) : line)
        .collect(Collectors.joining("\n"));
  }
}
