package io.batchnorm.benchmarks;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** Where the numbers come from. */
final class Machine {
  private Machine() {}

  static String name() {
    return "%s, %d cores, %s %s"
        .formatted(
            cpu(),
            Runtime.getRuntime().availableProcessors(),
            System.getProperty("os.name"),
            System.getProperty("os.version"));
  }

  static String jvm() {
    return "%s %s".formatted(System.getProperty("java.vm.name"), Runtime.version());
  }

  private static String cpu() {
    try {
      return cpu(Files.readAllLines(Path.of("/proc/cpuinfo")));
    } catch (IOException e) {
      return System.getProperty("os.arch");
    }
  }

  /** The model, and the widest of the registers that matter here. */
  private static String cpu(List<String> lines) {
    String model =
        lines.stream()
            .filter(line -> line.startsWith("model name"))
            .map(line -> line.replaceFirst(".*: *", "").strip())
            .findFirst()
            .orElse(System.getProperty("os.arch"));
    String simd =
        List.of("avx512f", "avx2", "avx").stream()
            .filter(flag -> lines.stream().anyMatch(line -> line.contains(" " + flag + " ")))
            .findFirst()
            .orElse("");
    return simd.isEmpty() ? model : model + " with " + simd;
  }
}
