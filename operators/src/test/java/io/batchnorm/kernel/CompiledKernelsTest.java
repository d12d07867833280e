package io.batchnorm.kernel;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import java.util.regex.Pattern;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What HotSpot's compiler makes of vector kernels, in a JVM of one width of registers. */
class CompiledKernelsTest {
  private static final Pattern BYTES_AND_VALUES =
      Pattern.compile("(\\d+) bytes of objects for (\\d+) values");

  private static String output;
  private static Map<String, Integer> operations;

  @BeforeAll
  static void run(@TempDir Path directory) throws IOException, InterruptedException {
    Path log = directory.resolve("compiler.xml");
    output = OtherJvm.outputOf(KernelObjects.class, CompilerLog.flags(log));
    operations = CompilerLog.operations(log);
  }

  /** With objects, hundreds of bytes for each value, they would be ten times slower. */
  @Test
  void makeNoObjects() {
    assertThat(output).contains("chose vector");
    assertThat(BYTES_AND_VALUES.matcher(output).results())
        .hasSize(4 * KernelObjects.SHAPES.length)
        .allMatch(line -> Long.parseLong(line.group(1)) < Long.parseLong(line.group(2)), output);
  }

  /** With more it is chance whether they make objects. */
  @Test
  void haveNoMoreOperationsThanTheCompilerAllows() {
    assertThat(operations).containsKey("io.batchnorm.kernel.VectorColumns addFourLanes");
    assertThat(operations)
        .allSatisfy((method, n) -> assertThat(n).as(method).isLessThanOrEqualTo(Apart.OPERATIONS));
  }
}
